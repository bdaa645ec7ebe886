/**
 * The life of an incident as one table: what may happen in which state, who may do it, and what it becomes. Nothing that
 * decides stands elsewhere: repositories and HTTP only carry it out, storage refuses a change the table does not list, and
 * docs/state-machine.md is this table printed.
 */
import type { Bilingual } from './bilingual.ts';
import type { Decision, Incident, IncidentState, SealedPackage } from './incident.ts';
import { DEFAULT_POLICY } from './policy.ts';
import { type Refusal, refuse } from './refusal.ts';
import { standingConfirmations } from './review-stages.ts';
import { DAY_MS, type Instant } from './time.ts';

export type Act =
  | 'seal'
  | 'revise'
  | 'dissolve'
  | 'reopen'
  | 'self-correct'
  | 'confirm'
  | 'reject'
  | 'educate'
  | 'escalate'
  | 'send-back'
  | 'undo'
  | 'object'
  | 'uphold'
  | 'sustain'
  | 'withdraw';

/** Officers by their role, the program by itself, and the party, in person or through the case system. */
export type Who = 'reviewer' | 'legal-reviewer' | 'supervisor' | 'program' | 'party';

export interface Transition {
  from: IncidentState;
  act: Act;
  /** Which of several, the guard says. */
  to: readonly IncidentState[];
  who: readonly Who[];
  guard: Bilingual;
  source: Bilingual;
}

const words = (zh: string, en: string): Bilingual => ({ zh, en });

const LAW = {
  once: words('行政处罚法第29条', 'Administrative Penalty Law art. 29'),
  evidence: words('行政处罚法第41条、第46条', 'Administrative Penalty Law arts. 41, 46'),
  review: words('道路交通安全违法行为处理程序规定第19、22条', 'Procedure Provisions arts. 19, 22'),
  educate: words('行政处罚法第33条', 'Administrative Penalty Law art. 33'),
  dissuade: words('道路交通安全法第93条', 'Road Traffic Safety Law art. 93'),
  two: words('行政处罚法第42条', 'Administrative Penalty Law art. 42'),
  heard: words('行政处罚法第45条；程序规定第22条', 'Administrative Penalty Law art. 45; Procedure Provisions art. 22'),
  record: words('行政处罚法第47条', 'Administrative Penalty Law art. 47'),
  decide: words('行政处罚法第57条', 'Administrative Penalty Law art. 57'),
  legal: words('行政处罚法第58条', 'Administrative Penalty Law art. 58'),
  correct: words('行政处罚法第75条', 'Administrative Penalty Law art. 75'),
} as const;

const UNDO = words(
  '决定人本人或督导；案件系统未取走；他人未在审；对异议的决定不得撤销',
  'by the officer who decided, or a supervisor; not once the case system has it, not while a colleague has it open, never the answer to an objection',
);
const SEALED = '须持有领取、所见版本与证据包';
const SEALED_EN = 'holding the item, on the version and package that were seen';

const program = (
  from: IncidentState,
  act: Act,
  to: readonly IncidentState[],
  guard: Bilingual,
  source: Bilingual,
): Transition => ({ from, act, to, who: ['program'], guard, source });

const undo = (from: IncidentState, to: readonly IncidentState[]): Transition => ({
  ...{ from, act: 'undo', to, who: ['reviewer', 'legal-reviewer', 'supervisor'] },
  ...{ guard: UNDO, source: LAW.record },
});

/** What the officers of a stage may decide there. */
function stage(
  from: WorkState,
  rows: readonly [act: Act, to: readonly IncidentState[], guard: Bilingual, source: Bilingual][],
): readonly Transition[] {
  const { by, another } = STAGES[from];
  return rows.map(([act, to, guard, source]) => ({
    ...{ from, act, to, who: by, source },
    guard: another === null ? guard : words(`${another.zh}；${guard.zh}`, `${another.en}; ${guard.en}`),
  }));
}

