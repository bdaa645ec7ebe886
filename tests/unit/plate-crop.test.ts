/** Whose plates a second reader is shown. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Rule } from '#core/camera.ts';
import { cameraId, frameId, placeId, sightingId } from '#core/ids.ts';
import { parseInstant } from '#core/time.ts';
import { createInspector, type Inspector } from '../../functions/inspect/observe.ts';
import { plateCrops } from '../../functions/inspect/plate-crop.ts';
import { sampleZones } from './sample-zones.ts';
import { car, rule } from './stays/builders.ts';

describe('of a frame with a car on the sidewalk, one in a bay and two on the road', () => {
  let inspector: Inspector;
  let jpeg: Uint8Array;
  beforeAll(async () => {
    inspector = await createInspector();
    jpeg = await readFile(new URL('../samples/a_sidewalk_parking/20260512T093230.jpg', import.meta.url));
  });
  const inspect = (options: { rule?: Rule; wantsPlateCrops?: boolean }) =>
    inspector.inspect(jpeg, {
      ...{ frameId: frameId('f'), camera: { id: cameraId('CAM'), imageSize: [1920, 1080] }, placeId: placeId('p') },
      ...{ capturedAt: parseInstant('2026-05-12T09:32:30+08:00'), zones: sampleZones('a_sidewalk_parking') },
      rules: [options.rule ?? rule()],
      ...(options.wantsPlateCrops === undefined ? {} : { wantsPlateCrops: options.wantsPlateCrops }),
    });

  it('the one on the sidewalk, where pictures are asked for', async () => {
    const { observation, plateCrops: crops } = await inspect({ wantsPlateCrops: true });
    const [onSidewalk] = observation.vehicles.filter(({ contact }) => contact.sidewalk > 0.9);
    expect(crops?.map(({ sightingId: of }) => of)).toEqual([onSidewalk?.id]);
  });

  it('nobody where they are not', async () => {
    expect(await inspect({})).not.toHaveProperty('plateCrops');
  });

  it('nobody at an hour when the rule does not hold, though the plate is read', async () => {
    const { observation, plateCrops: crops } = await inspect({
      ...{ rule: rule({ hours: [{ from: '20:00', to: '22:00' }] }), wantsPlateCrops: true },
    });
    expect(observation.vehicles.some(({ plate }) => plate !== null)).toBe(true);
    expect(crops).toEqual([]);
  });
});

describe('the pictures', () => {
  const raster = { width: 1920, height: 1080, data: new Uint8Array(1920 * 1080 * 3).fill(120) };

  it('are eight of one frame at most, and none of a car without a plate', async () => {
    const cars = Array.from({ length: 12 }, (_, at) => ({
      ...car({ plate: at === 1 ? null : '浙A8K3F2' }),
      id: sightingId(`f/v${at}`),
    }));
    const ids = (await plateCrops(raster, cars)).map(({ sightingId: of }) => of);
    expect(ids).toEqual([0, 2, 3, 4, 5, 6, 7, 8].map((at) => `f/v${at}`));
  });

  it('are no smaller than the service takes, of a plate of any shape at the edge of the frame', async () => {
    const plate = car({ plate: '浙A8K3F2' }).plate;
    if (plate === null) throw new Error('Expected a plate');
    const flat = [
      [1880, 1070],
      [1919, 1070],
      [1919, 1074],
      [1880, 1074],
    ] as const;
    const tall = [
      [0, 0],
      [20, 0],
      [20, 60],
      [0, 60],
    ] as const;
    for (const corners of [flat, tall]) {
      const [crop] = await plateCrops(raster, [{ ...car(), plate: { ...plate, corners } }]);
      const { width, height } = await sharp(crop?.jpeg).metadata();
      expect(Math.min(width, height)).toBeGreaterThanOrEqual(80);
      expect(Math.max(width, height)).toBeLessThanOrEqual(480);
    }
  });
});
