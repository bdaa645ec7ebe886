/**
 * 办案期限: the periods that run on a case, each with the article it comes from, what starts it and what ends it. What a bureau
 * sets for itself is never longer than what the law gives (core/policy.ts).
 */
import type { Bilingual } from './bilingual.ts';
import type { Decision, Incident, IncidentState } from './incident.ts';
import { limitationEnds } from './limitation.ts';
import type { Policy } from './policy.ts';
import { DAY_MS, type Instant } from './time.ts';

export const CLOCK_IDS = ['review', 'objection', 'decision', 'service', 'limitation'] as const;
export type ClockId = (typeof CLOCK_IDS)[number];

export interface DeadlineClock {
  id: ClockId;
  words: Bilingual;
  source: Bilingual;
  startedAt: Instant;
  dueAt: Instant;
  /** `met` and `overdue` also of what ended, in time or too late; `stopped` where nothing is due any more. */
  state: 'running' | 'met' | 'overdue' | 'stopped';
  /** When what was due was done, or fell away; null while it is due. */
  endedAt: Instant | null;
  /** Milliseconds to go, negative once overdue; null when it ended. */
  remaining: number | null;
}

/** What the case system made of a violation, as its entry in the feed tells. */
export interface CaseProgress {
  decidedAt: Instant;
  outcomes: readonly { outcome: string; at: Instant }[];
}

const words = (zh: string, en: string): Bilingual => ({ zh, en });

interface Clock {
  words: Bilingual;
  source: Bilingual;
  starts: Bilingual;
  ends: Bilingual;
}

export const CLOCKS: Readonly<Record<ClockId, Clock>> = {
  review: {
    words: words('审核记录', 'review of the record'),
    source: words('道路交通安全违法行为处理程序规定第19条', 'Procedure Provisions art. 19'),
    starts: words('首次封存', 'the first seal'),
    ends: words('执法人员审定', 'the officers have judged'),
  },
  objection: {
    words: words('复核异议', 'answer to the objection'),
    source: words(
      '行政处罚法第45条；程序规定第22条',
      'Administrative Penalty Law art. 45; Procedure Provisions art. 22',
    ),
    starts: words('提出异议', 'the objection'),
    ends: words('答复', 'its answer'),
  },
  decision: {
    words: words('作出处罚决定', 'penalty decision'),
    source: words('行政处罚法第60条', 'Administrative Penalty Law art. 60'),
    starts: words(
      '立案；案件系统未告知时自确认起',
      'the filing; from the confirmation until the case system tells of it',
    ),
    ends: words('作出决定', 'the decision'),
  },
  service: {
    words: words('送达决定书', 'service of the decision'),
    source: words('行政处罚法第61条', 'Administrative Penalty Law art. 61'),
    starts: words('作出决定', 'the decision'),
    ends: words('送达', 'its service'),
  },
  limitation: {
    words: words('追责时效', 'limitation'),
    source: words('行政处罚法第36条', 'Administrative Penalty Law art. 36'),
    starts: words('违法行为终了：最后一次见到', 'the end of the act: when it was last seen'),
    ends: words('确认', 'the confirmation'),
  },
};

interface Running {
  id: ClockId;
  startedAt: Instant;
  dueAt: Instant;
  done: Instant | null;
  fellAway: Instant | null;
}

/** Every clock that has started, in the order in which they start. */
export function clocksOf(
  incident: Incident,
  progress: CaseProgress | null,
  policy: Policy,
  now: Instant,
): readonly DeadlineClock[] {
  return [
    limitation(incident, policy),
    review(incident, policy),
    objection(incident),
    decision(incident, progress, policy),
    service(incident, progress, policy),
  ].flatMap((clock) => (clock === null ? [] : [shown(clock, now)]));
}

function shown({ done, fellAway, ...clock }: Running, now: Instant): DeadlineClock {
  const endedAt = done ?? fellAway;
  const late = (done ?? now) > clock.dueAt;
  const state = done === null && fellAway !== null ? 'stopped' : late ? 'overdue' : done === null ? 'running' : 'met';
  const { words, source } = CLOCKS[clock.id];
  return { ...clock, words, source, state, endedAt, remaining: endedAt === null ? clock.dueAt - now : null };
}

/** What ends a case before it became a violation, in anybody's favour. */
const CLOSED: ReadonlySet<IncidentState> = new Set(['rejected', 'educated', 'self-corrected', 'dissolved']);

