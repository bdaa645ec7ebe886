/** Items whose officer gave no sign go back to the queue. */
import { auditStream, systemActor } from '#core/audit.ts';
import type { IncidentId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import { commit } from '#platform/commit.ts';
import { readIncident } from '#platform/records/incidents.ts';
import { endLease, expiredLeases } from '#platform/records/leases.ts';
import type { Table } from '#platform/table.ts';

/** @returns how many were given back */
export async function returnExpired(table: Table, now: Instant): Promise<number> {
  const expired: IncidentId[] = [];
  for await (const id of expiredLeases(table, now)) expired.push(id);
  let returned = 0;
  for (const id of expired) if (await returnOne(table, id, now)) returned += 1;
  return returned;
}

function returnOne(table: Table, id: IncidentId, now: Instant): Promise<boolean> {
  return commit(table, async () => {
    const stored = await readIncident(table, id);
    const lease = stored?.incident.lease;
    // Renewed or returned meanwhile, by the officer or by another process that tends.
    if (stored === undefined || !lease || lease.until > now) return { writes: [], result: false };
    const act = {
      stream: auditStream.incident(id),
      at: now,
      actor: systemActor('tend'),
      act: 'incident.lease-expired',
      subject: id,
      facts: { officerId: lease.officerId, until: lease.until },
    };
    return { writes: endLease(stored), acts: [act], result: true };
  });
}
