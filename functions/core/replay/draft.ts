/** 预演: a change that nobody activated yet, and the law as it would have been with it. */
import type { Rule, Zone } from '../camera.ts';
import type { CameraId, RuleId } from '../ids.ts';
import type { Instant } from '../time.ts';

export type ZoneDraft = Pick<Zone, 'id' | 'cameraId' | 'type' | 'polygon' | 'shop' | 'ruleIds'>;
export type RuleDraft = Omit<Rule, 'version' | 'effectiveFrom' | 'effectiveTo'>;

export type Draft =
  | { zone: ZoneDraft }
  | { rule: RuleDraft }
  /** The models that are loaded now, instead of those that looked at the frames. */
  | { model: 'loaded' };

export interface LawVersions {
  /** All versions of the zones of a place, each ending where the next begins. */
  zones: readonly Zone[];
  /** All versions of their rules, likewise. */
  rules: readonly Rule[];
}

/** The law as it would be, had the draft been in force from an instant on. What it replaces ends there, later versions too. */
export function withDraft(law: LawVersions, draft: Draft, placeId: Zone['placeId'], from: Instant): LawVersions {
  if ('zone' in draft) {
    const { zone } = draft;
    const isSame = ({ id, cameraId }: Zone) => id === zone.id && cameraId === zone.cameraId;
    const next: Zone = {
      ...zone,
      placeId,
      version: after(law.zones.filter(isSame)),
      effectiveFrom: from,
      effectiveTo: null,
    };
    return { ...law, zones: [...law.zones.map((one) => (isSame(one) ? ended(one, from) : one)), next] };
  }
  if ('rule' in draft) {
    const { rule } = draft;
    const isSame = ({ id }: Rule) => id === rule.id;
    const next: Rule = { ...rule, version: after(law.rules.filter(isSame)), effectiveFrom: from, effectiveTo: null };
    return { ...law, rules: [...law.rules.map((one) => (isSame(one) ? ended(one, from) : one)), next] };
  }
  return law;
}

/** Whether what a camera's frames showed has to be judged anew. */
export const concernsCamera = (draft: Draft, camera: CameraId): boolean =>
  'zone' in draft ? draft.zone.cameraId === camera : true;

/** The rule that a draft is of. */
export const ruleOfDraft = (draft: Draft): RuleId | null => ('rule' in draft ? draft.rule.id : null);

const after = (versions: readonly { version: number }[]): number =>
  Math.max(0, ...versions.map(({ version }) => version)) + 1;

function ended<T extends { effectiveFrom: Instant; effectiveTo: Instant | null }>(version: T, at: Instant): T {
  const effectiveTo = Math.max(version.effectiveFrom, Math.min(version.effectiveTo ?? at, at));
  return { ...version, effectiveTo };
}
