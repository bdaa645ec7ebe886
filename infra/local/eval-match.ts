/**
 * Detections held against labels, one class or family at a time: who found what, and the average precision (AP50 of
 * COCO: a box counts from an intersection over union of 0.5, precision at 101 recalls).
 */
import type { Box } from '#core/camera.ts';
import { iou } from '#core/geometry.ts';

/** Least overlap (intersection over union) of a detection and what it found. */
export const OVERLAP = 0.5;

export interface Labelled {
  box: Box;
  /** Need not be found, and finding it is no mistake: too small, mostly hidden, or of a neighbouring class. */
  ignored: boolean;
}
export interface Scored {
  box: Box;
  /** 0..1 */
  score: number;
}
export interface PictureMatch<L extends Labelled, S extends Scored> {
  /** Detections by falling score, without those that found something ignored. */
  judged: readonly { detection: S; found: L | null }[];
  /** Counted labels that no detection found. */
  missed: readonly L[];
}

/** Greedy, the surest detection first; each takes the best free label, one that counts before one that is ignored. */
export function matchPicture<L extends Labelled, S extends Scored>(
  labels: readonly L[],
  detections: readonly S[],
): PictureMatch<L, S> {
  const free = new Set(labels.filter(({ ignored }) => !ignored));
  const ignored = labels.filter((label) => label.ignored);
  const judged: { detection: S; found: L | null }[] = [];
  for (const detection of detections.toSorted((a, b) => b.score - a.score)) {
    const found = bestOf([...free], detection);
    if (found !== null) free.delete(found);
    else if (bestOf(ignored, detection) !== null) continue;
    judged.push({ detection, found });
  }
  return { judged, missed: [...free] };
}

function bestOf<L extends Labelled>(labels: readonly L[], { box }: Scored): L | null {
  let best: L | null = null;
  let most = OVERLAP;
  for (const label of labels) {
    const overlap = iou(label.box, box);
    if (overlap >= most) {
      best = label;
      most = overlap;
    }
  }
  return best;
}

/**
 * @param judged of all pictures together
 * @param wanted how many labels count; 0 gives null: nothing was asked for
 */
export function averagePrecision(judged: readonly { score: number; right: boolean }[], wanted: number): number | null {
  if (wanted === 0) return null;
  const sorted = judged.toSorted((a, b) => b.score - a.score);
  const points: { recall: number; precision: number }[] = [];
  let right = 0;
  for (const [i, one] of sorted.entries()) {
    if (one.right) right++;
    points.push({ recall: right / wanted, precision: right / (i + 1) });
  }
  // Precision at a recall is the best that any deeper cut reaches.
  for (let i = points.length - 2; i >= 0; i--) {
    const [point, next] = [points[i], points[i + 1]];
    if (point !== undefined && next !== undefined) point.precision = Math.max(point.precision, next.precision);
  }
  let sum = 0;
  for (let step = 0; step <= 100; step++) {
    sum += points.find(({ recall }) => recall >= step / 100 - 1e-9)?.precision ?? 0;
  }
  return sum / 101;
}
