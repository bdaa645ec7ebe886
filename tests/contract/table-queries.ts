/** The Table contract: order, pages and the secondary index. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Page, type Query, queryAll } from '#platform/table.ts';
import { put, type TableContext } from './table-context.ts';

export function queryContract({ table, fresh, sorts }: TableContext): void {
  describe('queries', () => {
    // UTF-8 order: the astral 𠮷 comes after the private-use U+E000, in UTF-16 order before it.
    const UTF8_ORDER = ['A', 'Z', 'a', 'é', '京', '浙', '\ue000', '\uffee', '😀', '𠮷'];

    it('orders keys by their UTF-8 bytes', async () => {
      const partition = fresh();
      await table.transact([...UTF8_ORDER].reverse().map((sort) => put(partition, sort)));
      expect(await sorts({ partition })).toEqual(UTF8_ORDER);
      expect(await sorts({ partition, descending: true })).toEqual([...UTF8_ORDER].reverse());
    });

    it('includes the lower bound and excludes the upper one', async () => {
      const partition = fresh();
      await table.transact(['a', 'b', 'c', 'd'].map((sort) => put(partition, sort)));
      expect(await sorts({ partition, from: 'b', to: 'd' })).toEqual(['b', 'c']);
      expect(await sorts({ partition, from: 'b', to: 'd', descending: true })).toEqual(['c', 'b']);
      expect(await sorts({ partition, from: 'c' })).toEqual(['c', 'd']);
      expect(await sorts({ partition, to: 'c' })).toEqual(['a', 'b']);
      expect(await sorts({ partition, from: 'b', to: 'b' })).toEqual([]);
    });

    it('sees one partition only, also when one name begins with the other', async () => {
      const partition = fresh();
      await table.transact([put(partition, 'a'), put(`${partition}x`, 'b'), put(`${partition}/x`, 'c')]);
      expect(await sorts({ partition })).toEqual(['a']);
    });

    for (const descending of [false, true]) {
      it(`walks pages ${descending ? 'downwards' : 'upwards'} and meets each item once`, async () => {
        const partition = fresh();
        const keys = Array.from({ length: 23 }, (_, at) => `${at}`.padStart(2, '0'));
        await table.transact(keys.map((sort) => put(partition, sort)));
        const met: string[] = [];
        let cursor: string | undefined;
        do {
          const page: Page<unknown> = await table.query({
            partition,
            descending,
            limit: 5,
            ...(cursor === undefined ? {} : { cursor }),
          });
          expect(page.items.length).toBeLessThanOrEqual(5);
          met.push(...page.items.map(({ sort }) => sort));
          cursor = page.cursor;
        } while (cursor !== undefined);
        expect(met).toEqual(descending ? keys.reverse() : keys);
      });
    }

    it('meets each standing item once while others write before, at and after the cursor', async () => {
      const partition = fresh();
      const standing = Array.from({ length: 40 }, (_, at) => `k${`${at}`.padStart(3, '0')}`);
      await table.transact(standing.map((sort) => put(partition, sort)));
      let walking = true;
      const disturb = async () => {
        for (let round = 0; walking && round < 200; round++) {
          const near = standing[(round * 7) % standing.length] ?? '';
          await table.transact([put(partition, `${near}-new-${round}`), put(partition, near, round)]);
          await table.write({ kind: 'delete', partition, sort: `${near}-new-${round}`, expect: 'present' });
        }
      };
      const disturbed = disturb();
      const met: string[] = [];
      for await (const { sort } of queryAll(table, { partition, limit: 3 })) {
        if (!sort.includes('-new-')) met.push(sort);
        await new Promise((resolve) => setImmediate(resolve));
      }
      walking = false;
      await disturbed;
      expect(met).toEqual(standing);
    });

    it('goes on from a cursor whose item is gone', async () => {
      const partition = fresh();
      await table.transact(['a', 'b', 'c'].map((sort) => put(partition, sort)));
      const { cursor } = await table.query({ partition, limit: 2 });
      await table.write({ kind: 'delete', partition, sort: 'b', expect: 'present' });
      expect(cursor).toBeDefined();
      expect((await table.query({ partition, limit: 2, ...(cursor && { cursor }) })).items).toMatchObject([
        { sort: 'c' },
      ]);
    });

    for (const cursor of ['rubbish', 'W10', Buffer.from('["x"]').toString('base64url')]) {
      it(`refuses the cursor ${cursor}, which it never issued`, async () => {
        await expect(table.query({ partition: fresh(), limit: 5, cursor })).rejects.toMatchObject({
          code: 'cursor-invalid',
        });
      });
    }

    it('refuses a cursor of another partition, and one of the table in the index', async () => {
      const [partition, other] = [fresh(), fresh()];
      await table.transact(['a', 'b', 'c'].map((sort) => put(partition, sort)));
      const { cursor = '' } = await table.query({ partition, limit: 2 });
      const refusal = { code: 'cursor-invalid' };
      await expect(table.query({ partition: other, limit: 2, cursor })).rejects.toMatchObject(refusal);
      await expect(table.query({ partition, index: true, limit: 2, cursor })).rejects.toMatchObject(refusal);
    });

    it('goes on within bounds that moved since the page before', async () => {
      const partition = fresh();
      await table.transact(['a', 'b', 'c', 'd', 'e'].map((sort) => put(partition, sort)));
      const page = async (query: Partial<Query>, cursor: string) =>
        (await table.query({ partition, limit: 9, ...query, cursor })).items.map(({ sort }) => sort);
      const { cursor: up = '' } = await table.query({ partition, limit: 2 });
      expect(await page({ from: 'a', to: 'd' }, up)).toEqual(['c']);
      expect(await page({ from: 'd' }, up)).toEqual(['d', 'e']);
      expect(await page({ to: 'b' }, up)).toEqual([]);
      const { cursor: down = '' } = await table.query({ partition, limit: 2, descending: true });
      expect(await page({ from: 'b', descending: true }, down)).toEqual(['c', 'b']);
      expect(await page({ to: 'c', descending: true }, down)).toEqual(['b', 'a']);
      expect(await page({ from: 'e', descending: true }, down)).toEqual([]);
    });

    it('finds nothing between bounds that are the wrong way round', async () => {
      const partition = fresh();
      await table.transact(['a', 'b', 'c'].map((sort) => put(partition, sort)));
      expect(await sorts({ partition, from: 'c', to: 'a' })).toEqual([]);
    });

    it('tells the end of a walk on its last page, also when that is full', async () => {
      const partition = fresh();
      await table.transact(['a', 'b', 'c', 'd'].map((sort) => put(partition, sort)));
      expect(await table.query({ partition, limit: 4 })).not.toHaveProperty('cursor');
      expect(await table.query({ partition, to: 'c', limit: 2 })).not.toHaveProperty('cursor');
      expect(await table.query({ partition, limit: 3 })).toHaveProperty('cursor');
    });

    it('gives pages of a thousand items', async () => {
      const partition = fresh();
      const keys = Array.from({ length: 1100 }, (_, at) => `${at}`.padStart(4, '0'));
      for (let from = 0; from < keys.length; from += 100) {
        await table.transact(
          keys.slice(from, from + 100).map((sort) => put(partition, sort, randomBytes(1200).toString('base64'))),
        );
      }
      const { items, cursor } = await table.query({ partition, limit: 1000 });
      expect(items.map(({ sort }) => sort)).toEqual(keys.slice(0, 1000));
      expect((await table.query({ partition, limit: 1000, ...(cursor && { cursor }) })).items).toHaveLength(100);
    });

    for (const limit of [0, -1, 1001, 1.5, Number.NaN]) {
      it(`refuses a limit of ${limit}`, async () => {
        await expect(table.query({ partition: fresh(), limit })).rejects.toMatchObject({
          code: 'table-query-invalid',
        });
      });
    }
  });

  describe('secondary index', () => {
    const indexed = (partition: string, sort: string, index: { partition: string; sort: string }) =>
      put(partition, sort, sort, { index });
    /** The index may lag behind. */
    const soon = (query: Parameters<typeof sorts>[0], expected: string[]) =>
      expect.poll(() => sorts({ ...query, index: true }), { timeout: 10_000, interval: 50 }).toEqual(expected);

    it('finds items of several partitions in the order of the index', async () => {
      const [one, other, index] = [fresh(), fresh(), fresh()];
      await table.transact([
        indexed(one, 'x', { partition: index, sort: '2' }),
        indexed(other, 'y', { partition: index, sort: '1' }),
        indexed(one, 'z', { partition: index, sort: '3' }),
        put(one, 'outside'),
      ]);
      await soon({ partition: index }, ['y', 'x', 'z']);
      await soon({ partition: index, descending: true }, ['z', 'x', 'y']);
      await soon({ partition: index, from: '2', to: '3' }, ['x']);
      const { items } = await table.query({ partition: index, index: true, limit: 1 });
      expect(items).toEqual([{ partition: other, sort: 'y', value: 'y', version: 1 }]);
    });

    it('moves an item when its index key changes and drops it when a put leaves the index out', async () => {
      const [partition, index, next] = [fresh(), fresh(), fresh()];
      await table.write(indexed(partition, 'a', { partition: index, sort: '1' }));
      await soon({ partition: index }, ['a']);
      await table.write(indexed(partition, 'a', { partition: next, sort: '1' }));
      await soon({ partition: index }, []);
      await soon({ partition: next }, ['a']);
      await table.write(put(partition, 'a'));
      await soon({ partition: next }, []);
      expect(await sorts({ partition })).toEqual(['a']);
    });

    it('drops a deleted item', async () => {
      const [partition, index] = [fresh(), fresh()];
      await table.write(indexed(partition, 'a', { partition: index, sort: '1' }));
      await soon({ partition: index }, ['a']);
      await table.write({ kind: 'delete', partition, sort: 'a', expect: 'present' });
      await soon({ partition: index }, []);
    });

    it('walks items that share one index key, each once', async () => {
      const [partition, index] = [fresh(), fresh()];
      const keys = Array.from({ length: 12 }, (_, at) => `${at}`.padStart(2, '0'));
      await table.transact(keys.map((sort) => indexed(partition, sort, { partition: index, sort: 'same' })));
      const walk = async () => (await sorts({ partition: index, index: true, limit: 5 })).sort();
      await expect.poll(walk, { timeout: 10_000, interval: 50 }).toEqual(keys);
    });
  });
}
