/**
 * Where a camera should look: the view that its zones were drawn on. The reference for an instant is what an administrator
 * confirmed last before it, else the first good frame since the oldest drawing in force: a function of the set of frames,
 * whatever order they came in.
 */
import type { Camera } from '#core/camera.ts';
import type { FrameId } from '#core/ids.ts';
import { decodeScene } from '#core/scene-bytes.ts';
import type { Scene } from '#core/sighting.ts';
import type { Instant } from '#core/time.ts';
import { compareViews, type ViewVerdict } from '#core/view/compare.ts';
import { drawings } from '#core/view/drawing.ts';
import { BlobCorruptError, type Blobs } from './blobs.ts';
import { firstGoodReading, referenceSceneKey, viewReferences } from './records/camera-readings.ts';
import { zonesOfCamera } from './records/cameras.ts';
import { sceneKey } from './records/observations.ts';
import type { Table } from './table.ts';

export interface ViewJudge {
  /** The frame to hold others against at an instant; undefined before there is one. */
  referenceAt(at: Instant): Promise<FrameId | undefined>;
  /** Null when nothing was kept to compare. */
  verdict(against: FrameId, frame: FrameId, scene?: Scene): Promise<ViewVerdict | null>;
  /** The bytes of a reference's scene where they go when their frame goes; undefined when they were put aside. */
  passingScene(of: FrameId): Promise<Uint8Array | undefined>;
}

/** What two pictures say of each other never changes: after another reference a day is compared once, not at each look. */
const compared = new Map<string, ViewVerdict>();
const MOST_COMPARED = 100_000;

/** For one camera and a moment's work: what it reads it keeps. */
export async function viewJudge(
  { table, blobs }: { table: Table; blobs: Blobs },
  id: Camera['id'],
): Promise<ViewJudge> {
  const [zones, confirmed] = await Promise.all([zonesOfCamera(table, id), viewReferences(table, id)]);
  const drawnSince = drawings(zones);
  const firstSince = new Map<Instant, Promise<FrameId | undefined>>();
  const scenes = new Map<FrameId, Promise<Scene | undefined>>();
  const sceneOf = (frame: FrameId) => {
    const known = scenes.get(frame) ?? readScene(blobs, frame);
    scenes.set(frame, known);
    return known;
  };
  return {
    async referenceAt(at) {
      const since = drawnSince(at);
      const standing = confirmed.findLast(({ capturedAt }) => capturedAt <= at && capturedAt >= since);
      if (standing !== undefined) return standing.frameId;
      const first = firstSince.get(since) ?? firstGoodReading(table, id, since).then((reading) => reading?.frameId);
      firstSince.set(since, first);
      return first;
    },
    async verdict(against, frame, scene) {
      if (against === frame) return { kind: 'still' };
      const key = `${against} ${frame}`;
      const known = compared.get(key);
      if (known !== undefined) return known;
      const [reference, own] = await Promise.all([sceneOf(against), scene ?? readScene(blobs, frame)]);
      if (reference === undefined || own === undefined) return null;
      const verdict = compareViews(reference, own);
      if (compared.size >= MOST_COMPARED) compared.clear();
      compared.set(key, verdict);
      return verdict;
    },
    async passingScene(of) {
      const kept = await readWhole(blobs, referenceSceneKey(of));
      return kept === undefined ? readWhole(blobs, sceneKey(of)) : undefined;
    },
  };
}

async function readScene(blobs: Blobs, frame: FrameId): Promise<Scene | undefined> {
  for (const key of [referenceSceneKey(frame), sceneKey(frame)]) {
    const bytes = await readWhole(blobs, key);
    if (bytes !== undefined) return decodeScene(bytes);
  }
  return undefined;
}

async function readWhole(blobs: Blobs, key: string): Promise<Uint8Array | undefined> {
  try {
    return await blobs.get(key);
  } catch (error) {
    if (error instanceof BlobCorruptError) return undefined;
    throw error;
  }
}
