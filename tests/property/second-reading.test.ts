import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameId } from '#core/ids.ts';
import { type PlateRead, plateText, weakestCharacter } from '#core/plates/plate.ts';
import type { SecondOpinion, SecondReading, TextPiece } from '#core/plates/second-reader.ts';
import { opinionOf } from '#core/plates/second-reading.ts';
import { judgePlate } from '#core/plates/second-vote.ts';
import { type FrameRead, votePlate } from '#core/plates/vote.ts';

const LATIN = 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789';
const PLATES = ['浙A8K3F2', '浙A8K3F7', '苏E8B0D5', '浙AF68205', '浙A8K3F学'];
const reader = { name: 'a reader', version: '1' };

const outline: fc.Arbitrary<TextPiece['outline']> = fc
  .tuple(fc.double({ min: 0, max: 0.8, noNaN: true }), fc.double({ min: 0, max: 0.8, noNaN: true }))
  .map(([x, y]) => [
    [x, y],
    [x + 0.2, y],
    [x + 0.2, y + 0.2],
    [x, y + 0.2],
  ]);
const piece: fc.Arbitrary<TextPiece> = fc.record({
  kind: fc.constantFrom('word' as const, 'line' as const),
  text: fc.oneof(
    fc.string({ unit: fc.constantFrom(...LATIN, '·', ' ', 'o', '浙', 'l'), maxLength: 9 }),
    fc.string({ maxLength: 9 }),
    fc.constantFrom(...PLATES.map((plate) => plate.slice(1))),
  ),
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  outline: fc.oneof(outline, fc.constant([])),
});
const reading: fc.Arbitrary<SecondReading> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(piece, { maxLength: 6 }).map((pieces) => ({ kind: 'read' as const, reader, pieces })),
  },
  { weight: 1, arbitrary: fc.constant<SecondReading>({ kind: 'unavailable', reader, why: 'timeout' }) },
);

const own: fc.Arbitrary<PlateRead> = fc
  .tuple(
    fc.constantFrom(...PLATES),
    fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }),
  )
  .map(([text, confidences]) => ({
    characters: [...text].map((char, at) => ({ char, confidence: confidences[at] ?? 1, alternatives: [] })),
    color: null,
    layout: 'single',
    confidence: Math.min(...confidences),
    corners: [
      [0, 0],
      [90, 0],
      [90, 30],
      [0, 30],
    ],
  }));

/** A word at random on some characters of a reading. */
const opinion = (read: PlateRead): fc.Arbitrary<SecondOpinion | undefined> =>
  fc.oneof(
    reading.map((one) => opinionOf(one, read)),
    fc.constant(undefined),
    fc
      .array(fc.option(fc.constantFrom(...LATIN)), {
        minLength: read.characters.length,
        maxLength: read.characters.length,
      })
      .map((chars): SecondOpinion => {
        const heard = chars.map((char, at) => (char === null ? null : { char, confidence: 0.91 - 0.07 * at }));
        const differs = read.characters.some(({ char }, at) => (heard[at]?.char ?? char) !== char);
        return { kind: differs ? 'disagrees' : 'agrees', reader, characters: heard };
      }),
  );
const withOpinion = own.chain((read) =>
  opinion(read).map((second): PlateRead => (second === undefined ? read : { ...read, second })),
);
const frames: fc.Arbitrary<FrameRead[]> = fc
  .array(withOpinion, { minLength: 1, maxLength: 6 })
  .map((reads) => reads.map((read, at) => ({ frameId: frameId(`f${at}`), read })));

const without = (reads: readonly FrameRead[]): FrameRead[] =>
  reads.map(({ frameId: id, read: { second: _, ...read } }) => ({ frameId: id, read }));

