/**
 * The life of an incident as one table: what may happen in which state, and what it becomes. Everything that decides
 * about a decision stands here; repositories and HTTP only carry it out.
 *
 * ```
 * open ──seal──▶ pending ──confirm──▶ (second-review ──confirm──▶) confirmed ──withdraw──▶ withdrawn
 *  │               ├─reject──▶ rejected     ├─send-back──▶ pending
 *  │               ├─educate─▶ educated     └─(as pending)
 *  │               └─escalate▶ escalated ──(supervisor: as pending, send-back)
 *  ├─self-correct──▶ self-corrected   (also from pending)
 *  └─dissolve──────▶ dissolved ──reopen──▶ open
 * ```
 */
import type { Incident, IncidentState, SealedPackage } from './incident.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { Instant } from './time.ts';

export type Act =
  | 'seal'
  | 'dissolve'
  | 'reopen'
  | 'self-correct'
  | 'confirm'
  | 'reject'
  | 'educate'
  | 'escalate'
  | 'send-back'
  | 'undo'
  | 'withdraw';

/** Undo leads back to where the last decision came from, which the decisions themselves say. */
type Target = IncidentState | 'before';

/** A confirmation leads to `second-review` first where the rule asks for a second officer (art. 42): see {@link afterConfirm}. */
export const TRANSITIONS: Readonly<Record<IncidentState, Readonly<Partial<Record<Act, Target>>>>> = {
  open: { seal: 'pending', dissolve: 'dissolved', 'self-correct': 'self-corrected' },
  pending: {
    seal: 'pending',
    dissolve: 'dissolved',
    'self-correct': 'self-corrected',
    confirm: 'confirmed',
    reject: 'rejected',
    educate: 'educated',
    escalate: 'escalated',
    // A supervisor who undoes a sending back finds the item pending.
    undo: 'before',
  },
  'second-review': {
    confirm: 'confirmed',
    reject: 'rejected',
    educate: 'educated',
    escalate: 'escalated',
    'send-back': 'pending',
    undo: 'before',
  },
  escalated: { confirm: 'confirmed', reject: 'rejected', educate: 'educated', 'send-back': 'pending', undo: 'before' },
  confirmed: { withdraw: 'withdrawn', undo: 'before' },
  rejected: { undo: 'before' },
  educated: { undo: 'before' },
  'self-corrected': {},
  withdrawn: {},
  dissolved: { reopen: 'open' },
};

/** States in which an officer has work to do. */
export const WORK_STATES = ['pending', 'second-review', 'escalated'] as const;
export type WorkState = (typeof WORK_STATES)[number];
export const isWorkState = (state: IncidentState): state is WorkState =>
  WORK_STATES.some((candidate) => candidate === state);

/** Where an act leads, or a refusal that says what would have been possible. */
export function target(state: IncidentState, act: Act): Target {
  const to = TRANSITIONS[state][act];
  if (to === undefined) throw impossible(state, act);
  return to;
}

function impossible(state: IncidentState, act: Act): Refusal {
  const from = Object.entries(TRANSITIONS)
    .filter(([, acts]) => act in acts)
    .map(([name]) => name);
  return refuse('state-conflict', 409, {
    expected: `an incident in state ${from.join(' or ')} for ${act}`,
    received: `state ${state}`,
    action: 'Read the incident again and choose what its state allows.',
    data: { state },
  });
}

/** Which number of confirmations the rule asks for. */
export const confirmationsNeeded = (incident: Pick<Incident, 'secondReview'>): 1 | 2 => (incident.secondReview ? 2 : 1);

/**
 * The decisions that still count: what came before the last sending back is history. Confirmations bind to the package
 * they were made on, so one made on another package does not count.
 */
export function standingConfirmations(incident: Pick<Incident, 'decisions' | 'package'>) {
  const sentBack = incident.decisions.findLastIndex(({ outcome }) => outcome === 'send-back');
  return incident.decisions
    .slice(sentBack + 1)
    .filter(({ outcome, packageSha256 }) => outcome === 'confirm' && packageSha256 === incident.package?.sha256);
}

/** The state that a row of decisions leads to, starting from `pending`. */
export function stateAfter(incident: Pick<Incident, 'decisions' | 'package' | 'secondReview'>): IncidentState {
  const last = incident.decisions.at(-1);
  if (last === undefined) return 'pending';
  switch (last.outcome) {
    case 'confirm':
      return standingConfirmations(incident).length >= confirmationsNeeded(incident) ? 'confirmed' : 'second-review';
    case 'reject':
      return 'rejected';
    case 'educate':
      return 'educated';
    case 'escalate':
      return 'escalated';
    case 'send-back':
      return 'pending';
  }
}

/** The incident with a change, one version on. */
export const nextVersion = (incident: Incident, change: Partial<Incident>, now: Instant): Incident => ({
  ...incident,
  ...change,
  updatedAt: now,
  version: incident.version + 1,
});

/** Into the queue with its package; a later package of a still undecided incident replaces the pointer, not the blob. */
export function seal(incident: Incident, sealed: SealedPackage, now: Instant): Incident {
  target(incident.state, 'seal');
  // A package somebody has judged is never exchanged under the judgement.
  if (standingConfirmations(incident).length > 0) throw impossible(incident.state, 'seal');
  return nextVersion(incident, { state: 'pending', package: sealed }, now);
}

/** A recomputation no longer supports it. Only before anyone decided: a decision stands until a person takes it back. */
export function dissolve(incident: Incident, now: Instant): Incident {
  target(incident.state, 'dissolve');
  if (incident.decisions.length > 0) throw impossible(incident.state, 'dissolve');
  return nextVersion(incident, { state: 'dissolved', lease: null }, now);
}

export function reopen(incident: Incident, now: Instant): Incident {
  target(incident.state, 'reopen');
  return nextVersion(incident, { state: 'open', package: null }, now);
}

/** Gone within the grace of its notice. Never after a person decided. */
export function selfCorrect(incident: Incident, now: Instant): Incident {
  target(incident.state, 'self-correct');
  if (incident.decisions.length > 0) throw impossible(incident.state, 'self-correct');
  return nextVersion(incident, { state: 'self-corrected', lease: null }, now);
}
