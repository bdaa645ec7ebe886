/** What an officer may do to an incident: decide, take the decision back, withdraw a violation. Pure. */

import type { OfficerId } from './ids.ts';
import type { Decision, Incident, ReasonCode } from './incident.ts';
import { isWorkState, lineFor, nextVersion, STAGES } from './incident-machine.ts';
import { assertInTime } from './limitation.ts';
import { isPlateText } from './plates/grammar.ts';
import { normalizePlate } from './plates/plate.ts';
import { refuse } from './refusal.ts';
import { assertMayConfirm, assertSufficient } from './review-gate.ts';
import { assertReminded } from './review-notice.ts';
import { mustBeAnother, stageIn, standingConfirmations, stateAfter } from './review-stages.ts';
import { kept, type SufficiencyReport } from './sufficiency/requirement.ts';
import { formatInstant, type Instant } from './time.ts';

/** Who acts. Roles as the identity port names them; those unknown here grant nothing. */
export interface Acting {
  officer: { id: OfficerId; name: string };
  roles: readonly string[];
  /** Whether they have seen what an earlier officer of this round decided: then they cannot be the blind second one. */
  informed?: boolean;
}

export interface DecisionCommand extends Acting {
  /** On an objection `confirm` and `reject` mean `uphold` and `sustain`. */
  outcome: Decision['outcome'];
  reason: ReasonCode | null;
  /** As typed, with or without the dot. Left out: the plate the machine voted, or the officers confirmed before. */
  plate?: string | null;
  note: string;
  /** The version of the incident the officer saw. */
  version: number;
  /** The package the officer saw. */
  packageSha256: string;
  /** After so many days nothing may be punished any more; by default the two years of art. 36. */
  limitDays?: number;
  /** What holds and what fails at this moment, of this package; a confirmation cannot do without. */
  sufficiency: SufficiencyReport | null;
}

/**
 * The incident after a decision.
 * @throws {Refusal} `version-stale` `state-conflict` `role-missing` `same-officer` `not-blind` `lease-lost` `not-sealed`
 * `package-stale` `reason-missing` `note-missing` `grade-clue` `phase-warning` `plate-missing` `plate-invalid`
 * `plate-disagrees` `limitation-passed` `notice-missing` `notice-unproven` `grace-running` `notice-elsewhere`
 */
export function decide(incident: Incident, command: DecisionCommand, now: Instant): Incident {
  assertVersion(incident, command.version);
  const outcome = incident.state === 'objected' ? answerOf(command.outcome) : command.outcome;
  lineFor(incident.state, outcome);
  assertMayReview(incident, command);
  assertLease(incident, command.officer.id, now);
  const sealed = incident.package;
  if (sealed === null) {
    throw refuse('not-sealed', 409, {
      expected: 'an incident with a sealed evidence package',
      received: 'one that is not sealed yet',
      action: 'Wait until it is sealed and look at its package.',
    });
  }
  if (sealed.sha256 !== command.packageSha256) {
    throw refuse('package-stale', 409, {
      expected: 'the package as it is sealed now',
      received: 'a decision on an earlier revision',
      action: 'Look at the current package and decide again.',
      data: { packageSha256: sealed.sha256, revision: sealed.revision },
    });
  }
  assertReason(incident, { ...command, outcome });
  const decision: Decision = {
    officerId: command.officer.id,
    officerName: command.officer.name,
    stage: stageIn(incident.state),
    outcome,
    reason: command.reason,
    plate: outcome === 'confirm' ? confirmedPlate(incident, command.plate) : null,
    note: command.note,
    at: now,
    packageSha256: sealed.sha256,
  };
  const decisions = [...incident.decisions, decision];
  if (outcome === 'confirm') {
    assertMayConfirm(incident);
    assertReminded({ ...incident, decisions });
    assertInTime(incident, now, command.limitDays);
    assertSufficient(incident, command.sufficiency);
  }
  const report = outcome === 'confirm' ? command.sufficiency : null;
  const proven = report === null ? {} : { sufficiency: kept(report) };
  const state = stateAfter({ ...incident, decisions });
  if (state === null) throw impossibleHistory();
  const { officerId, officerName, reason, note } = decision;
  const withdrawal =
    outcome === 'sustain' && reason !== null ? { officerId, officerName, reason, note, at: now } : null;
  const withdrawn = withdrawal === null ? {} : { withdrawal };
  return nextVersion(incident, { decisions, state, lease: null, ...proven, ...withdrawn }, now);
}

