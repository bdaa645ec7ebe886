/** Read, decide, write if nobody else wrote meanwhile; otherwise read and decide again. */
import type { AuditAct } from '#core/audit.ts';
import { auditWrites } from './records/audit.ts';
import { ConflictError, type Table, type Write } from './table.ts';

/** What is to happen, all of it or nothing. */
export interface Commitment<T> {
  /** May be empty: then, without acts, nothing is written and the result stands as read. */
  readonly writes: readonly Write[];
  /** Recorded in the audit trail in the same transaction. */
  readonly acts?: readonly AuditAct[];
  readonly result: T;
}

export interface CommitOptions {
  /** How often to try, at least once. */
  readonly attempts?: number;
  /** Waits before the next attempt; `failed` counts those that lost, from 1. */
  readonly pause?: (failed: number) => Promise<void>;
}

const ATTEMPTS = 30;
const LONGEST_PAUSE_MS = 200;

/**
 * @param build reads what it needs anew at each call, and names in its writes the versions it read; it may throw a
 * ConflictError itself when what it read does not fit together
 * @returns the result of the build that was written
 * @throws {ConflictError} when others were faster every time
 *
 * @example
 * const confirmed = await commit(table, async () => {
 *   const item = await readIncident(table, id);
 *   const next = decide(item.value, command);
 *   return { writes: putIncident(next, item.value), acts: [act], result: next };
 * });
 */
export async function commit<T>(
  table: Table,
  build: () => Promise<Commitment<T>>,
  { attempts = ATTEMPTS, pause = jitter }: CommitOptions = {},
): Promise<T> {
  for (let failed = 0; ; ) {
    try {
      const { writes, acts = [], result } = await build();
      const all = acts.length === 0 ? writes : [...writes, ...(await auditWrites(table, acts))];
      if (all.length > 0) await table.transact(all);
      return result;
    } catch (error) {
      failed += 1;
      if (!(error instanceof ConflictError) || failed >= attempts) throw error;
      await pause(failed);
    }
  }
}

/** At random up to a span that doubles: those who met once do not meet again in step. */
function jitter(failed: number): Promise<void> {
  const span = Math.min(2 ** failed, LONGEST_PAUSE_MS);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * span));
}
