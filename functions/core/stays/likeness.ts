/** Is this the vehicle that stood there before? Plate, picture of the spot and box together. */
import { appearanceSimilarity } from '../appearance.ts';
import type { Box } from '../camera.ts';
import { boxArea, boxIntersection } from '../geometry.ts';
import type { FrameId } from '../ids.ts';
import type { PlateVote } from '../incident.ts';
import { plateAgreement } from '../plates/agreement.ts';
import type { VehicleClass, VehicleSighting } from '../sighting.ts';
import type { Looks } from './place-day.ts';

/** A vehicle in one frame, with what stands before it. */
export interface Sight {
  frameId: FrameId;
  capturedAt: number;
  vehicle: VehicleSighting;
  /** Boxes of this frame that hide part of it. */
  covers: readonly Box[];
}

/** What is known of whoever stands at a spot. */
export interface Known {
  spot: Box;
  vote: PlateVote | null;
  /** Sights to compare with: the last, and the one with the clearest view. */
  references: readonly Sight[];
}

/**
 * Cosine of appearance. Measured on the shipped sequences: the same car .966 and more; two cars .60 in the middle, .825 at
 * the 95th percentile, .94 for two of one model and colour.
 */
const APPEARANCE = { same: 0.92, other: 0.85, otherWhenCovered: 0.7 };
/** Likeness of the spot; .98 and more for the same car, .46 and less for anything else (see scene.ts). */
const SPOT = { same: 0.75, other: 0.55 };
/** Least overlap of boxes, by how sure the rest is. */
const OVERLAP = { samePlate: 0.3, sameLook: 0.4, unsureLook: 0.55, misread: 0.7 };

const isTwoWheeler = (kind: VehicleClass) => kind === 'motorcycle' || kind === 'bicycle';

/** Detectors waver between car, truck and bus, and between the two-wheelers, but not across. */
export const sameKind = (a: VehicleClass, b: VehicleClass): boolean => isTwoWheeler(a) === isTwoWheeler(b);

/** How good a link is, greater is better; null when the sight is another vehicle. */
export function linkStrength(known: Known, sight: Sight, looks: Looks): number | null {
  const [last] = known.references;
  if (last === undefined || !sameKind(last.vehicle.class, sight.vehicle.class)) return null;
  if (boxArea(boxIntersection(known.spot, sight.vehicle.box)) === 0) return null;
  const overlap = visibleOverlap(known.spot, sight.vehicle.box, [...last.covers, ...sight.covers]);
  if (overlap < OVERLAP.samePlate) return null;
  const plates = plateAgreement(known.vote, sight.vehicle.plate);
  if (plates === 'same') return 2 + overlap;
  if (plates === 'different') return null;
  const look = lookOf(known, sight, looks);
  // A misreading is not another car when the picture has not changed at all.
  if (plates === 'slip') return look === 'same' && overlap >= OVERLAP.misread ? overlap : null;
  if (look === 'other') return null;
  if (look === 'same') return overlap >= OVERLAP.sameLook ? 1 + overlap : null;
  return overlap >= OVERLAP.unsureLook ? overlap : null;
}

function lookOf(known: Known, sight: Sight, looks: Looks): 'same' | 'other' | 'unsure' {
  const spot = spotAgainst(known.references, sight.frameId, known.spot, looks);
  if (spot !== undefined && spot >= SPOT.same) return 'same';
  const appearance = appearanceAgainst(known.references, sight.vehicle);
  if (spot === undefined) {
    if (appearance === undefined) return 'unsure';
    return appearance >= APPEARANCE.same ? 'same' : appearance < APPEARANCE.other ? 'other' : 'unsure';
  }
  if (spot >= SPOT.other) return 'unsure';
  // The spot looks different. A passer-by before the vehicle may be why; a body that still looks the same speaks for that.
  const least = sight.covers.length > 0 ? APPEARANCE.otherWhenCovered : APPEARANCE.other;
  return appearance === undefined || appearance < least ? 'other' : 'unsure';
}

/** Best likeness of the spot in this frame with any frame that shows the subject there. */
export function spotAgainst(
  references: readonly Sight[],
  frameId: FrameId,
  box: Box,
  looks: Looks,
): number | undefined {
  let best: number | undefined;
  for (const reference of references) {
    const likeness = looks.spot(reference.frameId, frameId, box);
    if (likeness !== undefined && (best === undefined || likeness > best)) best = likeness;
    if (best !== undefined && best >= SPOT.same) break;
  }
  return best;
}

function appearanceAgainst(references: readonly Sight[], vehicle: VehicleSighting): number | undefined {
  let best: number | undefined;
  for (const reference of references) {
    const other = reference.vehicle.appearance;
    if (other.length === 0 || other.length !== vehicle.appearance.length) continue;
    const cosine = appearanceSimilarity(other, vehicle.appearance);
    if (best === undefined || cosine > best) best = cosine;
  }
  return best;
}

const CELLS = 16;

/**
 * Intersection over union of two boxes over what is hidden in neither frame: a person before the door makes a box
 * shorter, not another car. Exact without covers, on a grid of 16 x 16 with them; 0 when too little is left to tell.
 */
export function visibleOverlap(a: Box, b: Box, covers: readonly Box[]): number {
  const shared = boxArea(boxIntersection(a, b));
  if (shared === 0) return 0;
  const plain = shared / (boxArea(a) + boxArea(b) - shared);
  if (covers.length === 0) return plain;
  const [x0, y0] = [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
  const [dx, dy] = [(Math.max(a[2], b[2]) - x0) / CELLS, (Math.max(a[3], b[3]) - y0) / CELLS];
  let [both, either] = [0, 0];
  for (let cell = 0; cell < CELLS * CELLS; cell++) {
    const x = x0 + ((cell % CELLS) + 0.5) * dx;
    const y = y0 + (Math.floor(cell / CELLS) + 0.5) * dy;
    const [inA, inB] = [holds(a, x, y), holds(b, x, y)];
    if ((!inA && !inB) || covers.some((cover) => holds(cover, x, y))) continue;
    either++;
    if (inA && inB) both++;
  }
  return either >= (CELLS * CELLS) / 8 ? Math.max(plain, both / either) : plain;
}

const holds = ([x0, y0, x1, y1]: Box, x: number, y: number) => x >= x0 && x < x1 && y >= y0 && y < y1;
