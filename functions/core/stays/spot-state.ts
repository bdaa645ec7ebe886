/** What a frame says about a spot whose vehicle was not found in it: hidden, missed by the detector, replaced, or free. */
import type { Box } from '../camera.ts';
import { boxArea, boxIntersection, iou } from '../geometry.ts';
import type { FrameId } from '../ids.ts';
import { comparePlates } from '../plates/compare.ts';
import type { Observation } from '../sighting.ts';
import { type Known, type Sight, sameKind, spotAgainst } from './likeness.ts';
import type { Looks } from './place-day.ts';

export type SpotState =
  /** Something stands before it: the frame says nothing. */
  | 'hidden'
  /** It looks as it did with the vehicle: the detector missed it. */
  | 'still'
  /** A vehicle with another plate stands on it: certain, one frame is enough. */
  | 'taken'
  /** A vehicle that looks otherwise stands on it. */
  | 'changed'
  | 'free';

/** Of the spot, at least this share must be in view to call it free. */
const LEAST_VIEW = 0.35;
/** Likeness from which the vehicle is still there; see scene.ts for what was measured. */
const STILL = 0.65;
/** How far around the spot to look, in shares of its sides, and from which likeness on it is as it was. */
const AROUND = 0.4;
const UNTOUCHED = 0.6;
/** A vehicle stands on the very spot when boxes overlap this much and their lower edges agree (share of the height). */
const ON_SPOT = { overlap: 0.5, edge: 0.2 };
/** The same object may be found twice, or listed as a vehicle and as an occluder. */
const TWICE = 0.8;
/** An object is nearer to the camera than the spot when its lower edge is not higher than the spot's by more than this share. */
const NEARER = 0.1;

/** Boxes that stand before `box`: on flat ground, what touches the ground lower in the picture is nearer. */
export function coversOf(box: Box, observation: Observation, except?: Box): readonly Box[] {
  const edge = box[3] - NEARER * (box[3] - box[1]);
  const covers: Box[] = [];
  for (const { box: other } of [...observation.vehicles, ...observation.occluders]) {
    const isItself = except !== undefined && iou(other, except) >= TWICE;
    if (isCover(box, edge, other) && !isItself) covers.push(other);
  }
  return covers;
}

const isCover = (box: Box, edge: number, other: Box): boolean =>
  other[3] >= edge && other[0] < box[2] && other[2] > box[0] && other[1] < box[3];

/**
 * @param neighbours the frames of the same camera before and after this one
 */
export function spotState(
  known: Known,
  observation: Observation,
  others: readonly Sight[],
  neighbours: readonly FrameId[],
  looks: Looks,
): SpotState {
  const { spot } = known;
  const standing = others.filter(({ vehicle }) => standsOn(spot, vehicle.box) && isRival(known, vehicle.class));
  const rival = standing[0];
  if (rival !== undefined && hasOtherPlate(known, rival)) return 'taken';
  const covers = coversOf(spot, observation).filter(
    (box) => !standing.some(({ vehicle }) => iou(vehicle.box, box) >= TWICE),
  );
  const inView = largestView(spot, covers);
  if (inView === null) return 'hidden';
  const likeness = spotAgainst(known.references, observation.frameId, inView, looks);
  if (likeness !== undefined && likeness >= STILL) return 'still';
  if (rival !== undefined) return 'changed';
  return isBlocked(spot, observation, neighbours, looks) ? 'hidden' : 'free';
}

/**
 * Whether this frame differs all around the spot from the frames before and after it: then it was not a departure but
 * something before the lens that nobody detected, such as the side of a bus, or a broken picture. When a vehicle leaves,
 * what lies behind and beside its spot stays as it was (measured: .65 and more on at least two sides).
 */
function isBlocked(
  spot: Box,
  { frameId, imageSize: [width, height] }: Observation,
  neighbours: readonly FrameId[],
  looks: Looks,
): boolean {
  const [x0, y0, x1, y1] = spot;
  const [dx, dy] = [(x1 - x0) * AROUND, (y1 - y0) * AROUND];
  const sides: Box[] = [
    [Math.max(0, x0 - dx), y0, x0, y1],
    [x1, y0, Math.min(width, x1 + dx), y1],
    [x0, Math.max(0, y0 - dy), x1, y0],
  ];
  // Beside a spot at the edge of the frame there is nothing to compare.
  const inFrame = sides.filter(
    ([left, top, right, bottom]) => right - left > dx / 2 && bottom - top > dy / 2 && bottom <= height,
  );
  if (inFrame.length < 2 || neighbours.length === 0) return false;
  return neighbours.every((neighbour) =>
    inFrame.every((side) => {
      const likeness = looks.spot(neighbour, frameId, side);
      return likeness !== undefined && likeness < UNTOUCHED;
    }),
  );
}

function standsOn(spot: Box, box: Box): boolean {
  return iou(spot, box) >= ON_SPOT.overlap && Math.abs(spot[3] - box[3]) <= ON_SPOT.edge * (spot[3] - spot[1]);
}

function isRival(known: Known, kind: Sight['vehicle']['class']): boolean {
  const [last] = known.references;
  return last !== undefined && sameKind(last.vehicle.class, kind);
}

function hasOtherPlate({ vote }: Known, { vehicle }: Sight): boolean {
  return vote !== null && vehicle.plate !== null && comparePlates(vote, vehicle.plate).verdict === 'different';
}

/** The largest upright part of a box that no cover touches, at least this share of it; null when there is none. */
export function largestView(box: Box, covers: readonly Box[], leastShare = LEAST_VIEW): Box | null {
  let views: Box[] = [box];
  const least = leastShare * boxArea(box);
  for (const cover of covers) {
    views = views.flatMap((view) => (boxArea(boxIntersection(view, cover)) === 0 ? [view] : slabs(view, cover)));
    views = views.filter((view) => boxArea(view) >= least);
  }
  const byArea = views.toSorted((a, b) => boxArea(b) - boxArea(a) || a[0] - b[0] || a[1] - b[1]);
  return byArea[0] ?? null;
}

/** What is left of a view to the left, right, above and below of a cover. */
function slabs([x0, y0, x1, y1]: Box, cover: Box): Box[] {
  return [
    [x0, y0, Math.max(x0, Math.min(x1, cover[0])), y1],
    [Math.min(x1, Math.max(x0, cover[2])), y0, x1, y1],
    [x0, y0, x1, Math.max(y0, Math.min(y1, cover[1]))],
    [x0, Math.min(y1, Math.max(y0, cover[3])), x1, y1],
  ];
}