interface Stage {
  words: Bilingual;
  by: readonly Who[];
  /** Who it must not be, as {@link mustBeAnother} says it. */
  another: Bilingual | null;
}

/** States in which an officer has work to do, in the order in which a queue offers them. */
export const WORK_STATES = [
  'pending',
  'second-review',
  'arbitration',
  'legal-review',
  'escalated',
  'objected',
] as const satisfies readonly IncidentState[];
export type WorkState = (typeof WORK_STATES)[number];
export const isWorkState = (state: IncidentState): state is WorkState =>
  WORK_STATES.some((candidate) => candidate === state);

/** A supervisor may stand in for an officer, never for the legal review: that is another office (art. 58). */
export const STAGES: Readonly<Record<WorkState, Stage>> = {
  pending: { words: words('技术审核（初审）', 'technical review'), by: ['reviewer', 'supervisor'], another: null },
  'second-review': {
    words: words('第二人复核（不知初审结论）', 'second officer, blind to the first'),
    by: ['reviewer', 'supervisor'],
    another: words('非初审人，且未见过初审结论', 'not the first officer, nor one who saw what the first decided'),
  },
  arbitration: {
    words: words('两人意见不一，督导裁定', 'the officers differ: arbiter'),
    by: ['supervisor'],
    another: words('未参与本轮审核', 'not one who took part in this round'),
  },
  'legal-review': {
    words: words('法制审核', 'legal review'),
    by: ['legal-reviewer'],
    another: words('非审核事实的人员', 'not one who judged the facts'),
  },
  escalated: { words: words('上报督导', 'escalated'), by: ['supervisor'], another: null },
  objected: {
    words: words('当事人异议，由他人复核', 'the party objects: another officer'),
    by: ['reviewer', 'supervisor'],
    another: words('未就本案作过任何决定', 'not one who decided anything on it'),
  },
};

export const STATE_WORDS: Readonly<Record<IncidentState, Bilingual>> = {
  open: words('取证中', 'open: more frames may still extend it'),
  pending: STAGES.pending.words,
  'second-review': STAGES['second-review'].words,
  arbitration: STAGES.arbitration.words,
  'legal-review': STAGES['legal-review'].words,
  escalated: STAGES.escalated.words,
  confirmed: words('已确认：违法行为，在移送队列中', 'confirmed: a violation, in the feed'),
  objected: STAGES.objected.words,
  withdrawn: words('已撤回，移送队列中注明', 'withdrawn: the feed says so'),
  rejected: words('已驳回', 'rejected'),
  educated: words('教育，不予处罚', 'educated, no penalty'),
  'self-corrected': words('宽限内自行纠正', 'self-corrected within the grace'),
  dissolved: words('重新计算后不成立', 'dissolved: a recomputation no longer supports it'),
};

const reasonGiven = words('须有理由代码', 'with a reason code');
const whyGiven = words('须说明理由', 'with a reason or a note');

