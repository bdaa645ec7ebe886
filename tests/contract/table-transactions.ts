/** The Table contract: all or nothing, also when many write at the same time. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConflictError, type Item, type Write } from '#platform/table.ts';
import { put, type TableContext } from './table-context.ts';

export function transactionContract({ table, fresh, sorts }: TableContext): void {
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

    /** As base64 it takes a third more; deflated it is what it was. */
    const random = (bytes: number) => randomBytes(bytes).toString('base64');
    const tooLarge: { what: string; writes: (partition: string) => Write[] }[] = [
      { what: 'a value of 420 KB, however deflated', writes: (p) => [put(p, 'fine'), put(p, 'a', random(420 * 1024))] },
      {
        what: 'values of 4.5 MB together, however deflated',
        writes: (p) => Array.from({ length: 15 }, (_, at) => put(p, `${at}`, random(300 * 1024))),
      },
    ];
    for (const { what, writes } of tooLarge) {
      it(`refuses ${what}, and changes nothing`, async () => {
        const partition = fresh();
        await expect(table.transact(writes(partition))).rejects.toMatchObject({ code: 'table-value-too-large' });
        expect(await sorts({ partition })).toEqual([]);
      });
    }

    it('names every key that was in the way', async () => {
      const partition = fresh();
      await table.transact([put(partition, 'a'), put(partition, 'b'), put(partition, 'c')]);
      const failed = table.transact([
        put(partition, 'a', 1, { expect: 'absent' }),
        put(partition, 'b', 1),
        put(partition, 'c', 1, { expect: { version: 7 } }),
      ]);
      await expect(failed).rejects.toMatchObject({
        keys: [
          { partition, sort: 'a' },
          { partition, sort: 'c' },
        ],
      });
    });
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
}
