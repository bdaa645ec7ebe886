import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDynamoTable } from '#platform/aws/dynamo-table.ts';
import { handClock } from '#platform/clock.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { ConflictError, type Table, type Write } from '#platform/table.ts';
import { hasJava, type LocalDynamoDb, localClient, startDynamoDb } from '../aws/dynamodb.ts';
import { type Fault, type FaultyProxy, startFaultyProxy } from '../aws/faulty-proxy.ts';
import { startChild } from './children/process.ts';
import { tableContract } from './table.ts';
import { HOUR, NOW } from './table-context.ts';

describe.skipIf(!hasJava)('on AWS’s own DynamoDB Local', () => {
  let local: LocalDynamoDb;
  beforeAll(async () => {
    local = await startDynamoDb();
  });
  afterAll(() => local.stop());

  tableContract('DynamoDB', async (clock) => {
    const table = openDynamoTable({ client: local.client, table: await local.createTable(), clock });
    return { table, close: () => {} };
  });

  it('gives each key to one process and loses no increment when three processes race from the first moment', async () => {
    const name = await local.createTable();
    const racers = ['one', 'two', 'three'].map((racer) => ({
      racer,
      child: startChild('race-dynamo-table.ts', [local.endpoint, name, racer, '40']),
    }));
    await Promise.all(racers.map(({ child }) => child.ended()));

    const table = openDynamoTable({ client: local.client, table: name });
    expect(await table.get({ partition: 'race', sort: 'counter' })).toMatchObject({ value: 120, version: 120 });
    const taken = racers.flatMap(({ child }) => child.lines);
    expect(taken.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, key) => key));
    for (const { racer, child } of racers) {
      for (const key of child.lines) {
        expect(await table.get({ partition: 'race', sort: `key-${key}` })).toMatchObject({ value: racer, version: 1 });
      }
    }
  });

  describe('a network and a service that fail', () => {
    const KEY = { partition: 'p', sort: 'a' };
    const put = (value: unknown, expected: 'absent' | 'any' | { version: number }): Write => ({
      ...{ kind: 'put', ...KEY },
      ...{ value, expect: expected },
    });
    let proxy: FaultyProxy;
    let table: Table;
    beforeAll(async () => {
      proxy = await startFaultyProxy(local.endpoint);
    });
    afterAll(() => proxy.close());
    const open = async () => {
      table = openDynamoTable({ client: localClient(proxy.endpoint), table: await local.createTable() });
    };
    const transactions = () => proxy.requests.filter((body) => body.includes('TransactItems'));
    const tokens = () => transactions().map((body) => /"ClientRequestToken":"([^"]+)"/.exec(body)?.[1]);

    /** As DynamoDB words it; the local server runs one transaction after another and never says it. */
    const cancelled = (...codes: string[]): Fault => ({
      kind: 'answer',
      status: 400,
      body: {
        __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
        Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
        CancellationReasons: codes.map((Code) => ({ Code })),
      },
    });
    const times = (count: number, fault: Fault): Fault[] => Array.from({ length: count }, () => fault);

    it('does not take its own write for somebody else’s when the answer was lost', async () => {
      await open();
      proxy.failNext({ kind: 'lost-answer' });
      await table.write(put('first', 'absent'));
      expect(tokens()).toHaveLength(2);
      expect(await table.get(KEY)).toMatchObject({ value: 'first', version: 1 });
      proxy.failNext({ kind: 'lost-answer' });
      await table.transact([put('second', { version: 1 }), { ...put(1, 'absent'), sort: 'b' }]);
      expect(await table.get(KEY)).toMatchObject({ value: 'second', version: 2 });
    });

    it('counts a version up once when the answer was lost', async () => {
      await open();
      await table.write(put('first', 'any'));
      proxy.failNext({ kind: 'lost-answer' });
      await table.write(put('second', 'any'));
      expect(await table.get(KEY)).toMatchObject({ value: 'second', version: 2 });
    });

    it('asks with the same token what became of a transaction that is still at work', async () => {
      await open();
      const body = {
        __type: 'com.amazonaws.dynamodb.v20120810#TransactionInProgressException',
        Message: 'in progress',
      };
      proxy.failNext({ kind: 'answer', status: 400, body });
      await table.write(put('first', 'absent'));
      expect(tokens()).toHaveLength(2);
      expect(new Set(tokens()).size).toBe(1);
    });

    it('tries anew when it met another transaction or a hot partition, as another transaction', async () => {
      await open();
      proxy.failNext(cancelled('TransactionConflict', 'None'), cancelled('None', 'ThrottlingError'));
      await table.transact([put('first', 'absent'), { ...put(1, 'absent'), sort: 'b' }]);
      expect(new Set(tokens()).size).toBe(3);
      expect(await table.get(KEY)).toMatchObject({ value: 'first', version: 1 });
    });

    it('reports a conflict, naming the keys, where others never leave off', async () => {
      await open();
      proxy.failNext(...times(50, cancelled('None', 'TransactionConflict')));
      const failed = table.transact([put('first', 'absent'), { ...put(1, 'absent'), sort: 'b' }]);
      await expect(failed).rejects.toBeInstanceOf(ConflictError);
      await expect(failed).rejects.toMatchObject({ keys: [{ partition: 'p', sort: 'b' }] });
      expect(tokens().length).toBeLessThan(10);
    });

    it('reports a partition that stays too hot as what it is, not as a conflict', async () => {
      await open();
      proxy.failNext(...times(50, cancelled('ProvisionedThroughputExceeded')));
      const failed = table.write(put('first', 'absent'));
      await expect(failed).rejects.toMatchObject({ name: 'TransactionCanceledException' });
    });

    it('does not try anew what cannot work', async () => {
      await open();
      proxy.failNext(...times(50, cancelled('ValidationError')));
      await expect(table.write(put('first', 'absent'))).rejects.toMatchObject({ name: 'TransactionCanceledException' });
      expect(tokens()).toHaveLength(1);
    });
  });

  it('does the same as SQLite, whatever the sequence of transactions and however time passes', async () => {
    const sort = fc.constantFrom('a', 'b', '浙', '𠮷');
    const expectation = fc.oneof(
      fc.constantFrom('absent' as const, 'present' as const),
      fc.record({ version: fc.integer({ min: 0, max: 3 }) }),
    );
    const loose = fc.oneof(expectation, fc.constant('any' as const));
    const write = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record(
          {
            kind: fc.constant('put' as const),
            sort,
            value: fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant('沿街店铺'.repeat(400))),
            expect: loose,
            index: fc.record({ partition: fc.constantFrom('one', 'two'), sort }),
            expiresAt: fc.integer({ min: 0, max: 3 }).map((hours) => NOW + hours * HOUR),
          },
          { requiredKeys: ['kind', 'sort', 'value', 'expect'] },
        ),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), sort, expect: loose }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('check' as const), sort, expect: expectation }) },
    );
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.uniqueArray(write, { minLength: 1, maxLength: 4, selector: (one) => one.sort }),
      },
      { weight: 1, arbitrary: fc.constant('an hour later' as const) },
    );
    const query = fc.record(
      { from: sort, to: sort, descending: fc.boolean(), limit: fc.integer({ min: 1, max: 4 }) },
      { requiredKeys: ['limit'] },
    );

    const clock = handClock(NOW);
    const tables = [
      openSqliteTable(':memory:', clock),
      openDynamoTable({ client: local.client, table: await local.createTable(), clock }),
    ] as const;
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), query, async (steps, asked) => {
        clock.set(NOW);
        const partition = `run/${++run}`;
        for (const one of steps) {
          if (one === 'an hour later') {
            clock.set(clock.now() + HOUR);
            continue;
          }
          const writes = one.map((write): Write => {
            if (write.kind !== 'put' || write.index === undefined) return { ...write, partition };
            return {
              ...write,
              partition,
              index: { ...write.index, partition: `${partition}/${write.index.partition}` },
            };
          });
          const [sqlite, dynamo] = await Promise.all(tables.map((table) => outcome(table.transact(writes))));
          expect(dynamo).toEqual(sqlite);
        }
        const seen = await Promise.all(
          tables.map(async (table) => ({
            all: await walk(table, { partition, limit: 9 }),
            asked: await walk(table, { partition, ...asked }),
            one: byKey(await walk(table, { partition: `${partition}/one`, index: true, ...asked })),
            two: byKey(await walk(table, { partition: `${partition}/two`, index: true, limit: 2 })),
          })),
        );
        expect(seen[1]).toEqual(seen[0]);
      }),
      { numRuns: 60 },
    );
    tables[0].close();
  });
});

async function outcome(work: Promise<void>): Promise<unknown> {
  try {
    await work;
    return 'written';
  } catch (error) {
    if (error instanceof ConflictError) return error.keys;
    throw error;
  }
}

async function walk(table: Table, query: Parameters<Table['query']>[0]) {
  const pages = [];
  let cursor: string | undefined;
  do {
    const page = await table.query({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    pages.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}

/** What shares an index key comes in any order. */
const byKey = <T extends { sort: string }>(items: readonly T[]): readonly T[] =>
  items.toSorted((a, b) => (a.sort < b.sort ? -1 : 1));
