/**
 * 更换签名密钥 with keys in KMS: deploy with the ARN of a second key behind the first, then call this. The old key names the new one
 * in a statement; both are on record; the old one signs what is made until the change, and may be disabled an hour later.
 */
import type { KMSClient } from '@aws-sdk/client-kms';
import type { AuditActor } from '#core/audit.ts';
import { rotationStatement } from '#core/evidence/signing-keys.ts';
import type { Instant } from '#core/time.ts';
import { type Clock, systemClock } from '../clock.ts';
import { type KeyRecord, putKeyRecord, readKeyChain } from '../records/key-rotations.ts';
import { recordKeys } from '../records/signing-keys.ts';
import { ConflictError, type Table } from '../table.ts';
import { chainOf, deployedKeys, openKmsSigner, signWithKms } from './kms-signer.ts';

/**
 * Announced so long before: longer than anybody keeps the published keys (seal/keys-app.ts: 5 minutes), and than any call that read
 * the record before goes on.
 */
const AHEAD_MS = 10 * 60_000;

export type KmsRotation =
  | { readonly done: 'rotated'; readonly retired: string; readonly current: string; readonly at: Instant }
  /** Every key that was deployed is on record. */
  | { readonly done: 'nothing'; readonly current: string };

/**
 * One key at a call; repeatable, and safe in two places at once.
 * @throws {Refusal} those of openKmsSigner
 */
export async function rotateKmsKey({
  client,
  keys,
  table,
  actor,
  clock = systemClock,
}: {
  client: KMSClient;
  /** ARNs, the oldest first. */
  keys: readonly string[];
  table: Table;
  actor: AuditActor;
  clock?: Clock;
}): Promise<KmsRotation> {
  const signer = await openKmsSigner({ client, keys, table, clock });
  // The key that retires is on record before the one that comes; and what a call before this did not get to is made good.
  const record = () => recordKeys({ table, signer }, { actor, now: clock.now() });
  await record();
  const rotation = await nextKey({ client, keys, table, clock });
  await record();
  return rotation;
}

async function nextKey({
  client,
  keys,
  table,
  clock,
}: {
  client: KMSClient;
  keys: readonly string[];
  table: Table;
  clock: Clock;
}): Promise<KmsRotation> {
  const recorded = await readKeyChain(table);
  const deployed = await deployedKeys(client, keys, recorded);
  const chain = chainOf(recorded, deployed);
  const last = chain.at(-1);
  if (last === undefined) throw new Error('Expected a chain with a key, which chainOf gives');
  const next = deployed.find(({ keyId }) => !chain.some((key) => key.keyId === keyId));
  if (next === undefined) return { done: 'nothing', current: last.keyId };
  // Whole seconds read better in what is published. Never before the one before.
  const at = Math.max(Math.ceil((clock.now() + AHEAD_MS) / 1000) * 1000, (last.at ?? 0) + 1000);
  const statement = await rotationStatement({ retires: last.keyId, next, at }, (payload) =>
    signWithKms(client, last, deployed, payload),
  );
  const row: KeyRecord = { ...next, at, statement };
  const first = recorded.length === 0 ? [putKeyRecord(0, last)] : [];
  try {
    await table.transact([...first, putKeyRecord(chain.length, row)]);
    return { done: 'rotated', retired: last.keyId, current: next.keyId, at };
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    // Somebody else did the same a moment ago: theirs stands.
    const after = (await readKeyChain(table))[chain.length];
    if (after?.at === undefined || after.at === null) throw error;
    return { done: 'rotated', retired: last.keyId, current: after.keyId, at: after.at };
  }
}
