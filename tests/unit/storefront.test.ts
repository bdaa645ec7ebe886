import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Polygon, Zone } from '#core/camera.ts';
import { cameraId, frameId, placeId, ruleId, zoneId } from '#core/ids.ts';
import { decodeFeatures, encodeFeatures } from '#core/occupancy/feature-bytes.ts';
import type { OccupancyFrame } from '#core/occupancy/frames.ts';
import { cellsIn, outlineOf, regionsOf } from '#core/occupancy/grid.ts';
import { judgeOccupancy } from '#core/occupancy/judge.ts';
import { parseInstant } from '#core/time.ts';
import { type Detector, loadDetector } from '../../functions/inspect/detect.ts';
import { decodeFrame } from '../../functions/inspect/raster.ts';
import { observeStorefronts } from '../../functions/inspect/storefront.ts';
import { restlessness, worthOfHints } from '../../functions/inspect/storefront-cells.ts';
import { cropFor, gridAround } from '../../functions/inspect/storefront-crop.ts';
import { hiddenCells } from '../../functions/inspect/storefront-mask.ts';
import { features } from './occupancy-street.ts';

const LOOK = { width: 640, height: 416 };
const ZONE: Polygon = [
  [569, 932],
  [1235, 785],
  [928, 633],
  [363, 727],
];

describe('the crop of a storefront', () => {
  it.each<[string, Polygon]>([
    ['in the middle', ZONE],
    ['in a corner', ZONE.map(([x, y]) => [x - 363, y - 633])],
    ['small and far', ZONE.map(([x, y]) => [x / 8, y / 8])],
    ['tall', ZONE.map(([x, y]) => [y, x / 2])],
  ])('keeps the aspect, holds the zone and stays in the frame: %s', (_, polygon) => {
    const [x0, y0, x1, y1] = cropFor(polygon, [1920, 1080], LOOK);
    expect((x1 - x0) / (y1 - y0)).toBeCloseTo(LOOK.width / LOOK.height);
    expect(Math.min(x0, y0, 1920 - x1, 1080 - y1)).toBeGreaterThanOrEqual(0);
    for (const [x, y] of polygon) expect(x >= x0 && x <= x1 && y >= y0 && y <= y1).toBe(true);
  });

  it('is not enlarged beyond the frame’s own pixels', () => {
    const [x0, , x1] = cropFor(
      ZONE.map(([x, y]) => [x / 8, y / 8]),
      [1920, 1080],
      LOOK,
    );
    expect(x1 - x0).toBeCloseTo(LOOK.width);
  });

  it('gives a grid of whole cells of the map around the zone', () => {
    const map = { columns: 80, rows: 52, box: cropFor(ZONE, [1920, 1080], LOOK) };
    const { grid, cells } = gridAround(ZONE, map);
    const whole = cellsIn(ZONE, map);
    expect(cells.map((cell) => whole[cell])).toEqual([...cellsIn(ZONE, grid)]);
    expect(cells.filter((cell) => whole[cell] === 1)).toHaveLength(whole.reduce((sum, inside) => sum + inside, 0));
  });
});

describe('cells of a grid', () => {
  it('belong to a zone that covers half of them', () => {
    const grid = { columns: 4, rows: 2, box: [0, 0, 40, 20] as const };
    const zone: Polygon = [
      [6, 0],
      [24, 0],
      [24, 10],
      [6, 10],
    ];
    expect([...cellsIn(zone, grid)]).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
  });

  it('hang together also by their corners', () => {
    const marked = Uint8Array.from([1, 0, 0, 0, 0, 1, 0, 1]);
    expect(regionsOf(marked, 4)).toEqual([[0, 5], [7]]);
  });

  it('are outlined row by row in pixels of the frame', () => {
    const outline = outlineOf([1, 5, 6], { columns: 4, rows: 2, box: [100, 0, 140, 20] });
    expect(outline).toEqual([
      [120, 0],
      [120, 10],
      [130, 10],
      [130, 20],
      [110, 20],
      [110, 0],
    ]);
  });
});

describe('how cluttered a cell looks', () => {
  const CHANNELS = 4;
  /** Ground cells that are `apart` from their neighbours, in turn. */
  const ground = (apart: number) => {
    const vectors = new Float32Array(48 * CHANNELS);
    for (let cell = 0; cell < 48; cell++) {
      vectors[cell * CHANNELS] = Math.sqrt(1 - apart);
      vectors[cell * CHANNELS + 1 + (cell % 3)] = Math.sqrt(apart);
    }
    return vectors;
  };

  it('is taken from hints as they are where the ground around is calm', () => {
    expect(worthOfHints([0.02, 0.03, 0.035, 0.4])).toBe(1);
    expect(worthOfHints([])).toBe(1);
  });

  it('is taken from hints the less, the more the light hints at things everywhere around', () => {
    expect(worthOfHints([0.08, 0.08, 0.08])).toBeCloseTo(0.25);
  });

  it('allows for ground that is unlike itself, as under leaves in the sun', () => {
    expect(restlessness(ground(0.1), CHANNELS)).toBe(0);
    const restless = Float32Array.from({ length: 20 * 20 }, (_, i) => Number(i % 21 === 0));
    expect(restlessness(restless, 20)).toBeGreaterThan(0.5);
  });
});

