/** 更换签名密钥 in the data folder of one machine. */
import { join } from 'node:path';
import type { Clock } from '#platform/clock.ts';
import { openSigner, rotateSigningKey } from '#platform/local/ed25519-signer.ts';
import { recordKeys } from '#platform/records/signing-keys.ts';
import { openStore } from './store.ts';

/**
 * A new key, named by the old one, and both on record.
 * @param by the name of the account that asked for it
 * @throws {Refusal} `folder-in-use` while the server runs
 */
export async function rotateKeys(
  directory: string,
  { clock, by }: { clock: Clock; by: string },
): Promise<{ retired: string; current: string }> {
  const actor = { kind: 'system', id: 'keys', name: by } as const;
  const store = await openStore(directory, { baseUrl: 'http://localhost', clock });
  try {
    // The key that retires is on record before the one that comes.
    await recordKeys(store, { actor, now: clock.now() });
    const rotation = await rotateSigningKey(join(directory, 'keys'), clock.now());
    const signer = await openSigner(join(directory, 'keys'));
    await recordKeys({ table: store.table, signer }, { actor, now: clock.now() });
    return rotation;
  } finally {
    store.close();
  }
}