export const TRANSITIONS: readonly Transition[] = [
  program(
    'open',
    'seal',
    ['pending'],
    words('停留已结束或足够久；劝导已满足', 'the stay has come to rest and any notice was given its grace'),
    LAW.evidence,
  ),
  program('open', 'revise', ['open'], words('新到快照', 'frames arrived'), LAW.once),
  program('open', 'dissolve', ['dissolved'], words('新到快照不再支持', 'frames no longer support it'), LAW.evidence),
  program('open', 'self-correct', ['self-corrected'], words('宽限内离开', 'gone within the grace'), LAW.dissuade),
  program('dissolved', 'reopen', ['open'], words('新到快照重新支持', 'frames support it again'), LAW.once),

  program(
    'pending',
    'seal',
    ['pending'],
    words('尚无人确认；旧证据包保留', 'nobody confirmed; the earlier package stays'),
    LAW.evidence,
  ),
  program('pending', 'revise', ['open'], words('尚无人决定、无人在审', 'nobody decided, nobody has it open'), LAW.once),
  program('pending', 'dissolve', ['dissolved'], words('尚无人决定', 'nobody decided'), LAW.evidence),
  program('pending', 'self-correct', ['self-corrected'], words('尚无人决定', 'nobody decided'), LAW.dissuade),
  ...stage('pending', [
    [
      'confirm',
      ['second-review', 'legal-review', 'confirmed'],
      words(
        `${SEALED}；证据级、执法期、充分、时效内；须复核则复核，否则须法制审核则法制审核`,
        `${SEALED_EN}; evidence grade, enforcing phase, sufficient, within limitation; to a second officer where one is asked for, else to legal review where that is`,
      ),
      LAW.review,
    ],
    ['reject', ['rejected'], reasonGiven, LAW.review],
    ['educate', ['educated'], reasonGiven, LAW.educate],
    ['escalate', ['escalated'], words(SEALED, SEALED_EN), LAW.decide],
  ]),
  // A sending back that is undone leads to where it came from.
  undo('pending', ['escalated', 'arbitration', 'legal-review']),

  ...stage('second-review', [
    [
      'confirm',
      ['legal-review', 'confirmed', 'arbitration'],
      words('号牌与初审一致则下一环节，否则裁定', 'on with the same plate as the first, else to the arbiter'),
      LAW.two,
    ],
    ['reject', ['arbitration'], reasonGiven, LAW.two],
    ['educate', ['arbitration'], reasonGiven, LAW.two],
    ['escalate', ['arbitration'], words(SEALED, SEALED_EN), LAW.two],
    ['send-back', ['arbitration'], whyGiven, LAW.two],
  ]),
  undo('second-review', ['pending', 'escalated']),

  ...stage('arbitration', [
    [
      'confirm',
      ['legal-review', 'confirmed'],
      words('须说明理由；须法制审核则法制审核', 'with a reason or a note; to legal review where it is asked for'),
      LAW.decide,
    ],
    ['reject', ['rejected'], reasonGiven, LAW.decide],
    ['educate', ['educated'], reasonGiven, LAW.educate],
    ['send-back', ['pending'], whyGiven, LAW.decide],
  ]),

  ...stage('legal-review', [
    ['confirm', ['confirmed'], words('不得改号牌', 'on the plate the officers confirmed'), LAW.legal],
    ['send-back', ['pending'], whyGiven, LAW.legal],
    ['reject', ['rejected'], reasonGiven, LAW.legal],
  ]),
  undo('legal-review', ['pending', 'second-review', 'arbitration', 'escalated']),

  ...stage('escalated', [
    [
      'confirm',
      ['second-review', 'legal-review', 'confirmed'],
      words('同初审', 'as in the technical review'),
      LAW.decide,
    ],
    ['reject', ['rejected'], reasonGiven, LAW.decide],
    ['educate', ['educated'], reasonGiven, LAW.educate],
    ['send-back', ['pending'], whyGiven, LAW.decide],
  ]),
  undo('escalated', ['pending']),

  undo('confirmed', ['pending', 'second-review', 'arbitration', 'legal-review', 'escalated']),
  undo('rejected', ['pending', 'arbitration', 'legal-review', 'escalated']),
  undo('educated', ['pending', 'arbitration', 'escalated']),
  {
    ...{ from: 'confirmed', act: 'object', to: ['objected'], who: ['party'] },
    guard: words('当事人或案件系统转来；不改变移送序号', 'by the party, or passed on by the case system'),
    source: LAW.heard,
  },
  ...stage('objected', [
    ['uphold', ['confirmed'], whyGiven, LAW.heard],
    ['sustain', ['withdrawn'], reasonGiven, LAW.heard],
  ]),
  ...(['confirmed', 'objected'] as const).map(
    (from): Transition => ({
      ...{ from, act: 'withdraw', to: ['withdrawn'], who: ['supervisor'] },
      ...{ guard: reasonGiven, source: LAW.correct },
    }),
  ),
];

