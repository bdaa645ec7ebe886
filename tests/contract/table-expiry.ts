/** The Table contract: what expired is not there. */
import { describe, expect, it } from 'vitest';
import { ConflictError } from '#platform/table.ts';
import { HOUR, NOW, put, type TableContext } from './table-context.ts';

export function expiryContract({ table, clock, fresh, sorts }: TableContext): void {
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

    for (const expected of ['absent', 'any'] as const) {
      it(`begins anew with version 1 when a put that expects ${expected} meets what expired, also among others`, async () => {
        const partition = fresh();
        clock.set(NOW);
        await table.write(put(partition, 'a', 1, { expiresAt: NOW + HOUR }));
        await table.write(put(partition, 'a', 2, { expiresAt: NOW + HOUR }));
        await table.write(put(partition, 'lasting', 1));
        clock.set(NOW + 2 * HOUR);
        await table.transact([put(partition, 'a', 3, { expect: expected }), put(partition, 'lasting', 2)]);
        expect(await table.get({ partition, sort: 'a' })).toMatchObject({ value: 3, version: 1 });
        expect(await table.get({ partition, sort: 'lasting' })).toMatchObject({ value: 2, version: 2 });
        clock.set(NOW);
      });
    }

    it('names only what was expected and did not hold when something has expired beside it', async () => {
      const partition = fresh();
      clock.set(NOW);
      await table.transact([put(partition, 'gone', 1, { expiresAt: NOW + HOUR }), put(partition, 'taken', 1)]);
      clock.set(NOW + 2 * HOUR);
      const failed = table.transact([put(partition, 'gone', 2), put(partition, 'taken', 2, { expect: 'absent' })]);
      await expect(failed).rejects.toMatchObject({ keys: [{ partition, sort: 'taken' }] });
      expect(await table.get({ partition, sort: 'gone' })).toBeUndefined();
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
}
