/** What nobody may do unnoticed: the verifier tries every forgery there is and must name the item. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isNamedBy } from '#core/evidence/signing-keys.ts';
import { verifyPackage } from '#core/evidence/verify.ts';
import { type Forgery, forgeries, openWorkshop, type Workshop } from './forgeries.ts';
import { failed, itemsAtFault } from './forging.ts';

let workshop: Workshop;
let all: Forgery[];
beforeAll(async () => {
  workshop = await openWorkshop();
  all = await forgeries(workshop, [0, 0.25, 0.5, 0.75, 1]);
});
afterAll(() => workshop.close());

describe('the verifier', () => {
  it('finds nothing wrong with what was not touched, everything pinned', async () => {
    expect(failed(await verifyPackage(workshop.zip, workshop.options(workshop.pins)))).toEqual([]);
  });

  it('tries each kind of forgery on every file of a package', () => {
    expect(all.length).toBeGreaterThan(100);
    for (const kind of ['changed', 'removed', 'renamed'])
      expect(
        all.filter(({ what }) => what.endsWith(` timestamp.tsr ${kind}`) || what === `timestamp.tsr ${kind}`).length,
      ).toBeGreaterThan(0);
  });

  it('finds each forgery and names its item', async () => {
    for (const { what, zip, pins, items } of all) {
      const named = itemsAtFault(await verifyPackage(zip, workshop.options(pins)));
      for (const item of items) expect(named, what).toContain(item);
    }
  });

  it('blames nothing else where one thing alone was made to be wrong', async () => {
    const only = async (what: string) => {
      const forgery = all.find((one) => one.what === what);
      if (forgery === undefined) throw new Error(`Expected a forgery: ${what}`);
      return failed(await verifyPackage(forgery.zip, workshop.options(forgery.pins)));
    };
    expect(await only('the manifest edited, every hash made to fit')).toEqual([
      'signature',
      'signing-key',
      'published-key',
    ]);
    expect(await only('the manifest edited and signed, the old stamp kept')).toEqual(['time-stamp']);
    expect(await only('the chain cut at its end')).toEqual(['audit-chain']);
    expect(await only('the chain re-ordered')).toEqual(['audit-chain']);
    expect(await only('signed with another key, the key pinned')).toEqual(['signing-key']);
    expect(await only('signed with a key after it retired')).toEqual(['published-key']);
    expect(await only('stamped with an expired certificate')).toEqual(['time-stamp']);
    expect(await only('the stamp of another digest')).toEqual(['time-stamp']);
  });
});

describe('a key of the bureau', () => {
  it('is trusted by whoever trusts one before it, and never the other way', async () => {
    const { keys, zip } = workshop;
    const [old = '', current = ''] = keys.keys.map(({ kid }) => kid);
    expect(await isNamedBy(keys, old, current)).toBe(true);
    expect(await isNamedBy(keys, current, old)).toBe(false);
    expect(failed(await verifyPackage(zip, { keyId: old, keys }))).toEqual([]);
    expect(failed(await verifyPackage(zip, { keyId: old }))).toEqual(['signing-key']);
  });
});
