/** What officers do with the queue: claim, keep, return, decide, undo, withdraw. Each act is one transaction. */

import { canonicalJson } from '#core/canonical-json.ts';
import { sha256Hex } from '#core/evidence/bag.ts';
import { type IncidentId, incidentId, placeId } from '#core/ids.ts';
import type { Incident, Lease, ReasonCode } from '#core/incident.ts';
import { isWorkState, STAGES, WORK_STATES, type WorkState } from '#core/incident-machine.ts';
import { normalizePlate } from '#core/plates/plate.ts';
import { Refusal, refuse } from '#core/refusal.ts';
import { assertMayReview, type DecisionCommand, decide, presumedPlate } from '#core/review-decision.ts';
import { checkSufficiency } from '#core/sufficiency/check.ts';
import { kept, type SufficiencyReport } from '#core/sufficiency/requirement.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import type { ViolationType } from '#core/violations/violation.ts';
import type { Blobs } from '#platform/blobs.ts';
import { caseFacts } from '#platform/case-facts.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import type { Officer } from '#platform/identity.ts';
import { isInformed, shownTo } from '#platform/records/disclosures.ts';
import { decisionWrites, undoWrites, withdrawWrites } from '#platform/records/feed.ts';
import { readIncident, type StoredIncident } from '#platform/records/incidents.ts';
import { endLease, leasesHeld, takeLease } from '#platform/records/leases.ts';
import { plateProof } from '#platform/records/plate-keys.ts';
import { policyOf } from '#platform/records/policies.ts';
import { queueRows } from '#platform/records/review-queue.ts';
import type { Table } from '#platform/table.ts';
import { officerAct } from './acts.ts';

export interface Workplace {
  table: Table;
  blobs: Blobs;
  clock: Clock;
  /** How long an item stays with an officer who gives no sign. Milliseconds. */
  leaseMs: number;
  /** How many items one officer may hold: the one on screen and the next ones already loaded. */
  leasesAtOnce: number;
  /** How long the URL of a picture or package works. Milliseconds. */
  linkMs: number;
}

export interface Wish {
  type?: ViolationType | undefined;
  place?: string | undefined;
  jurisdiction?: string | undefined;
}

/** The stages an officer's roles open, in the order the queue offers them. */
export function statesFor({ roles }: Officer): readonly WorkState[] {
  return WORK_STATES.filter((state) => STAGES[state].by.some((who) => roles.some((role) => role === who)));
}

/** @throws {Refusal} `incident-unknown` */
export async function existing(table: Table, id: IncidentId): Promise<StoredIncident> {
  const stored = await readIncident(table, id);
  if (stored !== undefined) return stored;
  throw refuse('incident-unknown', 404, {
    expected: 'the id of an incident',
    received: id,
    action: 'Take the id from GET /v1/review/queue.',
  });
}

/**
 * The next item that fits the officer and the wish; undefined when the queue has none.
 * @throws {Refusal} `lease-limit`
 */
export async function claimNext(place: Workplace, officer: Officer, wish: Wish): Promise<Incident | undefined> {
  const filter = {
    states: statesFor(officer),
    ...(wish.type === undefined ? {} : { type: wish.type }),
    ...(wish.place === undefined ? {} : { placeId: placeId(wish.place) }),
    ...(wish.jurisdiction === undefined ? {} : { jurisdiction: wish.jurisdiction }),
  };
  for await (const { row } of queueRows(place.table, filter)) {
    if (row.closedTo.includes(officer.id)) continue;
    const stored = await readIncident(place.table, row.id);
    if (stored === undefined || isHeld(stored.incident, place.clock.now())) continue;
    try {
      return await claim(place, officer, row.id, { fresh: true });
    } catch (error) {
      // A colleague was faster, or it was decided: the next one.
      if (error instanceof Refusal && PASSED_OVER.has(error.code)) continue;
      throw error;
    }
  }
  return undefined;
}
const PASSED_OVER = new Set(['lease-held', 'state-conflict', 'same-officer', 'not-blind', 'role-missing']);

