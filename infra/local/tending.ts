/** The scheduler: calls `tend` every half minute. On AWS, EventBridge does. */
import type { Clock } from '#platform/clock.ts';
import type { Log } from '#platform/http/log.ts';
import { logNotifier } from '#platform/local/log-notifier.ts';
import { resumeFrames } from '../../functions/accept/resume.ts';
import { resumeUploads } from '../../functions/accept/uploads.ts';
import { tend } from '../../functions/tend/tend.ts';
import { acceptDependencies } from './server.ts';
import type { Store } from './store.ts';

const EVERY_MS = 30_000;

export interface TendingOptions {
  store: Store;
  clock: Clock;
  log: Log;
  wake(): void;
}

export function startTending({ store, clock, log, wake }: TendingOptions): { stop(): Promise<void> } {
  const { table, blobs, queues } = store;
  const notifier = logNotifier(log, clock);
  let running: Promise<void> = Promise.resolve();
  const round = async () => {
    try {
      const { overdue, silent, ...report } = await tend(
        {
          ...{ table, blobs, notifier },
          resend: async () => (await resumeFrames({ table, queue: queues.inspect, clock })).length,
        },
        clock.now(),
      );
      const uploads = await resumeUploads(acceptDependencies({ store, log, wake }));
      log({ level: 'info', event: 'tended', ...report, uploads, overdue: overdue.count, silent: silent.length });
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
