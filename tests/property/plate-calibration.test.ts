import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SYMBOLS, symbolsOf } from '#core/plates/alphabet.ts';
import { calibrated, fitCalibration } from '#core/plates/calibration.ts';
import type { Emissions } from '#core/plates/ctc.ts';
import { LINE_READER_LEAN, withContrast, withoutLean } from '#core/plates/lean.ts';
import { PROVINCES } from '#core/plates/plate.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const curve = fc.record({
  slope: fc.double({ min: 0, max: 3, noNaN: true }),
  offset: fc.double({ min: -3, max: 3, noNaN: true }),
});

describe('calibration', () => {
  it('keeps the order of readings and stays a probability below certainty', () => {
    fc.assert(
      fc.property(share, share, curve, (a, b, calibration) => {
        const [low, high] = [calibrated(Math.min(a, b), calibration), calibrated(Math.max(a, b), calibration)];
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThan(1);
      }),
    );
  });

  it('finds the curve that readings were drawn from', () => {
    const readings = Array.from({ length: 20_000 }, (_, i) => {
      const certainty = ((i % 100) + 0.5) / 100;
      const p = calibrated(certainty, { slope: 0.7, offset: 0.9 });
      // Evenly spread over each certainty, so that nothing is left to chance.
      return { certainty, right: Math.floor(i / 100) / 200 < p };
    });
    const fitted = fitCalibration(readings);
    expect(fitted.slope).toBeCloseTo(0.7, 1);
    expect(fitted.offset).toBeCloseTo(0.9, 1);
  });

  it('does not depend on the order of the readings, and never turns them round', () => {
    const readings = fc.array(fc.record({ certainty: share, right: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(readings, (list) => {
        const [there, back] = [fitCalibration(list), fitCalibration(list.toReversed())];
        expect(back.slope).toBeCloseTo(there.slope, 6);
        expect(back.offset).toBeCloseTo(there.offset, 6);
        expect(there.slope).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('does not run away when every reading was right', () => {
    const fitted = fitCalibration(Array.from({ length: 50 }, () => ({ certainty: 0.99, right: true })));
    expect(Math.abs(fitted.slope)).toBeLessThan(3);
    expect(Math.abs(fitted.offset)).toBeLessThan(3);
  });
});

describe('a reader without its lean', () => {
  const [anhui = 0] = symbolsOf('皖') ?? [];
  const row = fc
    .array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: SYMBOLS, maxLength: SYMBOLS })
    .map((weights): Emissions => {
      const sum = weights.reduce((total, weight) => total + weight, 0);
      return { frames: 1, symbols: SYMBOLS, probabilities: Float64Array.from(weights, (weight) => weight / sum) };
    });

  it('still says probabilities, less of 皖, and the others as they were among themselves', () => {
    fc.assert(
      fc.property(row, fc.integer({ min: 1, max: SYMBOLS - 1 }), (before, other) => {
        const after = withoutLean(before, LINE_READER_LEAN);
        expect(after.probabilities.reduce((total, p) => total + p, 0)).toBeCloseTo(1, 9);
        expect(after.probabilities[anhui]).toBeLessThan(before.probabilities[anhui] ?? 0);
        if (other === anhui) return;
        const ratio = (of: Emissions) => (of.probabilities[other] ?? 0) / (of.probabilities[0] ?? 1);
        expect(ratio(after)).toBeCloseTo(ratio(before), 9);
      }),
    );
  });

  it('with less contrast keeps the order of provinces, their sum, and everything else', () => {
    const provinces = symbolsOf(PROVINCES) ?? [];
    const sumOf = ({ probabilities }: Emissions) =>
      provinces.reduce((sum, symbol) => sum + (probabilities[symbol] ?? 0), 0);
    fc.assert(
      fc.property(row, fc.constantFrom(...provinces), fc.constantFrom(...provinces), (before, a, b) => {
        const after = withContrast(before, 0.5);
        expect(sumOf(after)).toBeCloseTo(sumOf(before), 9);
        const apart = ({ probabilities }: Emissions) => Math.log((probabilities[a] ?? 1) / (probabilities[b] ?? 1));
        expect(apart(after)).toBeCloseTo(apart(before) / 2, 6);
        expect(after.probabilities[0]).toBe(before.probabilities[0]);
      }),
    );
  });
});
