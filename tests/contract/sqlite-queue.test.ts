import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, handClock } from '#platform/clock.ts';
import { openSqliteQueue } from '#platform/local/sqlite-queue.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { startChild } from './children/process.ts';
import { queueContract } from './queue.ts';

queueContract('SQLite', async ({ maxDeliveries }) => {
  const clock = handClock(1_000_000);
  const table = openSqliteTable(':memory:', clock);
  return {
    queue: openSqliteQueue(table.database, 'contract', { maxDeliveries, clock }),
    pass: async (ms) => clock.set(clock.now() + ms),
    close: () => table.close(),
  };
});

describe('SQLite queue', () => {
  let directory: string;
  let files = 0;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'kerbwatch-queue-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const newPath = () => join(directory, `${++files}.db`);
  function open(
    path: string,
    { clock = handClock(0), maxDeliveries = 2 }: { clock?: Clock; maxDeliveries?: number } = {},
  ) {
    const table = openSqliteTable(path, clock);
    const queue = openSqliteQueue<string>(table.database, 'frames', { maxDeliveries, clock });
    return { table, queue };
  }
  const one = { max: 1, visibilityMs: 1000 };
  const all = { max: 100, visibilityMs: 1000 };

  it('has waiting, working and dead messages when it is opened again', async () => {
    const path = newPath();
    const before = open(path);
    for (const body of ['dies', 'is worked on', 'waits']) await before.queue.send(body);
    for (let time = 0; time < 2; time++) {
      const [message] = await before.queue.receive(one);
      await before.queue.retry(message?.receipt ?? '', { delayMs: -1, error: 'no JPEG' });
    }
    await before.queue.receive(one);
    before.table.close();
    const after = open(path);
    expect(await after.queue.depth()).toEqual({ waiting: 1, working: 1, dead: 1 });
    after.table.close();
  });

  it('keeps queues of one file apart', async () => {
    const { table, queue } = open(':memory:');
    const other = openSqliteQueue<string>(table.database, 'other', { maxDeliveries: 2, clock: handClock(0) });
    await queue.send('frame', { dedupeKey: 'a' });
    await other.send('notice', { dedupeKey: 'a' });
    expect((await other.receive(all)).map(({ body }) => body)).toEqual(['notice']);
    expect((await queue.receive(all)).map(({ body }) => body)).toEqual(['frame']);
    table.close();
  });

  it('delivers the longest due first', async () => {
    const clock = handClock(0);
    const { table, queue } = open(':memory:', { clock });
    await queue.send('third', { delayMs: 30 });
    await queue.send('first', { delayMs: 10 });
    await queue.send('second', { delayMs: 20 });
    clock.set(100);
    expect((await queue.receive(all)).map(({ body }) => body)).toEqual(['first', 'second', 'third']);
    table.close();
  });

  it('lets the newest body and the earliest time stand when messages collapse', async () => {
    const clock = handClock(0);
    const { table, queue } = open(':memory:', { clock });
    await queue.send('old', { dedupeKey: 'a', delayMs: 10 });
    await queue.send('new', { dedupeKey: 'a', delayMs: 99 });
    clock.set(10);
    expect((await queue.receive(all)).map(({ body }) => body)).toEqual(['new']);
    table.close();
  });

  it('joins a message that came back with one of its key that came meanwhile, and still counts its deliveries', async () => {
    const { table, queue } = open(':memory:');
    await queue.send('old', { dedupeKey: 'a' });
    const [working] = await queue.receive(one);
    await queue.send('new', { dedupeKey: 'a' });
    await queue.retry(working?.receipt ?? '', { delayMs: 0, error: 'busy' });
    expect(await queue.receive(all)).toMatchObject([{ body: 'new', deliveries: 2 }]);
    table.close();
  });

  it('counts the deliveries of the one that came back also when the newer one is due first', async () => {
    const clock = handClock(0);
    const { table, queue } = open(':memory:', { clock });
    await queue.send('old', { dedupeKey: 'a' });
    const [working] = await queue.receive(one);
    await queue.send('new', { dedupeKey: 'a' });
    await queue.retry(working?.receipt ?? '', { delayMs: 5, error: 'busy' });
    clock.set(10);
    expect(await queue.receive(all)).toMatchObject([{ body: 'new', deliveries: 2 }]);
    table.close();
  });

  it('lets a stale receipt change nothing', async () => {
    const clock = handClock(0);
    const { table, queue } = open(':memory:', { clock });
    await queue.send('frame');
    const [slow] = await queue.receive(one);
    clock.set(2000);
    const [current] = await queue.receive(one);
    await queue.done(slow?.receipt ?? '');
    await queue.retry(slow?.receipt ?? '', { delayMs: 0, error: 'too late' });
    expect(await queue.depth()).toEqual({ waiting: 0, working: 1, dead: 0 });
    await queue.done(current?.receipt ?? '');
    expect(await queue.depth()).toEqual({ waiting: 0, working: 0, dead: 0 });
    table.close();
  });

  it('takes an answer that comes late, while nobody else has the message', async () => {
    const clock = handClock(0);
    const { table, queue } = open(':memory:', { clock });
    await queue.send('frame');
    const [slow] = await queue.receive(one);
    clock.set(2000);
    await queue.done(slow?.receipt ?? '');
    expect(await queue.receive(all)).toEqual([]);
    table.close();
  });

  it('starts anew when a message joins one whose worker is gone: the late answer then changes nothing', async () => {
    const clock = handClock(0);
    const { table, queue } = open(':memory:', { clock });
    await queue.send('old', { dedupeKey: 'a' });
    const [slow] = await queue.receive(one);
    clock.set(2000);
    await queue.send('new', { dedupeKey: 'a' });
    await queue.done(slow?.receipt ?? '');
    expect((await queue.receive(all)).map(({ body }) => body)).toEqual(['new']);
    table.close();
  });

  it('gives a new message its own chance beside one of its key that is spent', async () => {
    const clock = handClock(0);
    const { table, queue } = open(':memory:', { clock, maxDeliveries: 1 });
    await queue.send('kills its worker', { dedupeKey: 'a' });
    await queue.receive(one);
    clock.set(2000);
    await queue.send('new', { dedupeKey: 'a' });
    expect(await queue.receive(all)).toMatchObject([{ body: 'new', deliveries: 1 }]);
    expect(await queue.deadLetters.list({ limit: 9 })).toMatchObject([{ body: 'kills its worker' }]);
    table.close();
  });

  it('lists dead letters with their last error and replays those that are named, or all', async () => {
    const clock = handClock(5000);
    const { table, queue } = open(':memory:', { clock, maxDeliveries: 1 });
    for (const body of ['a', 'b', 'c']) await queue.send(body);
    for (const { receipt, body } of await queue.receive(all)) {
      await queue.retry(receipt, { delayMs: 0, error: `cannot read ${body}` });
    }
    const letters = await queue.deadLetters.list({ limit: 10 });
    expect(letters).toMatchObject(
      ['a', 'b', 'c'].map((body) => ({ body, deliveries: 1, error: `cannot read ${body}`, diedAt: 5000 })),
    );
    expect(await queue.deadLetters.replay([letters[1]?.id ?? '', 'unknown'])).toBe(1);
    expect(await queue.receive(all)).toMatchObject([{ body: 'b', deliveries: 1 }]);
    expect(await queue.deadLetters.replay('all')).toBe(2);
    expect((await queue.depth()).dead).toBe(0);
    expect((await queue.receive(all)).map(({ body }) => body)).toEqual(['a', 'c']);
    table.close();
  });

  it('gives back what an earlier process had in hand, at once and as if it had not been delivered', async () => {
    const clock = handClock(0);
    const { table, queue } = open(':memory:', { clock, maxDeliveries: 3 });
    await queue.send('in hand');
    await queue.send('waiting', { delayMs: 500 });
    const [held] = await queue.receive(all);
    expect(await queue.receive(all)).toEqual([]);
    expect(await queue.reclaim()).toBe(1);
    expect(await queue.receive(all)).toMatchObject([{ body: 'in hand', deliveries: 1 }]);
    await queue.done(held?.receipt ?? '');
    expect(await queue.depth()).toEqual({ waiting: 1, working: 1, dead: 0 });
    table.close();
  });

  it('refuses what is not JSON', async () => {
    const table = openSqliteTable(':memory:');
    const queue = openSqliteQueue<unknown>(table.database, 'frames', { maxDeliveries: 1 });
    await expect(queue.send(undefined)).rejects.toMatchObject({ code: 'message-invalid' });
    table.close();
  });

  it('has every message that resolved before kill -9, and gives each to one of two processes', async () => {
    const path = newPath();
    const sender = startChild('send-messages.ts', [path]);
    await sender.printed(60);
    await sender.kill();
    const workers = [1, 2].map(() => startChild('work-messages.ts', [path]));
    await Promise.all(workers.map((worker) => worker.ended()));
    const worked = workers.flatMap(({ lines }) => lines);
    expect(new Set(worked).size).toBe(worked.length);
    expect(sender.lines.filter((line) => !worked.includes(line))).toEqual([]);
  });
});
