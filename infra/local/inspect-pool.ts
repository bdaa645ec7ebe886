/** Worker threads that inspect frames, each with its own copy of the models, so that the server keeps answering. */
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { PrivacyRegions, PrivacySubject } from '#core/privacy.ts';
import { Refusal, type RefusalFacts } from '#core/refusal.ts';
import type { Inspection, InspectionContext } from '../../functions/inspect/observe.ts';

export type ToWorker =
  | { kind: 'inspect'; id: number; bytes: Uint8Array; context: InspectionContext }
  | { kind: 'privacy'; id: number; bytes: Uint8Array; subject: PrivacySubject };
export type FromWorker =
  | { kind: 'ready' }
  | { kind: 'unable'; reason: Failure }
  | { kind: 'inspected'; id: number; inspection: Inspection }
  | { kind: 'found'; id: number; privacy: PrivacyRegions }
  | { kind: 'failed'; id: number; message: string };

/** An error as plain data: threads pass no classes. */
export interface Failure {
  message: string;
  /** Of a refusal, which is told to people otherwise than a fault. */
  refusal?: { code: string; status: number; facts: RefusalFacts };
}

export const failureOf = (cause: unknown): Failure => ({
  message: cause instanceof Error ? cause.message : String(cause),
  ...(cause instanceof Refusal ? { refusal: { code: cause.code, status: cause.status, facts: cause.facts } } : {}),
});

const errorOf = ({ message, refusal }: Failure): Error =>
  refusal === undefined ? new Error(message) : new Refusal(refusal.code, refusal.status, refusal.facts);

export interface InspectPool {
  readonly size: number;
  /** Resolves when one worker has its models; rejects when they cannot be loaded. */
  readonly ready: Promise<void>;
  /**
   * Resolves with the reason when a worker cannot load its models, at the start or when it replaces one that ended:
   * nothing more is inspected then.
   */
  readonly unable: Promise<Error>;
  inspect(bytes: Uint8Array, context: InspectionContext): Promise<Inspection>;
  /** What of a stored frame a copy of it must not show. */
  privacy(bytes: Uint8Array, subject: PrivacySubject): Promise<PrivacyRegions>;
  close(): Promise<void>;
}

interface Job {
  message(id: number): ToWorker;
  /** Tells whoever waits, when the answer is to what was asked. */
  answer(message: FromWorker): void;
  reject(reason: Error): void;
}

interface Seat {
  worker: Worker;
  ready: boolean;
  job: Job | null;
}

/**
 * A worker's own heap is small, but each frame passes 40 MB of pixels and tensors through it, which V8 counts: left to
 * itself it collects twice a frame, a tenth of the time of a frame. Read by isolates made from here on. Megabytes.
 */
setFlagsFromString('--initial-old-space-size=256');

const bootstrap = new URL('./worker-boot.mjs', import.meta.url);
const entry = new URL('./inspect-worker.ts', import.meta.url).href;

export function openInspectPool(size: number): InspectPool {
  const waiting: Job[] = [];
  const seats = new Set<Seat>();
  let closing = false;
  let jobs = 0;
  let settle: { resolve(): void; reject(reason: Error): void } = { resolve() {}, reject() {} };
  const ready = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  let giveUp: (reason: Error) => void = () => {};
  const unable = new Promise<Error>((resolve) => {
    giveUp = resolve;
  });
  // Whoever awaits `ready` hears of a failure; nobody awaiting it must not end the process.
  ready.catch(() => {});

  const dispatch = () => {
    for (const seat of seats) {
      if (!seat.ready || seat.job !== null) continue;
      const job = waiting.shift();
      if (job === undefined) return;
      seat.job = job;
      seat.worker.postMessage(job.message(++jobs));
    }
  };

  const enqueue = (job: Job) => {
    if (closing) {
      job.reject(new Error('The inspection pool is closed'));
      return;
    }
    waiting.push(job);
    dispatch();
  };

  const release = (seat: Seat): Job | null => {
    const { job } = seat;
    seat.job = null;
    return job;
  };

  const hire = () => {
    const seat: Seat = { worker: new Worker(bootstrap, { workerData: { entry } }), ready: false, job: null };
    seats.add(seat);
    seat.worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') {
        seat.ready = true;
        settle.resolve();
      } else if (message.kind === 'unable') {
        closing = true;
        const reason = errorOf(message.reason);
        settle.reject(reason);
        giveUp(reason);
      } else if (message.kind === 'failed') {
        release(seat)?.reject(new Error(message.message));
      } else {
        release(seat)?.answer(message);
      }
      dispatch();
    });
    seat.worker.on('error', () => {});
    seat.worker.on('exit', (code) => {
      seats.delete(seat);
      release(seat)?.reject(new Error(`Expected the inspection to end, the worker ended first (code ${code})`));
      if (!closing) hire();
      else if (seats.size === 0)
        for (const job of waiting.splice(0)) job.reject(new Error('The inspection pool is closed'));
    });
  };

  for (let i = 0; i < size; i++) hire();

  return {
    size,
    ready,
    unable,
    inspect: (bytes, context) =>
      new Promise((resolve, reject) => {
        enqueue({
          message: (id) => ({ kind: 'inspect', id, bytes, context }),
          answer: (message) => message.kind === 'inspected' && resolve(message.inspection),
          reject,
        });
      }),
    privacy: (bytes, subject) =>
      new Promise((resolve, reject) => {
        enqueue({
          message: (id) => ({ kind: 'privacy', id, bytes, subject }),
          answer: (message) => message.kind === 'found' && resolve(message.privacy),
          reject,
        });
      }),
    async close() {
      closing = true;
      await Promise.all([...seats].map((seat) => seat.worker.terminate()));
    },
  };
}
