/** What the cost table counts, held against what AWS's own engine says it consumed. */
import { randomBytes } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openDynamoTable } from '#platform/aws/dynamo-table.ts';
import type { Put, Table } from '#platform/table.ts';
import { type Counter, emptyTally, meteredTable } from '../../infra/docs/meters.ts';
import { hasJava, type LocalDynamoDb, localClient, startDynamoDb } from '../aws/dynamodb.ts';

const Capacity = z.object({ CapacityUnits: z.number().default(0) });
const Answer = z.object({ ConsumedCapacity: z.union([Capacity, z.array(Capacity)]).optional() });

/** Has every answer say what it took, and adds that up. */
function weigh(client: DynamoDBClient): { total: () => number } {
  let total = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      const answer = await next(args);
      const { ConsumedCapacity: consumed = [] } = Answer.parse(answer.output);
      for (const { CapacityUnits } of [consumed].flat()) total += CapacityUnits;
      return answer;
    },
    { step: 'initialize' },
  );
  return { total: () => total };
}

describe.skipIf(!hasJava)('the meter of the table, beside DynamoDB Local', () => {
  let local: LocalDynamoDb;
  let client: DynamoDBClient;
  let scale: ReturnType<typeof weigh>;
  let counter: Counter;
  let table: Table;
  beforeAll(async () => {
    local = await startDynamoDb();
    client = localClient(local.endpoint);
    scale = weigh(client);
  });
  afterAll(async () => {
    client.destroy();
    await local.stop();
  });
  beforeEach(async () => {
    counter = { current: emptyTally() };
    table = meteredTable(openDynamoTable({ client, table: await local.createTable() }), counter, new Map());
  });

  /** About so many bytes when deflated: chance cannot be shortened, its letters can. */
  const value = (bytes: number) => ({ text: randomBytes(bytes).toString('base64') });
  const put = (sort: string, bytes: number, more: Partial<Put> = {}): Put => ({
    ...{ kind: 'put', partition: 'p', sort, value: value(bytes), expect: 'absent' },
    ...more,
  });
  const index = (sort: string) => ({ index: { partition: 'i', sort } });
  const counted = () => counter.current.writeUnits + counter.current.readUnits;
  const weighed = async (work: () => Promise<unknown>): Promise<[counted: number, consumed: number]> => {
    const [before, consumed] = [counted(), scale.total()];
    await work();
    return [counted() - before, scale.total() - consumed];
  };

  // DynamoDB Local counts what a transaction writes to the index twice, as in the table. No page of AWS that we read says so of the
  // service, which follows the table with its index later: the meter counts it once, and `twice` is the difference.
  it.each<{ name: string; before?: Put; work: () => Promise<unknown>; units: number; twice?: number }>([
    { name: 'a small item', work: () => table.write(put('a', 100)), units: 2 },
    { name: 'an item of more than a KB', work: () => table.write(put('a', 1200)), units: 4 },
    { name: 'an item with an index entry', work: () => table.write(put('a', 100, index('1'))), units: 3, twice: 1 },
    {
      name: 'an index entry that moves',
      before: put('a', 100, index('1')),
      work: () => table.write(put('a', 100, { ...index('2'), expect: { version: 1 } })),
      units: 4,
      twice: 2,
    },
    {
      name: 'an index entry that stays',
      before: put('a', 100, index('1')),
      work: () => table.write(put('a', 100, { ...index('1'), expect: { version: 1 } })),
      units: 3,
      twice: 1,
    },
    {
      name: 'a large item made small',
      before: put('a', 3500),
      work: () => table.write(put('a', 10, { expect: { version: 1 } })),
      units: 8,
    },
    {
      name: 'an item deleted',
      before: put('a', 1200),
      work: () => table.write({ kind: 'delete', partition: 'p', sort: 'a', expect: { version: 1 } }),
      units: 4,
    },
    {
      name: 'an item with an index entry deleted',
      before: put('a', 100, index('1')),
      work: () => table.write({ kind: 'delete', partition: 'p', sort: 'a', expect: 'any' }),
      units: 3,
      twice: 1,
    },
    { name: 'what is not there', work: () => table.get({ partition: 'p', sort: 'none' }), units: 1 },
    { name: 'what is read', before: put('a', 5000), work: () => table.get({ partition: 'p', sort: 'a' }), units: 2 },
    {
      name: 'a strong query',
      before: put('a', 5000),
      work: () => table.query({ partition: 'p', limit: 10 }),
      units: 2,
    },
    {
      name: 'a query of the index',
      before: put('a', 5000, index('1')),
      work: () => table.query({ partition: 'i', index: true, limit: 10 }),
      units: 1,
    },
  ])('$name', async ({ before, work, units, twice = 0 }) => {
    if (before !== undefined) await table.write(before);
    const [own, consumed] = await weighed(work);
    expect({ own, consumed }).toEqual({ own: units, consumed: units + twice });
  });
});
