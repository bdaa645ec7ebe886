/** That a key came into use is recorded once in the audit trail, whoever put it there and whenever it was seen. */
import { type AuditActor, auditStream } from '#core/audit.ts';
import type { Instant } from '#core/time.ts';
import { commit } from '../commit.ts';
import type { Signer } from '../signer.ts';
import type { Table } from '../table.ts';

/** Repeatable. @returns the ids of keys recorded now */
export async function recordKeys(
  { table, signer }: { table: Table; signer: Signer },
  { actor, now }: { actor: AuditActor; now: Instant },
): Promise<string[]> {
  const recorded: string[] = [];
  for (const { keyId, from, statement } of await signer.keys()) {
    const key = { partition: 'signing-keys', sort: keyId };
    const isNew = await commit(table, async () => {
      if ((await table.get(key)) !== undefined) return { writes: [], result: false };
      const act = statement === null ? 'key.first-used' : 'key.rotated';
      return {
        writes: [{ kind: 'put', ...key, value: { recordedAt: now }, expect: 'absent' }],
        acts: [{ stream: auditStream.system, at: now, actor, act, subject: keyId, facts: { from, statement } }],
        result: true,
      };
    });
    if (isNew) recorded.push(keyId);
  }
  return recorded;
}
