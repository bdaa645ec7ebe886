/** 全景快照: the frames a case rests on, once each, and without those that prove nothing about their own instant. */
import type { CameraId, FrameId } from '../ids.ts';
import type { StaySighting } from '../incident.ts';
import type { Instant } from '../time.ts';
import type { CaseFacts } from './requirement.ts';

export interface Panorama {
  frameId: FrameId;
  cameraId: CameraId;
  capturedAt: Instant;
  /** Pixels. */
  width: number;
  height: number;
}

/** By capture time. A frame with the bytes of an earlier one was not taken when it says: it is none. */
export function panoramasOf({ incident, frames }: Pick<CaseFacts, 'incident' | 'frames'>): Panorama[] {
  const cited = new Set(incident.stay.sightings.map(({ frameId }) => frameId));
  return frames
    .filter(({ frameId, repeats }) => cited.has(frameId) && repeats === null)
    .map(({ frameId, cameraId, capturedAt, width, height }) => ({ frameId, cameraId, capturedAt, width, height }))
    .sort((a, b) => a.capturedAt - b.capturedAt || (a.frameId < b.frameId ? -1 : 1));
}

/** The first and the last of the camera that has them farthest apart; undefined without two of one camera. */
export function farthestPair(panoramas: readonly Panorama[]): readonly [Panorama, Panorama] | undefined {
  let best: readonly [Panorama, Panorama] | undefined;
  const apart = ([first, last]: readonly [Panorama, Panorama]) => last.capturedAt - first.capturedAt;
  for (const camera of new Set(panoramas.map(({ cameraId }) => cameraId))) {
    const own = panoramas.filter(({ cameraId }) => cameraId === camera);
    const [first, last] = [own[0], own.at(-1)];
    if (first === undefined || last === undefined || own.length < 2) continue;
    if (best === undefined || apart([first, last]) > apart(best)) best = [first, last];
  }
  return best;
}

/** Distinct sightings of a stay by camera and instant, as a person counts them. */
export const momentsOf = (sightings: readonly StaySighting[]): number =>
  new Set(sightings.map(({ frameId }) => frameId)).size;