const isHeld = ({ lease }: Incident, now: number) => lease !== null && lease.until > now;

/**
 * Gives an item to an officer; one that is already the officer's stays so, for longer.
 * @param fresh only if nobody holds it, the officer included: two windows of one officer get two items
 * @throws {Refusal} `incident-unknown` `lease-held` `lease-limit` and what {@link assertMayReview} refuses
 */
export function claim(
  place: Workplace,
  officer: Officer,
  id: IncidentId,
  { fresh = false }: { fresh?: boolean } = {},
): Promise<Incident> {
  const { table, clock, leaseMs, leasesAtOnce } = place;
  return commit(table, async () => {
    const now = clock.now();
    const stored = await existing(table, id);
    const { incident } = stored;
    const informed = await isInformed(table, incident, officer.id);
    assertMayReview(incident, { officer, roles: officer.roles, informed });
    const { lease: held } = incident;
    if (held !== null && held.until > now && (fresh || held.officerId !== officer.id)) {
      throw refuse('lease-held', 409, {
        expected: 'an item nobody works on',
        received: 'one that a colleague has open',
        action: 'Take another item.',
        data: { until: formatInstant(held.until) },
      });
    }
    const others = await leasesHeld(table, officer.id, { now, except: id });
    if (others.length >= leasesAtOnce) {
      throw refuse('lease-limit', 409, {
        expected: `at most ${leasesAtOnce} items in one officer’s hands`,
        received: `${others.length} already`,
        action: 'Decide one of them, or return it: POST /v1/review/{id}/release.',
        data: { held: others },
      });
    }
    const lease: Lease = { officerId: officer.id, until: now + leaseMs };
    const act = officerAct(officer, 'incident.claimed', incident, { at: now, details: { stage: incident.state } });
    const { shown, writes } = shownTo(officer.id, incident, now);
    return { writes: [...takeLease(stored, lease), ...writes], acts: [act], result: { ...shown, lease } };
  });
}

/** @throws {Refusal} `lease-lost` */
export function heartbeat({ table, clock, leaseMs }: Workplace, officer: Officer, id: IncidentId): Promise<Incident> {
  return commit(table, async () => {
    const now = clock.now();
    const stored = await existing(table, id);
    assertHolds(stored.incident, officer, now);
    const lease: Lease = { officerId: officer.id, until: now + leaseMs };
    return { writes: takeLease(stored, lease), acts: [], result: { ...stored.incident, lease } };
  });
}

/**
 * Puts an item back. One that is not the officer's (any more) is left alone: the wish is already true. The answer is no look:
 * it tells of no decision.
 */
export function giveBack({ table, clock }: Workplace, officer: Officer, id: IncidentId): Promise<Incident> {
  return commit(table, async () => {
    const stored = await existing(table, id);
    const { incident } = stored;
    const untold = { ...incident, decisions: [] };
    if (incident.lease?.officerId !== officer.id) return { writes: [], acts: [], result: untold };
    const act = officerAct(officer, 'incident.returned', incident, { at: clock.now() });
    return { writes: endLease(stored), acts: [act], result: { ...untold, lease: null } };
  });
}

