/**
 * Whose plate is it? A neighbour's plate taken for this vehicle's costs a stranger a penalty, so a plate belongs to a
 * vehicle only if its box holds it, no nearer vehicle does, and no farther one carries it more plausibly.
 */
import type { Box, Point } from '../camera.ts';
import { boundsOf, containment } from '../geometry.ts';

/** Corners in reading order; pixels of the frame. */
export type PlateCorners = readonly [Point, Point, Point, Point];

/** 1 within [low, high], falling linearly to 0 at the outer bounds. */
export const trapezoid = (value: number, outerLow: number, low: number, high: number, outerHigh: number): number =>
  value < low
    ? Math.max(0, (value - outerLow) / (low - outerLow))
    : value > high
      ? Math.max(0, (outerHigh - value) / (outerHigh - high))
      : 1;

/** This share of a plate lies in the box of a vehicle that carries it. */
const HELD = 0.8;

/** A box that covers this share of a vehicle's own is the same vehicle found twice: a nearer one would hide it. */
const SAME_VEHICLE = 0.85;

const middle = ([a, , c]: PlateCorners): Point => [(a[0] + c[0]) / 2, (a[1] + c[1]) / 2];

/** The longer of the upper and the lower edge. */
const widthOf = ([a, b, c, d]: PlateCorners) =>
  Math.max(Math.hypot(b[0] - a[0], b[1] - a[1]), Math.hypot(c[0] - d[0], c[1] - d[1]));

/** Degrees between the upper edge and the horizontal. */
export const skewOf = ([a, b]: PlateCorners): number =>
  Math.abs(Math.atan2(b[1] - a[1], b[0] - a[0])) * (180 / Math.PI);

/**
 * How plausibly a vehicle carries a plate there, 0..1: how high on the vehicle, how wide beside it, how skew. Measured on
 * rendered vehicles seen from all sides: height .59 to .95 of the box, width .13 to .34, skew up to 8 degrees.
 */
export function plateFit(corners: PlateCorners, [x0, y0, x1, y1]: Box): number {
  return (
    trapezoid(widthOf(corners) / (x1 - x0), 0.03, 0.1, 0.5, 0.75) *
    trapezoid((middle(corners)[1] - y0) / (y1 - y0), 0.3, 0.55, 0.97, 1.02) *
    trapezoid(skewOf(corners), -1, 0, 15, 60)
  );
}

function holds(box: Box, corners: PlateCorners): boolean {
  const [x, y] = middle(corners);
  return x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3] && containment(boundsOf(corners), box) >= HELD;
}

/** Whether the vehicle in `box` carries the plate, among `neighbours`. The foot of a box tells which vehicle is nearer. */
export function belongsTo(corners: PlateCorners, box: Box, neighbours: readonly Box[]): boolean {
  if (!holds(box, corners)) return false;
  return neighbours.every((other) => {
    if (containment(box, other) >= SAME_VEHICLE || !holds(other, corners)) return true;
    return other[3] <= box[3] && plateFit(corners, box) >= plateFit(corners, other);
  });
}
