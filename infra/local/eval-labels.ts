/**
 * Labelled pictures of `eval detection`, one by one: YOLO text files (`images/` and `labels/`, or a `manifest.json`
 * that names them), or rendered sequences with `truth/`.
 */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { Box, Zone } from '#core/camera.ts';
import { namesIn, readJson, readText, unreadable } from './eval-input.ts';
import type { Labelled } from './eval-match.ts';
import { readSequence } from './sequence.ts';

export interface LabelledObject extends Labelled {
  /** COCO names any of which is right, the first the one it is counted under. */
  classes: readonly string[];
  /** Rendered scenes only: what it is there, and what it stands on. */
  truth: { class: string; surface: string } | null;
}
export interface LabelledPicture {
  directory: string;
  file: string;
  /** Empty where none are known: then the whole picture is looked at. */
  zones: readonly Zone[];
  /** @param size [width, height], which YOLO boxes are shares of */
  objects(size: readonly [number, number]): readonly LabelledObject[];
}

/** Rendered objects under this many pixels, or hidden or cut off beyond these shares, are not asked for. */
const LEAST_SIDE = 40;
const MOST_HIDDEN = 0.6;
const MOST_CUT = 0.5;

/** COCO has no name for it; to find it is no mistake. */
const TRICYCLE = 'tricycle';

const PICTURE = /\.(jpe?g|png|webp)$/i;
const Entries = z.array(
  z.object({
    file: z.string(),
    label: z.union([z.string(), z.object({ yolo: z.string() }), z.unknown()]).optional(),
  }),
);
const BoxForm = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const Truth = z.object({
  objects: z.array(
    z.object({
      class: z.string(),
      cocoClasses: z.array(z.string()),
      box: BoxForm,
      occlusion: z.number(),
      truncation: z.number(),
      surface: z.string().default(''),
      ignore: z.boolean().default(false),
    }),
  ),
});

/** @param names of the detector's classes by id @throws {Refusal} `eval-unreadable` */
export async function labelledPictures(directory: string, names: readonly string[]): Promise<LabelledPicture[]> {
  const entries = await namesIn(directory);
  if (entries.includes('images')) return ofFolders(directory, names);
  if (entries.includes('manifest.json')) return ofManifest(directory, names);
  const pictures = await ofSequences(directory, entries);
  if (pictures.length > 0) return pictures;
  throw unreadable(
    `${directory} to hold images/ and labels/, a manifest.json, or sequences with truth/`,
    'none of them',
  );
}

/** A picture without a label file shows nothing, as YOLO has it; a label file without a picture is a mistake. */
async function ofFolders(directory: string, names: readonly string[]): Promise<LabelledPicture[]> {
  const pictures = (await namesIn(join(directory, 'images'))).filter((name) => PICTURE.test(name));
  const labels = (await namesIn(join(directory, 'labels'))).filter((name) => name.endsWith('.txt'));
  const stems = new Set(pictures.map((name) => name.replace(PICTURE, '')));
  for (const label of labels) {
    if (!stems.has(label.slice(0, -4))) throw unreadable(`a picture for labels/${label}`, 'no such file in images/');
  }
  if (pictures.length === 0) throw unreadable(`pictures in ${directory}/images`, 'none');
  return Promise.all(
    pictures.map(async (name) => {
      const label = `${name.replace(PICTURE, '')}.txt`;
      const lines = labels.includes(label) ? await readYolo(join(directory, 'labels', label), names) : [];
      return { directory, file: join('images', name), zones: [], objects: scaled(lines) };
    }),
  );
}

/** Entries whose label is no YOLO file are another command's. */
async function ofManifest(directory: string, names: readonly string[]): Promise<LabelledPicture[]> {
  const pictures: LabelledPicture[] = [];
  for (const { file, label } of await readJson(join(directory, 'manifest.json'), Entries)) {
    const path = yoloPath(label);
    if (path === null) continue;
    const own = join(directory, path);
    const lines = await readYolo(own, names).catch((cause: unknown) =>
      // Some manifests name the label from one folder further up.
      readYolo(join(directory, '..', path), names).catch(() => {
        throw cause;
      }),
    );
    pictures.push({ directory, file, zones: [], objects: scaled(lines) });
  }
  if (pictures.length > 0) return pictures;
  throw unreadable(`${join(directory, 'manifest.json')} to name YOLO label files (.txt)`, 'no entry that does');
}

function yoloPath(label: unknown): string | null {
  const path = typeof label === 'object' && label !== null && 'yolo' in label ? label.yolo : label;
  return typeof path === 'string' && path.endsWith('.txt') ? path : null;
}

interface YoloLine {
  name: string;
  /** Centre and size, shares of the picture. */
  shares: readonly [x: number, y: number, width: number, height: number];
}

/** @throws {Refusal} `eval-unreadable`, with the line's number */
export async function readYolo(path: string, names: readonly string[]): Promise<YoloLine[]> {
  const lines: YoloLine[] = [];
  for (const [i, text] of (await readText(path)).split('\n').entries()) {
    if (text.trim() === '') continue;
    const [id = Number.NaN, x = Number.NaN, y = Number.NaN, width = Number.NaN, height = Number.NaN, ...more] = text
      .trim()
      .split(/\s+/)
      .map(Number);
    const name = names[id];
    const shares = [x, y, width, height] as const;
    if (name === undefined || more.length > 0 || !shares.every((share) => share >= 0 && share <= 1)) {
      throw unreadable(
        `${path}:${i + 1} to be "class cx cy w h", a class of 0..${names.length - 1} and shares of 0..1`,
        text.trim().slice(0, 80),
      );
    }
    lines.push({ name, shares });
  }
  return lines;
}

const scaled =
  (lines: readonly YoloLine[]) =>
  ([width, height]: readonly [number, number]): LabelledObject[] =>
    lines.map(({ name, shares: [x, y, w, h] }) => {
      const box: Box = [(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height];
      return { classes: [name], box, ignored: false, truth: null };
    });

async function ofSequences(directory: string, entries: readonly string[]): Promise<LabelledPicture[]> {
  const folders = entries.includes('truth') ? [directory] : entries.map((name) => join(directory, name));
  const pictures: LabelledPicture[] = [];
  for (const folder of folders) {
    const truths = await readdir(join(folder, 'truth')).catch(() => []);
    if (truths.length === 0) continue;
    const { zones } = await readSequence(folder);
    for (const name of truths.toSorted()) {
      const { objects } = await readJson(join(folder, 'truth', name), Truth);
      pictures.push({
        directory: dirname(folder),
        file: join(basename(folder), name.replace('.json', '.jpg')),
        zones,
        objects: () =>
          objects
            .filter(({ class: kind, cocoClasses }) => cocoClasses.length > 0 || kind === TRICYCLE)
            .map(({ class: kind, cocoClasses, box, surface, ...seen }) => ({
              classes: kind === TRICYCLE ? ['motorcycle', 'car'] : cocoClasses.map((name) => name.replaceAll(' ', '_')),
              box,
              ignored: kind === TRICYCLE || seen.ignore || !isAskedFor(box, seen.occlusion, seen.truncation),
              truth: { class: kind, surface },
            })),
      });
    }
  }
  return pictures;
}

const isAskedFor = ([x0, y0, x1, y1]: Box, occlusion: number, truncation: number) =>
  Math.min(x1 - x0, y1 - y0) >= LEAST_SIDE && occlusion <= MOST_HIDDEN && truncation <= MOST_CUT;
