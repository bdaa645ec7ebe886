/** Who sends may find that a message waits; who takes one comes later all the same, however their steps fall between each other. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { handClock } from '#platform/clock.ts';
import { type Collapser, type Mark, openCollapser } from '#platform/collapser.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { ConflictError, type Key, type Table } from '#platform/table.ts';
import { oneByOne, shuffled } from './interleaving.ts';

const MINUTE = 60_000;
const KEY = 'place/1';

type Clock = ReturnType<typeof handClock>;
interface Waiting {
  readonly mark: Mark;
  readonly visibleAt: number;
}

/** A queue as SQS is one: at least once, in any order, and no word of what waits in it. */
function roughQueue(clock: Clock) {
  const waiting: Waiting[] = [];
  return {
    waiting,
    send: (mark: Mark, delayMs: number) => void waiting.push({ mark, visibleAt: clock.now() + delayMs }),
    /** @param which of those that are visible */
    receive(which: number): Waiting | undefined {
      const visible = waiting.filter(({ visibleAt }) => visibleAt <= clock.now());
      const message = visible[which % Math.max(1, visible.length)];
      if (message !== undefined) waiting.splice(waiting.indexOf(message), 1);
      return message;
    },
    again: (message: Waiting) => void waiting.push(message),
  };
}

/** Steps of others that somebody lets pass first: in a race of two steps one is rarely that late by chance. */
const idle = fc.nat(10);
const sender = fc.record({
  idle,
  delayMs: fc.constantFrom(0, 0, 0, 30_000, 14 * MINUTE),
  loses: fc.constantFrom('nothing', 'nothing', 'the answer', 'the message'),
});
/** Takes some messages one after the other; `which` of those that it sees. */
const taker = fc.array(
  fc.record({
    idle: fc.nat(3),
    which: fc.nat(3),
    dies: fc.constantFrom('never', 'never', 'before it takes', 'before it reads', 'after it reads'),
  }),
  { minLength: 1, maxLength: 4 },
);
/** Long enough for markers, and for what is known of taken messages, to expire in the midst of anything. */
const pause = fc.record({ idle, ms: fc.constantFrom(1_000, MINUTE, 6 * MINUTE, 20 * MINUTE, 61 * MINUTE) });
const world = fc.record({
  senders: fc.array(sender, { minLength: 1, maxLength: 4 }),
  takers: fc.array(taker, { minLength: 1, maxLength: 3 }),
  pauses: fc.array(pause, { maxLength: 2 }),
});
type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

/** @returns the work that a sender was told is on its way and that nobody saw */
async function overlooked(scheduler: fc.Scheduler, { senders, takers, pauses }: World): Promise<readonly number[]> {
  const clock = handClock(0);
  const store = openSqliteTable(':memory:', clock);
  const collapser = openCollapser({ table: shuffled(store, scheduler), queue: 'correlate', clock });
  const queue = roughQueue(clock);
  const durable: number[] = [];
  const promised: number[] = [];
  const seen = new Set<number>();
  const steps = async (count: number) => {
    for (let at = 0; at < count; at++) await scheduler.schedule(Promise.resolve());
  };

  const send = async ({ idle: first, delayMs, loses }: World['senders'][number], work: number) => {
    await steps(first);
    durable.push(work);
    await collapser.send({ key: KEY, delayMs }, async (mark) => {
      await steps(1);
      if (loses === 'the message') throw new Error('not taken');
      queue.send(mark, delayMs);
      await steps(1);
      if (loses === 'the answer') throw new Error('no answer');
    });
    promised.push(work);
  };
  const take = async (message: Waiting, dies: World['takers'][number][number]['dies']) => {
    if (dies === 'before it takes') return queue.again(message);
    await collapser.take(message.mark);
    if (dies === 'before it reads') return queue.again(message);
    await steps(1);
    for (const work of durable) seen.add(work);
    if (dies === 'after it reads') queue.again(message);
  };
  const takeSome = async (takes: World['takers'][number]) => {
    for (const { idle: first, which, dies } of takes) {
      await steps(first);
      const message = queue.receive(which);
      if (message !== undefined) await take(message, dies);
    }
  };
  const pass = async ({ idle: first, ms }: World['pauses'][number]) => {
    await steps(first);
    clock.set(clock.now() + ms);
  };
  // Whoever hears of no success sends again; what others were told must hold without that.
  const sending = senders.map((one, work) => send(one, work).catch(() => undefined));
  await scheduler.waitFor(Promise.all([...sending, ...takers.map(takeSome), ...pauses.map(pass)]), oneByOne);

  clock.set(clock.now() + 15 * MINUTE);
  for (let message = queue.receive(0); message !== undefined; message = queue.receive(0)) {
    await scheduler.waitFor(take(message, 'never'), oneByOne);
  }
  store.close();
  return promised.filter((work) => !seen.has(work));
}

