import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Point } from '#core/camera.ts';
import { isBeside, isStacked, plateCandidates, rowsOf, type TextPiece } from '../../functions/inspect/plate-rows.ts';
import { type Quad, quadSize, smallestRectangle } from '../../functions/inspect/plate-shape.ts';

/** Text of `width` x `height` around a middle, turned by `degrees`; its core is 4 px smaller on each side. */
function text(x: number, y: number, width: number, height: number, degrees = 0): TextPiece {
  const pad = 4;
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const corner = (u: number, v: number): Point => [
    x + u * (width / 2 - pad) * cos - v * (height / 2 - pad) * sin,
    y + u * (width / 2 - pad) * sin + v * (height / 2 - pad) * cos,
  ];
  const hull = [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)];
  return { hull, frame: smallestRectangle(hull), pad, score: 0.9 };
}

const doubles = (pieces: readonly TextPiece[]) =>
  plateCandidates(pieces).flatMap(({ outlines }) => outlines.filter(({ layout }) => layout === 'double'));

// A lorry's rear plate of 220 x 110 px: characters as GA 36-2018 has them, half a pixel a millimetre.
const upper = text(110, 22.5, 110, 30);
const lower = text(110, 72.5, 192, 55);

describe('plates of two rows among pieces of text', () => {
  it('joins a short line close above a longer one, and has the plate’s outline', () => {
    expect(isStacked(upper, lower)).toBe(true);
    const [outline] = doubles([lower, upper]);
    const [[left, top] = [0, 0], , [right, bottom] = [0, 0]] = outline?.quad ?? [];
    for (const [found, truth] of [
      [left, 0],
      [top, 0],
      [right, 220],
      [bottom, 110],
    ]) {
      expect(Math.abs((found ?? 999) - (truth ?? 0))).toBeLessThan(8);
    }
  });

  it('joins them when the plate is turned', () => {
    const turn = (x: number, y: number) => [x - y * Math.sin(0.2), y + x * Math.sin(0.2)] as const;
    const degrees = (Math.asin(0.2) * 180) / Math.PI;
    expect(isStacked(text(...turn(0, -50), 110, 30, degrees), text(0, 0, 192, 55, degrees))).toBe(true);
  });

  it.each<[string, TextPiece]>([
    ['far above', text(110, -30, 110, 30)],
    ['aside', text(10, 22.5, 110, 30)],
    ['wider than the lower line', text(110, 22.5, 230, 30)],
    ['a speck', text(110, 22.5, 20, 12)],
    ['below', text(110, 122.5, 110, 30)],
  ])('does not join text %s', (_, other) => {
    expect(isStacked(other, lower)).toBe(false);
  });

  it('holds one tall piece for both rows, a long one for one row', () => {
    const [tall] = plateCandidates([text(0, 0, 200, 105)]);
    expect(tall?.outlines[0]?.layout).toBe('double');
    const [long] = plateCandidates([text(0, 0, 200, 60)]);
    expect(new Set(long?.outlines.map(({ layout }) => layout))).toEqual(new Set(['single']));
  });

  it('takes upright lettering for no plate, neither alone nor as a row', () => {
    for (const degrees of [62, 89, 90, -90]) {
      expect(plateCandidates([text(0, 0, 200, 60, degrees), text(0, 0, 192, 55, degrees)])).toEqual([]);
    }
  });

  it('gives every outline four corners that are numbers, however the pieces lie', () => {
    const piece = fc
      .tuple(
        fc.integer({ min: -60, max: 60 }),
        fc.integer({ min: -60, max: 60 }),
        fc.integer({ min: 9, max: 200 }),
        fc.integer({ min: 9, max: 90 }),
        fc.integer({ min: -90, max: 90 }),
      )
      .map((place) => text(...place));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 4 }), (pieces) => {
        for (const { outlines, further } of plateCandidates(pieces)) {
          for (const { quad } of [...outlines, ...further]) {
            expect(quad.flat().every(Number.isFinite)).toBe(true);
            expect(Math.min(...quadSize(quad))).toBeGreaterThan(0);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('looks for the upper row of a lone lower one only besides', () => {
    const [lone] = plateCandidates([lower]);
    expect(lone?.outlines.every(({ layout }) => layout === 'single')).toBe(true);
    const [[, top] = [0, 99]] = lone?.further[0]?.quad ?? [];
    expect(top).toBeLessThan(12);
  });

  it('cuts the rows out of a plate in its perspective', () => {
    const quad: Quad = [
      [0, 0],
      [440, 0],
      [440, 220],
      [0, 220],
    ];
    const [above, below] = rowsOf(quad);
    expect(quadSize(above)[0]).toBeGreaterThan(220);
    expect(above[0][1]).toBeLessThan(15);
    expect(above[3][1]).toBeGreaterThan(75);
    expect(below[0][1]).toBeLessThan(90);
    expect(below[3][1]).toBeGreaterThan(200);
  });
});

describe('one row found in two pieces', () => {
  // A large new-energy plate of 240 x 70 px: two characters on yellow, six on green.
  const yellow = text(40, 35, 60, 50);
  const green = text(155, 35, 150, 50);

  it('is offered as one plate', () => {
    expect(isBeside(yellow, green)).toBe(true);
    const spans = plateCandidates([yellow, green]).map(({ outlines: [first] }) => {
      const [[left] = [0], [right] = [0]] = first?.quad ?? [];
      return [Math.round(left), Math.round(right)];
    });
    expect(spans).toContainEqual([10, 230]);
  });

  it.each<[string, TextPiece]>([
    ['far to the left', text(-60, 35, 60, 50)],
    ['on its right', text(260, 35, 60, 50)],
    ['of another height', text(40, 35, 60, 25)],
    ['on another line', text(40, 75, 60, 50)],
    ['as long as itself', text(0, 35, 150, 50)],
  ])('is not joined with text %s', (_, other) => {
    expect(isBeside(other, green)).toBe(false);
  });
});
