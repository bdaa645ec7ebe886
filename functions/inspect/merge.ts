/** One detection for one thing: within a crop, and across crops that overlap. */
import type { Box } from '#core/camera.ts';
import { boxArea, boxIntersection, containment, iou, spansLength, subtractSpans } from '#core/geometry.ts';
import type { Detection } from './detect.ts';

type Family = 'motor' | 'two-wheeler' | 'other';

/** Labels among which the detector hesitates for one and the same body: a microvan is now a car, now a truck or bus. */
const FAMILIES: Readonly<Record<string, Family>> = {
  car: 'motor',
  truck: 'motor',
  bus: 'motor',
  train: 'motor',
  motorcycle: 'two-wheeler',
  bicycle: 'two-wheeler',
};
const familyOf = (label: string): Family => FAMILIES[label] ?? 'other';

/** Boxes that overlap more than this (intersection over union) show one thing. Motor vehicles do not stand that close. */
const SAME: Readonly<Record<Family, number>> = { motor: 0.45, 'two-wheeler': 0.55, other: 0.55 };
/** A weaker vehicle that lies in a stronger one by this share is a part of it: a bonnet, a cab. */
const PART = 0.8;
/** A motor vehicle of which stronger vehicles together cover this share is made of their parts. */
const PATCHWORK = 0.85;
/**
 * A scooter or a person is also taken for a car now and then, with nearly the same box, mostly where it is shown small.
 * Unless the car is clearly surer it is none: a car is what somebody would be accused of.
 */
const SAME_BODY = 0.7;

/** Two vehicles overlap in the picture by less than this (intersection over union), or one hides the other. */
const APART = 0.2;
/** What scores at least this share of another's score is nearly as sure: one box around two vehicles yields to them. */
const NEARLY_AS_SURE = 0.7;

/** Greedy non-maximum suppression, best score first; the order in which things were found plays no part. */
export function suppress(found: readonly Detection[]): Detection[] {
  const kept: Detection[] = [];
  for (const candidate of found.toSorted(byScore)) {
    const known = kept.some((stronger) => isSameThing(candidate, stronger) || isPart(candidate, stronger));
    if (!known && !isRow(candidate, found) && !isPatchwork(candidate, kept) && !isMistaken(candidate, found)) {
      kept.push(candidate);
    }
  }
  return kept;
}

function byScore(a: Detection, b: Detection): number {
  return b.score - a.score || a.box[0] - b.box[0] || a.box[1] - b.box[1] || a.box[2] - b.box[2] || a.box[3] - b.box[3];
}

function isSameThing(candidate: Detection, stronger: Detection): boolean {
  const [family, theirs] = [familyOf(candidate.label), familyOf(stronger.label)];
  const overlap = iou(candidate.box, stronger.box);
  if (overlap === 0) return false;
  if (family === 'motor' && theirs !== 'motor') return overlap > SAME_BODY && isAlive(stronger.label);
  if (family === 'two-wheeler' && theirs === 'motor') return overlap > SAME_BODY;
  return family === 'other'
    ? candidate.label === stronger.label && overlap > SAME.other
    : family === theirs && overlap > SAME[family];
}

/** A motor vehicle where a two-wheeler or a person was found nearly as surely. */
function isMistaken({ label, score, box }: Detection, found: readonly Detection[]): boolean {
  if (familyOf(label) !== 'motor') return false;
  return found.some(
    (other) => isAlive(other.label) && other.score >= NEARLY_AS_SURE * score && iou(other.box, box) > SAME_BODY,
  );
}

const isAlive = (label: string) => familyOf(label) === 'two-wheeler' || label === 'person';

function isPart(candidate: Detection, whole: Detection): boolean {
  const family = familyOf(candidate.label);
  return family !== 'other' && family === familyOf(whole.label) && containment(candidate.box, whole.box) > PART;
}