/** @throws {Refusal} what {@link decide} refuses */
export function record(
  { table, blobs, clock }: Workplace,
  officer: Officer,
  id: IncidentId,
  command: Pick<DecisionCommand, 'outcome' | 'reason' | 'note' | 'version'> & { plate?: string | null },
): Promise<Incident> {
  return commit(table, async () => {
    const now = clock.now();
    const stored = await existing(table, id);
    const { incident } = stored;
    // The version binds the package: whoever names the version saw the package that goes with it.
    const packageSha256 = incident.package?.sha256 ?? '';
    const { deadlines } = await policyOf(table, incident.jurisdiction);
    const sufficiency =
      command.outcome === 'confirm' ? await sufficiencyOf({ table, blobs }, incident, command.plate, now) : null;
    const acting = {
      ...{ officer, roles: officer.roles, informed: await isInformed(table, incident, officer.id) },
      ...{ packageSha256, limitDays: deadlines.limitDays, sufficiency },
    };
    const next = decide(incident, { ...command, ...acting }, now);
    const storing = await decisionWrites(table, next, incident, now);
    const { reason, note } = command;
    const { outcome, plate, stage } = next.decisions.at(-1) ?? { outcome: command.outcome, plate: null, stage: null };
    const proven = sufficiency === null ? {} : { sufficiency: answersOf(sufficiency) };
    // Never the plate itself: the trail outlives the case.
    const told = await plateProof(table, id, plate);
    const details = {
      outcome,
      stage,
      reason,
      note,
      plateProof: told.proof,
      state: next.state,
      packageSha256,
      ...proven,
    };
    const act = officerAct(officer, 'incident.decided', incident, { at: now, details });
    const { shown, writes } = shownTo(officer.id, next, now);
    return { writes: [...storing, ...endLease(stored), ...writes, ...told.writes], acts: [act], result: shown };
  });
}

/** What holds and what fails now, with the plate as this officer confirms it. */
async function sufficiencyOf(
  store: Pick<Workplace, 'table' | 'blobs'>,
  incident: Incident,
  typed: string | null | undefined,
  now: Instant,
): Promise<SufficiencyReport> {
  const typedPlate = typed == null || typed.trim() === '' ? presumedPlate(incident) : normalizePlate(typed);
  return checkSufficiency(await caseFacts(store, incident, { typedPlate, now }));
}

/**
 * As the trail keeps it: which requirements were asked and what each answered. The sentences stand with the incident; the
 * SHA-256 of its canonical JSON (RFC 8785) says that they are those the officer had.
 */
/** Digest of the list as the case keeps it, so that whoever holds the record can compute it again. */
const answersOf = (report: SufficiencyReport) => ({
  policy: report.policy,
  answers: Object.fromEntries(report.findings.map(({ id, answer }) => [id, answer])),
  sha256: sha256Hex(canonicalJson(kept(report))),
});

/** @throws {Refusal} what `undo` of review-decision.ts refuses */
export function takeBack(
  { table, clock }: Workplace,
  officer: Officer,
  id: IncidentId,
  { version, note }: { version?: number; note: string },
): Promise<Incident> {
  return commit(table, async () => {
    const now = clock.now();
    const stored = await existing(table, id);
    const acting = { officer, roles: officer.roles, ...(version === undefined ? {} : { version }) };
    const { next, writes } = await undoWrites(table, stored.incident, acting, now);
    const undone = stored.incident.decisions.at(-1)?.outcome;
    const act = officerAct(officer, 'incident.decision-undone', next, { at: now, details: { undone, note } });
    const view = shownTo(officer.id, next, now);
    return { writes: [...writes, ...endLease(stored), ...view.writes], acts: [act], result: view.shown };
  });
}

/** @throws {Refusal} what `withdraw` of review-decision.ts refuses */
export function withdrawViolation(
  { table, clock }: Workplace,
  officer: Officer,
  id: IncidentId,
  command: { reason: ReasonCode; note: string; version?: number },
): Promise<Incident> {
  return commit(table, async () => {
    const now = clock.now();
    const { incident } = await existing(table, id);
    const { next, writes } = await withdrawWrites(table, incident, { ...command, officer, roles: officer.roles }, now);
    const { reason, note } = command;
    const act = officerAct(officer, 'violation.withdrawn', next, { at: now, details: { reason, note } });
    const view = shownTo(officer.id, next, now);
    return { writes: [...writes, ...view.writes], acts: [act], result: view.shown };
  });
}

function assertHolds({ lease, state, version }: Incident, officer: Officer, now: number): void {
  if (isWorkState(state) && lease !== null && lease.officerId === officer.id && lease.until > now) return;
  throw refuse('lease-lost', 409, {
    expected: 'a lease on the item that still runs',
    received: lease === null ? 'none' : 'one that ended or is another officer’s',
    action: 'Claim the item again.',
    data: { version },
  });
}

export const idOf = (text: string): IncidentId => incidentId(text);
