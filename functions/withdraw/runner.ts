/** Withdrawals that go on behind the answers of this process, each once at a time. */
import type { Log } from '#platform/http/log.ts';
import { withdrawalsIn } from '#platform/records/withdrawals.ts';
import { type RunDependencies, runWithdrawal } from './run.ts';

export interface WithdrawalRunner {
  /** Goes on with it, unless this process is at it already. */
  start(id: string): void;
  /** Goes on with all that a process left behind; for the scheduler. */
  resume(): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export function withdrawalRunner({ log, ...dependencies }: RunDependencies & { log: Log }): WithdrawalRunner {
  const running = new Map<string, Promise<void>>();
  const start = (id: string) => {
    if (running.has(id)) return;
    const work = runWithdrawal(dependencies, id).then(
      ({ withdrawn, skipped }) => log({ level: 'info', event: 'withdrawal-done', withdrawal: id, withdrawn, skipped }),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        log({ level: 'error', event: 'withdrawal-failed', withdrawal: id, error: message });
      },
    );
    running.set(
      id,
      work.finally(() => running.delete(id)),
    );
  };
  return {
    start,
    async resume() {
      for (const { id } of await withdrawalsIn(dependencies.table, 'running')) start(id);
    },
    async idle() {
      while (running.size > 0) await Promise.all(running.values());
    },
  };
}
