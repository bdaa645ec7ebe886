/**
 * Where the time of a thread goes. Work is timed where it is done and added up by name; whoever wants to know about one
 * frame compares two readings, because a thread inspects one frame at a time.
 */

/** `session.run` counts under the name of the model; crops are pixels made into what a model takes in. */
export type Work = 'decode' | 'crops' | `run ${string}`;

/** Milliseconds on the wall since the thread began. */
export type WorkDone = ReadonlyMap<Work, number>;

const done = new Map<Work, number>();

export const workDone = (): WorkDone => new Map(done);

export function timed<T>(work: Work, task: () => T): T {
  const started = performance.now();
  try {
    return task();
  } finally {
    add(work, started);
  }
}

export async function timedAsync<T>(work: Work, task: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await task();
  } finally {
    add(work, started);
  }
}

function add(work: Work, started: number): void {
  done.set(work, (done.get(work) ?? 0) + performance.now() - started);
}

/** Milliseconds between two readings, of all work whose name `counts`. */
export function workBetween(before: WorkDone, after: WorkDone, counts: (work: Work) => boolean): number {
  let sum = 0;
  for (const [work, ms] of after) if (counts(work)) sum += ms - (before.get(work) ?? 0);
  return sum;
}