describe('the mask of what passes', () => {
  const map = { columns: 10, rows: 10, box: [0, 0, 100, 100] as const };
  const none = { passing: new Float32Array(100), thing: new Float32Array(100), hint: new Float32Array(100) };
  const box = [20, 20, 40, 60] as const;
  const hiddenBy = (...found: [string, number][]) =>
    hiddenCells(
      found.map(([label, score]) => ({ label, score, box })),
      none,
      map,
    ).reduce((sum, cell) => sum + cell, 0);

  it.each<[string, [string, number][], boolean]>([
    ['a person', [['person', 0.3]], true],
    ['a faint trace of a person', [['person', 0.2]], false],
    ['a chair', [['chair', 0.9]], false],
    [
      'a bicycle that may be a chair',
      [
        ['bicycle', 0.3],
        ['chair', 0.2],
      ],
      true,
    ],
    [
      'a chair that may be a bicycle',
      [
        ['bicycle', 0.3],
        ['chair', 0.4],
      ],
      false,
    ],
    [
      'a surely seen car',
      [
        ['car', 0.6],
        ['suitcase', 0.7],
      ],
      true,
    ],
    ['a train, where there are none', [['train', 0.3]], false],
    [
      'a hawker’s cart laden with wares',
      [
        ['motorcycle', 0.4],
        ['orange', 0.2],
        ['apple', 0.2],
        ['bottle', 0.2],
      ],
      false,
    ],
    [
      'a person who carries wares',
      [
        ['person', 0.4],
        ['orange', 0.2],
        ['apple', 0.2],
        ['bottle', 0.2],
      ],
      true,
    ],
  ])('%s', (_, found, hides) => {
    expect(hiddenBy(...found) > 0).toBe(hides);
  });

  it('is a little larger than the box, because shoes and wheels stick out', () => {
    expect(hiddenBy(['person', 0.9])).toBeGreaterThan((2 + 2) * 4);
  });
});

describe('bytes of storefront features', () => {
  it('are refused when they are something else', () => {
    const bytes = encodeFeatures(features({ minute: 0 }));
    expect(() => decodeFeatures(bytes.subarray(0, bytes.length / 2))).toThrow(/storefront-features/);
    expect(() => decodeFeatures(new Uint8Array([1, 2, 3]))).toThrow(/storefront-features/);
  });
});

interface SequenceFile {
  zones: { id: string; type: Zone['type']; polygon: Polygon; shop?: string }[];
  frames: { file: string; capturedAt: string }[];
}

describe('the sample of a fruit shop that puts its stall on the sidewalk', () => {
  const sample = new URL('../samples/d_storefront_goods/', import.meta.url);
  const seen = new Map<string, OccupancyFrame[]>();
  let detector: Detector;

  beforeAll(async () => {
    detector = await loadDetector();
    const { zones, frames }: SequenceFile = JSON.parse(await readFile(new URL('sequence.json', sample), 'utf8'));
    for (const { file, capturedAt } of frames) {
      const { sightings, features } = await observeStorefronts({
        raster: await decodeFrame(await readFile(new URL(file, sample))),
        frameId: frameId(file),
        zones: zones.map(({ id, type, polygon, shop }) => ({
          id: zoneId(id),
          version: 1,
          cameraId: cameraId('CAM-04'),
          placeId: placeId('front'),
          type,
          polygon,
          shop: shop ?? null,
          ruleIds: [ruleId('trading')],
          effectiveFrom: 0,
          effectiveTo: null,
        })),
        rules: [],
        detections: [],
        detector,
      });
      sightings.forEach((sighting, i) => {
        const own = features[i];
        if (own === undefined) return;
        const taken = { sighting, capturedAt: parseInstant(capturedAt), features: own };
        seen.set(sighting.zone.zoneId, [...(seen.get(sighting.zone.zoneId) ?? []), taken]);
      });
    }
  }, 60_000);

  const verdictsOf = (frames: readonly OccupancyFrame[]) => {
    const verdicts = judgeOccupancy(frames);
    return frames.map(({ sighting }) => verdicts.get(sighting.id)?.verdict);
  };

  it('is occupied just while the stall is out, whichever of its frames are known', () => {
    const frames = seen.get('storefront-32') ?? [];
    const truth = ['clear', 'occupied', 'occupied', 'occupied', 'occupied', 'clear'];
    expect(frames).toHaveLength(truth.length);
    for (let subset = 1; subset < 1 << frames.length; subset++) {
      const chosen = <T>(all: readonly T[]) => all.filter((_, i) => (subset >> i) % 2 === 1);
      expect(verdictsOf(chosen(frames))).toEqual(chosen(truth));
    }
  });

  it('leaves the neighbour clear, where people only walk', () => {
    expect(new Set(verdictsOf(seen.get('storefront-34') ?? []))).toEqual(new Set(['clear']));
  });

  it('keeps features small enough to store for every frame', () => {
    for (const { features: own } of seen.get('storefront-32') ?? []) {
      expect(encodeFeatures(own).length).toBeLessThan(200_000);
    }
  });
});
