/**
 * Finds where a vehicle's plate may be: the text detector on the vehicle's own pixels, enlarged, then what a plate can
 * look like and where on a vehicle it can be. A plate that lies on a nearer neighbour is the neighbour's.
 */
import type { Box, Point } from '#core/camera.ts';
import { containment } from '#core/geometry.ts';
import type { Model } from './model.ts';
import { type Frame, findBlobs, frameQuad, frameSize, type Quad, smallestRectangle, spanHull } from './plate-shape.ts';
import { cropToPlanes, type Raster } from './raster.ts';

/** A piece of text that can be a plate; pixels of the original frame. */
export interface PlateCandidate {
  /** A turned rectangle, and the same text with upright sides, as a vehicle seen from the side shows them. */
  readonly outlines: readonly [Quad, Quad];
  readonly center: Point;
  /** Length of its longer side. */
  readonly width: number;
  /** How plate-like its score, size, proportions and place are, 0..1. */
  readonly plausibility: number;
}

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
}

/** The detector was trained on BGR pictures with the ImageNet figures in that order. */
const PIXELS = {
  order: 'bgr',
  mean: [0.485 * 255, 0.456 * 255, 0.406 * 255],
  std: [0.229 * 255, 0.224 * 255, 0.225 * 255],
} as const;

/** 1 within [low, high], falling linearly to 0 at the outer bounds. */
const trapezoid = (value: number, outerLow: number, low: number, high: number, outerHigh: number) =>
  value < low
    ? Math.max(0, (value - outerLow) / (low - outerLow))
    : value > high
      ? Math.max(0, (outerHigh - value) / (outerHigh - high))
      : 1;

/** Degrees between the text and the horizontal. */
const tiltOf = ({ along }: Frame) => Math.abs(Math.atan2(along[1], along[0])) * (180 / Math.PI);

/** Every piece of text in `region` with the proportions of a single-row plate, the most plausible first. */
export async function findPlates(
  detector: Model,
  raster: Raster,
  region: Box,
  { pixels, enlarge, threshold, score, unclip }: DetectionLimits,
): Promise<PlateCandidate[]> {
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
  const candidates: PlateCandidate[] = [];
  for (const blob of findBlobs(map, width, height, threshold, 12)) {
    if (blob.score < score) continue;
    const hull = blob.hull.map(([x, y]): Point => [x0 + x * stepX, y0 + y * stepY]);
    const frame = smallestRectangle(hull);
    const [long, short] = frameSize(frame);
    const pad = (long * short * unclip) / (2 * (long + short));
    const plausibility =
      blob.score *
      trapezoid((long + 2 * pad) / (short + 2 * pad), 1.1, 2, 4.8, 6.5) *
      trapezoid(tiltOf(frame), -1, 0, 15, 60);
    if (plausibility === 0) continue;
    const corners = frameQuad(frame, 0, 0);
    candidates.push({
      outlines: [frameQuad(frame, pad, pad), frameQuad(spanHull(hull, frame.along, [0, 1]), pad, pad)],
      center: [(corners[0][0] + corners[2][0]) / 2, (corners[0][1] + corners[2][1]) / 2],
      width: long + 2 * pad,
      plausibility,
    });
  }
  return candidates.sort((a, b) => b.plausibility - a.plausibility);
}

/** Where on a vehicle plates are: below the windows. */
function vehicleRegion([x0, y0, x1, y1]: Box, { width, height }: Raster): Box {
  const margin = 0.02 * (x1 - x0);
  return [
    Math.max(0, x0 - margin),
    Math.max(0, y0 + 0.3 * (y1 - y0)),
    Math.min(width, x1 + margin),
    Math.min(height, y1 + 0.03 * (y1 - y0)),
  ];
}

const inside = ([x, y]: Point, [x0, y0, x1, y1]: Box) => x >= x0 && x <= x1 && y >= y0 && y <= y1;

/** Text under this width (pixels of the frame) cannot be read and is not worth the readers' time. */
const LEAST_WIDTH = 24;

/** A box that covers this share of a vehicle's own is the same vehicle found twice: a nearer one would hide it. */
const SAME_VEHICLE = 0.85;

/** The foot of a box tells which of two overlapping vehicles is nearer. */
const nearerThan = (box: Box, neighbours: readonly Box[]): Box[] =>
  neighbours.filter((other) => other[3] > box[3] && containment(box, other) < SAME_VEHICLE);

/** Candidates inside a vehicle, the most plausible first. Text inside a nearer neighbour's box is never this vehicle's. */
export async function locatePlates(
  detector: Model,
  raster: Raster,
  box: Box,
  neighbours: readonly Box[],
  limits: DetectionLimits,
): Promise<PlateCandidate[]> {
  const region = vehicleRegion(box, raster);
  if (region[2] - region[0] < 40 || region[3] - region[1] < 20) return [];
  const nearer = nearerThan(box, neighbours);
  const boxWidth = box[2] - box[0];
  const boxHeight = box[3] - box[1];
  return (await findPlates(detector, raster, region, limits))
    .filter(
      ({ center, width }) => width >= LEAST_WIDTH && inside(center, box) && !nearer.some((o) => inside(center, o)),
    )
    .map((candidate) => ({
      ...candidate,
      plausibility:
        candidate.plausibility *
        trapezoid(candidate.width / boxWidth, 0.05, 0.11, 0.5, 0.75) *
        trapezoid((candidate.center[1] - box[1]) / boxHeight, 0.3, 0.55, 0.97, 1.02),
    }))
    .filter(({ plausibility }) => plausibility > 0)
    .sort((a, b) => b.plausibility - a.plausibility);
}