/** What an officer says of an objection: the violation stands, or the party is right. */
function answerOf(outcome: Decision['outcome']): Decision['outcome'] {
  if (outcome === 'confirm') return 'uphold';
  return outcome === 'reject' ? 'sustain' : outcome;
}

/** @throws {Refusal} `state-conflict` `role-missing` `same-officer` `not-blind` */
export function assertMayReview(incident: Incident, { officer, roles, informed = false }: Acting): void {
  if (!isWorkState(incident.state)) {
    throw refuse('state-conflict', 409, {
      expected: 'an incident that waits for review',
      received: `state ${incident.state}`,
      action: 'Take another item from the queue.',
      data: { state: incident.state },
    });
  }
  const { by, another } = STAGES[incident.state];
  if (!by.some((role) => roles.includes(role))) throw roleMissing(by);
  if (mustBeAnother(incident, officer.id)) {
    throw refuse('same-officer', 403, {
      expected: `another person for the ${STAGES[incident.state].words.en}: ${another?.en ?? 'nobody who decided'}`,
      received: 'an officer who decided on it before',
      action: 'Leave it to a colleague.',
    });
  }
  if (incident.state === 'second-review' && informed) {
    throw refuse('not-blind', 403, {
      expected: 'a second officer who does not know what the first decided (Administrative Penalty Law art. 42)',
      received: 'one who looked while it was shown',
      action: 'Leave it to a colleague.',
    });
  }
}

const impossibleHistory = () =>
  refuse('state-conflict', 409, {
    expected: 'decisions that follow from each other',
    received: 'a row of decisions that nobody could have made',
    action: 'Have the audit trail of the incident checked: GET /v1/audit/verify.',
  });

function roleMissing(allowed: readonly string[]) {
  return refuse('role-missing', 403, {
    expected: `the role ${allowed.join(' or ')}`,
    received: 'a person without it',
    action: 'Ask an administrator for the role, or hand the item on.',
  });
}

/** Back to the state before the last decision. The audit chain keeps what was undone. */
export function undo(
  incident: Incident,
  { officer, roles, version, handedOut }: Acting & { version?: number; handedOut: boolean },
  now: Instant,
): Incident {
  if (version !== undefined) assertVersion(incident, version);
  lineFor(incident.state, 'undo');
  const last = incident.decisions.at(-1);
  if (last === undefined) {
    throw refuse('nothing-to-undo', 409, {
      expected: 'an incident with a decision',
      received: 'one that nobody decided',
      action: 'Nothing needs to be done.',
    });
  }
  if (last.stage === 'objection') {
    throw refuse('objection-answered', 409, {
      expected: 'a decision on the incident',
      received: 'the answer to an objection, which the party is told',
      action: 'Ask a supervisor to withdraw the violation if the answer was wrong.',
    });
  }
  if (handedOut) {
    throw refuse('already-released', 409, {
      expected: 'a violation the case system has not pulled yet',
      received: 'one that it has',
      action: 'Ask a supervisor to withdraw it: the case system then hears of it.',
    });
  }
  if (last.officerId !== officer.id && !roles.includes('supervisor')) {
    throw refuse('not-your-decision', 403, {
      expected: 'the officer who decided, or a supervisor',
      received: 'another officer',
      action: 'Ask the officer who decided.',
    });
  }
  if (incident.lease !== null && incident.lease.until > now && incident.lease.officerId !== officer.id) {
    throw refuse('lease-held', 409, {
      expected: 'an item nobody works on',
      received: 'one that a colleague has open',
      action: 'Wait until it is decided or returned.',
      data: { until: formatInstant(incident.lease.until) },
    });
  }
  const decisions = incident.decisions.slice(0, -1);
  const state = stateAfter({ ...incident, decisions });
  if (state === null) throw impossibleHistory();
  // What was proven then says nothing about the next confirmation: that one checks anew.
  const { sufficiency, ...rest } = incident;
  const before = last.outcome === 'confirm' || sufficiency === undefined ? rest : { ...rest, sufficiency };
  return nextVersion(before, { decisions, state, lease: null }, now);
}

