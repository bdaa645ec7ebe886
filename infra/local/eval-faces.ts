/**
 * `eval faces`: how much of what must not be recognised a redacted copy hides. Faces and plates are labelled by hand; one
 * is hidden when at least {@link HIDDEN} of its box lies in regions to destroy. How much of the picture goes with them is
 * said beside it: a frame all black hides everything.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Box } from '#core/camera.ts';
import { groupBy } from '#core/group-by.ts';
import { hiddenShare } from '#core/privacy.ts';
import { loadDetector } from '../../functions/inspect/detect.ts';
import { loadPrivacyFinder } from '../../functions/inspect/privacy.ts';
import { percent, shareCells } from './eval-figures.ts';
import { readJson, readPicture, unreadable } from './eval-input.ts';
import { FOUND_COLOUR, type SheetTile, TRUE_COLOUR } from './eval-sheet.ts';
import { table } from './terminal.ts';

/** Share of a labelled box. */
const HIDDEN = 0.9;
/** Nobody is the subject: every plate is somebody else's. */
const NOBODY = { subject: null, subjectPlate: null } as const;

const BoxForm = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const Pair = z.tuple([z.number(), z.number()]);
/** `faces.json` */
const FaceLabels = z.array(
  z.object({
    /** Below the folder. */
    file: z.string(),
    faces: z.array(z.object({ box: BoxForm, view: z.enum(['frontal', 'profile', 'back']), readable: z.boolean() })),
  }),
);
/** `manifest.json` of whole pictures with plates. */
const PlateLabels = z.array(
  z.object({
    file: z.string(),
    label: z.object({
      plates: z.array(
        z.object({
          center_xy: Pair.optional(),
          size_wh: Pair.optional(),
          box_xyxy: BoxForm.optional(),
          loose_box_xyxy: BoxForm.optional(),
        }),
      ),
    }),
  }),
);

/** A labelled face or plate; it counts in several groups. */
interface Sensitive {
  box: Box;
  groups: readonly [kind: 'faces' | 'plates', ...finer: string[]];
}
interface Picture {
  file: string;
  things: readonly Sensitive[];
}

export interface PrivacyReport {
  readonly pictures: number;
  readonly groups: Readonly<Record<string, { n: number; hidden: number }>>;
  /** Shares of the pictures that go. */
  readonly destroyed: { mean: number; median: number };
  readonly missed: readonly { file: string; box: Box; kind: string; hidden: number }[];
  readonly msPerPicture: number;
}

export interface FacesOptions {
  onProgress?(done: number, total: number): void;
}

/** @throws {Refusal} `eval-unreadable` */
export async function evalFaces(directory: string, { onProgress }: FacesOptions = {}): Promise<PrivacyReport> {
  const pictures = await labelledPictures(directory);
  const finder = await loadPrivacyFinder(await loadDetector());
  const judged: (Sensitive & { file: string; hidden: number })[] = [];
  const destroyed: number[] = [];
  let spentMs = 0;
  for (const { file, things } of pictures) {
    const raster = await readPicture(directory, file);
    const started = performance.now();
    const { regions, imageSize } = await finder.regionsOf(raster, NOBODY);
    spentMs += performance.now() - started;
    destroyed.push(hiddenShare([0, 0, ...imageSize], regions));
    for (const thing of things) judged.push({ ...thing, file, hidden: hiddenShare(thing.box, regions) });
    onProgress?.(destroyed.length, pictures.length);
  }
  const byGroup = groupBy(
    judged.flatMap((one) => one.groups.map((group) => ({ group, hidden: one.hidden }))),
    ({ group }) => group,
  );
  const missed = judged.filter(({ hidden }) => hidden < HIDDEN).sort((a, b) => a.hidden - b.hidden);
  return {
    pictures: pictures.length,
    groups: Object.fromEntries(
      [...byGroup].map(([group, all]) => [
        group,
        { n: all.length, hidden: all.filter(({ hidden }) => hidden >= HIDDEN).length },
      ]),
    ),
    destroyed: {
      mean: destroyed.reduce((sum, share) => sum + share, 0) / destroyed.length,
      median: destroyed.toSorted((a, b) => a - b)[Math.floor(destroyed.length / 2)] ?? 0,
    },
    missed: missed.map(({ file, box, groups: [kind], hidden }) => ({ file, box, kind, hidden })),
    msPerPicture: spentMs / pictures.length,
  };
}

