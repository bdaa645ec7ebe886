import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareCells, wilson } from '../../infra/local/eval-figures.ts';

describe('the 95 % interval of a share', () => {
  it.each([
    // Newcombe 1998, table I, method 3 (score).
    { part: 81, whole: 263, low: 0.2553, high: 0.3662 },
    { part: 15, whole: 148, low: 0.0624, high: 0.1605 },
    { part: 0, whole: 20, low: 0, high: 0.1611 },
    { part: 1, whole: 29, low: 0.0061, high: 0.1718 },
  ])('of $part in $whole is that of the literature', ({ part, whole, low, high }) => {
    const interval = wilson(part, whole);
    expect(interval[0]).toBeCloseTo(low, 3);
    expect(interval[1]).toBeCloseTo(high, 3);
  });
  it('says nothing when nothing was counted', () => {
    expect(wilson(0, 0)).toEqual([0, 1]);
    expect(shareCells(0, 0)).toEqual(['0/0', '-', '']);
  });
  it('holds the share, within 0 and 1', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), (part, more) => {
        fc.pre(part + more > 0);
        const [low, high] = wilson(part, part + more);
        const share = part / (part + more);
        expect(low).toBeLessThanOrEqual(share + 1e-9);
        expect(high).toBeGreaterThanOrEqual(share - 1e-9);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
      }),
    );
  });
});
