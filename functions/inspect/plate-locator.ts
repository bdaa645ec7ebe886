/**
 * Finds where a vehicle's plate may be: the text detector on the vehicle's own pixels, enlarged, then what a plate can
 * look like and where on a vehicle it can be. A plate that lies on a nearer neighbour is the neighbour's.
 */
import type { Box, Point } from '#core/camera.ts';
import type { Model } from './model.ts';
import {
  type Blob,
  type Frame,
  findBlobs,
  frameQuad,
  frameSize,
  type Quad,
  quadCenter,
  smallestRectangle,
  spanHull,
} from './plate-shape.ts';
import { cropToPlanes, type Raster } from './raster.ts';

/** A piece of text that can be a plate; pixels of the original frame. */
export interface PlateCandidate {
  /** The outline as a leaning rectangle, and with the sides upright as a turned vehicle shows them. */
  readonly outlines: readonly Quad[];
  /** The detector's score, 0..1. */
  readonly score: number;
  /** How plate-like place, size and proportions are, 0..1. */
  readonly plausibility: number;
}

/** The detector was trained on BGR pictures with the ImageNet figures in that order. */
const PIXELS = {
  order: 'bgr',
  mean: [0.485 * 255, 0.456 * 255, 0.406 * 255],
  std: [0.229 * 255, 0.224 * 255, 0.225 * 255],
} as const;

export interface DetectionLimits {
  /** Pixels of the detector's input; more finds smaller plates and costs in proportion. */
  readonly pixels: number;
  /** How much the region may be enlarged. */
  readonly enlarge: number;
  readonly threshold: number;
  readonly score: number;
  /** How far the outline is pushed out of the text's core, as a share of area over perimeter (DB paper, 3.3). */
  readonly unclip: number;
}

/** A text region in frame coordinates with the two directions it may have. */
interface TextRegion {
  readonly frame: Frame;
  readonly upright: Frame;
  readonly pad: number;
  readonly score: number;
}

/** Runs the text detector over `region` of the frame. */
async function detectText(
  detector: Model,
  raster: Raster,
  region: Box,
  { pixels, enlarge, threshold, score, unclip }: DetectionLimits,
): Promise<TextRegion[]> {
  const [x0, y0, x1, y1] = region;
  const scale = Math.min(enlarge, Math.sqrt(pixels / ((x1 - x0) * (y1 - y0))));
  const grid = (length: number) => Math.max(32, Math.round((length * scale) / 32) * 32);
  const width = grid(x1 - x0);
  const height = grid(y1 - y0);
  const planes = cropToPlanes(raster, region, width, height, PIXELS);
  const outputs = await detector.run({ x: { data: planes, dims: [1, 3, height, width] } });
  const map = outputs['sigmoid_0.tmp_0']?.data ?? new Float32Array(0);
  const stepX = (x1 - x0) / width;
  const stepY = (y1 - y0) / height;
  const toFrame = ({ hull }: Blob) => hull.map(([x, y]): Point => [x0 + x * stepX, y0 + y * stepY]);
  return findBlobs(map, width, height, threshold, 12)
    .filter((blob) => blob.score >= score)
    .map((blob) => {
      const hull = toFrame(blob);
      const frame = smallestRectangle(hull);
      const [long, short] = frameSize(frame);
      const upright = spanHull(hull, frame.along, [0, 1]);
      return { frame, upright, pad: (long * short * unclip) / (2 * (long + short)), score: blob.score };
    });
}

/** Where on a vehicle plates are: below the windows, never wider than two thirds of it. */
export function vehicleRegion(box: Box, { width, height }: Raster): Box {
  const [x0, y0, x1, y1] = box;
  const margin = 0.02 * (x1 - x0);
  return [
    Math.max(0, x0 - margin),
    Math.max(0, y0 + 0.3 * (y1 - y0)),
    Math.min(width, x1 + margin),
    Math.min(height, y1 + 0.03 * (y1 - y0)),
  ];
}

const inside = ([x, y]: Point, [x0, y0, x1, y1]: Box) => x >= x0 && x <= x1 && y >= y0 && y <= y1;

/** 1 within [low, high], falling linearly to 0 at the outer bounds. */
const trapezoid = (value: number, outerLow: number, low: number, high: number, outerHigh: number) =>
  value < low
    ? Math.max(0, (value - outerLow) / (low - outerLow))
    : value > high
      ? Math.max(0, (outerHigh - value) / (outerHigh - high))
      : 1;

/** The plate is on a vehicle in front of this one when a box whose foot is lower in the picture holds it. */
function belongsToNeighbour(center: Point, box: Box, neighbours: readonly Box[]): boolean {
  return neighbours.some((other) => other[3] > box[3] && inside(center, other));
}

/** Candidates inside the vehicle, the most plausible first. */
export async function locatePlates(
  detector: Model,
  raster: Raster,
  box: Box,
  neighbours: readonly Box[],
  limits: DetectionLimits,
): Promise<PlateCandidate[]> {
  const boxWidth = box[2] - box[0];
  const boxHeight = box[3] - box[1];
  const region = vehicleRegion(box, raster);
  if (region[2] - region[0] < 40 || region[3] - region[1] < 20) return [];
  const candidates: PlateCandidate[] = [];
  for (const { frame, upright, pad, score } of await detectText(detector, raster, region, limits)) {
    const [long, short] = frameSize(frame);
    const width = long + 2 * pad;
    const height = short + 2 * pad;
    const outlines = [frameQuad(frame, pad, pad), frameQuad(upright, pad, pad)];
    const center = quadCenter(frameQuad(frame, 0, 0));
    if (!inside(center, box) || belongsToNeighbour(center, box, neighbours)) continue;
    const tilt = Math.abs(Math.atan2(frame.along[1], frame.along[0])) * (180 / Math.PI);
    const plausibility =
      trapezoid(width / height, 1.6, 2.3, 4.8, 6.5) *
      trapezoid(width / boxWidth, 0.05, 0.11, 0.5, 0.75) *
      trapezoid((center[1] - box[1]) / boxHeight, 0.3, 0.55, 0.97, 1.02) *
      trapezoid(tilt, -1, 0, 14, 35);
    if (plausibility > 0) candidates.push({ outlines, score, plausibility });
  }
  return candidates.sort((a, b) => b.plausibility * b.score - a.plausibility * a.score);
}