const OWN_LABELS = fileURLToPath(new URL('../../tests/labels/faces.json', import.meta.url));

/** By the folder's own `faces.json`, else by the labels kept with the tests, else by a `manifest.json` of plates. */
async function labelledPictures(directory: string): Promise<Picture[]> {
  const [faces, plates] = [join(directory, 'faces.json'), join(directory, 'manifest.json')];
  const own = !existsSync(faces);
  const labels = await readJson(own ? OWN_LABELS : faces, FaceLabels);
  const here = labels.flatMap((label) => {
    const file = fileBelow(directory, label.file);
    return file === null ? [] : [{ ...label, file }];
  });
  if (here.length > 0) return facePictures(here);
  if (own && existsSync(plates)) return platePictures(await readJson(plates, PlateLabels));
  throw unreadable(
    `${directory} to hold faces.json, pictures named in tests/labels/faces.json, or manifest.json with plates`,
    'none of these',
  );
}

/** Labels name pictures from the folder of all sets; the folder given may lie below it. */
function fileBelow(directory: string, file: string): string | null {
  const parts = file.split('/');
  const starts = parts.map((_, i) => parts.slice(i).join('/'));
  return starts.find((path) => existsSync(join(directory, path))) ?? null;
}

const facePictures = (labels: z.output<typeof FaceLabels>): Picture[] =>
  labels.map(({ file, faces }) => ({
    file,
    things: faces
      .filter(({ view }) => view !== 'back')
      .map(({ box, view, readable }) => ({
        box,
        groups: ['faces', heightOf(box), view, readable ? 'recognisable' : 'too dark, blurred or hidden'],
      })),
  }));

const heightOf = ([, top, , bottom]: Box) => {
  const height = bottom - top;
  if (height < 16) return '10 to 15 px high';
  if (height < 32) return '16 to 31 px high';
  return height < 64 ? '32 to 63 px high' : '64 px high and more';
};

const platePictures = (labels: z.output<typeof PlateLabels>): Picture[] =>
  labels.map(({ file, label }) => ({
    file,
    things: label.plates.flatMap(({ center_xy, size_wh, box_xyxy, loose_box_xyxy }): Sensitive[] => {
      const box =
        center_xy && size_wh ? uprightBox(center_xy, size_wh) : (box_xyxy ?? (loose_box_xyxy && core(loose_box_xyxy)));
      return box === undefined ? [] : [{ box, groups: ['plates', file.split('/')[0] ?? ''] }];
    }),
  }));

/** The middle of a box drawn loosely around a plate: surely the plate's own pixels. */
const core = ([x0, y0, x1, y1]: Box): Box => [
  x0 + 0.2 * (x1 - x0),
  y0 + 0.2 * (y1 - y0),
  x1 - 0.2 * (x1 - x0),
  y1 - 0.2 * (y1 - y0),
];

/** Turned rectangles are given by the sides of the plate lying down or standing up; plates lie. */
function uprightBox([x, y]: readonly [number, number], size: readonly [number, number]): Box {
  const [height = 0, width = 0] = size.toSorted((a, b) => a - b);
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

export const facesTiles = (directory: string, { missed }: PrivacyReport): SheetTile[] =>
  missed.map(({ file, box, kind, hidden }) => ({
    path: join(directory, file),
    around: box,
    marks: [{ box, colour: hidden === 0 ? FOUND_COLOUR : TRUE_COLOUR }],
    caption: `${file}: ${kind}, ${percent(hidden)} hidden`,
  }));

export function facesTable({ pictures, groups, destroyed, missed, msPerPicture }: PrivacyReport): string {
  const rows = Object.entries(groups).map(([name, { n, hidden }]) => [name, ...shareCells(hidden, n)]);
  return [
    `${pictures} pictures; hidden: at least ${percent(HIDDEN)} of the labelled box is destroyed; 95 % intervals`,
    ...table([['', 'hidden', 'recall', ''], ...rows]),
    '',
    `of a picture ${percent(destroyed.mean)} is destroyed, median ${percent(destroyed.median)}; ${msPerPicture.toFixed(0)} ms a picture`,
    ...missed.map(({ file, box, kind, hidden }) => `  missed ${kind} ${file} [${box.join(', ')}] ${percent(hidden)}`),
    '',
  ].join('\n');
}
