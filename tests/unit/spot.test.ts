import { readdir, readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Box } from '#core/camera.ts';
import { frameId } from '#core/ids.ts';
import { spotLikeness } from '#core/scene.ts';
import type { Scene } from '#core/sighting.ts';

const SIZE = [1920, 1080] as const;
const samples = new URL('../samples/', import.meta.url);

interface Shot {
  scene: Scene;
  /** Box of the object in question, null while it is not there. */
  box: Box | null;
}

const sceneOf = async (picture: Sharp, name: string): Promise<Scene> => ({
  frameId: frameId(name),
  width: 240,
  height: 135,
  luma: new Uint8Array(await picture.resize(240, 135, { fit: 'fill' }).greyscale().raw().toBuffer()),
});

async function shotsOf(sequence: string, object: string): Promise<Shot[]> {
  const folder = new URL(`${sequence}/`, samples);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.jpg')).sort();
  return Promise.all(
    files.map(async (name) => {
      const truth: { objects: { id: string; box: Box }[] } = JSON.parse(
        await readFile(new URL(`truth/${name.replace('.jpg', '.json')}`, folder), 'utf8'),
      );
      const scene = await sceneOf(sharp(await readFile(new URL(name, folder))), name);
      return { scene, box: truth.objects.find(({ id }) => id === object)?.box ?? null };
    }),
  );
}

const PARKED = [
  ['a_sidewalk_parking', 'car-parked'],
  ['b_second_camera', 'car-parked'],
  ['c_short_stop', 'car-short'],
  ['f_dusk_rain', 'van-parked'],
  ['g_two_cars', 'car-near'],
  ['g_two_cars', 'car-far'],
] as const;

describe.each(PARKED)('the spot of %s %s', (sequence, object) => {
  let there: Shot[];
  let gone: Shot[];
  let box: Box;
  beforeAll(async () => {
    const shots = await shotsOf(sequence, object);
    there = shots.filter((shot) => shot.box !== null);
    gone = shots.filter((shot) => shot.box === null);
    box = there[0]?.box ?? [0, 0, 1, 1];
  });

  it('looks the same in every pair of frames that show the car', () => {
    const pairs = there.flatMap((a) => there.map((b) => spotLikeness(a.scene, b.scene, box, SIZE)));
    expect(pairs.length).toBeGreaterThan(3);
    expect(Math.min(...pairs)).toBeGreaterThan(0.9);
  });

  it('looks different in every frame that shows it free', () => {
    const pairs = there.flatMap((a) => gone.map((b) => spotLikeness(a.scene, b.scene, box, SIZE)));
    expect(pairs.length).toBeGreaterThan(0);
    expect(Math.max(...pairs)).toBeLessThan(0.5);
  });
});

describe('a spot', () => {
  it('under another light is told from a spot under another light with another vehicle', async () => {
    const byDay = (await shotsOf('a_sidewalk_parking', 'car-parked')).filter(({ box }) => box !== null);
    const atDusk = (await shotsOf('f_dusk_rain', 'van-parked')).filter(({ box }) => box !== null);
    const box = byDay[0]?.box ?? [0, 0, 1, 1];
    for (const { scene } of atDusk) expect(spotLikeness(byDay[0]!.scene, scene, box, SIZE)).toBeLessThan(0.5);
  });

  it('is the same under other exposure and contrast, and when the pole sways', async () => {
    const name = 'a_sidewalk_parking/20260512T093530.jpg';
    const jpeg = await readFile(new URL(name, samples));
    const plain = await sceneOf(sharp(jpeg), name);
    const darker = await sceneOf(sharp(jpeg).linear(0.55, 12), name);
    const swaying = await sceneOf(
      sharp(
        await sharp(jpeg)
          .extract({ left: 10, top: 7, width: 1910, height: 1073 })
          .extend({ right: 10, bottom: 7, extendWith: 'copy' })
          .png()
          .toBuffer(),
      ),
      name,
    );
    const box: Box = [390, 542, 842, 920];
    expect(spotLikeness(plain, darker, box, SIZE)).toBeGreaterThan(0.9);
    expect(spotLikeness(plain, swaying, box, SIZE)).toBeGreaterThan(0.8);
  });

  it('may be tiny, or reach over the edge of the frame', async () => {
    const [shot] = await shotsOf('a_sidewalk_parking', 'car-bay');
    for (const box of [
      [1900, 1060, 1990, 1200],
      [5, 5, 9, 9],
      [-50, 300, 40, 420],
    ] satisfies Box[]) {
      expect(spotLikeness(shot!.scene, shot!.scene, box, SIZE)).toBeCloseTo(1, 5);
    }
  });
});
