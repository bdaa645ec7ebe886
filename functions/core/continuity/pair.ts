/** What two sightings of one camera say about each other: the facts from which a link's probability is computed. */
import { appearanceSimilarity } from '../appearance.ts';
import type { Box } from '../camera.ts';
import { boxArea } from '../geometry.ts';
import { type PlateAgreement, plateAgreement } from '../plates/agreement.ts';
import { type Sight, visibleOverlap } from '../stays/likeness.ts';
import type { Looks } from '../stays/place-day.ts';
import { largestView } from '../stays/spot-state.ts';

export interface PairFacts {
  /** Intersection over union of the boxes where neither is hidden, 0..1; null between two cameras, as the next two. */
  overlap: number | null;
  /** How far the ground contact moved, in shares of the box's width, 0 and more. */
  shift: number | null;
  /** Absolute logarithm of the ratio of the boxes' areas; 0 is the same size. */
  growth: number | null;
  /** Likeness of the spot where nothing hides it, -1..1; null when no scene was kept or too little is in view. */
  spot: number | null;
  /** Likeness of the bodies, -1..1; null when one was not described, or is partly hidden. */
  appearance: number | null;
  plate: PlateAgreement;
  /** Between the two frames. Milliseconds. */
  gap: number;
}

export function factsOf(from: Sight, to: Sight, looks: Looks): PairFacts {
  const covers = [...from.covers, ...to.covers];
  return {
    ...geometryOf(from.vehicle.box, to.vehicle.box, covers),
    spot: spotOf(from, to, covers, looks),
    appearance: appearanceOf(from, to),
    plate: plateAgreement(from.vehicle.plate, to.vehicle.plate),
    gap: Math.abs(to.capturedAt - from.capturedAt),
  };
}

/** @param covers what hides a part of either: an edge of a box that is hidden says nothing */
export function geometryOf(a: Box, b: Box, covers: readonly Box[]): Pick<PairFacts, 'overlap' | 'shift' | 'growth'> {
  const width = Math.max(1, Math.min(a[2] - a[0], b[2] - b[0]));
  const [left, right, bottom] = [b[0] - a[0], b[2] - a[2], b[3] - a[3]];
  // A person before one end of a car draws that edge of its box in; the other edge still says whether it moved.
  const across = covers.length > 0 ? Math.min(Math.abs(left), Math.abs(right)) : Math.abs(left + right) / 2;
  const plain = Math.abs(Math.log(Math.max(1, boxArea(b)) / Math.max(1, boxArea(a))));
  return {
    overlap: visibleOverlap(a, b, covers),
    shift: Math.hypot(across, bottom) / width,
    growth: covers.length > 0 ? 0 : plain,
  };
}

/** Less of a spot in view than this says nothing; and a body of which more than the rest is hidden looks like no body. */
const LEAST_IN_VIEW = { spot: 0.15, body: 0.75 };

/** Likeness of a picture in which nothing changed. */
const UNCHANGED = 0.9;

function spotOf(from: Sight, to: Sight, covers: readonly Box[], looks: Looks): number | null {
  const { box } = from.vehicle;
  const view = largestView(box, covers, LEAST_IN_VIEW.spot);
  if (view !== null) return looks.spot(from.frameId, to.frameId, view) ?? null;
  // Hidden by the same thing in both frames, such as a scooter before the bonnet: no change at all says that it stands.
  const whole = looks.spot(from.frameId, to.frameId, box);
  return whole !== undefined && whole >= UNCHANGED ? whole : null;
}

function appearanceOf(from: Sight, to: Sight): number | null {
  const [a, b] = [from.vehicle.appearance, to.vehicle.appearance];
  const isHidden = [from, to].some(
    ({ vehicle: { box }, covers }) => largestView(box, covers, LEAST_IN_VIEW.body) === null,
  );
  return isHidden || a.length === 0 || a.length !== b.length ? null : appearanceSimilarity(a, b);
}
