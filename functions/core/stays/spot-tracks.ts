/**
 * The vehicles that stood still before one camera: frames in capture order, every sighting given to the spot it
 * continues, best first and one to one. A track is a vehicle at a spot, not a path: whoever drives leaves its spot at once.
 */
import type { Box } from '../camera.ts';
import { boundsOf, iou } from '../geometry.ts';
import type { CameraId } from '../ids.ts';
import type { PlateVote } from '../incident.ts';
import { bestGuess, type FrameRead } from '../plates/vote.ts';
import type { Observation, VehicleSighting } from '../sighting.ts';
import type { Instant } from '../time.ts';
import { type Known, linkStrength, type Sight, sameKind } from './likeness.ts';
import { mendMisreadings } from './misread.ts';
import { compareText, type Looks, median } from './place-day.ts';
import { coversOf, type SpotState, spotState } from './spot-state.ts';
import type { Departure, SpotTrack } from './spot-track.ts';

/** The spot is the median of this many boxes and then stays: something that creeps leaves it. */
const SPOT_BOXES = 15;
/** The surest readings of a track, against which a new one is compared. */
const READS_KEPT = 6;
/** Two boxes of one frame that overlap more are one vehicle found twice. */
const TWICE = { box: 0.8, aroundOnePlate: 0.4 };

interface OpenTrack {
  order: number;
  sights: Sight[];
  known: Known;
  reads: FrameRead[];
  vote: PlateVote | null;
  free: { since: Departure; frames: number } | null;
}

/**
 * @param frames of one camera, by capture time
 * @param departureFrames how many frames must show the spot without the vehicle (`Rule.departureFrames`)
 */
export function trackSpots(
  frames: readonly Observation[],
  looks: Looks,
  departureFrames: (vehicle: VehicleSighting, at: Instant) => number,
): SpotTrack[] {
  const finished: { order: number; track: SpotTrack }[] = [];
  let open: OpenTrack[] = [];
  let order = 0;
  for (const [index, frame] of frames.entries()) {
    const neighbours = [frames[index - 1], frames[index + 1]].flatMap((other) => other?.frameId ?? []);
    const sights = sightsOf(frame);
    const taken = assign(open, sights, looks);
    const stillOpen: OpenTrack[] = [];
    for (const track of open) {
      const sight = taken.get(track);
      if (sight !== undefined) extend(track, sight);
      const state = sight === undefined ? spotState(track.known, frame, sights, neighbours, looks) : 'still';
      const needed = departureFrames(lastOf(track).vehicle, frame.capturedAt);
      const departure = departureBy(track, state, frame.capturedAt, needed);
      if (departure === null) stillOpen.push(track);
      else finished.push({ order: track.order, track: finish(frame.cameraId, track, departure) });
    }
    const continued = new Set(taken.values());
    for (const sight of sights) if (!continued.has(sight)) stillOpen.push(begin(order++, sight));
    open = stillOpen;
  }
  const cameraId = frames[0]?.cameraId;
  if (cameraId === undefined) return [];
  for (const track of open) finished.push({ order: track.order, track: finish(cameraId, track, null) });
  const inOrder = finished.sort((a, b) => a.order - b.order).map(({ track }) => track);
  return mendMisreadings(inOrder, looks);
}

/** Vehicles of a frame, each once, by id. */
function sightsOf(frame: Observation): Sight[] {
  const once: VehicleSighting[] = [];
  for (const vehicle of frame.vehicles.toSorted((a, b) => b.score - a.score || compareText(a.id, b.id))) {
    const twin = once.findIndex((other) => isTwin(other, vehicle));
    const kept = once[twin];
    if (kept === undefined) once.push(vehicle);
    else if (kept.plate === null && vehicle.plate !== null) once[twin] = { ...kept, plate: vehicle.plate };
  }
  return once
    .sort((a, b) => compareText(a.id, b.id))
    .map((vehicle) => ({
      frameId: frame.frameId,
      capturedAt: frame.capturedAt,
      vehicle,
      covers: coversOf(vehicle.box, frame, vehicle.box),
    }));
}

