/**
 * What every Table adapter keeps, whatever stands below it. Nothing here may hold for one adapter only: index reads
 * are polled because they may lag, pages may be shorter than their limit, only the hand clock decides what expired.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, handClock } from '#platform/clock.ts';
import {
  ConflictError,
  type Item,
  type Page,
  type Put,
  type Query,
  queryAll,
  type Table,
  type Write,
} from '#platform/table.ts';

export interface OpenTable {
  table: Table;
  close(): Promise<void> | void;
}

const NOW = Date.parse('2026-05-12T09:30:00+08:00');
const HOUR = 3_600_000;

/** @param open an empty table, or one that nobody else writes to, whose notion of now is the given clock */
export function tableContract(name: string, open: (clock: Clock) => Promise<OpenTable>): void {
  describe(`Table contract: ${name}`, () => {
    const clock = handClock(NOW);
    let opened: OpenTable;
    let table: Table;
    let partitions = 0;
    /** A partition that no other test uses. */
    const fresh = () => `contract/${++partitions}`;

    beforeAll(async () => {
      opened = await open(clock);
      table = opened.table;
    });
    afterAll(async () => opened.close());

    const put = (partition: string, sort: string, value: unknown = sort, more: Partial<Put> = {}): Put => ({
      kind: 'put',
      partition,
      sort,
      value,
      expect: 'any',
      ...more,
    });

    async function sorts(query: Omit<Query, 'limit'> & { limit?: number }): Promise<string[]> {
      const found: string[] = [];
      for await (const { sort } of queryAll(table, query)) found.push(sort);
      return found;
    }

    describe('one item', () => {
      it('returns what was put, with version 1', async () => {
        const partition = fresh();
        const value = { name: '龙腾路口', plates: ['浙A8K3F2'], empty: '', none: null, nested: { deep: [1.5, true] } };
        await table.write({ kind: 'put', partition, sort: 'a', value, expect: 'absent' });
        expect(await table.get({ partition, sort: 'a' })).toEqual({ partition, sort: 'a', value, version: 1 });
      });

      it('knows nothing of a key that was never put', async () => {
        expect(await table.get({ partition: fresh(), sort: 'a' })).toBeUndefined();
      });

      it('counts the version up with each put', async () => {
        const partition = fresh();
        await table.write(put(partition, 'a', 'first'));
        await table.write({ kind: 'put', partition, sort: 'a', value: 'second', expect: { version: 1 } });
        await table.write({ kind: 'put', partition, sort: 'a', value: 'third', expect: 'present' });
        expect(await table.get({ partition, sort: 'a' })).toMatchObject({ value: 'third', version: 3 });
      });

      it('starts again at version 1 after a delete', async () => {
        const partition = fresh();
        await table.write(put(partition, 'a'));
        await table.write(put(partition, 'a'));
        await table.write({ kind: 'delete', partition, sort: 'a', expect: { version: 2 } });
        expect(await table.get({ partition, sort: 'a' })).toBeUndefined();
        await table.write(put(partition, 'a'));
        expect((await table.get({ partition, sort: 'a' }))?.version).toBe(1);
      });

      it('keeps a value of 300 KB', async () => {
        const partition = fresh();
        const value = { note: '沿街店铺超出门窗经营'.repeat(10_000) };
        await table.write(put(partition, 'large', value));
        expect((await table.get({ partition, sort: 'large' }))?.value).toEqual(value);
      });

      it('keeps falsy values apart from no value', async () => {
        const partition = fresh();
        for (const value of [null, false, 0, '']) {
          await table.write(put(partition, 'a', value));
          expect((await table.get({ partition, sort: 'a' }))?.value).toBe(value);
        }
      });
    });

    describe('expectations', () => {
      type Expected = 'absent' | 'present' | { version: number };
      const rows: { state: string; puts: number; expectation: Expected; holds: boolean }[] = [
        { state: 'no item', puts: 0, expectation: 'absent', holds: true },
        { state: 'no item', puts: 0, expectation: 'present', holds: false },
        { state: 'no item', puts: 0, expectation: { version: 1 }, holds: false },
        { state: 'version 2', puts: 2, expectation: 'absent', holds: false },
        { state: 'version 2', puts: 2, expectation: 'present', holds: true },
        { state: 'version 2', puts: 2, expectation: { version: 1 }, holds: false },
        { state: 'version 2', puts: 2, expectation: { version: 2 }, holds: true },
        { state: 'version 2', puts: 2, expectation: { version: 3 }, holds: false },
      ];
      for (const { state, puts, expectation, holds } of rows) {
        const wanted = typeof expectation === 'string' ? expectation : `version ${expectation.version}`;
        for (const kind of ['put', 'delete', 'check'] as const) {
          it(`${holds ? 'lets' : 'refuses'} a ${kind} that expects ${wanted} where there is ${state}`, async () => {
            const partition = fresh();
            for (let count = 0; count < puts; count++) await table.write(put(partition, 'a', 'before'));
            const before = await table.get({ partition, sort: 'a' });
            const write: Write = { kind, partition, sort: 'a', value: 'after', expect: expectation };
            // The neighbour shows whether the transaction as a whole happened.
            const done = table.transact([write, put(partition, 'neighbour')]);
            if (holds) await done;
            else await expect(done).rejects.toBeInstanceOf(ConflictError);

            const after = await table.get({ partition, sort: 'a' });
            if (!holds || kind === 'check') expect(after).toEqual(before);
            else if (kind === 'delete') expect(after).toBeUndefined();
            else expect(after).toMatchObject({ value: 'after', version: puts + 1 });
            expect((await table.get({ partition, sort: 'neighbour' })) !== undefined).toBe(holds);
          });
        }
      }

      it('deletes what is not there when nothing is expected', async () => {
        const partition = fresh();
        await table.write({ kind: 'delete', partition, sort: 'a', expect: 'any' });
        expect(await table.get({ partition, sort: 'a' })).toBeUndefined();
      });

      it('names the keys that were in the way', async () => {
        const partition = fresh();
        await table.write(put(partition, 'taken'));
        const failed = table.transact([
          { kind: 'put', partition, sort: 'free', value: 1, expect: 'absent' },
          { kind: 'put', partition, sort: 'taken', value: 1, expect: 'absent' },
        ]);
        await expect(failed).rejects.toMatchObject({ keys: [{ partition, sort: 'taken' }] });
      });
    });

    describe('transactions', () => {
      it('writes a hundred items of several partitions at once', async () => {
        const [one, other] = [fresh(), fresh()];
        const writes = Array.from({ length: 100 }, (_, at) => put(at % 2 ? one : other, `${at}`.padStart(3, '0')));
        await table.transact(writes);
        expect(await sorts({ partition: one })).toHaveLength(50);
        expect(await sorts({ partition: other })).toHaveLength(50);
      });

      it('writes nothing when the last of a hundred expectations fails', async () => {
        const partition = fresh();
        const writes = Array.from({ length: 99 }, (_, at) => put(partition, `${at}`));
        const check: Write = { kind: 'check', partition, sort: 'missing', expect: 'present' };
        await expect(table.transact([...writes, check])).rejects.toBeInstanceOf(ConflictError);
        expect(await sorts({ partition })).toEqual([]);
      });

      const refused: { what: string; writes: (partition: string) => Write[] }[] = [
        { what: 'no write', writes: () => [] },
        { what: '101 writes', writes: (p) => Array.from({ length: 101 }, (_, at) => put(p, `${at}`)) },
        { what: 'two writes of one key', writes: (p) => [put(p, 'a', 1), put(p, 'a', 2)] },
        { what: 'an empty sort key', writes: (p) => [put(p, 'fine'), put(p, '')] },
        { what: 'an empty partition', writes: (p) => [put(p, 'fine'), put('', 'a')] },
        { what: 'a sort key of 1025 bytes', writes: (p) => [put(p, 'fine'), put(p, 'x'.repeat(1025))] },
        { what: 'a key with half a character', writes: (p) => [put(p, 'fine'), put(p, 'a\ud83d')] },
        { what: 'a value that is not JSON', writes: (p) => [put(p, 'fine'), put(p, 'a', Symbol('no'))] },
      ];
      for (const { what, writes } of refused) {
        it(`refuses ${what} and changes nothing`, async () => {
          const partition = fresh();
          await expect(table.transact(writes(partition))).rejects.toMatchObject({ code: 'table-write-invalid' });
          expect(await sorts({ partition })).toEqual([]);
        });
      }
    });

    describe('races', () => {
      it('lets exactly one of forty first puts win', async () => {
        const partition = fresh();
        const attempts = Array.from({ length: 40 }, (_, value) =>
          table.write({ kind: 'put', partition, sort: 'a', value, expect: 'absent' }),
        );
        const results = await Promise.allSettled(attempts);
        const winners = results.flatMap(({ status }, value) => (status === 'fulfilled' ? [value] : []));
        expect(winners).toHaveLength(1);
        expect(await table.get({ partition, sort: 'a' })).toMatchObject({ value: winners[0], version: 1 });
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ConflictError);
        }
      });

      it('loses no increment of ten writers that read, add and write by version', async () => {
        const partition = fresh();
        const key = { partition, sort: 'counter' };
        await table.write(put(partition, 'counter', 0));
        const increment = async (): Promise<void> => {
          const item = await table.get<number>(key);
          if (item === undefined) throw new Error('the counter is gone');
          try {
            await table.write({ kind: 'put', ...key, value: item.value + 1, expect: { version: item.version } });
          } catch (error) {
            if (!(error instanceof ConflictError)) throw error;
            await increment();
          }
        };
        await Promise.all(Array.from({ length: 10 }, increment));
        expect(await table.get(key)).toMatchObject({ value: 10, version: 11 });
      });

      it('keeps the sum while concurrent transactions move amounts between two items', async () => {
        const partition = fresh();
        await table.transact([put(partition, 'left', 100), put(partition, 'right', 0)]);
        const move = async (): Promise<void> => {
          const left = await table.get<number>({ partition, sort: 'left' });
          const right = await table.get<number>({ partition, sort: 'right' });
          if (left === undefined || right === undefined) throw new Error('an item is gone');
          const to = (sort: string, { value, version }: Item<number>, change: number): Write =>
            put(partition, sort, value + change, { expect: { version } });
          try {
            await table.transact([to('left', left, -1), to('right', right, 1)]);
          } catch (error) {
            if (!(error instanceof ConflictError)) throw error;
            await move();
          }
        };
        await Promise.all(Array.from({ length: 8 }, move));
        expect(await table.get({ partition, sort: 'left' })).toMatchObject({ value: 92 });
        expect(await table.get({ partition, sort: 'right' })).toMatchObject({ value: 8 });
      });
    });

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

    describe('expiry', () => {
      it('returns an item until it expires and never after', async () => {
        const [partition, index] = [fresh(), fresh()];
        clock.set(NOW);
        await table.transact([
          put(partition, 'brief', 1, { expiresAt: NOW + HOUR, index: { partition: index, sort: '1' } }),
          put(partition, 'lasting', 1, { index: { partition: index, sort: '2' } }),
        ]);
        expect(await sorts({ partition })).toEqual(['brief', 'lasting']);
        clock.set(NOW + 2 * HOUR);
        expect(await table.get({ partition, sort: 'brief' })).toBeUndefined();
        expect(await sorts({ partition })).toEqual(['lasting']);
        await expect
          .poll(() => sorts({ partition: index, index: true }), { timeout: 10_000, interval: 50 })
          .toEqual(['lasting']);
        clock.set(NOW);
      });

      it('counts an expired item as absent', async () => {
        const partition = fresh();
        clock.set(NOW);
        for (const sort of ['a', 'b']) await table.write(put(partition, sort, 1, { expiresAt: NOW + HOUR }));
        clock.set(NOW + 2 * HOUR);
        await expect(table.write(put(partition, 'a', 2, { expect: 'present' }))).rejects.toBeInstanceOf(ConflictError);
        await expect(table.write(put(partition, 'a', 2, { expect: { version: 1 } }))).rejects.toBeInstanceOf(
          ConflictError,
        );
        await table.write(put(partition, 'a', 2, { expect: 'absent' }));
        expect(await table.get({ partition, sort: 'a' })).toMatchObject({ value: 2, version: 1 });
        clock.set(NOW);
      });

      it('lets a put without an expiry lift an earlier one', async () => {
        const partition = fresh();
        clock.set(NOW);
        await table.write(put(partition, 'a', 1, { expiresAt: NOW + HOUR }));
        await table.write(put(partition, 'a', 2));
        clock.set(NOW + 2 * HOUR);
        expect(await table.get({ partition, sort: 'a' })).toMatchObject({ value: 2 });
        clock.set(NOW);
      });

      it('fills pages from beyond items that expired', async () => {
        const partition = fresh();
        clock.set(NOW);
        const writes = Array.from({ length: 30 }, (_, at) =>
          put(partition, `${at}`.padStart(2, '0'), at, at % 3 === 0 ? {} : { expiresAt: NOW + HOUR }),
        );
        await table.transact(writes);
        clock.set(NOW + 2 * HOUR);
        expect(await sorts({ partition, limit: 4 })).toEqual([
          '00',
          '03',
          '06',
          '09',
          '12',
          '15',
          '18',
          '21',
          '24',
          '27',
        ]);
        clock.set(NOW);
      });
    });

    it('behaves as a plain map guarded by versions, whatever the sequence of transactions', async () => {
      const key = fc.constantFrom('a', 'b', 'c');
      const expectation = fc.oneof(
        fc.constantFrom('absent' as const, 'present' as const),
        fc.record({ version: fc.integer({ min: 1, max: 3 }) }),
      );
      const write = fc.oneof(
        fc.record({
          kind: fc.constant('put' as const),
          sort: key,
          value: fc.integer(),
          expect: fc.oneof(expectation, fc.constant('any' as const)),
        }),
        fc.record({
          kind: fc.constant('delete' as const),
          sort: key,
          expect: fc.oneof(expectation, fc.constant('any' as const)),
        }),
        fc.record({ kind: fc.constant('check' as const), sort: key, expect: expectation }),
      );
      const transaction = fc.uniqueArray(write, { minLength: 1, maxLength: 3, selector: ({ sort }) => sort });
      await fc.assert(
        fc.asyncProperty(fc.array(transaction, { maxLength: 12 }), async (transactions) => {
          const partition = fresh();
          const model = new Map<string, { value: unknown; version: number }>();
          for (const writes of transactions) {
            const holds = writes.every(({ sort, expect: wanted }) => {
              const version = model.get(sort)?.version ?? 0;
              if (wanted === 'any') return true;
              if (wanted === 'absent') return version === 0;
              return wanted === 'present' ? version > 0 : version === wanted.version;
            });
            const done = table.transact(writes.map((one) => ({ partition, ...one })));
            if (!holds) {
              await expect(done).rejects.toBeInstanceOf(ConflictError);
              continue;
            }
            await done;
            for (const one of writes) {
              if (one.kind === 'delete') model.delete(one.sort);
              if (one.kind === 'put') {
                model.set(one.sort, { value: one.value, version: (model.get(one.sort)?.version ?? 0) + 1 });
              }
            }
          }
          const { items } = await table.query({ partition, limit: 10 });
          expect(items).toEqual([...model].sort().map(([sort, item]) => ({ partition, sort, ...item })));
        }),
        { numRuns: 40 },
      );
    });
  });
}
