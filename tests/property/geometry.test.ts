import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box, Point, Polygon } from '#core/camera.ts';
import {
  boxArea,
  boxIntersection,
  clipToConvex,
  containsPoint,
  intersectSpans,
  iou,
  polygonArea,
  spansAt,
  spansLength,
  subtractSpans,
} from '#core/geometry.ts';

const coordinate = fc.integer({ min: 0, max: 1920 });
const box: fc.Arbitrary<Box> = fc
  .tuple(coordinate, coordinate, fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 900 }))
  .map(([x, y, width, height]) => [x, y, x + width, y + height]);
const cornersOf = ([x0, y0, x1, y1]: Box): Polygon => [
  [x0, y0],
  [x1, y0],
  [x1, y1],
  [x0, y1],
];
/** Star-shaped around its centre, so simple, and mostly concave. */
const polygon: fc.Arbitrary<Polygon> = fc
  .tuple(
    coordinate,
    coordinate,
    fc.array(fc.integer({ min: 20, max: 600 }), { minLength: 3, maxLength: 12 }),
    fc.boolean(),
  )
  .map(([x, y, radii, reversed]) => {
    const corners = radii.map((radius, i): Point => {
      const angle = (2 * Math.PI * (i + 0.37)) / radii.length;
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    });
    return reversed ? corners.reverse() : corners;
  });
/** Area by horizontal lines: independent of the clipping it is compared with. */
const areaByLines = (shape: Polygon, [x0, y0, x1, y1]: Box, lines = 400) => {
  const step = (y1 - y0) / lines;
  let area = 0;
  for (let i = 0; i < lines; i++) {
    area += spansLength(intersectSpans(spansAt(shape, y0 + (i + 0.5) * step), [[x0, x1]])) * step;
  }
  return area;
};

describe('boxes', () => {
  it('overlap the same whichever comes first, never more than the smaller one', () => {
    fc.assert(
      fc.property(box, box, (a, b) => {
        const shared = boxArea(boxIntersection(a, b));
        expect(shared).toBe(boxArea(boxIntersection(b, a)));
        expect(shared).toBeLessThanOrEqual(Math.min(boxArea(a), boxArea(b)));
        expect(iou(a, b)).toBeLessThanOrEqual(1);
      }),
    );
  });
  it('are one with themselves', () => {
    fc.assert(fc.property(box, (a) => iou(a, a) === 1));
  });
});

describe('clipping a polygon, concave or not, to a convex window', () => {
  it('keeps exactly the area that both cover', () => {
    fc.assert(
      fc.property(polygon, box, (shape, window) => {
        const clipped = polygonArea(clipToConvex(shape, cornersOf(window)));
        const slack = 0.01 * boxArea(window) + 1;
        expect(Math.abs(clipped - areaByLines(shape, window))).toBeLessThan(slack);
      }),
    );
  });
  it('does not depend on the orientation of either', () => {
    fc.assert(
      fc.property(polygon, box, (shape, window) => {
        const expected = polygonArea(clipToConvex(shape, cornersOf(window)));
        const turned = polygonArea(clipToConvex(shape.toReversed(), cornersOf(window).toReversed()));
        expect(turned).toBeCloseTo(expected, 3);
      }),
    );
  });
  it('splits the area between the two sides of a cut', () => {
    fc.assert(
      fc.property(polygon, coordinate, (shape, x) => {
        const left = polygonArea(clipToConvex(shape, cornersOf([-2000, -2000, x, 4000])));
        const right = polygonArea(clipToConvex(shape, cornersOf([x, -2000, 5000, 4000])));
        expect(left + right).toBeCloseTo(polygonArea(shape), 3);
      }),
    );
  });
});

describe('spans of a horizontal line', () => {
  it('hold exactly the points that lie inside the polygon', () => {
    fc.assert(
      fc.property(polygon, coordinate, coordinate, (shape, x, y) => {
        const spans = spansAt(shape, y);
        if (spans.some(([from, to]) => Math.abs(from - x) < 1e-6 || Math.abs(to - x) < 1e-6)) return;
        expect(spans.some(([from, to]) => from < x && x < to)).toBe(containsPoint(shape, [x, y]));
      }),
    );
  });
  it('are parted by what is taken away into what was shared and what is left', () => {
    fc.assert(
      fc.property(polygon, polygon, coordinate, (a, b, y) => {
        const [spansA, spansB] = [spansAt(a, y), spansAt(b, y)];
        const shared = spansLength(intersectSpans(spansA, spansB));
        const rest = spansLength(subtractSpans(spansA, spansB));
        expect(shared + rest).toBeCloseTo(spansLength(spansA), 6);
      }),
    );
  });
});
