/** The queues of one machine and who works them off: inspect in worker threads, correlate and seal here. */
import type { Clock } from '#platform/clock.ts';
import type { Log } from '#platform/http/log.ts';
import type { CopyMessage } from '#platform/records/messages.ts';
import { tableOf } from '#platform/table-rights.ts';
import type { TimeStamper } from '#platform/time-stamper.ts';
import { looksReader } from '../../functions/correlate/looks.ts';
import { inspectFrame } from '../../functions/inspect/handler.ts';
import type { InspectionTimings } from '../../functions/inspect/observe.ts';
import { makePartyCopy } from '../../functions/seal/copy-handler.ts';
import type { Settling } from '../../functions/seal/handler.ts';
import { correlateStep, sealStep } from '../common/steps.ts';
import { type Consumer, consume } from './consumer.ts';
import type { InspectPool } from './inspect-pool.ts';
import type { Store } from './store.ts';

export interface PipelineOptions {
  store: Store;
  pool: Pick<InspectPool, 'inspect' | 'size'> & Partial<Pick<InspectPool, 'privacy'>>;
  clock: Clock;
  log: Log;
  systemVersion: string;
  settling: Settling;
  /** Stamps what is sealed; without one there are no stamps. */
  timeStamper?: TimeStamper | undefined;
  /** What becomes of an incident while the authority is out of reach; it waits by default. */
  unstamped?: 'waits' | 'fails';
  onTimings?(timings: InspectionTimings): void;
  /** All by default. */
  stages?: readonly Stage[];
}

export type Stage = 'inspect' | 'correlate' | 'seal' | 'copy';
const ALL_STAGES: readonly Stage[] = ['inspect', 'correlate', 'seal', 'copy'];

export interface Pipeline {
  /** Something was put into a queue from outside. */
  wake(): void;
  /** Resolves when nothing waits in these stages, now or later, and nothing is in hand; all its stages by default. */
  drained(of?: readonly Stage[]): Promise<void>;
  stop(): Promise<void>;
}

/** A frame takes under a second, a package a few: whoever holds a message longer is gone. */
const VISIBILITY_MS = 120_000;
/** Each of up to eight frames is looked at all over, several times as long as for an inspection. */
const COPY_VISIBILITY_MS = 600_000;

export function startPipeline({
  store,
  pool,
  clock,
  log,
  systemVersion,
  settling,
  timeStamper,
  unstamped = 'waits',
  onTimings,
  stages = ALL_STAGES,
}: PipelineOptions): Pipeline {
  const { table, blobs, signer, queues } = store;
  const looks = looksReader(blobs);
  const consumers: Consumer[] = [];
  const wake = () => {
    for (const consumer of consumers) consumer.wake();
  };
  const start = <T>(
    name: Stage,
    concurrency: number,
    queue: Parameters<typeof consume<T>>[0]['queue'],
    handle: (body: T) => Promise<void>,
    visibilityMs = VISIBILITY_MS,
  ) => {
    if (!stages.includes(name)) return;
    consumers.push(
      consume<T>({
        name,
        queue,
        concurrency,
        visibilityMs,
        async handle(body) {
          await handle(body);
          wake();
        },
        onError(error, { deliveries }) {
          log({
            level: 'error',
            event: `${name}-failed`,
            deliveries,
            error: error instanceof Error ? error.message : String(error),
          });
        },
      }),
    );
  };

  start('inspect', pool.size + 1, queues.inspect, (message) =>
    inspectFrame(
      {
        table: tableOf(table, 'inspect'),
        blobs,
        clock,
        correlateQueue: queues.correlate,
        inspect: pool.inspect,
        ...(onTimings === undefined ? {} : { onTimings }),
      },
      message,
    ),
  );
  start('correlate', 1, queues.correlate, (message) =>
    correlateStep({ table: tableOf(table, 'correlate'), blobs, clock, looks, settling, queues }, message),
  );
  const sealing = { blobs, clock, signer, timeStamper, systemVersion, settling, queues, log, unstamped };
  start('seal', 1, queues.seal, (message) => sealStep({ table: tableOf(table, 'seal'), ...sealing }, message));
  const { privacy } = pool;
  if (privacy !== undefined) {
    const copying = { table: tableOf(table, 'seal'), blobs, clock, signer, systemVersion, privacy };
    const copy = async ({ incidentId }: CopyMessage) => void (await makePartyCopy(copying, incidentId));
    start('copy', 1, queues.copy, copy, COPY_VISIBILITY_MS);
  }

  const isDrained = async (of: readonly Stage[]) => {
    for (const stage of of) {
      const { waiting, working } = await queues[stage].depth();
      if (waiting + working > 0) return false;
    }
    return true;
  };

  return {
    wake,
    async drained(of = stages) {
      while (!(await isDrained(of))) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    async stop() {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
    },
  };
}
