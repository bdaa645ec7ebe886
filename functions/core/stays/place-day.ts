/**
 * What correlation works on: everything known of one place on one rule day. Stays are a function of this *set*, so the
 * order, repetition and concurrency of frames cannot matter (docs/decisions/0001-stays-from-sets.md).
 */
import type { Box, Permit, Polygon, Rule, Zone } from '../camera.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { CameraId, FrameId, PlaceId, SightingId } from '../ids.ts';
import type { Observation } from '../sighting.ts';
import type { Instant } from '../time.ts';

export interface PlaceDay {
  placeId: PlaceId;
  /** The rule day, half-open; see `dayInterval`. What was captured outside it is left out. */
  day: { from: Instant; to: Instant };
  /**
   * Whether the place was observed after `day.to`: then what still stood at the end of the day was ended by the
   * boundary. Otherwise it is ongoing.
   */
  closed: boolean;
  observations: readonly Observation[];
  /** All versions. */
  zones: readonly Zone[];
  /** All versions. */
  rules: readonly Rule[];
  permits: readonly Permit[];
  /** The size [width, height] that each camera's zones are drawn on, where frames may come in another. */
  drawnOn?: ReadonlyMap<CameraId, readonly [number, number]>;
}

/** How a storefront zone of one frame was judged against its clear reference. */
export interface OccupancyVerdict {
  verdict: 'occupied' | 'clear' | 'hidden';
  /** Share of the zone that is occupied, 0..1. */
  share: number;
  /** 0..1 */
  confidence: number;
  /** False when what occupies it was there in this frame only. */
  lasting?: boolean;
  /** Around what was put out, in pixels of the frame. */
  outline?: readonly Polygon[];
}

/** What has to be looked up in the pixels that were kept; everything else stands in the observations. */
export interface Looks {
  /**
   * Likeness of one spot in two frames of one camera, -1..1 (`spotLikeness`); undefined when a scene was not kept.
   * @param box pixels of the original frame
   */
  spot(a: FrameId, b: FrameId, box: Box): number | undefined;
  occupancy: ReadonlyMap<SightingId, OccupancyVerdict>;
}

/** The frames of each camera within the day by capture time, each instant of a camera once; cameras by id. */
export function framesByCamera({ observations, day }: PlaceDay): ReadonlyMap<CameraId, readonly Observation[]> {
  const once = new Map<string, Observation>();
  for (const observation of observations) {
    if (observation.capturedAt < day.from || observation.capturedAt >= day.to) continue;
    const key = `${observation.cameraId} ${observation.capturedAt}`;
    const known = once.get(key);
    once.set(key, known === undefined ? observation : earlier(known, observation));
  }
  const inOrder = [...once.values()].sort(
    (a, b) => compareText(a.cameraId, b.cameraId) || a.capturedAt - b.capturedAt || compareText(a.frameId, b.frameId),
  );
  const byCamera = new Map<CameraId, Observation[]>();
  for (const observation of inOrder) {
    const frames = byCamera.get(observation.cameraId);
    if (frames === undefined) byCamera.set(observation.cameraId, [observation]);
    else frames.push(observation);
  }
  return byCamera;
}

/** Which of two observations of one camera and instant to keep, whatever order they came in. */
function earlier(a: Observation, b: Observation): Observation {
  if (a === b) return a;
  if (a.frameId !== b.frameId) return a.frameId < b.frameId ? a : b;
  return canonicalJson(a) <= canonicalJson(b) ? a : b;
}

export const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** The middle value, or the mean of the two in the middle; undefined for none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
