/** What an officer may do to an incident: decide, take the decision back, withdraw a violation. Pure. */

import type { OfficerId } from './ids.ts';
import type { Decision, Incident, ReasonCode } from './incident.ts';
import {
  isWorkState,
  nextVersion,
  standingConfirmations,
  stateAfter,
  target,
  type WorkState,
} from './incident-machine.ts';
import { isPlateText } from './plates/grammar.ts';
import { normalizePlate } from './plates/plate.ts';
import { refuse } from './refusal.ts';
import { assertMayConfirm } from './review-gate.ts';
import { assertReminded } from './review-notice.ts';
import { formatInstant, type Instant } from './time.ts';

/** Who acts. Roles as the identity port names them; those unknown here grant nothing. */
export interface Acting {
  officer: { id: OfficerId; name: string };
  roles: readonly string[];
}

export interface DecisionCommand extends Acting {
  outcome: Decision['outcome'];
  reason: ReasonCode | null;
  /** As typed, with or without the dot. Left out: the plate the machine voted, or the first officer confirmed. */
  plate?: string | null;
  note: string;
  /** The version of the incident the officer saw. */
  version: number;
  /** The package the officer saw. */
  packageSha256: string;
}

/** Who may decide where. A supervisor may stand in at every stage; an escalated item is the supervisor's alone. */
const ROLES: Readonly<Record<WorkState, readonly string[]>> = {
  pending: ['reviewer', 'supervisor'],
  'second-review': ['reviewer', 'legal-reviewer', 'supervisor'],
  escalated: ['supervisor'],
};

/**
 * The incident after a decision.
 * @throws {Refusal} `version-stale` `state-conflict` `role-missing` `same-officer` `lease-lost` `not-sealed`
 * `package-stale` `reason-missing` `note-missing` `grade-clue` `phase-warning` `plate-missing` `plate-invalid`
 * `plate-disagrees` `notice-missing` `grace-running` `notice-elsewhere`
 */
export function decide(incident: Incident, command: DecisionCommand, now: Instant): Incident {
  assertVersion(incident, command.version);
  target(incident.state, command.outcome);
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
  assertReason(command);
  const decision: Decision = {
    officerId: command.officer.id,
    officerName: command.officer.name,
    stage: stageOf(incident, command),
    outcome: command.outcome,
    reason: command.reason,
    plate: command.outcome === 'confirm' ? confirmedPlate(incident, command.plate) : null,
    note: command.note,
    at: now,
    packageSha256: sealed.sha256,
  };
  if (command.outcome === 'confirm') assertMayConfirm(incident);
  const decisions = [...incident.decisions, decision];
  if (command.outcome === 'confirm') assertReminded({ ...incident, decisions });
  return nextVersion(incident, { decisions, state: stateAfter({ ...incident, decisions }), lease: null }, now);
}

/** @throws {Refusal} `state-conflict` `role-missing` `same-officer` */
export function assertMayReview(incident: Incident, { officer, roles }: Acting): void {
  if (!isWorkState(incident.state)) {
    throw refuse('state-conflict', 409, {
      expected: 'an incident that waits for review',
      received: `state ${incident.state}`,
      action: 'Take another item from the queue.',
      data: { state: incident.state },
    });
  }
  const allowed = ROLES[incident.state];
  if (!allowed.some((role) => roles.includes(role))) throw roleMissing(allowed);
  if (standingConfirmations(incident).some(({ officerId }) => officerId === officer.id)) {
    throw refuse('same-officer', 403, {
      expected: 'a second officer (Administrative Penalty Law art. 42)',
      received: 'the officer who confirmed it first',
      action: 'Leave it to a colleague.',
    });
  }
}

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
  target(incident.state, 'undo');
  const last = incident.decisions.at(-1);
  if (last === undefined) {
    throw refuse('nothing-to-undo', 409, {
      expected: 'an incident with a decision',
      received: 'one that nobody decided',
      action: 'Nothing needs to be done.',
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
  return nextVersion(incident, { decisions, state: stateAfter({ ...incident, decisions }), lease: null }, now);
}

/** A supervisor takes a violation back; it stays in the feed as withdrawn. */
export function withdraw(
  incident: Incident,
  { officer, roles, reason, note, version }: Acting & { reason: ReasonCode | null; note: string; version?: number },
  now: Instant,
): Incident {
  if (version !== undefined) assertVersion(incident, version);
  if (!roles.includes('supervisor')) throw roleMissing(['supervisor']);
  target(incident.state, 'withdraw');
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

function assertReason({ outcome, reason, note }: DecisionCommand): void {
  if (reason === null && (outcome === 'reject' || outcome === 'educate')) throw reasonMissing(`decision to ${outcome}`);
  if (reason === null && outcome === 'send-back' && note.trim() === '') throw reasonMissing('decision to send back');
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

function stageOf(incident: Incident, { roles }: DecisionCommand): Decision['stage'] {
  if (incident.state === 'pending' || standingConfirmations(incident).length === 0) return 'first';
  return roles.includes('legal-reviewer') ? 'legal' : 'second';
}

function confirmedPlate(incident: Incident, typed: string | null | undefined): string | null {
  if (incident.stay.type !== 'sidewalk-parking') return null;
  const earlier = standingConfirmations(incident).at(-1)?.plate ?? null;
  const text = typed === undefined || typed === null || typed.trim() === '' ? null : typed;
  const candidate = text ?? earlier ?? incident.stay.plate?.text;
  if (candidate === undefined) {
    throw refuse('plate-missing', 422, {
      expected: 'the plate of the vehicle',
      received: 'none, and no frame shows one that could be read',
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
  if (earlier !== null && plate !== earlier) {
    throw refuse('plate-disagrees', 422, {
      expected: 'the plate the first officer confirmed',
      received: 'another one',
      action: 'Send the item back, so that both officers confirm the same plate.',
    });
  }
  return plate;
}