/** A supervisor takes a violation back; it stays in the feed as withdrawn. */
export function withdraw(
  incident: Incident,
  { officer, roles, reason, note, version }: Acting & { reason: ReasonCode | null; note: string; version?: number },
  now: Instant,
): Incident {
  if (version !== undefined) assertVersion(incident, version);
  if (!roles.includes('supervisor')) throw roleMissing(['supervisor']);
  lineFor(incident.state, 'withdraw');
  if (reason === null) throw reasonMissing('withdrawal');
  assertNote(reason, note);
  const withdrawal = { officerId: officer.id, officerName: officer.name, reason, note, at: now };
  return nextVersion(incident, { state: 'withdrawn', withdrawal, lease: null }, now);
}

function assertVersion(incident: Incident, version: number): void {
  if (incident.version === version) return;
  throw refuse('version-stale', 409, {
    expected: `version ${incident.version} of the incident`,
    received: `version ${version}`,
    action: 'Read the incident again, look at what changed and decide anew.',
    data: { version: incident.version, state: incident.state },
  });
}

function assertLease(incident: Incident, officer: OfficerId, now: Instant): void {
  if (incident.lease !== null && incident.lease.officerId === officer && incident.lease.until > now) return;
  throw refuse('lease-lost', 409, {
    expected: 'a lease on the item that still runs',
    received: incident.lease === null ? 'none' : 'one that ended or is another officer’s',
    action: 'Claim the item again.',
    data: { version: incident.version },
  });
}

const reasonMissing = (what: string) =>
  refuse('reason-missing', 422, {
    expected: `a reason code for a ${what}`,
    received: 'none',
    action: 'Choose one of the reason codes.',
  });

/** A rejection names its reason code; who overrules a colleague or answers a party says why, in whatever form. */
function assertReason({ state }: Incident, { outcome, reason, note }: DecisionCommand): void {
  const isSilent = reason === null && note.trim() === '';
  const codeNeeded = outcome === 'reject' || outcome === 'educate' || outcome === 'sustain';
  if (reason === null && codeNeeded) throw reasonMissing(`decision to ${outcome}`);
  if (isSilent && outcome === 'send-back') throw reasonMissing('decision to send back');
  if (isSilent && outcome === 'uphold') throw reasonMissing('decision on an objection');
  if (isSilent && state === 'arbitration') throw reasonMissing('decision of an arbiter');
  if (reason !== null) assertNote(reason, note);
}

function assertNote(reason: ReasonCode, note: string): void {
  if (reason !== 'other' || note.trim() !== '') return;
  throw refuse('note-missing', 422, {
    expected: 'a note that explains the reason "other"',
    received: 'an empty note',
    action: 'Write why.',
  });
}

/**
 * The plate a confirmation carries. The second officer reads it without the first: only the legal review goes by what was
 * confirmed before it, and the arbiter of two plates says which.
 */
function confirmedPlate(incident: Incident, typed: string | null | undefined): string | null {
  if (incident.stay.type !== 'sidewalk-parking') return null;
  const text = typed === undefined || typed === null || typed.trim() === '' ? null : typed;
  const candidate = text ?? presumedPlate(incident);
  if (candidate === null) {
    throw refuse('plate-missing', 422, {
      expected: 'the plate of the vehicle',
      received: 'none, and none that everybody so far agrees on',
      action: 'Type the plate from the pictures, or reject with image-unclear.',
    });
  }
  const plate = normalizePlate(candidate);
  if (!isPlateText(plate)) {
    throw refuse('plate-invalid', 422, {
      expected: 'a plate as GA 36 knows it: province, letter, five or six characters without I and O',
      received: `${candidate.length} characters in another form`,
      action: 'Type the whole plate.',
    });
  }
  if (incident.state === 'legal-review' && plate !== presumedPlate(incident)) {
    throw refuse('plate-disagrees', 422, {
      expected: 'the plate the officers confirmed',
      received: 'another one',
      action: 'Send the item back, so that the officers look at the plate again.',
    });
  }
  return plate;
}

/** What is meant where nobody types a plate. */
export function presumedPlate(incident: Incident): string | null {
  const read = incident.stay.plate?.text ?? null;
  const confirmed = standingConfirmations(incident).map(({ plate }) => plate);
  switch (incident.state) {
    case 'legal-review':
      return confirmed.at(-1) ?? null;
    case 'arbitration':
      return new Set(confirmed).size === 1 ? (confirmed[0] ?? null) : null;
    default:
      return read;
  }
}