/** One box around vehicles that stand behind one another and were also found each by itself. */
function isRow({ label, score, box }: Detection, found: readonly Detection[]): boolean {
  if (familyOf(label) !== 'motor') return false;
  const inside = found.filter(
    (one) =>
      familyOf(one.label) === 'motor' &&
      one.box !== box &&
      one.score >= NEARLY_AS_SURE * score &&
      containment(one.box, box) > PART,
  );
  return inside.some((one, i) =>
    inside.slice(i + 1).some((other) => iou(one.box, other.box) < APART && coveredShare(box, [one, other]) > PART),
  );
}

/**
 * A box that is pieced together from parts of several vehicles: the detector sees one more car where a scooter stands
 * before one.
 */
function isPatchwork({ label, box }: Detection, kept: readonly Detection[]): boolean {
  if (familyOf(label) !== 'motor') return false;
  const vehicles = kept.filter((one) => familyOf(one.label) !== 'other' && boxArea(boxIntersection(one.box, box)) > 0);
  if (vehicles.filter((one) => familyOf(one.label) === 'motor' && containment(one.box, box) > PART).length > 1) {
    return true;
  }
  return vehicles.length > 1 && coveredShare(box, vehicles) > PATCHWORK;
}

const LINES = 16;

/** Share of a box that others cover together, on {@link LINES} horizontal lines. */
function coveredShare([x0, y0, x1, y1]: Box, others: readonly Detection[]): number {
  let free = 0;
  for (let line = 0; line < LINES; line++) {
    const y = y0 + ((line + 0.5) / LINES) * (y1 - y0);
    const across = others.flatMap(({ box }) => (box[1] <= y && y < box[3] ? [[box[0], box[2]] as const] : []));
    free += spansLength(subtractSpans([[x0, x1]], across));
  }
  return 1 - free / (LINES * (x1 - x0));
}

/** What one crop found. */
export interface CropFindings {
  crop: Box;
  detections: readonly Detection[];
}

/** A cut box that lies in a whole one by this share is what the crop left of it. */
const CUT_PART = 0.7;
/** Within this share of the crop's side from an inner border a box counts as cut. */
const SEAM = 0.01;

/**
 * Findings of several crops as one list. A box that a crop's inner border cuts yields to any that holds it; the rest
 * compete as {@link suppress} has it.
 * @param imageSize borders of a crop that are borders of the frame cut nothing that another crop could show whole
 */
export function mergeFindings(findings: readonly CropFindings[], imageSize: readonly [number, number]): Detection[] {
  const all = findings.flatMap(({ crop, detections }) =>
    detections.map((detection) => ({ detection, cut: isCut(detection.box, crop, imageSize) })),
  );
  const whole = suppress(all.flatMap(({ detection, cut }) => (cut ? [] : [detection])));
  const parts = suppress(all.flatMap(({ detection, cut }) => (cut ? [detection] : [])));
  const uncontinued = parts.filter((part) => !whole.some((one) => continues(part, one)));
  return uncontinued.length === 0 ? whole : suppress([...whole, ...uncontinued]);
}

/** What a crop left of a thing is no larger than the thing: a smaller box is a part, and weaker for it. */
const SMALLER = 0.9;

function continues(part: Detection, whole: Detection): boolean {
  if (boxArea(whole.box) < SMALLER * boxArea(part.box)) return false;
  const family = familyOf(part.label);
  const sameKind = family === 'other' ? part.label === whole.label : family === familyOf(whole.label);
  return sameKind && (containment(part.box, whole.box) > CUT_PART || iou(part.box, whole.box) > SAME.motor / 2);
}

function isCut(box: Box, crop: Box, [width, height]: readonly [number, number]): boolean {
  const nearX = (crop[2] - crop[0]) * SEAM;
  const nearY = (crop[3] - crop[1]) * SEAM;
  return (
    (crop[0] > 0 && box[0] < crop[0] + nearX) ||
    (crop[1] > 0 && box[1] < crop[1] + nearY) ||
    (crop[2] < width && box[2] > crop[2] - nearX) ||
    (crop[3] < height && box[3] > crop[3] - nearY)
  );
}
