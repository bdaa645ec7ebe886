/**
 * The audit trail outlives a case and can never be edited, so it must not say whose vehicle it was. It holds a keyed digest of the
 * plate instead: while the case is kept anybody with its key can prove which plate an officer decided on; with the case the key
 * goes, and nothing is left to try plates against (PIPL art. 47).
 *
 * | partition       | sort        | holds                          |
 * |-----------------|-------------|--------------------------------|
 * | `incident/<id>` | `plate-key` | 32 random bytes, hex; never changed |
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { IncidentId } from '#core/ids.ts';
import type { Key, Table, Write } from '../table.ts';

const plateKey = (id: IncidentId): Key => ({ partition: `incident/${id}`, sort: 'plate-key' });

const proofOf = (key: string, plate: string): string =>
  createHmac('sha256', Buffer.from(key, 'hex')).update(plate).digest('hex');

/** What the trail may say of a plate, and the write that makes the key where there is none yet; it joins the same transaction. */
export async function plateProof(
  table: Table,
  id: IncidentId,
  plate: string | null,
): Promise<{ proof: string | null; writes: readonly Write[] }> {
  if (plate === null) return { proof: null, writes: [] };
  const stored = await table.get<string>(plateKey(id));
  if (stored !== undefined) return { proof: proofOf(stored.value, plate), writes: [] };
  const key = randomBytes(32).toString('hex');
  return { proof: proofOf(key, plate), writes: [{ kind: 'put', ...plateKey(id), value: key, expect: 'absent' }] };
}

/** Whether an entry of the trail speaks of this plate; false once the case was destroyed. */
export async function isPlateOf(table: Table, id: IncidentId, plate: string, proof: unknown): Promise<boolean> {
  const stored = await table.get<string>(plateKey(id));
  return stored !== undefined && proofOf(stored.value, plate) === proof;
}

export const plateKeyDelete = (id: IncidentId): Write => ({ kind: 'delete', ...plateKey(id), expect: 'any' });
