/** How a camera is when it takes a frame, held against the view its zones were drawn on. */
import type { CameraId, FrameId } from '#core/ids.ts';
import { encodeScene } from '#core/scene-bytes.ts';
import type { Scene } from '#core/sighting.ts';
import type { Instant } from '#core/time.ts';
import { poorness, type ViewQuality } from '#core/view/quality.ts';
import type { Blobs } from '#platform/blobs.ts';
import { type ViewJudge, viewJudge } from '#platform/camera-view.ts';
import {
  KEEP_READING_MS,
  readingOf,
  readingPut,
  referenceSceneKey,
  type StoredReading,
} from '#platform/records/camera-readings.ts';
import { partsOfFrameId } from '#platform/records/frames.ts';
import type { Put, Table } from '#platform/table.ts';
import { keepDerived } from './keep-derived.ts';

interface Store {
  table: Table;
  blobs: Blobs;
}
interface Seen {
  frameId: FrameId;
  capturedAt: Instant;
  quality: ViewQuality;
  scene: Scene;
}

/** @returns what is to be written with the frame's observation; what others will be held against is put aside on the way */
export async function readView(store: Store, id: CameraId, seen: Seen): Promise<Put[]> {
  const { frameId, capturedAt: at, quality, scene } = seen;
  const judge = await viewJudge(store, id);
  const against = await judge.referenceAt(at);
  const verdict = against === undefined ? null : await judge.verdict(against, frameId, scene);
  const compared = against === undefined || verdict === null ? null : { against, verdict };
  const reading: StoredReading = { at, frameId, quality, compared };
  if (isReference(reading, against)) {
    await keepDerived(store.blobs, referenceSceneKey(frameId), encodeScene(scene));
    return [readingPut(id, reading, null)];
  }
  const aside = against === undefined || against === frameId ? [] : await putAside(store, id, judge, against);
  return [readingPut(id, reading, at + KEEP_READING_MS), ...aside];
}

/** Whether it shows something, and what was there to be held against, if anything was, was taken later. */
function isReference({ at, quality }: StoredReading, against: FrameId | undefined): boolean {
  const standing = against === undefined ? undefined : partsOfFrameId(against)?.capturedAt;
  return poorness(quality) === null && (standing === undefined || at < standing);
}

/** A frame becomes the reference also by what happens to zones after it: its scene must outlive it from then on. */
async function putAside({ table, blobs }: Store, id: CameraId, judge: ViewJudge, of: FrameId): Promise<Put[]> {
  const scene = await judge.passingScene(of);
  if (scene === undefined) return [];
  await keepDerived(blobs, referenceSceneKey(of), scene);
  const capturedAt = partsOfFrameId(of)?.capturedAt;
  const reading = capturedAt === undefined ? undefined : await readingOf(table, id, { frameId: of, capturedAt });
  return reading === undefined ? [] : [readingPut(id, reading, null)];
}