const BY_ACT = new Map(TRANSITIONS.map((transition) => [`${transition.from} ${transition.act}`, transition]));
const WAYS = new Set(TRANSITIONS.flatMap(({ from, to }) => to.map((state) => `${from} ${state}`)));

/** Whether some act leads from one state to the other, or it is the same state. */
export const isWay = (from: IncidentState, to: IncidentState): boolean => from === to || WAYS.has(`${from} ${to}`);

/** States in which an incident stands in the feed. */
const IN_FEED: ReadonlySet<IncidentState> = new Set(['confirmed', 'objected', 'withdrawn']);
export const isInFeed = (state: IncidentState): boolean => IN_FEED.has(state);

/** What may be decided in a state, in the order of the table. */
export const outcomesIn = (state: IncidentState): readonly Decision['outcome'][] =>
  TRANSITIONS.flatMap(({ from, act }) => (from === state && isOutcome(act) ? [act] : []));

const NO_OUTCOMES = ['seal', 'revise', 'dissolve', 'reopen', 'self-correct', 'undo', 'object', 'withdraw'] as const;
const isOutcome = (act: Act): act is Exclude<Act, (typeof NO_OUTCOMES)[number]> =>
  !NO_OUTCOMES.some((other) => other === act);

/** The line of the table for an act, or a refusal that says what would have been possible. */
export function lineFor(state: IncidentState, act: Act): Transition {
  const line = BY_ACT.get(`${state} ${act}`);
  if (line === undefined) throw impossible(state, act);
  return line;
}

export function impossible(state: IncidentState, act: Act): Refusal {
  const from = TRANSITIONS.filter((transition) => transition.act === act).map((transition) => transition.from);
  return refuse('state-conflict', 409, {
    expected: `an incident in state ${from.join(' or ')} for ${act}`,
    received: `state ${state}`,
    action: 'Read the incident again and choose what its state allows.',
    data: { state },
  });
}

/** The incident with a change, one version on. */
export const nextVersion = (incident: Incident, change: Partial<Incident>, now: Instant): Incident => ({
  ...incident,
  ...change,
  updatedAt: now,
  version: incident.version + 1,
});

/** Five days for the review of a record (Procedure Provisions art. 19). */
export const REVIEW_MS = DEFAULT_POLICY.deadlines.reviewDays * DAY_MS;

/**
 * Into the queue with its package; a later package of a still undecided incident replaces the pointer, not the blob, and
 * does not move the deadline.
 */
export function seal(
  incident: Incident,
  sealed: SealedPackage,
  now: Instant,
  { reviewMs = REVIEW_MS }: { reviewMs?: number } = {},
): Incident {
  lineFor(incident.state, 'seal');
  // A package somebody has judged is never exchanged under the judgement.
  if (standingConfirmations(incident).length > 0) throw impossible(incident.state, 'seal');
  const first = incident.package === null ? { firstSealedAt: now, deadline: now + reviewMs } : {};
  return nextVersion(incident, { state: 'pending', package: sealed, ...first }, now);
}

/** A recomputation no longer supports it. Only before anyone decided: a decision stands until a person takes it back. */
export function dissolve(incident: Incident, now: Instant): Incident {
  lineFor(incident.state, 'dissolve');
  if (incident.decisions.length > 0) throw impossible(incident.state, 'dissolve');
  return nextVersion(incident, { state: 'dissolved', lease: null }, now);
}

export function reopen(incident: Incident, now: Instant): Incident {
  lineFor(incident.state, 'reopen');
  return nextVersion(incident, { state: 'open', package: null }, now);
}

/** Gone within the grace of its notice. Never after a person decided. */
export function selfCorrect(incident: Incident, now: Instant): Incident {
  lineFor(incident.state, 'self-correct');
  if (incident.decisions.length > 0) throw impossible(incident.state, 'self-correct');
  return nextVersion(incident, { state: 'self-corrected', lease: null }, now);
}
