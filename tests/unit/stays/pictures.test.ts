/** Departures judged on real pictures: the shipped sequence of a parked car, with the detector's work made worse. */
import { readdir, readFile } from 'node:fs/promises';
import sharp, { type OverlayOptions } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Box } from '#core/camera.ts';
import { frameId } from '#core/ids.ts';
import { spotLikeness } from '#core/scene.ts';
import type { Scene } from '#core/sighting.ts';
import { trackSpots } from '#core/stays/spot-tracks.ts';
import { at, car, frame } from './builders.ts';

const folder = new URL('../../samples/a_sidewalk_parking/', import.meta.url);
const CLOCKS: readonly string[] = ['09:30:00', '09:32:30', '09:35:30', '09:39:30', '09:43:30', '09:46:00'];
const PARKED: Box = [390, 542, 842, 920];
const THERE = new Set(['09:32:30', '09:35:30', '09:39:30', '09:43:30']);

let pictures: Buffer[];
beforeAll(async () => {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.jpg')).sort();
  pictures = await Promise.all(files.map((name) => readFile(new URL(name, folder))));
});

async function sceneOf(clock: string, overlay: readonly OverlayOptions[]): Promise<Scene> {
  const picture = await sharp(pictures[CLOCKS.indexOf(clock)])
    .composite([...overlay])
    .png()
    .toBuffer();
  const luma = await sharp(picture).resize(240, 135, { fit: 'fill' }).greyscale().raw().toBuffer();
  return { frameId: frameId(`CAM-01@${clock}`), width: 240, height: 135, luma: new Uint8Array(luma) };
}

/** The stays at the spot when the detector misses the car in `missed`, and those frames are painted over. */
async function staysWith(missed: readonly string[], overlay: readonly OverlayOptions[] = []): Promise<string[]> {
  const scenes = new Map<string, Scene>();
  for (const clock of CLOCKS) {
    scenes.set(`CAM-01@${clock}`, await sceneOf(clock, missed.includes(clock) ? overlay : []));
  }
  const frames = CLOCKS.map((clock) => {
    const cars = THERE.has(clock) && !missed.includes(clock) ? [car({ box: PARKED })] : [];
    return frame(clock, { cars }).observation;
  });
  const spot = (a: string, b: string, box: Box) => {
    const [sceneA, sceneB] = [scenes.get(a), scenes.get(b)];
    return sceneA === undefined || sceneB === undefined ? undefined : spotLikeness(sceneA, sceneB, box, [1920, 1080]);
  };
  const tracks = trackSpots(frames, { spot, occupancy: new Map() }, () => 1);
  return tracks.map(({ sights, departure }) => {
    const left = CLOCKS.find((clock) => departure !== null && at(clock) === departure.at);
    return `${sights[0]?.frameId.slice(7)} x${sights.length} left ${left ?? 'unseen'}`;
  });
}

/** The side of a bus: dull metal, a band of windows, a stripe. */
const bus = (left: number, top: number, width: number, height: number): OverlayOptions => ({
  input: Buffer.from(
    `<svg width="${width}" height="${height}"><rect width="100%" height="100%" fill="#b7c4c9"/>` +
      `<rect y="18%" width="100%" height="30%" fill="#20262b"/><rect y="66%" width="100%" height="6%" fill="#c0392b"/></svg>`,
  ),
  left,
  top,
});

describe('the parked car of the first sample', () => {
  it('is one stay that ends when its spot is seen free', async () => {
    expect(await staysWith([])).toEqual(['09:32:30 x4 left 09:46:00']);
  });

  it('is still there when the detector misses it', async () => {
    expect(await staysWith(['09:35:30', '09:39:30'])).toEqual(['09:32:30 x2 left 09:46:00']);
  });

  it('is not gone when the side of a bus that nobody detected fills the view', async () => {
    expect(await staysWith(['09:35:30'], [bus(120, 200, 1500, 880)])).toEqual(['09:32:30 x3 left 09:46:00']);
  });

  it('is not gone in a black frame', async () => {
    const black = { create: { width: 1920, height: 1080, channels: 3 as const, background: '#050505' } };
    expect(await staysWith(['09:39:30'], [{ input: black }])).toEqual(['09:32:30 x3 left 09:46:00']);
  });
});