/** One vehicle found twice: nearly the same box, or much of it around the very same plate. */
function isTwin(a: VehicleSighting, b: VehicleSighting): boolean {
  if (!sameKind(a.class, b.class)) return false;
  const overlap = iou(a.box, b.box);
  if (overlap > TWICE.box) return true;
  if (overlap < TWICE.aroundOnePlate || a.plate === null || b.plate === null) return false;
  const [p, q] = [boundsOf(a.plate.corners), boundsOf(b.plate.corners)];
  return iou(p, q) > 0.3;
}

/** Best first, one to one. */
function assign(tracks: readonly OpenTrack[], sights: readonly Sight[], looks: Looks): Map<OpenTrack, Sight> {
  const links: { track: OpenTrack; sight: Sight; strength: number }[] = [];
  for (const track of tracks) {
    for (const sight of sights) {
      const strength = linkStrength(track.known, sight, looks);
      if (strength !== null) links.push({ track, sight, strength });
    }
  }
  links.sort(
    (a, b) =>
      b.strength - a.strength || a.track.order - b.track.order || compareText(a.sight.vehicle.id, b.sight.vehicle.id),
  );
  const taken = new Map<OpenTrack, Sight>();
  const used = new Set<Sight>();
  for (const { track, sight } of links) {
    if (taken.has(track) || used.has(sight)) continue;
    taken.set(track, sight);
    used.add(sight);
  }
  return taken;
}

const lastOf = ({ sights }: OpenTrack): Sight => {
  const last = sights.at(-1);
  if (last === undefined) throw new RangeError('Expected a track with at least one sighting');
  return last;
};

function begin(order: number, sight: Sight): OpenTrack {
  const reads = sight.vehicle.plate === null ? [] : [{ frameId: sight.frameId, read: sight.vehicle.plate }];
  const vote = bestGuess(reads);
  const known = { spot: sight.vehicle.box, vote, references: [sight] };
  return { order, sights: [sight], known, reads, vote, free: null };
}

function extend(track: OpenTrack, sight: Sight): void {
  track.sights.push(sight);
  track.free = null;
  if (sight.vehicle.plate !== null) {
    const reads = [...track.reads, { frameId: sight.frameId, read: sight.vehicle.plate }]
      .sort((a, b) => b.read.confidence - a.read.confidence)
      .slice(0, READS_KEPT);
    if (reads.some((read) => !track.reads.includes(read))) {
      track.reads = reads;
      track.vote = bestGuess(reads);
    }
  }
  const clearest = [...track.known.references, sight].reduce((best, other) =>
    other.covers.length < best.covers.length ? other : best,
  );
  track.known = {
    spot: track.sights.length <= SPOT_BOXES ? medianBox(track.sights) : track.known.spot,
    vote: track.vote,
    references: clearest === sight ? [sight] : [sight, clearest],
  };
}

function medianBox(sights: readonly Sight[]): Box {
  const side = (index: 0 | 1 | 2 | 3) => median(sights.map(({ vehicle }) => vehicle.box[index])) ?? 0;
  return [side(0), side(1), side(2), side(3)];
}

function departureBy(track: OpenTrack, state: SpotState, at: Instant, needed: number): Departure | null {
  if (state === 'hidden') return null;
  if (state === 'still') {
    track.free = null;
    return null;
  }
  const kind = state === 'free' ? 'departed' : 'replaced';
  track.free = { since: track.free?.since ?? { kind, at }, frames: (track.free?.frames ?? 0) + 1 };
  return state === 'taken' || track.free.frames >= needed ? track.free.since : null;
}

function finish(cameraId: CameraId, { sights }: OpenTrack, departure: Departure | null): SpotTrack {
  return { cameraId, sights, departure };
}
