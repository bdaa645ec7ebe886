import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameId } from '#core/ids.ts';
import { comparePlates } from '#core/plates/compare.ts';
import { alphabetAt, beliefOf } from '#core/plates/confusable.ts';
import type { PlateCharacter, PlateRead } from '#core/plates/plate.ts';
import { bestGuess, votePlate } from '#core/plates/vote.ts';

const character = (position: number): fc.Arbitrary<PlateCharacter> =>
  fc
    .record({
      chars: fc.uniqueArray(fc.constantFrom(...alphabetAt(position)), { minLength: 1, maxLength: 4 }),
      confidence: fc.double({ min: 0.02, max: 1, noNaN: true }),
    })
    .map(({ chars: [char = '', ...others], confidence }) => ({
      char,
      confidence,
      alternatives: others.map((other) => ({ char: other, confidence: (1 - confidence) / (others.length + 1) })),
    }));

const reading: fc.Arbitrary<PlateRead> = fc.constantFrom(7, 8).chain((length) =>
  fc.record({
    characters: fc.tuple(...Array.from({ length }, (_, position) => character(position))),
    color: fc.constantFrom('blue', 'green', null),
    layout: fc.constant('single' as const),
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    corners: fc.constant<PlateRead['corners']>([
      [0, 0],
      [90, 0],
      [90, 30],
      [0, 30],
    ]),
  }),
);

const frames = fc
  .array(reading, { minLength: 1, maxLength: 6 })
  .map((reads) => reads.map((read, index) => ({ frameId: frameId(`f${index}`), read })));

describe('the vote', () => {
  it('is the same for every order and repetition of the frames', () => {
    fc.assert(
      fc.property(
        frames.chain((reads) =>
          fc.tuple(fc.constant(reads), fc.shuffledSubarray([...reads, ...reads], { minLength: reads.length * 2 })),
        ),
        ([reads, mixed]) => {
          expect(bestGuess(mixed)).toEqual(bestGuess(reads));
          expect(votePlate(mixed)).toEqual(votePlate(reads));
        },
      ),
    );
  });

  it('gives probabilities', () => {
    fc.assert(
      fc.property(frames, (reads) => {
        for (const { confidence, alternatives } of bestGuess(reads)?.characters ?? []) {
          const sum = alternatives.reduce((total, other) => total + other.confidence, confidence);
          expect(confidence).toBeGreaterThan(0);
          expect(sum).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
    );
  });
});

describe('a comparison', () => {
  it('does not depend on which reading comes first', () => {
    fc.assert(
      fc.property(reading, reading, (a, b) => {
        const [forward, backward] = [comparePlates(a, b), comparePlates(b, a)];
        expect(forward.verdict).toBe(backward.verdict);
        expect(forward.logRatio).toBeCloseTo(backward.logRatio, 9);
      }),
    );
  });

  it('never calls two texts the same', () => {
    fc.assert(
      fc.property(reading, reading, (a, b) => {
        const [textA, textB] = [a, b].map(({ characters }) => characters.map(({ char }) => char).join(''));
        expect(comparePlates(a, b).verdict === 'same' && textA !== textB).toBe(false);
      }),
    );
  });

  it('starts from what sums to one', () => {
    fc.assert(
      fc.property(
        fc.nat(6).chain((position) => fc.tuple(fc.constant(position), character(position))),
        ([position, one]) => {
          const sum = beliefOf(one, position).reduce((total, share) => total + share, 0);
          expect(sum).toBeCloseTo(1, 9);
        },
      ),
    );
  });
});
