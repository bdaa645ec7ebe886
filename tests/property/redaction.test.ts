import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Box } from '#core/camera.ts';
import type { Picture } from '../../functions/seal/picture.ts';
import { decodePicture, encodePicture } from '../../functions/seal/picture.ts';
import { blocksAround, HIDDEN, redacted } from '../../functions/seal/redact.ts';

const SIZE = { width: 80, height: 64 };

const pictures = fc
  .uint8Array({ minLength: SIZE.width * SIZE.height * 3, maxLength: SIZE.width * SIZE.height * 3 })
  .map((data): Picture => ({ ...SIZE, data }));
const boxes = fc
  .tuple(
    fc.integer({ min: -8, max: 79 }),
    fc.integer({ min: -8, max: 63 }),
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 30 }),
  )
  .map(([x, y, width, height]): Box => [x, y, x + width, y + height]);

const inside = (x: number, y: number, [x0, y0, x1, y1]: Box) => x >= x0 && x < x1 && y >= y0 && y < y1;
const at = ({ data, width }: Picture, x: number, y: number) =>
  [0, 1, 2].map((channel) => data[(y * width + x) * 3 + channel]);
function* pixels() {
  for (let y = 0; y < SIZE.height; y++) for (let x = 0; x < SIZE.width; x++) yield [x, y] as const;
}

it('what is hidden has one value, whatever was there, and nothing else is touched', () => {
  fc.assert(
    fc.property(pictures, fc.array(boxes, { maxLength: 4 }), fc.option(boxes), (picture, regions, kept) => {
      const after = redacted(picture, regions, kept);
      const grown = regions.map((region) => blocksAround(region, SIZE));
      for (const [x, y] of pixels()) {
        const isKept = kept !== null && inside(x, y, kept);
        const isHidden = !isKept && grown.some((box) => inside(x, y, box));
        expect(at(after, x, y)).toEqual(isHidden ? [HIDDEN, HIDDEN, HIDDEN] : at(picture, x, y));
      }
    }),
    { numRuns: 60 },
  );
});

it('two pictures that differ in what is hidden alone have the same copy, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(
      pictures,
      fc.array(boxes, { minLength: 1, maxLength: 3 }),
      fc.nat(255),
      async (picture, regions, noise) => {
        const other = { ...picture, data: Uint8Array.from(picture.data) };
        for (const [x, y] of pixels()) {
          if (!regions.some((region) => inside(x, y, region))) continue;
          const pixel = (y * SIZE.width + x) * 3;
          for (let channel = 0; channel < 3; channel++)
            other.data[pixel + channel] = ((other.data[pixel + channel] ?? 0) + noise) % 256;
        }
        const [one, two] = await Promise.all(
          [picture, other].map((each) => encodePicture(redacted(each, regions, null), 88)),
        );
        expect(one).toEqual(two);
      },
    ),
    { numRuns: 30 },
  );
});

it('after the encoding a hidden block is still flat: no trace of its neighbours leaks in, none of it leaks out', async () => {
  await fc.assert(
    fc.asyncProperty(pictures, boxes, async (picture, region) => {
      const jpeg = await encodePicture(redacted(picture, [region], null), 88);
      const after = await decodePicture(jpeg);
      const [x0, y0, x1, y1] = blocksAround(region, SIZE);
      // One pixel at the border takes colour from beside it: chroma is halved and smoothed when it is shown.
      for (const [x, y] of pixels()) {
        if (!inside(x, y, [x0 + 1, y0 + 1, x1 - 1, y1 - 1])) continue;
        for (const value of at(after, x, y)) expect(Math.abs((value ?? 0) - HIDDEN)).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 30 },
  );
});

it('a region covers whole coding blocks and is never smaller than what was found', () => {
  fc.assert(
    fc.property(boxes, (box) => {
      const [x0, y0, x1, y1] = blocksAround(box, SIZE);
      for (const [x, y] of pixels()) if (inside(x, y, box)) expect(inside(x, y, [x0, y0, x1, y1])).toBe(true);
      if (x1 > x0 && y1 > y0) expect([x0 % 16, y0 % 16, x1 % 16, y1 % 16]).toEqual([0, 0, 0, 0]);
    }),
  );
});
