import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Zone } from '#core/camera.ts';
import { frameId, zoneId } from '#core/ids.ts';
import type { Scene } from '#core/sighting.ts';
import { compareViews } from '#core/view/compare.ts';
import { drawings, drawnSince } from '#core/view/drawing.ts';
import { poorness, type ViewQuality } from '#core/view/quality.ts';
import { measureQuality } from '../../functions/inspect/quality.ts';
import { decodeFrame } from '../../functions/inspect/raster.ts';
import { makeScene } from '../../functions/inspect/scene.ts';
import { zone } from './stays/builders.ts';

type Seen = { scene: Scene; quality: ViewQuality };
async function see(jpeg: Uint8Array): Promise<Seen> {
  const raster = await decodeFrame(jpeg);
  const scene = makeScene(raster, frameId('x'));
  return { scene, quality: measureQuality(raster, scene) };
}

const [WIDTH, HEIGHT] = [1280, 720];
const folder = (name: string) => fileURLToPath(new URL(`../samples/${name}/`, import.meta.url));
/** Frames of a shipped sequence at 1280 x 720, the least that is accepted. */
const picturesOf = (name: string, most = 3) =>
  Promise.all(
    readdirSync(folder(name))
      .filter((file) => file.endsWith('.jpg'))
      .sort()
      .slice(0, most)
      .map((file) =>
        sharp(folder(name) + file)
          .resize(WIDTH, HEIGHT)
          .jpeg({ quality: 90 })
          .toBuffer(),
      ),
  );
/** The same street as a camera shows it that points elsewhere by shares of the picture; both lose their margins. */
async function pointed(jpeg: Buffer, dx: number, dy: number): Promise<Seen> {
  const [w, h] = [Math.round(WIDTH * 0.7), Math.round(HEIGHT * 0.7)];
  const left = Math.round((WIDTH - w) / 2 + dx * w);
  const top = Math.round((HEIGHT - h) / 2 + dy * h);
  return see(
    await sharp(jpeg)
      .extract({ left, top, width: w, height: h })
      .resize(WIDTH, HEIGHT)
      .jpeg({ quality: 88 })
      .toBuffer(),
  );
}

const samples = new Map<string, Buffer[]>();
const sample = (name: string) => samples.get(name) ?? [];
beforeAll(async () => {
  for (const name of ['a_sidewalk_parking', 'b_second_camera', 'd_storefront_goods', 'f_dusk_rain', 'g_two_cars']) {
    samples.set(name, await picturesOf(name));
  }
}, 60_000);

describe('a camera that stands still', () => {
  it.each(['a_sidewalk_parking', 'b_second_camera', 'd_storefront_goods', 'f_dusk_rain', 'g_two_cars'])(
    'is still through %s, and its frames are good',
    async (name) => {
      const seen = await Promise.all(sample(name).map(see));
      for (const { scene, quality } of seen) {
        expect(compareViews(seen[0]!.scene, scene)).toEqual({ kind: 'still' });
        expect(poorness(quality)).toBeNull();
      }
    },
  );

  it('is accused by neither dusk nor rain', async () => {
    const [noon] = sample('a_sidewalk_parking');
    const day = await see(noon!);
    for (const dusk of sample('f_dusk_rain')) {
      expect(['still', 'unknown']).toContain(compareViews(day.scene, (await see(dusk)).scene).kind);
    }
  });

  it('is accused by neither a quarter of the light nor an hour of night', async () => {
    const [first, second] = sample('g_two_cars');
    const day = await see(first!);
    for (const light of [0.25, 0.02]) {
      const night = await see(await sharp(second!).linear(light, 0).jpeg({ quality: 60 }).toBuffer());
      expect(['still', 'unknown']).toContain(compareViews(day.scene, night.scene).kind);
    }
  });
});

describe('a camera that was moved', () => {
  it.each([
    [0.03, 0],
    [-0.03, 0],
    [0, 0.05],
    [0.05, -0.05],
  ])('by %f across and %f down is noticed, and by how much', async (dx, dy) => {
    const [first, second] = sample('a_sidewalk_parking');
    const verdict = compareViews((await pointed(first!, 0, 0)).scene, (await pointed(second!, dx, dy)).scene);
    expect(verdict.kind).toBe('moved');
    if (verdict.kind !== 'moved') return;
    // What is fixed moves in the picture against the camera.
    expect(Math.abs(verdict.dx + dx)).toBeLessThan(0.012);
    expect(Math.abs(verdict.dy + dy)).toBeLessThan(0.015);
  });

  it('to look at another street is noticed', async () => {
    const scenes = await Promise.all(
      ['a_sidewalk_parking', 'b_second_camera', 'd_storefront_goods', 'g_two_cars'].map(
        async (name) => (await see(sample(name)[0]!)).scene,
      ),
    );
    for (const a of scenes) {
      for (const b of scenes) if (a !== b) expect(compareViews(a, b)).toEqual({ kind: 'replaced' });
    }
  });

  it('to another size of picture is another view', async () => {
    const { scene } = await see(sample('g_two_cars')[0]!);
    expect(compareViews(scene, { ...scene, height: scene.height - 1 })).toEqual({ kind: 'replaced' });
  });
});

