import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Box } from '#core/camera.ts';
import { boundsOf } from '#core/geometry.ts';
import { plateText } from '#core/plates/plate.ts';
import { loadPlateReader, type PlateReader } from '../../functions/inspect/plate-reader.ts';
import { subQuad } from '../../functions/inspect/plate-warp.ts';
import { decodeFrame, type Raster } from '../../functions/inspect/raster.ts';

const sample = async (path: string): Promise<Raster> =>
  decodeFrame(await readFile(fileURLToPath(new URL(`../samples/${path}`, import.meta.url))));

/** A copy of `raster` in which each pixel of `box` is the mean of those up to `reach` pixels around it. */
function smeared(raster: Raster, box: Box, reach: number): Raster {
  const [x0, y0, x1, y1] = box.map(Math.round);
  const data = Uint8Array.from(raster.data);
  const pixel = (x: number, y: number, channel: number) => raster.data[(y * raster.width + x) * 3 + channel] ?? 0;
  for (let y = y0 ?? 0; y < (y1 ?? 0); y++) {
    for (let x = x0 ?? 0; x < (x1 ?? 0); x++) {
      for (let channel = 0; channel < 3; channel++) {
        let [sum, count] = [0, 0];
        for (let v = Math.max(y0 ?? 0, y - reach); v <= Math.min((y1 ?? 0) - 1, y + reach); v++) {
          for (let u = Math.max(x0 ?? 0, x - reach); u <= Math.min((x1 ?? 0) - 1, x + reach); u++) {
            sum += pixel(u, v, channel);
            count += 1;
          }
        }
        data[(y * raster.width + x) * 3 + channel] = sum / count;
      }
    }
  }
  return { ...raster, data };
}

describe('a province nobody can see', () => {
  let reader: PlateReader;
  beforeAll(async () => {
    reader = await loadPlateReader();
  });

  it.each<[string, string, Box]>([
    ['on the front of a parked car', 'a_sidewalk_parking/20260512T093230.jpg', [389, 541, 843, 921]],
    ['on a green plate at dusk', 'f_dusk_rain/20260514T190800.jpg', [408, 432, 854, 904]],
    ['on a rear seen from the side', 'b_second_camera/20260512T093330.jpg', [999, 580, 1583, 934]],
  ])('%s is no province at all, and never 皖', async (_, frame, vehicle) => {
    const raster = await sample(frame);
    const clear = await reader.readPlate(raster, vehicle, []);
    expect(clear?.characters[0]).toMatchObject({ char: '浙' });
    expect(clear?.characters[0]?.confidence).toBeGreaterThan(0.9);
    const corners = clear?.corners ?? [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ];
    const province = boundsOf(subQuad(corners, [0, 0.1, 0.145, 0.9]));
    const height = province[3] - province[1];
    for (const share of [0.25, 0.5]) {
      const read = await reader.readPlate(smeared(raster, province, Math.round(share * height)), vehicle, []);
      const first = read?.characters[0];
      expect(first?.confidence ?? 0).toBeLessThan(0.5);
      if (first?.char === '皖') expect(first.confidence).toBeLessThan(0.3);
      // What is left is read as well as before.
      if (read?.characters.length === clear?.characters.length) {
        expect(read && plateText(read).slice(1)).toBe(clear && plateText(clear).slice(1));
      }
    }
  });
});
