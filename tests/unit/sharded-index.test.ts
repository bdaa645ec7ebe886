/** A list of the index that is spread over partitions. */
import { describe, expect, it } from 'vitest';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { shardedAll, shardedKey, shardedPage } from '#platform/records/sharded-index.ts';
import type { Put, Table } from '#platform/table.ts';

const put = (id: string, index: { partition: string; sort: string }): Put => ({
  ...{ kind: 'put', partition: 'items', sort: id, value: id, expect: 'absent' },
  index,
});
const ids = Array.from({ length: 60 }, (_, at) => `item-${at}`);

async function listed(): Promise<Table> {
  const table = openSqliteTable(':memory:');
  for (const id of ids) await table.write(put(id, shardedKey('list', id, id)));
  return table;
}

describe('a list that is spread over partitions', () => {
  it('is spread', async () => {
    expect(new Set(ids.map((id) => shardedKey('list', id, id).partition)).size).toBeGreaterThan(10);
  });

  for (const limit of [1, 7, 60, 1000]) {
    it(`is walked as one, in pages of ${limit}, each item once`, async () => {
      const table = await listed();
      const met: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await shardedPage<string>(table, 'list', { limit, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        met.push(...page.items.map(({ value }) => value));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(met.toSorted()).toEqual(ids.toSorted());
    });
  }

  it('keeps to its bounds', async () => {
    const found: string[] = [];
    for await (const { value } of shardedAll<string>(await listed(), 'list', { from: 'item-3', to: 'item-5' })) {
      found.push(value);
    }
    expect(found.toSorted()).toEqual(ids.filter((id) => id >= 'item-3' && id < 'item-5').toSorted());
  });

  it('still holds what was written before it was spread, and a cursor of that time starts it anew', async () => {
    const table = await listed();
    const before = put('before', { partition: 'list', sort: 'before' });
    await table.transact([before, put('before-too', { partition: 'list', sort: 'before-too' })]);
    const { cursor = '' } = await table.query({ partition: 'list', index: true, limit: 1 });
    const { items } = await shardedPage<string>(table, 'list', { limit: 1000, cursor });
    expect(items.map(({ value }) => value).toSorted()).toEqual([...ids, 'before', 'before-too'].toSorted());
  });
});
