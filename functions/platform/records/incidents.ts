/**
 * Incidents in the table. One item an incident, beside it its lease; a member row for its place and day; and while an
 * officer has work on it a row in each queue it can be asked for by. All of them change in one transaction, so that a
 * queue never names what is decided and nothing is ever scanned.
 *
 * | partition                    | sort                      | holds                                             |
 * |------------------------------|---------------------------|---------------------------------------------------|
 * | `incident/<id>`              | `incident`                | the incident; indexed by state and last change    |
 * | `incident/<id>`              | `lease`                   | who holds it (leases.ts)                          |
 * | `place-incidents/<place>`    | `<day>#<id>`              | which incidents a place had on a day              |
 * | `incident/<id>`              | `clock`                   | when to look at its deadlines (clocks.ts)         |
 * | `queue/<state>/<facet>`      | `<deadline>#<score>#<id>` | what a list of the queue shows (review-queue.ts)         |
 * | `history/<subject's digest>` | `<first seen>#<id>`       | what the same subject was found at before (history.ts)   |
 */

import { type IncidentId, incidentId, type PlaceId } from '#core/ids.ts';
import type { Incident, IncidentState, Lease } from '#core/incident.ts';
import { isInFeed, isWay } from '#core/incident-machine.ts';
import { assertReleasable } from '#core/review-gate.ts';
import { dayOf, type Instant } from '#core/time.ts';
import { type Item, type Key, type Page, type Put, queryAll, type Table, type Write } from '../table.ts';
import { clockWrites } from './clocks.ts';
import { historyWrites } from './history.ts';
import { queueWrites } from './review-queue.ts';
import { shardedAll, shardedKey, shardedPage } from './sharded-index.ts';

const incidentPartition = (id: IncidentId) => `incident/${id}`;
export const incidentKey = (id: IncidentId): Key => ({ partition: incidentPartition(id), sort: 'incident' });
export const leaseKey = (id: IncidentId): Key => ({ partition: incidentPartition(id), sort: 'lease' });

/** An incident as stored, with the version of its lease row (0 when nobody ever held it). */
export interface StoredIncident {
  incident: Incident;
  leaseVersion: number;
}

/** One strong read gives the incident and whoever holds it. */
export async function readIncident(table: Table, id: IncidentId): Promise<StoredIncident | undefined> {
  const page = await table.query<Incident | Lease | null>({ partition: incidentPartition(id), limit: 10 });
  let incident: Incident | undefined;
  let lease: Item<Lease | null> | undefined;
  for (const item of page.items) {
    if (isIncident(item)) incident = item.value;
    else if (isLease(item)) lease = item;
  }
  if (incident === undefined) return undefined;
  return { incident: { ...incident, lease: lease?.value ?? null }, leaseVersion: lease?.version ?? 0 };
}

const isIncident = (item: Item<Incident | Lease | null>): item is Item<Incident> => item.sort === 'incident';
const isLease = (item: Item<Incident | Lease | null>): item is Item<Lease | null> => item.sort === 'lease';

/**
 * The writes that store `next` in place of `previous` (null for a new one), to join a transaction: at most thirteen.
 * `day` files a new incident under its place; by default the calendar day it was first seen.
 *
 * What storage itself insists on: the next version follows the one read, the state machine lists the way, and nothing is
 * stored as a violation that was not reviewed, sealed, seen by evidence cameras and judged by an enforcing rule.
 * @throws {Refusal} see {@link assertReleasable}
 * @throws {RangeError} when the version does not follow, or no act leads from the one state to the other
 */
export function putIncident(
  next: Incident,
  previous: Incident | null,
  { day = dayOf(next.stay.firstSeen) }: { day?: string } = {},
): readonly Write[] {
  const expected = (previous?.version ?? 0) + 1;
  if (next.version !== expected || (previous !== null && previous.id !== next.id)) {
    throw new RangeError(
      `Expected version ${expected} of incident ${previous?.id ?? next.id}, received ${next.version}`,
    );
  }
  if (previous !== null && !isWay(previous.state, next.state)) {
    throw new RangeError(`Expected a way of the state machine from ${previous.state}, received ${next.state}`);
  }
  if (isInFeed(next.state)) assertReleasable(next);
  const item: Put = {
    kind: 'put',
    ...incidentKey(next.id),
    value: { ...next, lease: null },
    expect: previous === null ? 'absent' : { version: previous.version },
    index: shardedKey(stateList(next.state), next.id, `${timeKey(next.updatedAt)}#${next.id}`),
  };
  const member: Put = {
    kind: 'put',
    ...memberKey(next.stay.placeId, day, next.id),
    value: { id: next.id },
    expect: 'any',
  };
  return [
    item,
    ...(previous === null ? [member] : []),
    ...queueWrites(next, previous),
    ...historyWrites(next, previous),
    ...clockWrites(next, previous),
  ];
}

/** Every incident filed under a place and day, in whatever state, by id. */
export function incidentsOfPlaceDay(table: Table, place: PlaceId, day: string): Promise<readonly Incident[]> {
  return membersOf(table, place, { from: `${day}#`, to: `${day}$` });
}

/** Those of the calendar days `from` to `to`, both included, whenever the day of their rule begins. */
export function incidentsOfPlaceDays(
  table: Table,
  place: PlaceId,
  { from, to }: { from: string; to: string },
): Promise<readonly Incident[]> {
  // `~` follows every character of a rule day.
  return membersOf(table, place, { from, to: `${to}~` });
}

async function membersOf(table: Table, place: PlaceId, days: { from: string; to: string }): Promise<Incident[]> {
  const ids: IncidentId[] = [];
  const range = { partition: `place-incidents/${place}`, ...days };
  for await (const item of queryAll<{ id: string }>(table, range)) ids.push(incidentId(item.value.id));
  const found = await Promise.all(ids.map((id) => readIncident(table, id)));
  return found.flatMap((stored) => (stored === undefined ? [] : [stored.incident]));
}

const memberKey = (place: PlaceId, day: string, id: IncidentId): Key => ({
  partition: `place-incidents/${place}`,
  sort: `${day}#${id}`,
});

/** The list is spread, because every frame of a stay that goes on moves its incident within it. */
const stateList = (state: IncidentState) => `incident-state/${state}`;

/**
 * Incidents in a state, in any order. From the index: what was written this very moment may be missing, so whoever acts on one
 * reads it again.
 */
export async function* incidentsInState(table: Table, state: IncidentState): AsyncGenerator<Incident> {
  for await (const item of shardedAll<Incident>(table, stateList(state), {})) yield item.value;
}

/** Incidents in a state that did not change since `before`, for each shard longest first. As {@link incidentsInState}. */
export function incidentsPage(
  table: Table,
  state: IncidentState,
  { before, limit, cursor }: { before: Instant; limit: number; cursor?: string },
): Promise<Page<Incident>> {
  const range = { to: timeKey(before), limit };
  return shardedPage<Incident>(table, stateList(state), cursor === undefined ? range : { ...range, cursor });
}

/** UTC in a fixed width, so that text order is time order. */
export const timeKey = (at: Instant): string => new Date(at).toISOString();