function limitation(incident: Incident, policy: Policy): Running {
  const { stay, state, updatedAt } = incident;
  return {
    id: 'limitation',
    startedAt: stay.lastSeen,
    dueAt: limitationEnds(incident, policy.deadlines.limitDays),
    done: confirmedAt(incident),
    fellAway: CLOSED.has(state) ? updatedAt : null,
  };
}

/** States in which the officers have yet to judge the record. */
const UNDER_REVIEW: ReadonlySet<IncidentState> = new Set(['pending', 'second-review', 'arbitration', 'escalated']);

function review(incident: Incident, policy: Policy): Running | null {
  const startedAt = incident.firstSealedAt ?? incident.package?.sealedAt;
  // More frames reopened it: what was reviewed is sealed anew, and the days go on from the first seal.
  if (startedAt === undefined || incident.state === 'open') return null;
  const judged = incident.decisions.findLast(({ stage }) => stage !== 'legal' && stage !== 'objection');
  const isOver = !UNDER_REVIEW.has(incident.state);
  return {
    id: 'review',
    startedAt,
    dueAt: startedAt + policy.deadlines.reviewDays * DAY_MS,
    done: isOver ? (judged?.at ?? null) : null,
    fellAway: isOver && judged === undefined ? incident.updatedAt : null,
  };
}

function objection(incident: Incident): Running | null {
  const raised = incident.statements?.findLast(({ kind }) => kind === 'object');
  const answered = incident.decisions.findLast(({ stage }) => stage === 'objection');
  if (raised === undefined || (incident.state !== 'objected' && answered === undefined)) return null;
  const waits = incident.state === 'objected';
  return {
    id: 'objection',
    startedAt: raised.at,
    dueAt: incident.deadline,
    done: waits ? null : (answered?.at ?? null),
    fellAway: null,
  };
}

function decision(incident: Incident, progress: CaseProgress | null, policy: Policy): Running | null {
  if (progress === null) return null;
  // Ninety days from the filing of the case; until the case system says when that was, from the confirmation.
  const startedAt = firstOf(progress, 'filed') ?? progress.decidedAt;
  return {
    id: 'decision',
    startedAt,
    dueAt: startedAt + policy.deadlines.decideDays * DAY_MS,
    done: firstOf(progress, 'decided'),
    fellAway: endOf(incident, progress),
  };
}

function service(incident: Incident, progress: CaseProgress | null, policy: Policy): Running | null {
  const startedAt = progress === null ? null : firstOf(progress, 'decided');
  if (progress === null || startedAt === null) return null;
  return {
    id: 'service',
    startedAt,
    dueAt: startedAt + policy.deadlines.serveDays * DAY_MS,
    done: firstOf(progress, 'served'),
    fellAway: endOf(incident, progress),
  };
}

const firstOf = ({ outcomes }: CaseProgress, wanted: string): Instant | null =>
  outcomes.find(({ outcome }) => outcome === wanted)?.at ?? null;

/** A case that was cancelled, or whose violation was withdrawn, needs no decision any more. */
const endOf = ({ withdrawal }: Incident, progress: CaseProgress): Instant | null =>
  withdrawal?.at ?? firstOf(progress, 'cancelled');

function confirmedAt({ state, decisions }: Incident): Instant | null {
  const stands = state === 'confirmed' || state === 'objected' || state === 'withdrawn';
  const last = decisions.findLast(({ outcome }: Decision) => outcome === 'confirm');
  return stands ? (last?.at ?? null) : null;
}

// Alarms ------------------------------------------------------------------------------------------------------------

export type AlarmLevel = 'warning' | 'overdue';

/** From this share of its time on somebody should know. */
const WARN_FROM = 0.8;

export const warnsAt = ({ startedAt, dueAt }: Pick<DeadlineClock, 'startedAt' | 'dueAt'>): Instant =>
  Math.round(startedAt + WARN_FROM * (dueAt - startedAt));

/** What there is to say of a clock; null while there is time, and once it ended. */
export function alarmOf(clock: DeadlineClock, now: Instant): AlarmLevel | null {
  if (clock.endedAt !== null) return null;
  if (now > clock.dueAt) return 'overdue';
  return now >= warnsAt(clock) ? 'warning' : null;
}

/** When there is something new to say of any of them; null when there never is. */
export function nextAlarmAt(clocks: readonly DeadlineClock[], now: Instant): Instant | null {
  const coming = clocks
    .filter(({ endedAt }) => endedAt === null)
    .flatMap((clock) => [warnsAt(clock), clock.dueAt + 1])
    .filter((at) => at > now);
  return coming.length === 0 ? null : Math.min(...coming);
}
