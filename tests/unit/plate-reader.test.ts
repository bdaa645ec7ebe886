import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Box } from '#core/camera.ts';
import { plateText, weakestCharacter } from '#core/plates/plate.ts';
import { loadPlateReader, type PlateReader } from '../../functions/inspect/plate-reader.ts';
import { decodeFrame, type Raster } from '../../functions/inspect/raster.ts';

const sample = async (path: string): Promise<Raster> =>
  decodeFrame(await readFile(fileURLToPath(new URL(`../samples/${path}`, import.meta.url))));

describe('the plate of a vehicle in a street-camera frame', () => {
  let reader: PlateReader;
  beforeAll(async () => {
    reader = await loadPlateReader();
  });

  it.each<[string, string, Box, string, string]>([
    ['the front of a parked car', 'a_sidewalk_parking/20260512T093230.jpg', [389, 541, 843, 921], '浙A8K3F2', 'blue'],
    ['a rear seen from the side', 'b_second_camera/20260512T093330.jpg', [999, 580, 1583, 934], '浙A8K3F2', 'blue'],
    ['a green plate in rain at dusk', 'f_dusk_rain/20260514T190800.jpg', [408, 432, 854, 904], '浙AF68205', 'green'],
    ['a yellow plate 64 px wide', 'c_short_stop/20260512T140735.jpg', [1541, 207, 1901, 657], '浙F5J641', 'yellow'],
  ])('reads %s', async (_, frame, box, text, color) => {
    const read = await reader.readPlate(await sample(frame), box, []);
    expect(read && plateText(read)).toBe(text);
    expect(read?.color).toBe(color);
    expect(read && weakestCharacter(read)).toBeGreaterThan(0.9);
  });

  it('says where the plate is, its corners as read', async () => {
    const read = await reader.readPlate(
      await sample('a_sidewalk_parking/20260512T093230.jpg'),
      [389, 541, 843, 921],
      [],
    );
    const truth = [
      [482.9, 875.1],
      [574.1, 878.5],
      [574.9, 907],
      [483.9, 903.4],
    ];
    truth.forEach(([x = 0, y = 0], index) => {
      const [foundX = 0, foundY = 0] = read?.corners[index] ?? [];
      expect(Math.hypot(foundX - x, foundY - y)).toBeLessThan(8);
    });
  });

  it('finds no plate where a scooter hides it', async () => {
    const frame = await sample('g_two_cars/20260515T084400.jpg');
    expect(await reader.readPlate(frame, [274, 457, 743, 827], [[631, 512, 1092, 916]])).toBeNull();
  });

  it('never takes the plate of a nearer neighbour', async () => {
    const frame = await sample('g_two_cars/20260515T084400.jpg');
    // A box drawn too large: the neighbour's plate lies in it.
    const tooLarge: Box = [450, 457, 930, 900];
    const neighbour: Box = [631, 512, 1092, 916];
    const alone = await reader.readPlate(frame, tooLarge, []);
    expect(alone && plateText(alone)).toBe('浙A7C2H9');
    expect(await reader.readPlate(frame, tooLarge, [neighbour])).toBeNull();
  });

  it('reads the plate though the detector found the same car twice', async () => {
    const frame = await sample('c_short_stop/20260512T141000.jpg');
    const read = await reader.readPlate(frame, [1547, 439, 1901, 781], [[1481, 155, 1915, 813]]);
    expect(read && plateText(read)).toBe('浙AC7692');
  });

  it('is not sure of a plate too small to read', async () => {
    const read = await reader.readPlate(
      await sample('a_sidewalk_parking/20260512T093230.jpg'),
      [1292, 326, 1516, 528],
      [],
    );
    expect(read?.confidence ?? 0).toBeLessThan(0.7);
  });
});
