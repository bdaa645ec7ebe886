import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box, Point } from '#core/camera.ts';
import { boxArea, boxIntersection } from '#core/geometry.ts';
import {
  hiddenShare,
  isSubjectsPlate,
  type PrivacyFinding,
  type PrivacyRegion,
  planRedaction,
  plateBounds,
} from '#core/privacy.ts';

const imageSize = [640, 360] as const;
const frame: Box = [0, 0, ...imageSize];

/** Also beyond the picture's border, as detectors have it. */
const box: fc.Arbitrary<Box> = fc
  .tuple(
    fc.double({ min: -50, max: 660, noNaN: true }),
    fc.double({ min: -50, max: 380, noNaN: true }),
    fc.double({ min: 0.5, max: 200, noNaN: true }),
    fc.double({ min: 0.5, max: 200, noNaN: true }),
  )
  .map(([x, y, width, height]) => [x, y, x + width, y + height]);
const finding: fc.Arbitrary<PrivacyFinding> = fc.record({
  kind: fc.constantFrom('face', 'head', 'plate'),
  source: fc.constantFrom('face', 'person', 'text', 'vehicle'),
  box,
  score: fc.double({ min: 0, max: 1, noNaN: true }),
});
const findings = fc.array(finding, { maxLength: 12 });
const plate: fc.Arbitrary<Point[]> = fc
  .tuple(fc.integer({ min: 10, max: 500 }), fc.integer({ min: 10, max: 300 }), fc.integer({ min: -8, max: 8 }))
  .map(([x, y, lean]) => [
    [x, y],
    [x + 90, y + lean],
    [x + 90, y + lean + 28],
    [x, y + 28],
  ]);

const isCovered = ([x, y]: Point, regions: readonly PrivacyRegion[]) =>
  regions.some(({ box: [x0, y0, x1, y1] }) => x >= x0 && x < x1 && y >= y0 && y < y1);
/** Middles of pixels on a grid through a box, its borders included. */
function* pixelsOf(box: Box): Generator<Point> {
  const [x0, y0, x1, y1] = boxIntersection(box, frame);
  if (x1 - x0 < 1e-9 || y1 - y0 < 1e-9) return;
  const at = (from: number, to: number, share: number) =>
    Math.floor(Math.min(from + share * (to - from), to - 1e-9)) + 0.5;
  for (const down of [0, 0.25, 0.5, 0.75, 1]) {
    for (const right of [0, 0.25, 0.5, 0.75, 1]) yield [at(x0, x1, right), at(y0, y1, down)];
  }
}

describe('a redaction plan', () => {
  it('covers every finding, whole', () => {
    fc.assert(
      fc.property(findings, (found) => {
        const regions = planRedaction(found, [], imageSize);
        for (const { box } of found) {
          for (const pixel of pixelsOf(box)) expect(isCovered(pixel, regions)).toBe(true);
        }
      }),
    );
  });

  it("never touches the subject's plate", () => {
    fc.assert(
      fc.property(findings, plate, (found, corners) => {
        const kept = plateBounds(corners);
        for (const { box } of planRedaction(found, [kept], imageSize)) {
          expect(boxArea(boxIntersection(box, kept))).toBe(0);
        }
      }),
    );
  });

  it("covers all that is found beside the subject's plate", () => {
    fc.assert(
      fc.property(findings, plate, (found, corners) => {
        const kept = plateBounds(corners);
        const regions = planRedaction(found, [kept], imageSize);
        for (const { box } of found) {
          for (const pixel of pixelsOf(box)) {
            const [x, y] = pixel;
            const onPlate =
              x > Math.floor(kept[0]) && x < Math.ceil(kept[2]) && y > Math.floor(kept[1]) && y < Math.ceil(kept[3]);
            if (!onPlate) expect(isCovered(pixel, regions)).toBe(true);
          }
        }
      }),
    );
  });

  it('gives whole pixels inside the picture, with area', () => {
    fc.assert(
      fc.property(findings, fc.array(box, { maxLength: 2 }), (found, keep) => {
        for (const { box } of planRedaction(found, keep, imageSize)) {
          expect(box.every(Number.isInteger)).toBe(true);
          expect(boxIntersection(box, frame)).toEqual(box);
          expect(boxArea(box)).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('hides the same pixels whatever the order of the findings', () => {
    fc.assert(
      fc.property(findings, plate, fc.infiniteStream(fc.nat()), (found, corners, dice) => {
        const shuffled = found.map((one) => ({ one, at: dice.next().value })).sort((a, b) => a.at - b.at);
        const keep = [plateBounds(corners)];
        const there = planRedaction(found, keep, imageSize);
        const here = planRedaction(
          shuffled.map(({ one }) => one),
          keep,
          imageSize,
        );
        for (const { box } of [...there, ...here]) {
          for (const pixel of pixelsOf(box)) expect(isCovered(pixel, here)).toBe(isCovered(pixel, there));
        }
      }),
    );
  });
});

describe('the hidden share of a box', () => {
  const small = fc
    .tuple(
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 8 }),
    )
    .map(([x, y, width, height]): Box => [x, y, x + width, y + height]);

  it('is what counting pixels gives, however regions overlap', () => {
    fc.assert(
      fc.property(small, fc.array(small, { maxLength: 6 }), (box, boxes) => {
        const [x0, y0, x1, y1] = box;
        let hidden = 0;
        for (let x = x0; x < x1; x++) {
          for (let y = y0; y < y1; y++) {
            if (boxes.some((one) => x >= one[0] && x < one[2] && y >= one[1] && y < one[3])) hidden += 1;
          }
        }
        const regions = boxes.map((one) => ({ box: one }));
        expect(hiddenShare(box, regions)).toBeCloseTo(hidden / boxArea(box), 9);
      }),
    );
  });
});

describe("the subject's plate", () => {
  const own: Box = [100, 100, 200, 130];

  it.each<[string, Box, boolean]>([
    ['as it was read', own, true],
    ['outlined a little otherwise', [95, 97, 208, 136], true],
    ['only in part', [100, 100, 150, 130], true],
    ['a plate beside it', [205, 100, 305, 130], false],
    ['a sign that hangs over a corner of it', [180, 40, 400, 110], false],
  ])('is known again: %s', (_, text, same) => {
    expect(isSubjectsPlate(text, own)).toBe(same);
  });
});
