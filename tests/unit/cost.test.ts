import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ASSUMPTIONS, costOf } from '../../infra/docs/cost.ts';
import { costSection } from '../../infra/docs/cost-page.ts';
import { LIST_PRICES, ownPrices, PRICES } from '../../infra/docs/prices.ts';
import { Usage } from '../../infra/docs/usage.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const usage = Usage.parse(JSON.parse(read('infra/docs/usage.json')));
const CITY = { cameras: 100, camerasPerStack: 5_000 };

describe('the cost of a million frames', () => {
  const cost = costOf(usage, LIST_PRICES, ASSUMPTIONS, CITY);
  const lineOf = (what: string) => cost.lines.find((line) => line.what === what);

  it('is the sum of its lines, each a quantity times a price', () => {
    for (const { quantity, price, cost: own } of cost.lines) {
      expect(own).toBeCloseTo(quantity * PRICES[price].each, 9);
      expect(own).toBeGreaterThan(0);
    }
    expect(cost.perMillion).toBeCloseTo(
      cost.lines.reduce((sum, line) => sum + line.cost, 0),
      9,
    );
  });

  it('names every price, and none that nothing costs', () => {
    expect(new Set(cost.lines.map(({ price }) => price))).toEqual(new Set(Object.keys(PRICES)));
  });

  it('counts a frame a month and a day as the cameras send them', () => {
    expect(cost.framesPerMonth).toBe(100 * 168 * 30);
    expect(cost.perMonth).toBeCloseTo((cost.perMillion * cost.framesPerMonth) / 1e6, 9);
  });

  it('computes an inspection by its seconds and its memory', () => {
    const { inspect } = usage.perFrame;
    const waits = inspect.tableCalls * 5 + (inspect.blobPuts + inspect.blobGets) * 25 + inspect.messages * 10;
    expect(inspect.blobDeletes).toBe(0);
    const seconds = (inspect.cpuMs + waits) / 1000;
    expect(lineOf('Lambda `inspect`')?.quantity).toBeCloseTo(1e6 * seconds * (1769 / 1024), 3);
  });

  it('is less when fewer frames are looked at, and what is kept of all stays', () => {
    const gated = costOf(usage, LIST_PRICES, { ...ASSUMPTIONS, inspectedShare: 0.3 }, CITY);
    const frames = (of: typeof cost) => of.lines.find(({ what }) => what === 'S3, frames')?.cost;
    expect(gated.perMillion).toBeLessThan(cost.perMillion);
    expect(frames(gated)).toBe(frames(cost));
  });

  it('has a part that no frame causes: it weighs less the more cameras share it', () => {
    const more = costOf(usage, LIST_PRICES, ASSUMPTIONS, { ...CITY, cameras: 5_000 });
    const keys = (of: typeof cost) => of.lines.find(({ what }) => what === 'KMS, keys')?.cost ?? 0;
    expect(keys(cost) / keys(more)).toBeCloseTo(50, 6);
  });

  it('is the same for thirty stacks as for one: a city is many districts', () => {
    const one = costOf(usage, LIST_PRICES, ASSUMPTIONS, { ...CITY, cameras: 5_000 });
    const thirty = costOf(usage, LIST_PRICES, ASSUMPTIONS, { ...CITY, cameras: 150_000 });
    expect(thirty.perMillion).toBeCloseTo(one.perMillion, 6);
  });
});

describe('prices of an operator', () => {
  const own = { region: 'cn-north-1', date: '2026-12', currency: 'CNY', prices: { tableWrite: { each: 5e-6 } } };

  it('stand in the place of ours, the others stay', () => {
    const { region, currency, prices } = ownPrices(own);
    expect([region, currency, prices.tableWrite.each, prices.tableRead.each]).toEqual([
      ...['cn-north-1', 'CNY', 5e-6],
      PRICES.tableRead.each,
    ]);
    expect(costSection(usage, ownPrices(own))).toContain('Prices of cn-north-1, 2026-12, CNY');
  });

  it.each([
    { name: 'an unknown name', json: { ...own, prices: { tableWrites: { each: 1 } } } },
    { name: 'a negative price', json: { ...own, prices: { tableWrite: { each: -1 } } } },
    { name: 'no currency', json: { ...own, currency: undefined } },
  ])('are refused with $name', ({ json }) => {
    expect(() => ownPrices(json)).toThrow(/names of/);
  });
});