describe('what a second reading says of ours', () => {
  it('does not depend on the order of its pieces', () => {
    fc.assert(
      fc.property(
        own,
        fc
          .array(piece, { maxLength: 6 })
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        (read, [pieces, mixed]) => {
          expect(opinionOf({ kind: 'read', reader, pieces: mixed }, read)).toEqual(
            opinionOf({ kind: 'read', reader, pieces }, read),
          );
        },
      ),
    );
  });

  it('speaks of letters and digits only, and of a difference where there is one', () => {
    fc.assert(
      fc.property(own, reading, (read, one) => {
        const second = opinionOf(one, read);
        if (second.kind === 'unread' || second.kind === 'unavailable') return;
        expect(second.characters).toHaveLength(read.characters.length);
        for (const [at, heard] of second.characters.entries()) {
          if (heard === null) continue;
          expect(LATIN).toContain(heard.char);
          expect(LATIN).toContain(read.characters[at]?.char);
        }
        const differs = read.characters.some(({ char }, at) => (second.characters[at]?.char ?? char) !== char);
        expect(second.kind).toBe(differs ? 'disagrees' : 'agrees');
      }),
    );
  });

  it('agrees with any plate whose letters and digits it reads, however they are torn', () => {
    fc.assert(
      fc.property(own, fc.nat({ max: 6 }), (read, cut) => {
        const letters = [...plateText(read)].filter((char) => LATIN.includes(char)).join('');
        const at = (text: string, left: number): TextPiece => ({
          ...{ kind: 'word', text, confidence: 0.9 },
          outline: [
            [left, 0.3],
            [left + 0.1 * text.length, 0.3],
            [left + 0.1 * text.length, 0.7],
            [left, 0.7],
          ],
        });
        const pieces = [at(letters.slice(cut), 0.1 + 0.1 * cut), at(letters.slice(0, cut), 0.1)];
        const torn = pieces.filter(({ text }) => text !== '');
        expect(opinionOf({ kind: 'read', reader, pieces: torn }, read).kind).toBe('agrees');
      }),
    );
  });
});

describe('a plate with second readings', () => {
  it('is the plate without them, or none', () => {
    fc.assert(
      fc.property(frames, (reads) => {
        const before = votePlate(without(reads));
        const { plate, second } = judgePlate(reads);
        if (plate !== null) expect(plate.text).toBe(before?.text);
        if (second !== undefined) expect(second.own).toBe(before?.text ?? null);
      }),
    );
  });

  it('is never surer, in no character', () => {
    fc.assert(
      fc.property(frames, (reads) => {
        const before = votePlate(without(reads));
        const { plate } = judgePlate(reads);
        expect(plate?.confidence ?? 0).toBeLessThanOrEqual(before?.confidence ?? 0);
        for (const [at, { confidence }] of (plate?.characters ?? []).entries()) {
          expect(confidence).toBeLessThanOrEqual(before?.characters[at]?.confidence ?? 0);
        }
      }),
    );
  });

  it('is as sure as without them unless one differs', () => {
    fc.assert(
      fc.property(frames, (reads) => {
        const { plate, second } = judgePlate(reads);
        if ((second?.differences ?? []).length === 0) expect(plate).toEqual(votePlate(without(reads)));
      }),
    );
  });

  it('is the same for every order and repetition of the frames', () => {
    fc.assert(
      fc.property(
        frames.chain((reads) =>
          fc.tuple(fc.constant(reads), fc.shuffledSubarray([...reads, ...reads], { minLength: reads.length * 2 })),
        ),
        ([reads, mixed]) => {
          expect(judgePlate(mixed)).toEqual(judgePlate(reads));
        },
      ),
    );
  });

  it('is no surer for one more that differs, and no less sure for one more that agrees', () => {
    const sure = (reads: readonly FrameRead[]) => {
      const { plate } = judgePlate(reads);
      return plate === null ? 0 : weakestCharacter(plate);
    };
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<'agrees' | 'disagrees' | 'unread'>('agrees', 'disagrees', 'unread'), { maxLength: 6 }),
        (kinds) => {
          const sureOf = (all: readonly SecondOpinion['kind'][]) =>
            sure(all.map((kind, at) => ({ frameId: frameId(`f${at}`), read: sureReading(kind) })));
          const one = (kind: SecondOpinion['kind']) => sureOf([...kinds, kind]);
          expect(one('disagrees')).toBeLessThanOrEqual(one('unread') + 1e-9);
          expect(one('agrees')).toBeGreaterThanOrEqual(one('unread') - 1e-9);
        },
      ),
    );
  });
});

function sureReading(kind: SecondOpinion['kind']): PlateRead {
  const characters = [...'浙A8K3F2'].map((char) => ({ char, confidence: 0.999, alternatives: [] }));
  const heard = (text: string) => [null, ...[...text].map((char) => ({ char, confidence: 0.9 }))];
  const second: SecondOpinion =
    kind === 'agrees' || kind === 'disagrees'
      ? { kind, reader, characters: heard(kind === 'agrees' ? 'A8K3F2' : 'ABK3F2') }
      : { kind: 'unread', reader };
  return {
    ...{ characters, color: null, layout: 'single', confidence: 0.99, second },
    corners: [
      [0, 0],
      [90, 0],
      [90, 30],
      [0, 30],
    ],
  };
}
