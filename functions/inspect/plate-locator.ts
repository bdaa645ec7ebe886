/**
 * Finds where a vehicle's plate may be: the text detector on the vehicle's own pixels, enlarged, then what a plate can
 * look like and where on a vehicle it can be. A plate that lies on a nearer neighbour is the neighbour's.
 */
import type { Box, Point } from '#core/camera.ts';
import { belongsTo, plateFit, skewOf, trapezoid } from '#core/plates/attach.ts';
import type { Model } from './model.ts';
import { type PlateCandidate, plateCandidates, type TextPiece } from './plate-rows.ts';
import { findBlobs, frameSize, type Quad, quadSize, smallestRectangle } from './plate-shape.ts';
import { cropToPlanes, type Raster } from './raster.ts';

/** How the text detector is run; the figures are on its card. */
export interface DetectionLimits {
  /** Pixels of the detector's input; more finds smaller plates and costs in proportion. */
  readonly pixels: number;
  /** How much the region may be enlarged. */
  readonly enlarge: number;
  /** Probability above which a pixel is text. */
  readonly threshold: number;
  /** Mean probability of a piece of text. */
  readonly score: number;
  /** How far the outline is pushed out of the text's core: this times area over perimeter (Liao et al. 2020, 3.4). */
  readonly unclip: number;
  /** Share of a vehicle's height from which down its plate is looked for. */
  readonly from: number;
}

const INPUT = 'x';
const PROBABILITY = 'sigmoid_0.tmp_0';
/** What the text detector must take in and give out. */
export const TEXT_TENSORS = [INPUT, PROBABILITY] as const;

/** The detector was trained on BGR pictures with the ImageNet figures in that order. */
export const TEXT_PIXELS = {
  order: 'bgr',
  mean: [0.485 * 255, 0.456 * 255, 0.406 * 255],
  std: [0.229 * 255, 0.224 * 255, 0.225 * 255],
} as const;

/** Every piece of text in `region`. */
async function findText(
  detector: Model,
  raster: Raster,
  [x0, y0, x1, y1]: Box,
  { pixels, enlarge, threshold, score, unclip }: DetectionLimits,
): Promise<TextPiece[]> {
  const scale = Math.min(enlarge, Math.sqrt(pixels / ((x1 - x0) * (y1 - y0))));
  const grid = (length: number) => Math.max(32, Math.round((length * scale) / 32) * 32);
  const width = grid(x1 - x0);
  const height = grid(y1 - y0);
  const planes = cropToPlanes(raster, [x0, y0, x1, y1], width, height, TEXT_PIXELS);
  const outputs = await detector.run({ [INPUT]: { data: planes, dims: [1, 3, height, width] } });
  const map = outputs[PROBABILITY]?.data ?? new Float32Array(0);
  const stepX = (x1 - x0) / width;
  const stepY = (y1 - y0) / height;
  return findBlobs(map, width, height, threshold, 12)
    .filter((blob) => blob.score >= score)
    .map((blob) => {
      const hull = blob.hull.map(([x, y]): Point => [x0 + x * stepX, y0 + y * stepY]);
      const frame = smallestRectangle(hull);
      const [long, short] = frameSize(frame);
      return { hull, frame, pad: (long * short * unclip) / (2 * (long + short)), score: blob.score };
    });
}

/** Text on plates runs level, but for the camera's tilt and perspective. */
const levelness = (quad: Quad) => trapezoid(skewOf(quad), -1, 0, 15, 60);

/** Every place in `region` that has the proportions of a plate, the most plausible first. */
export async function findPlates(
  detector: Model,
  raster: Raster,
  region: Box,
  limits: DetectionLimits,
): Promise<PlateCandidate[]> {
  return judged(plateCandidates(await findText(detector, raster, region, limits)), levelness);
}

/** Each candidate's outlines judged by `suits`, 0..1: those that get nothing are left out. */
function judged(candidates: readonly PlateCandidate[], suits: (quad: Quad) => number): PlateCandidate[] {
  return candidates
    .map(({ outlines, further, plausibility }) => ({
      outlines: outlines.filter(({ quad }) => suits(quad) > 0),
      further: further.filter(({ quad }) => suits(quad) > 0),
      plausibility: plausibility * Math.max(0, ...outlines.map(({ quad }) => suits(quad))),
    }))
    .filter(({ plausibility }) => plausibility > 0)
    .sort((a, b) => b.plausibility - a.plausibility);
}

/** Where on a vehicle plates are: below the windows. */
function vehicleRegion([x0, y0, x1, y1]: Box, from: number, { width, height }: Raster): Box {
  const margin = 0.02 * (x1 - x0);
  return [
    Math.max(0, x0 - margin),
    Math.max(0, y0 + from * (y1 - y0)),
    Math.min(width, x1 + margin),
    Math.min(height, y1 + 0.03 * (y1 - y0)),
  ];
}

/** Text under this width (pixels of the frame) cannot be read and is not worth the readers' time. */
const LEAST_WIDTH = 24;

/** Candidates that belong to the vehicle, the most plausible first. */
export async function locatePlates(
  detector: Model,
  raster: Raster,
  box: Box,
  neighbours: readonly Box[],
  limits: DetectionLimits,
): Promise<PlateCandidate[]> {
  const region = vehicleRegion(box, limits.from, raster);
  if (region[2] - region[0] < 40 || region[3] - region[1] < 20) return [];
  return judged(plateCandidates(await findText(detector, raster, region, limits)), (quad) =>
    quadSize(quad)[0] >= LEAST_WIDTH && belongsTo(quad, box, neighbours) ? plateFit(quad, box) : 0,
  );
}