describe('work that is sent', () => {
  it('is seen by somebody who takes a message later, whatever is lost, delayed or delivered twice', async () => {
    const holds = fc.asyncProperty(fc.scheduler(), world, async (scheduler, people) => {
      expect(await overlooked(scheduler, people)).toEqual([]);
    });
    await fc.assert(holds, { numRuns: 800 });
  });
});

describe('messages of one key that wait', () => {
  const opened: ReturnType<typeof openSqliteTable>[] = [];
  afterAll(() => {
    for (const table of opened) table.close();
  });
  function start(over: (table: Table) => Table = (same) => same) {
    const clock = handClock(0);
    const table = openSqliteTable(':memory:', clock);
    opened.push(table);
    const queue = roughQueue(clock);
    const collapser = openCollapser({ table: over(table), queue: 'correlate', clock });
    const send = (delayMs = 0, key = KEY) =>
      collapser.send({ key, delayMs }, async (mark) => queue.send(mark, delayMs));
    return { clock, table, queue, collapser, send };
  }
  const takeOne = async (collapser: Collapser, queue: ReturnType<typeof roughQueue>) => {
    const message = queue.receive(0);
    if (message !== undefined) await collapser.take(message.mark);
  };

  it('are one, until it is taken', async () => {
    const { queue, collapser, send } = start();
    for (let time = 0; time < 100; time++) await send();
    expect(queue.waiting).toHaveLength(1);
    await takeOne(collapser, queue);
    expect(await send()).toBe('sent');
    expect(queue.waiting).toHaveLength(1);
  });

  it('are apart from those of other keys, and of other queues', async () => {
    const { clock, table, queue, send } = start();
    expect([await send(), await send(0, 'place/2')]).toEqual(['sent', 'sent']);
    const other = openCollapser({ table, queue: 'seal', clock });
    expect(await other.send({ key: KEY, delayMs: 0 }, async (mark) => queue.send(mark, 0))).toBe('sent');
  });

  it('do not put work off: one that is due later does not stand for one that is due now', async () => {
    const { queue, send } = start();
    const sent = [await send(10 * MINUTE), await send(12 * MINUTE), await send(0), await send(0), await send(5_000)];
    expect(sent).toEqual(['sent', 'waits already', 'sent', 'waits already', 'waits already']);
    expect(queue.waiting.map(({ visibleAt }) => visibleAt)).toEqual([10 * MINUTE, 0]);
  });

  it('stand for no work for longer than some minutes past their time: a message that was lost heals', async () => {
    const { clock, queue, send } = start();
    await send(10 * MINUTE);
    queue.waiting.length = 0;
    clock.set(14 * MINUTE);
    expect(await send(MINUTE)).toBe('waits already');
    clock.set(15 * MINUTE + 1);
    expect(await send(MINUTE)).toBe('sent');
  });

  it('leave no marker where others are in the way of its being cleared, or are not taken', async () => {
    for (const [failures, taken] of [
      [2, true],
      [20, false],
    ] as const) {
      let left = 0;
      const { queue, collapser, send } = start((below) => ({
        ...below,
        async write(write) {
          if (write.kind === 'delete' && left-- > 0) throw new ConflictError([write]);
          await below.write(write);
        },
      }));
      await send();
      left = failures;
      const [message] = queue.waiting;
      if (message === undefined) throw new Error('Expected a message');
      expect(
        await collapser.take(message.mark).then(
          () => true,
          () => false,
        ),
      ).toBe(taken);
      expect(await send()).toBe(taken ? 'sent' : 'waits already');
    }
  });

  it.each([0, 3, 6, 20, 61, 90])(
    'leave no marker once they are taken, though their sender was held up for %i minutes before it set one',
    async (minutes) => {
      for (const delayMs of [0, 14 * MINUTE]) {
        const { clock, queue, collapser, send } = start();
        await collapser.send({ key: KEY, delayMs }, async (mark) => {
          queue.send(mark, delayMs);
          clock.set(clock.now() + delayMs);
          await takeOne(collapser, queue);
          clock.set(clock.now() + minutes * MINUTE);
        });
        expect(await send(delayMs)).toBe('sent');
      }
    },
  );

  it('leave the marker of another alone when they are taken', async () => {
    const { queue, collapser, send } = start();
    await send(10 * MINUTE);
    await send(0);
    // The one due now is received first; the marker is its own. The later one has none.
    const [later] = queue.waiting;
    if (later === undefined) throw new Error('Expected two messages');
    await collapser.take(later.mark);
    expect(await send(0)).toBe('waits already');
  });

  it('cost the table one read where one waits, and three operations where one is sent', async () => {
    const operations: string[] = [];
    const counted =
      <A, R>(name: string, work: (asked: A) => R) =>
      (asked: A) => {
        operations.push(name);
        return work(asked);
      };
    const { send } = start((below) => ({
      ...below,
      get: <T>(key: Key) => counted('get', (asked: Key) => below.get<T>(asked))(key),
      write: counted('write', below.write),
      transact: counted('transact', below.transact),
    }));
    await send();
    await send();
    expect(operations).toEqual(['get', 'transact', 'get']);
  });
});
