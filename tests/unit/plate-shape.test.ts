import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convexHull, findBlobs, frameQuad, frameSize, smallestRectangle } from '../../functions/inspect/plate-shape.ts';
import { straighten } from '../../functions/inspect/plate-warp.ts';

/** A map of `width` x `height` that is 0.9 where `inside` holds and 0.1 elsewhere. */
function drawn(width: number, height: number, inside: (x: number, y: number) => boolean): Float32Array {
  return Float32Array.from({ length: width * height }, (_, i) =>
    inside((i % width) + 0.5, Math.floor(i / width) + 0.5) ? 0.9 : 0.1,
  );
}

describe('outlines of text', () => {
  it('finds each connected piece and leaves out specks', () => {
    const map = drawn(
      40,
      20,
      (x, y) => (x < 10 && y < 5) || (x > 20 && x < 36 && y > 10) || (x > 15 && x < 17 && y < 2),
    );
    const blobs = findBlobs(map, 40, 20, 0.3, 12);
    expect(blobs.map(({ pixels }) => pixels).sort((a, b) => a - b)).toEqual([50, 160]);
    for (const { score } of blobs) expect(score).toBeCloseTo(0.9, 5);
  });

  it('gives the size and turn of a tilted rectangle back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -40, max: 40 }), (degrees) => {
        const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
        const map = drawn(200, 160, (x, y) => {
          const [dx, dy] = [x - 100, y - 80];
          return Math.abs(dx * cos + dy * sin) < 50 && Math.abs(-dx * sin + dy * cos) < 15;
        });
        const [blob] = findBlobs(map, 200, 160, 0.3, 12);
        const frame = smallestRectangle(blob?.hull ?? []);
        const [long, short] = frameSize(frame);
        expect(Math.abs(long - 100)).toBeLessThan(4);
        expect(Math.abs(short - 30)).toBeLessThan(4);
        expect(Math.abs((Math.atan2(frame.along[1], frame.along[0]) * 180) / Math.PI - degrees)).toBeLessThan(2.5);
        const [topLeft] = frameQuad(frame, 0, 0);
        expect(
          Math.hypot(topLeft[0] - (100 - 50 * cos + 15 * sin), topLeft[1] - (80 - 50 * sin - 15 * cos)),
        ).toBeLessThan(5);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps every point inside the convex hull', () => {
    const point = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 }));
    fc.assert(
      fc.property(fc.array(point, { minLength: 3, maxLength: 40 }), (points) => {
        const hull = convexHull(points);
        for (const [x, y] of points) {
          hull.forEach(([ax, ay], i) => {
            const [bx, by] = hull[(i + 1) % hull.length] ?? [ax, ay];
            expect((bx - ax) * (y - ay) - (by - ay) * (x - ax)).toBeGreaterThanOrEqual(0);
          });
        }
      }),
    );
  });
});

describe('straightening', () => {
  // Red grows with x, green with y.
  const raster = {
    width: 100,
    height: 100,
    data: Uint8Array.from({ length: 30_000 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return i % 3 === 0 ? pixel % 100 : i % 3 === 1 ? Math.floor(pixel / 100) : 7;
    }),
  };

  it('leaves an upright piece as it is', () => {
    const { data } = straighten(
      raster,
      [
        [20, 30],
        [52, 30],
        [52, 46],
        [20, 46],
      ],
      32,
      16,
    );
    expect([data[0], data[1], data[2]]).toEqual([20, 30, 7]);
    expect([data[31 * 3], data[15 * 32 * 3 + 1]]).toEqual([51, 45]);
  });

  it('maps each corner of a leaning quadrangle to a corner', () => {
    const { data } = straighten(
      raster,
      [
        [20, 30],
        [60, 20],
        [66, 44],
        [24, 50],
      ],
      200,
      100,
    );
    const at = (x: number, y: number) => [data[(y * 200 + x) * 3], data[(y * 200 + x) * 3 + 1]];
    const near = (found: readonly (number | undefined)[], x: number, y: number) =>
      expect(Math.hypot((found[0] ?? 0) + 0.5 - x, (found[1] ?? 0) + 0.5 - y)).toBeLessThan(1.5);
    near(at(0, 0), 20, 30);
    near(at(199, 0), 60, 20);
    near(at(199, 99), 66, 44);
    near(at(0, 99), 24, 50);
  });
});
