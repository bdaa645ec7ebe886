/** Which incidents a change would add, lose, change and keep. */
import type { Rule } from '../camera.ts';
import { iou } from '../geometry.ts';
import { groupBy } from '../group-by.ts';
import { type IncidentId, incidentId } from '../ids.ts';
import type { Stay, StaySighting } from '../incident.ts';
import { graceMsOf } from '../review-notice.ts';
import { matchIncidents } from '../stays/identity.ts';

export interface Judged {
  stay: Stay;
  phase: Rule['phase'];
  /** The grace of the notice that its rules ask for; null when none does. */
  graceMs: number | null;
}

export type ChangeOf = 'time' | 'plate' | 'end' | 'zone' | 'phase' | 'notice';

export interface Comparison {
  added: readonly Judged[];
  lost: readonly Judged[];
  changed: readonly { before: Judged; after: Judged; what: readonly ChangeOf[] }[];
  kept: readonly Judged[];
}

/** What the rules that a stay cites say of it beyond whether it is an incident. */
export function judgedBy(stay: Stay, rules: readonly Rule[]): Judged {
  const cited = new Set(stay.sightings.map(({ rule }) => `${rule.ruleId} ${rule.version}`));
  const own = rules.filter(({ id, version }) => cited.has(`${id} ${version}`));
  const phase = own.some((rule) => rule.phase === 'warning') ? 'warning' : 'enforcing';
  return { stay, phase, graceMs: graceMsOf({ stay }, own) };
}

/** Pairs share sightings, as incidents keep their number by; versions of zones and rules make no difference by themselves. */
export function compare(before: readonly Judged[], after: readonly Judged[]): Comparison {
  const known = new Map<IncidentId, Judged>(before.map((one, index) => [incidentId(`${index}`.padStart(9, '0')), one]));
  const sameNames = renamed(before, after);
  const matched = matchIncidents(
    [...known].map(([id, { stay }]) => ({ id, sightingIds: stay.sightings.map(({ sightingId }) => sightingId) })),
    [...sameNames.keys()],
  );
  const found = { added: [] as Judged[], changed: [] as Comparison['changed'][number][], kept: [] as Judged[] };
  for (const [stay, id] of matched) {
    const next = sameNames.get(stay);
    const was = id === null ? undefined : known.get(id);
    if (next === undefined) continue;
    if (id !== null) known.delete(id);
    if (was === undefined) {
      found.added.push(next);
      continue;
    }
    const what = changes(was, next, stay);
    if (what.length === 0) found.kept.push(next);
    else found.changed.push({ before: was, after: next, what });
  }
  return { ...found, lost: [...known.values()] };
}

/** Looked at again, a subject has another name in a frame than it had: the one of the subject that stood there. */
function renamed(before: readonly Judged[], after: readonly Judged[]): ReadonlyMap<Stay, Judged> {
  const inFrame = groupBy(
    before.flatMap(({ stay }) => stay.sightings.map((sighting) => ({ type: stay.type, sighting }))),
    ({ type, sighting }) => `${type} ${sighting.frameId}`,
  );
  return new Map(
    after.map((judged) => {
      const { stay } = judged;
      const sightings = stay.sightings.map((sighting) => {
        const there = inFrame.get(`${stay.type} ${sighting.frameId}`) ?? [];
        const same = there.find((one) => one.sighting.sightingId === sighting.sightingId);
        const other = same ?? there.find((one) => isSubject(stay, one.sighting, sighting));
        return other === undefined ? sighting : { ...sighting, sightingId: other.sighting.sightingId };
      });
      return [{ ...stay, sightings }, judged];
    }),
  );
}

function isSubject({ type }: Stay, a: StaySighting, b: StaySighting): boolean {
  if (type === 'street-trading') return a.zone.zoneId === b.zone.zoneId;
  return iou(a.box, b.box) > 0.5;
}

function changes(before: Judged, after: Judged, { sightings }: Stay): readonly ChangeOf[] {
  const [a, b] = [before.stay, after.stay];
  const was = new Set(a.sightings.map(({ sightingId }) => sightingId));
  const sameSightings = was.size === sightings.length && sightings.every(({ sightingId }) => was.has(sightingId));
  const all: readonly (readonly [ChangeOf, boolean])[] = [
    ['time', a.firstSeen !== b.firstSeen || a.lastSeen !== b.lastSeen || !sameSightings],
    ['plate', a.plate?.text !== b.plate?.text],
    ['end', a.end.kind !== b.end.kind],
    ['zone', a.zone.zoneId !== b.zone.zoneId || a.shop !== b.shop],
    ['phase', before.phase !== after.phase],
    ['notice', before.graceMs !== after.graceMs],
  ];
  return all.flatMap(([what, differs]) => (differs ? [what] : []));
}
