import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { appearanceSimilarity } from '#core/appearance.ts';
import type { Box } from '#core/camera.ts';
import { boundsOf } from '#core/geometry.ts';
import { frameId } from '#core/ids.ts';
import { decodeScene, encodeScene } from '#core/scene-bytes.ts';
import { describeVehicle } from '../../functions/inspect/appearance.ts';
import { cropToPlanes, decodeFrame, largeCropToPlanes, type Raster } from '../../functions/inspect/raster.ts';
import { makeScene } from '../../functions/inspect/scene.ts';
import { planTiles } from '../../functions/inspect/tiles.ts';
import { sampleZones } from './sample-zones.ts';

const IMAGE = [1920, 1080] as const;
const sequences = ['a_sidewalk_parking', 'b_second_camera', 'd_storefront_goods', 'e_nothing_wrong', 'g_two_cars'];
const frameOf = async (sequence: string, name: string) =>
  decodeFrame(await readFile(new URL(`../samples/${sequence}/${name}.jpg`, import.meta.url)));

describe.each(sequences)('the tiles of %s', (sequence) => {
  const zones = sampleZones(sequence);
  const tiles = planTiles(zones, IMAGE);
  it('lie in the frame, in steps of the detector, and cost what three looks may', () => {
    for (const { crop, size } of tiles) {
      expect(crop[0]).toBeGreaterThanOrEqual(0);
      expect(crop[1]).toBeGreaterThanOrEqual(0);
      expect(crop[2]).toBeLessThanOrEqual(IMAGE[0]);
      expect(crop[3]).toBeLessThanOrEqual(IMAGE[1]);
      expect([size.width % 32, size.height % 32]).toEqual([0, 0]);
    }
    expect(tiles.reduce((sum, { size }) => sum + size.width * size.height, 0)).toBeLessThan(680_000);
  });
  it('hardly stretch what they show', () => {
    for (const { crop, size } of tiles) {
      const stretch = size.width / (crop[2] - crop[0]) / (size.height / (crop[3] - crop[1]));
      expect(Math.abs(stretch - 1)).toBeLessThan(0.08);
    }
  });
  it('cover every zone with one look', () => {
    const [x0, y0, x1, y1] = boundsOf(zones.flatMap(({ polygon }) => polygon));
    const [overview] = tiles.map(({ crop }) => crop);
    expect(overview?.[0]).toBeLessThanOrEqual(x0);
    expect(overview?.[1]).toBeLessThan(y0);
    expect(overview?.[2]).toBeGreaterThanOrEqual(x1);
    expect(overview?.[3]).toBeGreaterThanOrEqual(y1);
  });
});

describe('tiles of a camera without zones', () => {
  it('show the whole frame, at two scales', () => {
    const tiles = planTiles([], IMAGE);
    expect(tiles.map(({ crop }) => crop)).toEqual(tiles.map(() => [0, 0, 1920, 1080]));
    expect(new Set(tiles.map(({ size }) => size.width)).size).toBe(2);
  });
});

describe('tiles of a strip of sidewalk seen from low down', () => {
  it('reach up to the roof of what stands on it', () => {
    const [zone] = sampleZones('a_sidewalk_parking');
    if (zone === undefined) throw new Error('a sample has zones');
    const strip = {
      ...zone,
      type: 'sidewalk',
      polygon: [
        [100, 900],
        [1700, 900],
        [1700, 960],
        [100, 960],
      ],
    } as const;
    const [overview] = planTiles([strip], IMAGE);
    // A motorcycle 500 px long is some 320 px tall.
    expect(overview?.crop[1]).toBeLessThan(960 - 320);
  });
});

