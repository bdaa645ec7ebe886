/** The scheduler: calls `tend` every half minute. On AWS, EventBridge does. */
import type { Clock } from '#platform/clock.ts';
import type { Log } from '#platform/http/log.ts';
import type { Notifier } from '#platform/notifier.ts';
import { correlateKey } from '#platform/records/messages.ts';
import { tableOf } from '#platform/table-rights.ts';
import type { TimeStamper } from '#platform/time-stamper.ts';
import { resumeFrames } from '../../functions/accept/resume.ts';
import { resumeUploads } from '../../functions/accept/uploads.ts';
import { type TendReport, tend } from '../../functions/tend/tend.ts';
import type { WithdrawalRunner } from '../../functions/withdraw/runner.ts';
import { logTended } from '../common/tended.ts';
import { acceptDependencies } from './server.ts';
import type { Store } from './store.ts';

const EVERY_MS = 30_000;

export interface TendingOptions {
  store: Store;
  clock: Clock;
  log: Log;
  notifier: Notifier;
  timeStamper?: TimeStamper | undefined;
  /** Whose interrupted acts go on. */
  withdrawals?: Pick<WithdrawalRunner, 'resume'>;
  wake(): void;
  /** Told what each round did. */
  onReport?(report: TendReport): void;
}

export function startTending({
  store,
  clock,
  log,
  notifier,
  timeStamper,
  withdrawals,
  wake,
  onReport,
}: TendingOptions): {
  stop(): Promise<void>;
} {
  const { table, blobs, signer, queues } = store;
  let running: Promise<void> = Promise.resolve();
  const round = async () => {
    try {
      await withdrawals?.resume();
      const whole = await tend(
        {
          ...{ table: tableOf(table, 'tend'), blobs, notifier, signer, timeStamper },
          correlate: (day) => queues.correlate.send(day, { dedupeKey: correlateKey(day) }),
          resend: async () =>
            (await resumeFrames({ table: tableOf(table, 'accept'), queue: queues.inspect, clock })).length,
        },
        clock.now(),
      );
      onReport?.(whole);
      const uploads = await resumeUploads(acceptDependencies({ store, log, wake }));
      logTended(log, whole, { uploads });
      wake();
    } catch (error) {
      log({ level: 'error', event: 'tend-failed', error: error instanceof Error ? error.message : String(error) });
    }
  };
  const timer = setInterval(() => {
    running = running.then(round);
  }, EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
