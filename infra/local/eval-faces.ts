/**
 * `eval faces`: how much of what must not be recognised a redacted copy hides. Faces and plates are labelled by hand; one
 * is covered when at least {@link COVERED} of its box lies in regions to destroy. How much of the picture goes with them
 * is said beside it.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Box } from '#core/camera.ts';
import { boxIntersection } from '#core/geometry.ts';
import type { PrivacyRegion } from '#core/privacy.ts';
import { refuse } from '#core/refusal.ts';
import { loadDetector } from '../../functions/inspect/detect.ts';
import { loadPrivacyFinder, type PrivacyFinder } from '../../functions/inspect/privacy.ts';

/** Share of a labelled box. */
const COVERED = 0.9;
/** Every picture is judged by itself, nobody its subject. */
const NOBODY = { subject: null, subjectPlate: null } as const;

const box = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const Labels = z.array(
  z.object({
    /** Beside faces.json, or below the folder given. */
    file: z.string(),
    faces: z.array(z.object({ box, view: z.enum(['frontal', 'profile', 'back']), readable: z.boolean() })),
  }),
);
const PlateLabels = z.array(
  z.object({
    file: z.string(),
    label: z.object({
      plates: z.array(
        z.object({
          center_xy: z.tuple([z.number(), z.number()]).optional(),
          size_wh: z.tuple([z.number(), z.number()]).optional(),
          box_xyxy: box.optional(),
          loose_box_xyxy: box.optional(),
        }),
      ),
    }),
  }),
);

/** One labelled thing and what became of it. */
export interface Hidden {
  readonly file: string;
  readonly box: Box;
  readonly group: string;
  /** Share of its box in regions to destroy, 0..1. */
  readonly covered: number;
}

export interface PrivacyReport {
  readonly pictures: number;
  readonly groups: readonly { name: string; total: number; covered: number; interval: readonly [number, number] }[];
  /** Shares of the pictures that go: mean and median. */
  readonly destroyed: { mean: number; median: number };
  readonly missed: readonly Hidden[];
  readonly msPerPicture: number;
}

/** @throws {Refusal} `eval-unreadable` */
export async function evalFaces(directory: string): Promise<PrivacyReport> {
  const pictures = await labelledPictures(directory);
  const finder = await loadPrivacyFinder(await loadDetector());
  const hidden: Hidden[] = [];
  const destroyed: number[] = [];
  const started = performance.now();
  for (const picture of pictures) {
    const { regions, share } = await redact(finder, join(directory, picture.file));
    destroyed.push(share);
    for (const { box, groups } of picture.things) {
      const covered = coveredShare(box, regions);
      for (const group of groups) hidden.push({ file: picture.file, box, group, covered });
    }
  }
  return report(hidden, destroyed, (performance.now() - started) / pictures.length);
}

async function redact(finder: PrivacyFinder, path: string) {
  const { regions, imageSize } = await finder.regions(await readFile(path), NOBODY);
  return { regions, share: coveredShare([0, 0, ...imageSize], regions) };
}

interface Picture {
  file: string;
  things: { box: Box; groups: string[] }[];
}

const unreadable = (received: string, cause?: unknown) =>
  refuse(
    'eval-unreadable',
    400,
    {
      expected:
        'a folder with faces.json, with pictures named in tests/labels/faces.json, or with manifest.json of plates',
      received,
      action: 'Give such a folder.',
    },
    cause,
  );

const OWN_LABELS = fileURLToPath(new URL('../../tests/labels/faces.json', import.meta.url));

