import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFeatures, encodeFeatures } from '#core/occupancy/feature-bytes.ts';
import { judgeOccupancy } from '#core/occupancy/judge.ts';
import { COLUMNS, type Cover, features, frame, type Patch, ROWS, type Shot } from '../unit/occupancy-street.ts';

const patch: fc.Arbitrary<Patch> = fc
  .tuple(fc.nat(COLUMNS - 1), fc.nat(ROWS - 1), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .map(([column, row, width, height]) => [column, row, column + width, row + height]);

const cover: fc.Arbitrary<Cover> = fc.record({
  patch,
  look: fc.integer({ min: 1, max: 3 }),
  clutter: fc.double({ min: 0, max: 1, noNaN: true }),
});

const shot: fc.Arbitrary<Shot> = fc.record({
  minute: fc.nat(600),
  covers: fc.array(cover, { maxLength: 3 }),
  hidden: fc.array(patch, { maxLength: 2 }),
  named: fc.array(patch, { maxLength: 2 }),
});

/** A frame is known by its minute here, so each minute has one. */
const day = fc.uniqueArray(shot, { selector: ({ minute }) => minute, minLength: 1, maxLength: 7 });

const verdictsOf = (shots: readonly Shot[]) =>
  Object.fromEntries([...judgeOccupancy(shots.map(frame))].sort(([a], [b]) => (a < b ? -1 : 1)));

describe('occupancy of a storefront', () => {
  it('is the same for any order and any repetition of the frames', () => {
    const sent = day.chain((shots) =>
      fc.tuple(
        fc.constant(shots),
        fc
          .array(fc.constantFrom(...shots), { maxLength: 6 })
          .chain((again) => fc.shuffledSubarray([...shots, ...again], { minLength: shots.length + again.length })),
      ),
    );
    fc.assert(
      fc.property(sent, ([shots, again]) => {
        expect(verdictsOf(again)).toEqual(verdictsOf(shots));
      }),
    );
  });

  it('is never found in a frame whose visible cells all look bare', () => {
    fc.assert(
      fc.property(day, fc.nat(600), fc.array(patch, { maxLength: 2 }), (shots, minute, hidden) => {
        const others = shots.filter((other) => other.minute !== minute);
        const verdicts = judgeOccupancy([...others, { minute, hidden }].map(frame));
        expect(verdicts.get(frame({ minute }).sighting.id)?.verdict).not.toBe('occupied');
      }),
    );
  });

  it('has shares and confidences between 0 and 1, and an outline only when occupied', () => {
    fc.assert(
      fc.property(day, (shots) => {
        for (const { share, confidence, verdict, outline } of Object.values(verdictsOf(shots))) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
          expect(confidence).toBeGreaterThanOrEqual(0);
          expect(confidence).toBeLessThanOrEqual(1);
          expect(outline.length > 0).toBe(verdict === 'occupied');
        }
      }),
    );
  });
});

describe('bytes of storefront features', () => {
  it('decode to what was encoded', () => {
    fc.assert(
      fc.property(shot, (taken) => {
        expect(decodeFeatures(encodeFeatures(features(taken)))).toEqual(features(taken));
      }),
    );
  });
});
