/**
 * Heads and faces anywhere in a frame. Zones play no part: whoever passes far from them is as much a bystander.
 *
 * A missed face is the failure to avoid, so three looks overlap: the top of whatever may be a person, face or no face;
 * faces in the surroundings of those, enlarged; and faces in the whole frame, tile by tile, for people whom the person
 * detector does not see because they are cut off, behind glass or on a two-wheeler.
 */
import type { Box } from '#core/camera.ts';
import { boxArea, iou } from '#core/geometry.ts';
import type { PrivacyFinding } from '#core/privacy.ts';
import type { Detection } from './detect.ts';
import type { FaceFinder } from './faces.ts';
import type { Raster } from './raster.ts';

/**
 * Least score of a person whose head is hidden without a face having been seen; more for one who fills a good part of the
 * picture, and would be seen plainly. Measured on 106 labelled faces: heads alone hide all of them, and take .21 of the
 * pictures (.09 of street pictures). With one score for all sizes, .2 takes .30 (.14), .25 takes .23 (.09), and from .3
 * on two faces are missed.
 */
const PERSON_SCORE = 0.2;
const LARGE_PERSON_SCORE = 0.3;
/** Root of the share of the picture that a large person's box takes. */
const LARGE = 0.2;
/** Share of a person's height that the head takes at the top: an adult's is 1/7, a bowed one hangs lower. */
const HEAD_SHARE = 0.25;
/** A box cut off by the picture or by a table shows shoulders and head: head height by the box's width. */
const HEAD_BY_WIDTH = 0.8;

/** Least scores of a face: lower where a person is known to be. */
const FACE_NEAR_PERSON = 0.3;
const FACE_ANYWHERE = 0.6;
/** Surroundings that have more in common (intersection over union) are looked at once. */
const SAME_SURROUNDINGS = 0.5;

/** All that may be people. */
export function peopleAmong(detections: readonly Detection[], { width, height }: Raster): Detection[] {
  const isLarge = (box: Box) => Math.sqrt(boxArea(box) / (width * height)) > LARGE;
  return detections.filter(
    ({ label, score, box }) => label === 'person' && score >= (isLarge(box) ? LARGE_PERSON_SCORE : PERSON_SCORE),
  );
}

/** The top of everybody. */
export const headsOf = (people: readonly Detection[]): PrivacyFinding[] =>
  people.map(({ score, box }) => ({ kind: 'head', source: 'person', box: headOf(box), score }));

function headOf([x0, y0, x1, y1]: Box): Box {
  const height = Math.min(y1 - y0, Math.max(HEAD_SHARE * (y1 - y0), HEAD_BY_WIDTH * (x1 - x0)));
  return [x0, y0, x1, y0 + height];
}

/** Faces near people, each looked at by itself: a bowed or leaning head is not at the top of its box. */
export async function facesNear(
  finder: FaceFinder,
  raster: Raster,
  people: readonly Detection[],
): Promise<PrivacyFinding[]> {
  const crops: Box[] = [];
  for (const { box } of people.toSorted((a, b) => b.score - a.score)) {
    const crop = surroundingsOf(box);
    if (!crops.some((other) => iou(other, crop) > SAME_SURROUNDINGS)) crops.push(crop);
  }
  const faces: PrivacyFinding[] = [];
  for (const crop of crops) {
    for (const { box, score } of await finder.find(raster, crop, FACE_NEAR_PERSON)) {
      faces.push({ kind: 'face', source: 'face', box, score });
    }
  }
  return faces;
}

/** A square around the head, half as wide again as the person. */
function surroundingsOf([x0, y0, x1, y1]: Box): Box {
  const height = y1 - y0;
  const side = 1.5 * Math.min(Math.max(x1 - x0, HEAD_SHARE * height), height);
  return square((x0 + x1) / 2, y0 + side / 3, side);
}

const square = (x: number, y: number, side: number): Box => [x - side / 2, y - side / 2, x + side / 2, y + side / 2];

/**
 * Sides of the tiles, in pixels of the frame; the finder knows faces of a tenth to two thirds of its picture's side. Who
 * shows a larger face is found as a person.
 */
const TILES = [192, 448] as const;
/** Neighbouring tiles share this much of their side, so that a face on a seam lies whole in one of them. */
const OVERLAP = 0.25;

/** Faces anywhere, tile by tile. */
export async function facesAnywhere(finder: FaceFinder, raster: Raster): Promise<PrivacyFinding[]> {
  const faces: PrivacyFinding[] = [];
  for (const tile of tilesOf(raster)) {
    for (const { box, score } of await finder.find(raster, tile, FACE_ANYWHERE)) {
      faces.push({ kind: 'face', source: 'face', box, score });
    }
  }
  return faces;
}

function* tilesOf({ width, height }: Raster): Generator<Box> {
  for (const side of TILES) {
    const [columns, rows] = [countOf(width, side), countOf(height, side)];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const x = columns === 1 ? (width - side) / 2 : (column * (width - side)) / (columns - 1);
        const y = rows === 1 ? (height - side) / 2 : (row * (height - side)) / (rows - 1);
        yield [x, y, x + side, y + side];
      }
    }
  }
}

const countOf = (length: number, side: number) =>
  Math.max(1, Math.ceil((length - side * OVERLAP) / (side * (1 - OVERLAP))));
