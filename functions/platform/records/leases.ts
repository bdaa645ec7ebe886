/**
 * Who holds which item. The lease is a row of its own beside the incident, so that looking at an item does not change
 * its version. The row is emptied, never deleted: its version only grows, and a heartbeat that comes too late can never
 * overwrite the lease of the next officer.
 */

import { type IncidentId, incidentId, type OfficerId } from '#core/ids.ts';
import type { Incident, Lease } from '#core/incident.ts';
import type { Instant } from '#core/time.ts';
import { type Put, queryAll, type Table, type Write } from '../table.ts';
import { incidentKey, leaseKey, type StoredIncident } from './incidents.ts';

/**
 * Gives the item to an officer, provided that neither the incident nor its lease changed since they were read.
 * Whoever calls has made sure that the lease read is free, expired or the officer's own.
 */
export function takeLease({ incident, leaseVersion }: StoredIncident, lease: Lease): readonly Write[] {
  return [
    { kind: 'check', ...incidentKey(incident.id), expect: { version: incident.version } },
    leasePut(incident.id, leaseVersion, lease),
    { kind: 'put', ...holderKey(lease.officerId, incident.id), value: { until: lease.until }, expect: 'any' },
    ...leaverWrites(incident, lease.officerId),
  ];
}

/** Returns the item to the queue, or ends the lease with a decision; empty when nobody ever held it. */
export function endLease({ incident, leaseVersion }: StoredIncident): readonly Write[] {
  return leaseVersion === 0 ? [] : [leasePut(incident.id, leaseVersion, null), ...leaverWrites(incident, null)];
}

function leasePut(id: IncidentId, leaseVersion: number, lease: Lease | null): Put {
  return {
    kind: 'put',
    ...leaseKey(id),
    value: lease,
    expect: leaseVersion === 0 ? 'absent' : { version: leaseVersion },
    ...(lease === null ? {} : { index: { partition: 'leases', sort: `${new Date(lease.until).toISOString()}#${id}` } }),
  };
}

function leaverWrites({ id, lease }: Incident, stays: OfficerId | null): readonly Write[] {
  if (lease === null || lease.officerId === stays) return [];
  return [{ kind: 'delete', ...holderKey(lease.officerId, id), expect: 'any' }];
}

const holderKey = (officer: OfficerId, id: IncidentId) => ({ partition: `officer-leases/${officer}`, sort: id });

/** What an officer holds now, besides `except`. */
export async function leasesHeld(
  table: Table,
  officer: OfficerId,
  { now, except }: { now: Instant; except?: IncidentId },
): Promise<readonly IncidentId[]> {
  const held: IncidentId[] = [];
  for await (const item of queryAll<{ until: Instant }>(table, { partition: `officer-leases/${officer}` })) {
    if (item.value.until > now && item.sort !== except) held.push(incidentId(item.sort));
  }
  return held;
}

/** Items whose lease ended before `now`. From the index: read each again before acting on it. */
export async function* expiredLeases(table: Table, now: Instant): AsyncGenerator<IncidentId> {
  const range = { partition: 'leases', index: true, to: new Date(now).toISOString() };
  for await (const { partition } of queryAll<Lease>(table, range)) {
    yield incidentId(partition.slice('incident/'.length));
  }
}

/** Everybody's leases that still run. From the index: for lists, not for decisions. */
export async function liveLeases(table: Table, now: Instant): Promise<ReadonlyMap<IncidentId, Lease>> {
  const live = new Map<IncidentId, Lease>();
  const range = { partition: 'leases', index: true, from: new Date(now + 1).toISOString() };
  for await (const { partition, value } of queryAll<Lease>(table, range)) {
    live.set(incidentId(partition.slice('incident/'.length)), value);
  }
  return live;
}
