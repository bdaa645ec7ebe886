/** provisional */
import { createHash } from 'node:crypto';
import { canonicalJson } from '#core/canonical-json.ts';
export interface AuditEntry {
  seq: number;
  at: number;
  act: string;
  previous: string | null;
  hash: string;
  facts: Record<string, unknown>;
}
export const auditText = (entries: readonly AuditEntry[]) => entries.map((e) => `${canonicalJson(e)}\n`).join('');
export const auditHead = (entries: readonly AuditEntry[]) => entries.at(-1)?.hash ?? null;
export function chain(entries: readonly Omit<AuditEntry, 'seq' | 'previous' | 'hash'>[]): AuditEntry[] {
  let previous: string | null = null;
  return entries.map((e, i) => {
    const body = { ...e, seq: i + 1, previous };
    const hash = createHash('sha256').update(canonicalJson(body)).digest('hex');
    previous = hash;
    return { ...body, hash };
  });
}