describe('a lens', () => {
  const spoilt = async (spoil: (frame: Sharp) => Sharp) =>
    poorness(
      (
        await see(
          await spoil(sharp(sample('d_storefront_goods')[0]!))
            .jpeg()
            .toBuffer(),
        )
      ).quality,
    );

  it('before which there is a hand is blocked', async () => {
    const hand = { create: { width: WIDTH, height: 612, channels: 3 as const, background: '#6b5a50' } };
    expect(await spoilt((frame) => frame.composite([{ input: hand, left: 0, top: 0 }]))).toBe('blocked');
  });
  it('far out of focus is blurred', async () => {
    expect(await spoilt((frame) => frame.blur(10))).toBe('blurred');
  });
  it('through which no light comes is dark', async () => {
    expect(await spoilt((frame) => frame.linear(0.08, 0))).toBe('dark');
  });
});

/** Streaks of random direction: edges everywhere, none like its neighbours. */
function drawing(seed: number, width = 400, height = 260): Uint8Array {
  const luma = new Uint8Array(width * height).fill(120);
  let state = seed + 1;
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  for (let stroke = 0; stroke < 900; stroke++) {
    const [x, y, angle, tone, length] = [
      next() * width,
      next() * height,
      next() * Math.PI,
      next() * 255,
      6 + next() * 18,
    ];
    for (let step = 0; step < length; step += 0.5) {
      const [column, row] = [Math.round(x + step * Math.cos(angle)), Math.round(y + step * Math.sin(angle))];
      if (column >= 0 && column < width && row >= 0 && row < height) luma[row * width + column] = tone;
    }
  }
  return luma;
}
/** A window on a drawing. */
function windowOn(luma: Uint8Array, x: number, y: number, light = (value: number) => value): Scene {
  const [width, height] = [240, 135];
  const seen = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      seen[row * width + column] = light(luma[(row + y) * 400 + column + x] ?? 0);
    }
  }
  return { frameId: frameId('x'), width, height, luma: seen };
}

describe('for any picture full of edges', () => {
  const shift = fc.integer({ min: -12, max: 12 });
  it('a shift within reach is measured to the pixel, and no light is taken for one', () => {
    fc.assert(
      fc.property(fc.nat(1_000), shift, shift, fc.boolean(), (seed, dx, dy, negative) => {
        const luma = drawing(seed);
        const light = (value: number) => (negative ? 230 - value * 0.8 : 20 + value * 0.7);
        const verdict = compareViews(windowOn(luma, 60, 50), windowOn(luma, 60 - dx, 50 - dy, light));
        if (Math.max(Math.abs(dx), Math.abs(dy)) <= 2) expect(verdict).toEqual({ kind: 'still' });
        else {
          expect(verdict.kind).toBe('moved');
          if (verdict.kind !== 'moved') return;
          expect(verdict.dx * 240).toBeCloseTo(dx, 5);
          expect(verdict.dy * 135).toBeCloseTo(dy, 5);
        }
      }),
      { numRuns: 12 },
    );
  });

  it('another picture is another view', () => {
    fc.assert(
      fc.property(fc.nat(1_000), (seed) => {
        const verdict = compareViews(windowOn(drawing(seed), 60, 50), windowOn(drawing(seed + 1), 60, 50));
        expect(verdict).toEqual({ kind: 'replaced' });
      }),
      { numRuns: 5 },
    );
  });

  it('an empty one tells nothing', () => {
    const flat = windowOn(new Uint8Array(400 * 260).fill(90), 0, 0);
    expect(compareViews(windowOn(drawing(1), 60, 50), flat)).toEqual({ kind: 'unknown' });
  });
});

describe('a camera has to look where it looked', () => {
  const [KERB, SHOP] = [zoneId('kerb'), zoneId('shop')];
  const drawn = (
    id: Zone['id'],
    version: number,
    effectiveFrom: number,
    x: number,
    effectiveTo: number | null = null,
  ) => ({
    ...zone(),
    ...{ id, version, effectiveFrom, effectiveTo },
    polygon: [
      [x, 0],
      [100, 0],
      [100, 100],
    ] as const,
  });

  it.each<[string, Zone[], number]>([
    ['from the beginning where no zone is drawn', [], 0],
    ['when its zone was drawn', [drawn(KERB, 1, 100, 0)], 100],
    [
      'when the oldest of its zones was drawn: a new one says nothing of the others',
      [drawn(KERB, 1, 100, 0), drawn(SHOP, 1, 300, 5)],
      100,
    ],
    ['when it was drawn anew', [drawn(KERB, 1, 100, 0, 300), drawn(KERB, 2, 300, 7)], 300],
    [
      'when it was drawn, though another rule was named since',
      [drawn(KERB, 1, 100, 0, 300), drawn(KERB, 2, 300, 0)],
      100,
    ],
    [
      'when it was drawn back, not when it was first drawn so',
      [drawn(KERB, 1, 100, 0, 200), drawn(KERB, 2, 200, 7, 300), drawn(KERB, 3, 300, 0)],
      300,
    ],
    ['when the zones that stand were drawn', [drawn(KERB, 1, 100, 0, 250), drawn(SHOP, 1, 300, 5)], 300],
    ['whatever will be drawn later', [drawn(KERB, 1, 100, 0, 900), drawn(KERB, 2, 900, 7)], 100],
  ])('%s', (_name, versions, expected) => {
    expect(drawnSince(versions, 500)).toBe(expected);
    // Asked for many instants in any order, it says the same.
    const since = drawings(versions);
    for (const at of [950, 0, 250, 500, 300, 150, 299, 500]) expect(since(at)).toBe(drawnSince(versions, at));
  });
});
