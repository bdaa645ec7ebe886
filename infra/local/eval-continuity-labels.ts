/**
 * Labelled sequences of `eval continuity`: rendered ones with `truth/`, and real ones that are labelled by hand in
 * tests/labels/continuity-pairs.json (boxes only, no pictures). Which vehicle it is and where it stands is all that counts.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { z } from 'zod';
import type { Box, Zone } from '#core/camera.ts';
import { cameraId, placeId, zoneId } from '#core/ids.ts';
import { namesIn, readJson, unreadable } from './eval-input.ts';
import { readSequence } from './sequence.ts';

/** A vehicle in one frame. Two with the same `id` and `position` are one vehicle that did not move. */
export interface LabelledVehicle {
  id: string;
  position: string;
  box: Box;
}
export interface LabelledFrame {
  file: string;
  path: string;
  vehicles: readonly LabelledVehicle[];
}
export interface LabelledSequence {
  name: string;
  /** Sequences of one camera are held against each other: another day, another vehicle. */
  camera: string;
  /** Weights are chosen by some cameras and checked on others. */
  set: 'choice' | 'aside';
  source: 'rendered' | 'real';
  imageSize: readonly [number, number];
  zones: readonly Zone[];
  frames: readonly LabelledFrame[];
  /** Whether vehicles without a label are known to move. */
  othersMove: boolean;
  /** Where nobody can say. */
  unknown: readonly Box[];
}

/** Rendered cameras by which weights were chosen; the others are kept aside. */
const CHOICE = new Set(['CAM-01', 'CAM-02']);
const MOTOR = new Set(['car', 'van', 'truck', 'bus']);

const BoxForm = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const Truth = z.object({
  objects: z.array(z.object({ id: z.string(), class: z.string(), box: BoxForm, plate: z.string().nullish() })),
});
const Labels = z.array(
  z.object({
    sequence: z.string(),
    set: z.enum(['choice', 'aside']),
    /** Stand in every frame. */
    standing: z.array(z.object({ id: z.string(), box: BoxForm })),
    /** Elsewhere in every frame. */
    moving: z.array(z.object({ id: z.string(), boxes: z.record(z.string(), BoxForm) })),
    othersMove: z.boolean(),
    unknown: z.array(BoxForm),
  }),
);
const OWN_LABELS = fileURLToPath(new URL('../../tests/labels/continuity-pairs.json', import.meta.url));

/** @throws {Refusal} `eval-unreadable`, `sequence-unreadable`, `sequence-invalid` */
export async function labelledSequences(directories: readonly string[]): Promise<LabelledSequence[]> {
  const labels = await readJson(OWN_LABELS, Labels);
  const found: LabelledSequence[] = [];
  for (const directory of directories) {
    const folders = [directory, ...(await namesIn(directory)).map((name) => join(directory, name))];
    for (const folder of folders) {
      const own = labels.find(({ sequence }) => sequence === basename(folder));
      if (existsSync(join(folder, 'truth'))) found.push(await rendered(folder));
      else if (own !== undefined) found.push(await real(folder, own));
    }
  }
  if (found.length > 0) return found;
  throw unreadable(
    `${directories.join(', ')} to hold sequences with truth/, or some named in tests/labels/continuity-pairs.json`,
    'neither',
  );
}

async function rendered(folder: string): Promise<LabelledSequence> {
  const { camera, zones, frames } = await readSequence(folder);
  const labelled: LabelledFrame[] = [];
  for (const { file, path } of frames) {
    const { objects } = await readJson(join(folder, 'truth', file.replace('.jpg', '.json')), Truth);
    labelled.push({
      file,
      path,
      vehicles: objects
        .filter(({ class: kind }) => MOTOR.has(kind))
        // Names are a sequence's own; the plate tells the same vehicle before two cameras.
        .map(({ id, plate, box }) => ({ id: plate ?? id, box, position: box.map(Math.round).join(' ') })),
    });
  }
  return {
    name: basename(folder),
    camera: camera.id,
    set: CHOICE.has(camera.id) ? 'choice' : 'aside',
    source: 'rendered',
    imageSize: camera.imageSize,
    zones,
    frames: labelled,
    othersMove: false,
    unknown: [],
  };
}

async function real(
  folder: string,
  { sequence, set, standing, moving, othersMove, unknown }: z.output<typeof Labels>[number],
): Promise<LabelledSequence> {
  const files = (await namesIn(folder)).filter((name) => name.endsWith('.jpg'));
  const [first] = files;
  if (first === undefined) throw unreadable(`${folder} to hold JPEG frames`, 'none');
  const { width, height } = await sharp(join(folder, first)).metadata();
  return {
    name: sequence,
    camera: sequence,
    set,
    source: 'real',
    imageSize: [width, height],
    zones: [everywhere(sequence, width, height)],
    frames: files.map((file) => ({
      file,
      path: join(folder, file),
      vehicles: [
        ...standing.map(({ id, box }) => ({ id, box, position: 'stands' })),
        ...moving.flatMap(({ id, boxes }) =>
          boxes[file] === undefined ? [] : [{ id, box: boxes[file], position: file }],
        ),
      ],
    })),
    othersMove,
    unknown,
  };
}

/** Nobody drew zones for these; plates are read on a sidewalk only. */
const everywhere = (sequence: string, width: number, height: number): Zone => ({
  id: zoneId('everywhere'),
  version: 1,
  cameraId: cameraId(sequence),
  placeId: placeId(sequence),
  type: 'sidewalk',
  polygon: [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ],
  shop: null,
  ruleIds: [],
  effectiveFrom: 0,
  effectiveTo: null,
});