async function labelledPictures(directory: string): Promise<Picture[]> {
  const manifest = join(directory, 'manifest.json');
  if (existsSync(manifest) && !existsSync(join(directory, 'faces.json'))) {
    const parsed = PlateLabels.safeParse(await readJson(manifest));
    if (!parsed.success) throw unreadable(z.prettifyError(parsed.error), parsed.error);
    return parsed.data.map(({ file, label }) => ({
      file,
      things: label.plates.flatMap((plate) => {
        const place = plateBox(plate);
        return place === null ? [] : [{ box: place, groups: ['plates', `plates, ${file.split('/')[0]}`] }];
      }),
    }));
  }
  const labels = existsSync(join(directory, 'faces.json')) ? join(directory, 'faces.json') : OWN_LABELS;
  const parsed = Labels.safeParse(await readJson(labels));
  if (!parsed.success) throw unreadable(z.prettifyError(parsed.error), parsed.error);
  const here = parsed.data.filter(({ file }) => existsSync(join(directory, file)));
  if (here.length === 0) throw unreadable(`none of the ${parsed.data.length} labelled pictures`);
  return here.map(({ file, faces }) => ({
    file,
    things: faces
      .filter(({ view }) => view !== 'back')
      .map(({ box, view, readable }) => ({
        box,
        groups: ['faces', sizeOf(box), view, readable ? 'recognisable' : 'not recognisable'],
      })),
  }));
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw unreadable(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

const sizeOf = ([, top, , bottom]: Box) => {
  const height = bottom - top;
  return height < 16
    ? '10-15 px high'
    : height < 32
      ? '16-31 px high'
      : height < 64
        ? '32-63 px high'
        : '64 px and more';
};

function plateBox({
  center_xy,
  size_wh,
  box_xyxy,
  loose_box_xyxy,
}: {
  center_xy?: readonly [number, number] | undefined;
  size_wh?: readonly [number, number] | undefined;
  box_xyxy?: Box | undefined;
  loose_box_xyxy?: Box | undefined;
}): Box | null {
  if (center_xy === undefined || size_wh === undefined) return box_xyxy ?? loose_box_xyxy ?? null;
  const [x, y] = center_xy;
  const [width, height] = size_wh[0] > size_wh[1] ? size_wh : [size_wh[1], size_wh[0]];
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

/** Exact, by the cells between the borders of the regions. */
export function coveredShare(box: Box, regions: readonly Pick<PrivacyRegion, 'box'>[]): number {
  const parts = regions
    .map((region) => boxIntersection(region.box, box))
    .filter(([x0, y0, x1, y1]) => x1 > x0 && y1 > y0);
  const bordersOf = (low: 0 | 1, high: 2 | 3) =>
    [...new Set(parts.flatMap((part) => [part[low], part[high]]))].sort((a, b) => a - b);
  const [columns, rows] = [bordersOf(0, 2), bordersOf(1, 3)];
  let area = 0;
  for (let row = 1; row < rows.length; row++) {
    const [top, bottom] = [rows[row - 1] ?? 0, rows[row] ?? 0];
    const across = parts.filter((part) => part[1] <= top && part[3] >= bottom);
    for (let column = 1; column < columns.length; column++) {
      const [left, right] = [columns[column - 1] ?? 0, columns[column] ?? 0];
      if (across.some((part) => part[0] <= left && part[2] >= right)) area += (right - left) * (bottom - top);
    }
  }
  return area / ((box[2] - box[0]) * (box[3] - box[1]));
}

function report(hidden: readonly Hidden[], destroyed: readonly number[], msPerPicture: number): PrivacyReport {
  const names = [...new Set(hidden.map(({ group }) => group))];
  const sorted = destroyed.toSorted((a, b) => a - b);
  return {
    pictures: destroyed.length,
    groups: names.map((name) => {
      const all = hidden.filter(({ group }) => group === name);
      const covered = all.filter((one) => one.covered >= COVERED).length;
      return { name, total: all.length, covered, interval: wilson(covered, all.length) };
    }),
    destroyed: {
      mean: destroyed.reduce((sum, share) => sum + share, 0) / destroyed.length,
      median: sorted[Math.floor(sorted.length / 2)] ?? 0,
    },
    missed: hidden.filter(({ group, covered }) => covered < COVERED && (group === 'faces' || group === 'plates')),
    msPerPicture,
  };
}

/** 95 % interval of a share (Wilson, 1927). */
function wilson(hits: number, total: number): readonly [number, number] {
  if (total === 0) return [0, 1];
  const z = 1.96;
  const share = hits / total;
  const middle = (share + z ** 2 / (2 * total)) / (1 + z ** 2 / total);
  const half = (z / (1 + z ** 2 / total)) * Math.sqrt((share * (1 - share)) / total + z ** 2 / (4 * total ** 2));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
