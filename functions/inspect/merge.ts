/** One detection for one thing: within a crop, and across crops that overlap. */
import type { Box } from '#core/camera.ts';
import { containment, iou } from '#core/geometry.ts';
import type { Detection } from './detect.ts';

/** Labels among which the detector hesitates for one and the same body: a microvan is now a car, now a truck or bus. */
const FAMILIES: Readonly<Record<string, string>> = {
  car: 'motor',
  truck: 'motor',
  bus: 'motor',
  train: 'motor',
  motorcycle: 'two-wheeler',
  bicycle: 'two-wheeler',
};
const familyOf = (label: string): string => FAMILIES[label] ?? label;

/** Greedy non-maximum suppression within each family of labels, best score first. */
export function suppress(found: readonly Detection[], most: number): Detection[] {
  const kept: Detection[] = [];
  for (const candidate of found.toSorted((a, b) => b.score - a.score)) {
    const family = familyOf(candidate.label);
    if (!kept.some(({ label, box }) => familyOf(label) === family && iou(box, candidate.box) > most)) {
      kept.push(candidate);
    }
  }
  return kept;
}

/** What one crop found. */
export interface CropFindings {
  crop: Box;
  detections: readonly Detection[];
}

/** Within this share of the crop's side from an inner border a box counts as cut. */
const SEAM = 0.01;
/** A box that lies in another by this share, and is cut there, is a part of it. */
const PART = 0.7;

/**
 * Findings of several crops as one list. A box that a crop's inner border cuts yields to any that holds it; the rest
 * compete as {@link suppress} has it.
 * @param imageSize borders of a crop that are borders of the frame cut nothing that another crop could show whole
 */
export function mergeFindings(
  findings: readonly CropFindings[],
  imageSize: readonly [number, number],
  most: number,
): Detection[] {
  const all = findings.flatMap(({ crop, detections }) =>
    detections.map((detection) => ({ detection, cut: isCut(detection.box, crop, imageSize) })),
  );
  const whole = all.filter(({ cut }) => !cut).map(({ detection }) => detection);
  const kept = suppress(whole, most);
  for (const { detection } of all.filter(({ cut }) => cut).sort((a, b) => b.detection.score - a.detection.score)) {
    const family = familyOf(detection.label);
    const part = kept.some(
      ({ label, box }) =>
        familyOf(label) === family && (iou(box, detection.box) > most / 2 || containment(detection.box, box) > PART),
    );
    if (!part) kept.push(detection);
  }
  return kept;
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
