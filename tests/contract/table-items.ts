/** The Table contract: one item, and what a write may expect of it. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConflictError, type Write } from '#platform/table.ts';
import { put, type TableContext } from './table-context.ts';

export function itemContract({ table, fresh }: TableContext): void {
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

    it('keeps a value of 390 KB that cannot be made smaller', async () => {
      const partition = fresh();
      const value = randomBytes(390 * 768).toString('base64');
      await table.write(put(partition, 'large', value));
      expect((await table.get({ partition, sort: 'large' }))?.value).toBe(value);
    });

    it('knows nothing of a key that is longer than keys are', async () => {
      expect(await table.get({ partition: fresh(), sort: 'x'.repeat(5000) })).toBeUndefined();
      expect(await table.get({ partition: 'x'.repeat(5000), sort: 'a' })).toBeUndefined();
      expect(await table.get({ partition: fresh(), sort: '' })).toBeUndefined();
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
}