describe('a crop as planes', () => {
  const plain = { order: 'rgb', mean: [0, 0, 0], std: [1, 1, 1] } as const;
  /** Red grows to the right, green downwards, blue stays. */
  const ramp: Raster = {
    width: 64,
    height: 32,
    data: Uint8Array.from({ length: 64 * 32 * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return i % 3 === 0 ? (pixel % 64) * 3 : i % 3 === 1 ? Math.floor(pixel / 64) * 5 : 77;
    }),
  };
  it('is the mean of the source under each pixel when it shrinks', () => {
    const planes = cropToPlanes(ramp, [0, 0, 64, 32], 16, 8, plain);
    expect(planes[0]).toBeCloseTo((0 + 3 + 6 + 9) / 4, 3);
    expect(planes[16 * 8]).toBeCloseTo((0 + 5 + 10 + 15) / 4, 3);
    expect(planes[2 * 16 * 8 + 5]).toBeCloseTo(77, 3);
  });
  it('runs on smoothly between pixels when it grows', () => {
    const planes = cropToPlanes(ramp, [10, 10, 20, 20], 40, 40, plain);
    for (let i = 1; i < 40; i++) expect((planes[i] ?? 0) - (planes[i - 1] ?? 0)).toBeCloseTo(0.75, 3);
  });
  it('has the channels in the order and scale the model wants', () => {
    const planes = cropToPlanes(ramp, [0, 0, 64, 32], 64, 32, { order: 'bgr', mean: [7, 0, 0], std: [10, 1, 1] });
    expect(planes[0]).toBeCloseTo(7, 3);
    expect(planes[2 * 64 * 32 + 1]).toBeCloseTo(3, 3);
  });
  it('repeats the border beyond the frame', () => {
    const planes = cropToPlanes(ramp, [-10, 0, 0, 10], 10, 10, plain);
    expect(new Set(planes.subarray(0, 10))).toEqual(new Set([0]));
  });
  it('is nearly the same by vector instructions', async () => {
    const frame = await frameOf('e_nothing_wrong', '20260513T162700');
    const box: Box = [100, 200, 1124, 712];
    const [slow, fast] = [
      cropToPlanes(frame, box, 512, 256, plain),
      await largeCropToPlanes(frame, box, 512, 256, plain),
    ];
    const difference = slow.reduce((sum, value, i) => sum + Math.abs(value - (fast[i] ?? 0)), 0) / slow.length;
    expect(difference).toBeLessThan(3);
  });
});

describe('the scene of a frame', () => {
  it('keeps the aspect, and comes back from its bytes as it was', async () => {
    const scene = makeScene(await frameOf('a_sidewalk_parking', '20260512T093000'), frameId('f'));
    expect([scene.width, scene.height]).toEqual([240, 135]);
    const bytes = encodeScene(scene);
    expect(bytes.length).toBeLessThan(32_400);
    expect(decodeScene(bytes)).toEqual(scene);
  });
  it('is refused when its bytes are not one', () => {
    expect(() => decodeScene(Uint8Array.of(1, 2, 3))).toThrowError(
      expect.objectContaining({ code: 'packed-unreadable' }),
    );
  });
});

describe('the appearance of a vehicle', () => {
  const parked: Box = [389.5, 541.5, 842.2, 920.4];
  const inBay: Box = [1292, 326.2, 1516.1, 528.5];
  let first: Raster;
  let later: Raster;
  beforeAll(async () => {
    first = await frameOf('a_sidewalk_parking', '20260512T093230');
    later = await frameOf('a_sidewalk_parking', '20260512T093930');
  });
  const shaken = ([x0, y0, x1, y1]: Box): Box => [x0 + 12, y0 - 9, x1 + 15, y1 + 6];

  it('has unit length', () => {
    const appearance = describeVehicle(first, parked, 110);
    expect(appearanceSimilarity(appearance, appearance)).toBeCloseTo(1, 3);
  });
  it('stays the same for a standing car whose box shakes', () => {
    const [a, b] = [describeVehicle(first, parked, 110), describeVehicle(later, shaken(parked), 110)];
    expect(appearanceSimilarity(a, b)).toBeGreaterThan(0.9);
  });
  it('stays the same in half the light', () => {
    const dark: Raster = { ...first, data: first.data.map((value) => value * 0.5) };
    const [a, b] = [describeVehicle(first, parked, 110), describeVehicle(dark, parked, 55)];
    expect(appearanceSimilarity(a, b)).toBeGreaterThan(0.95);
  });
  it('differs from that of another car', () => {
    const [a, b] = [describeVehicle(first, parked, 110), describeVehicle(first, inBay, 110)];
    expect(appearanceSimilarity(a, b)).toBeLessThan(0.8);
  });
});
