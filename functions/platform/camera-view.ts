/**
 * Where a camera should look: the view that its zones were drawn on. The reference for an instant is what an administrator
 * confirmed last before it, else the first good frame since the newest drawing in force: a function of the set of frames,
 * whatever order they came in.
 */
import { type Camera, inForce, type Zone } from '#core/camera.ts';
import { groupBy } from '#core/group-by.ts';
import type { CameraId, FrameId } from '#core/ids.ts';
import { decodeScene } from '#core/scene-bytes.ts';
import type { Scene } from '#core/sighting.ts';
import type { Instant } from '#core/time.ts';
import { compareViews, type ViewVerdict } from '#core/view/compare.ts';
import { poorness } from '#core/view/quality.ts';
import { BlobCorruptError, type Blobs } from './blobs.ts';
import { firstReadings, referenceSceneKey, viewReferences } from './records/camera-readings.ts';
import { zonesOfCamera } from './records/cameras.ts';
import { sceneKey } from './records/observations.ts';
import type { Table } from './table.ts';

/** How many frames are looked through for a good one. */
const CANDIDATES = 20;

export interface ViewJudge {
  /** The frame to hold others against at an instant; undefined before there is one. */
  referenceAt(at: Instant): Promise<FrameId | undefined>;
  /** Null when nothing was kept to compare. */
  verdict(against: FrameId, frame: FrameId, scene?: Scene): Promise<ViewVerdict | null>;
}

/** For one camera and a moment's work: what it reads it keeps. */
export async function viewJudge(
  { table, blobs }: { table: Table; blobs: Blobs },
  id: Camera['id'],
): Promise<ViewJudge> {
  const [zones, confirmed] = await Promise.all([zonesOfCamera(table, id), viewReferences(table, id)]);
  const byZone = [...groupBy(zones, (zone) => zone.id).values()];
  const firstSince = new Map<Instant, Promise<FrameId | undefined>>();
  const scenes = new Map<FrameId, Promise<Scene | undefined>>();
  const sceneOf = (frame: FrameId) => {
    const known = scenes.get(frame) ?? readScene(blobs, frame);
    scenes.set(frame, known);
    return known;
  };
  return {
    async referenceAt(at) {
      const since = drawnSince(byZone, at);
      const standing = confirmed.findLast(({ capturedAt }) => capturedAt <= at && capturedAt >= since);
      if (standing !== undefined) return standing.frameId;
      const first = firstSince.get(since) ?? firstGood(table, id, since);
      firstSince.set(since, first);
      return first;
    },
    async verdict(against, frame, scene) {
      if (against === frame) return { kind: 'still' };
      const [reference, own] = await Promise.all([sceneOf(against), scene ?? sceneOf(frame)]);
      return reference === undefined || own === undefined ? null : compareViews(reference, own);
    },
  };
}

/** When the newest zone version in force at an instant was drawn; 0 when none was. */
function drawnSince(byZone: readonly (readonly Zone[])[], at: Instant): Instant {
  return Math.max(0, ...byZone.map((versions) => inForce(versions, at)?.effectiveFrom ?? 0));
}

async function firstGood(table: Table, id: CameraId, since: Instant): Promise<FrameId | undefined> {
  const first = await firstReadings(table, id, since, CANDIDATES);
  return first.find(({ quality }) => poorness(quality) === null)?.frameId;
}

async function readScene(blobs: Blobs, frame: FrameId): Promise<Scene | undefined> {
  for (const key of [referenceSceneKey(frame), sceneKey(frame)]) {
    try {
      const bytes = await blobs.get(key);
      if (bytes !== undefined) return decodeScene(bytes);
    } catch (error) {
      if (!(error instanceof BlobCorruptError)) throw error;
    }
  }
  return undefined;
}
