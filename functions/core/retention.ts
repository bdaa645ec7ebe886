/**
 * 保存期限: how long frames, and what was made of them, stay. Four classes, by what a frame became part of:
 *
 * | class      | what                                                              | stays                                      |
 * |------------|-------------------------------------------------------------------|--------------------------------------------|
 * | `negative` | no incident cites it                                              | `negativeDays` from its capture            |
 * | `clue`     | nobody found a violation in it: rejected, educated, corrected ... | `clueDays` from when that was settled      |
 * | `evidence` | a violation                                                       | `evidenceDays` from when its case closed   |
 * | `hold`     | somebody with the right to do so wants it kept                    | until that person lets go, whatever a clock says |
 *
 * A case that is not closed has no end. Regulations on Public Security Video Systems art. 17 (at least 30 days, then delete what
 * is not needed); Administrative Penalty Law art. 36 (two years in which it may be asked for); PIPL art. 19 (the shortest time
 * the purpose needs).
 */
import type { Bilingual } from './bilingual.ts';
import type { Incident } from './incident.ts';
import type { Policy } from './policy.ts';
import { DAY_MS, type Instant } from './time.ts';

export type RetentionClass = 'negative' | 'clue' | 'evidence' | 'hold';

export const CLASS_WORDS: Readonly<Record<RetentionClass, Bilingual>> = {
  negative: { zh: '无关快照', en: 'negative: no case cites it' },
  clue: { zh: '线索', en: 'clue: no violation was found in it' },
  evidence: { zh: '证据', en: 'evidence of a violation' },
  hold: { zh: '保全', en: 'on hold' },
};

/** Why something stays as long as it does, for whoever asks and for the certificate of its deletion. */
export interface RetentionRule {
  class: RetentionClass;
  /** Null for a hold. */
  days: number | null;
  /** The policy that set the days. */
  policy: Pick<Policy, 'jurisdiction' | 'version'>;
  source: Bilingual;
}

const SOURCES: Readonly<Record<RetentionClass, Bilingual>> = {
  negative: {
    zh: '公共安全视频图像信息系统管理条例第17条',
    en: 'Regulations on Public Security Video Systems art. 17',
  },
  clue: { zh: '个人信息保护法第19条', en: 'Personal Information Protection Law art. 19' },
  evidence: { zh: '行政处罚法第36条、第47条', en: 'Administrative Penalty Law arts. 36, 47' },
  hold: { zh: '行政诉讼法第42条（证据保全）', en: 'Administrative Litigation Law art. 42 (preservation of evidence)' },
};

export const ruleFor = (kind: RetentionClass, policy: Policy): RetentionRule => ({
  class: kind,
  days: {
    negative: policy.retention.negativeDays,
    clue: policy.retention.clueDays,
    evidence: policy.retention.evidenceDays,
    hold: null,
  }[kind],
  policy: { jurisdiction: policy.jurisdiction, version: policy.version },
  source: SOURCES[kind],
});

/** What the case system reported, as far as it says whether a case is over. */
export interface Reported {
  outcome: string;
  at: Instant;
}

/** A case that cites a frame, and whether somebody holds it. */
export interface Case {
  incident: Incident;
  policy: Policy;
  held: boolean;
  reported: readonly Reported[];
}

export interface Keeping {
  rule: RetentionRule;
  /** It may go from then on; null while nobody can say when. */
  until: Instant | null;
}

/**
 * When a case was over; null while it is not. A violation is over when it was taken back, when the case system cancelled it, or
 * when its decision was served; what was reported before an objection that still waits closes nothing.
 */
export function closedAt(
  { state, updatedAt, withdrawal, decisions }: Incident,
  reported: readonly Reported[],
): Instant | null {
  switch (state) {
    case 'dissolved':
    case 'self-corrected':
      return updatedAt;
    case 'rejected':
    case 'educated':
      return decisions.at(-1)?.at ?? updatedAt;
    case 'withdrawn':
      return withdrawal?.at ?? updatedAt;
    case 'confirmed': {
      const last = (outcome: string) =>
        reported
          .filter((one) => one.outcome === outcome)
          .reduce<Instant | null>((latest, { at }) => Math.max(latest ?? at, at), null);
      const [cancelled, decided, served] = [last('cancelled'), last('decided'), last('served')];
      if (cancelled !== null) return cancelled;
      return decided === null || served === null ? null : Math.max(decided, served);
    }
    default:
      return null;
  }
}

/** What a case makes of everything that belongs to it. */
export function keepingOfCase({ incident, policy, held, reported }: Case): Keeping {
  if (held) return { rule: ruleFor('hold', policy), until: null };
  const closed = closedAt(incident, reported);
  const rule = ruleFor(isViolation(incident) ? 'evidence' : 'clue', policy);
  return { rule, until: closed === null || rule.days === null ? null : closed + rule.days * DAY_MS };
}

/** Also one that was confirmed once and rejected after an undo is a clue only: what stands now counts. */
const isViolation = ({ state }: Incident): boolean =>
  state === 'confirmed' || state === 'objected' || state === 'withdrawn';

/**
 * How long a frame stays: as long as the longest of the cases that cite it, and never less than what nobody cites.
 * @param policy of the camera's jurisdiction
 */
export function keepingOfFrame(
  { capturedAt }: { capturedAt: Instant },
  cases: readonly Case[],
  policy: Policy,
): Keeping {
  const negative = ruleFor('negative', policy);
  const nobody: Keeping = { rule: negative, until: capturedAt + policy.retention.negativeDays * DAY_MS };
  // A case whose own time was over asks for nothing more.
  return cases
    .filter(({ incident }) => incident.destroyed == null)
    .map(keepingOfCase)
    .reduce(longer, nobody);
}

function longer(a: Keeping, b: Keeping): Keeping {
  const rank = { negative: 0, clue: 1, evidence: 2, hold: 3 } as const;
  if (a.until === null || b.until === null) {
    if (a.until !== null) return b;
    if (b.until !== null) return a;
    return rank[b.rule.class] > rank[a.rule.class] ? b : a;
  }
  return b.until > a.until ? b : a;
}

export const isOver = ({ until }: Keeping, now: Instant): boolean => until !== null && until <= now;

/** What deleting remembers of the clock. */
export interface ClockMark {
  /** Of the last round. */
  at: Instant;
  /** The clock leapt then, and nobody knows yet whether rightly. */
  leaptAt: Instant | null;
}

/** Rounds come every half minute; a machine that was off longer than this is indistinguishable from a wrong clock. */
export const LONGEST_STEP_MS = DAY_MS;
/** So long people have to notice a clock that was set wrong, before anything goes by it. */
export const SETTLE_MS = DAY_MS;

/**
 * Whether to delete by this clock. A clock set forward by mistake must not destroy evidence: after a leap nothing goes until
 * rounds have agreed with the new time for a day; one that is set back meanwhile is believed at once, for by it less goes.
 */
export function trustClock(mark: ClockMark | undefined, now: Instant): { mark: ClockMark; trusted: boolean } {
  if (mark === undefined || now < mark.at) return { mark: { at: now, leaptAt: null }, trusted: true };
  if (now - mark.at > LONGEST_STEP_MS) return { mark: { at: now, leaptAt: now }, trusted: false };
  const settled = mark.leaptAt === null || now - mark.leaptAt >= SETTLE_MS;
  return { mark: { at: now, leaptAt: settled ? null : mark.leaptAt }, trusted: settled };
}
