import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '#core/canonical-json.ts';
import { unbrokenProbability } from '#core/continuity/model.ts';
import type { PairFacts } from '#core/continuity/pair.ts';
import type { PlateAgreement } from '#core/plates/agreement.ts';
import { car, frame, rule, SPOT, stays } from '../unit/stays/builders.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const cosine = fc.double({ min: -1, max: 1, noNaN: true });
const PLATES: readonly PlateAgreement[] = ['different', 'slip', 'unknown', 'same'];

const facts: fc.Arbitrary<PairFacts> = fc.record({
  overlap: fc.option(share),
  shift: fc.option(fc.double({ min: 0, max: 3, noNaN: true })),
  growth: fc.option(fc.double({ min: 0, max: 3, noNaN: true })),
  spot: fc.option(cosine),
  appearance: fc.option(cosine),
  plate: fc.constantFrom(...PLATES),
  gap: fc.integer({ min: 0, max: 86_400_000 }),
});

describe('the probability that a pair is unbroken', () => {
  it('lies strictly between 0 and 1', () => {
    fc.assert(
      fc.property(facts, (pair) => {
        const probability = unbrokenProbability(pair);
        expect(probability).toBeGreaterThan(0);
        expect(probability).toBeLessThan(1);
      }),
    );
  });

  it.each([
    ['overlap', 1],
    ['spot', 1],
    ['appearance', 1],
    ['shift', -1],
    ['growth', -1],
    ['gap', -1],
  ] as const)('is monotone in %s', (name, direction) => {
    fc.assert(
      fc.property(facts, facts, (pair, other) => {
        const [a, b] = [pair[name], other[name]];
        fc.pre(a !== null && b !== null);
        const [low, high] = [Math.min(a ?? 0, b ?? 0), Math.max(a ?? 0, b ?? 0)];
        const [before, after] = [low, high].map((value) => unbrokenProbability({ ...pair, [name]: value }));
        expect(direction * ((after ?? 0) - (before ?? 0))).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('rises with what the plates say', () => {
    fc.assert(
      fc.property(facts, (pair) => {
        const all = PLATES.map((plate) => unbrokenProbability({ ...pair, plate }));
        expect(all).toEqual(all.toSorted((a, b) => a - b));
      }),
    );
  });
});

describe('the continuity of a stay', () => {
  const days = fc.array(
    fc.record({ dx: fc.integer({ min: -60, max: 60 }), read: fc.boolean(), hidden: fc.boolean() }),
    { minLength: 2, maxLength: 8 },
  );
  const shotsOf = (day: readonly { dx: number; read: boolean; hidden: boolean }[]) =>
    day.map(({ dx, read, hidden }, index) =>
      frame(`09:${String(2 * index).padStart(2, '0')}`, {
        cars: [car({ plate: read ? '浙A8K3F2' : null, box: [SPOT[0] + dx, SPOT[1], SPOT[2] + dx, SPOT[3]] })],
        occluders: hidden ? [{ label: 'person', box: [600, 480, 860, 960] }] : [],
      }),
    );
  const rules = [rule({ permittedStaySeconds: 0 })];
  const spot = (a: string, b: string) => 0.7 + ((a.charCodeAt(4) * 7 + b.charCodeAt(4) * 3) % 30) / 100;

  it('does not depend on the order or the repetition of frames', () => {
    fc.assert(
      fc.property(days, fc.integer(), (day, seed) => {
        const shots = shotsOf(day);
        const mixed = [...shots, ...shots]
          .map((shot, index) => ({ shot, key: Math.imul(index + 1, seed | 1) % 101 }))
          .sort((a, b) => a.key - b.key)
          .map(({ shot }) => structuredClone(shot));
        expect(canonicalJson(stays(mixed, { rules, spot }))).toBe(canonicalJson(stays(shots, { rules, spot })));
      }),
      { numRuns: 60 },
    );
  });

  it('is that of its weakest pair, with as many links as there are neighbours', () => {
    fc.assert(
      fc.property(days, (day) => {
        for (const { continuity, sightings } of stays(shotsOf(day), { rules, spot })) {
          expect(continuity?.links).toBe(sightings.length - 1);
          expect(continuity?.score).toBe(continuity?.weakest?.score ?? 0);
        }
      }),
      { numRuns: 60 },
    );
  });
});
