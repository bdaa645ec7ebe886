/**
 * Frames by presigned upload: the bytes go straight to the storage, and their arrival there (an S3 event; locally the
 * blob server) calls {@link completeUpload}, which takes the same path with the same checks as a direct push.
 */
import { type CameraId, type FrameId, frameId, type Sha256 } from '#core/ids.ts';
import { Refusal, refuse } from '#core/refusal.ts';
import type { Instant } from '#core/time.ts';
import type { SignedRequest } from '#platform/blobs.ts';
import { type Frame, frameIdOf, getFrame } from '#platform/records/frames.ts';
import { type Upload, uploadDelete, uploadPut, uploadRecord, uploadsOpenedBefore } from '#platform/records/uploads.ts';
import { ConflictError, type Put, type Table } from '#platform/table.ts';
import {
  type AcceptDependencies,
  type Accepted,
  acceptFrame,
  activeCamera,
  checkTimes,
  type Sender,
  sameFrame,
} from './accept-frame.ts';
import { tooLarge } from './too-large.ts';

export interface UploadRequest {
  cameraId: CameraId;
  capturedAt: Instant;
  sha256: Sha256;
  bytes: number;
  from: Sender;
}

/** Who opens uploads looks at no picture. */
export type UploadDesk = Pick<AcceptDependencies, 'table' | 'blobs' | 'clock' | 'limits'>;

export type UploadAnswer =
  | { kind: 'open'; frameId: FrameId; request: SignedRequest }
  /** The frame is here already: nothing to upload. */
  | { kind: 'duplicate'; frame: Frame };

/** The stored key names the frame, so that its arrival says all. */
const keyOf = (id: FrameId) => `uploads/${id}.jpg`;
const KEY = /^uploads\/(.+)\.jpg$/;
/** A record outlives its URL: an arrival may be told late, and whoever asks later learns why it was refused. */
const RECORD_MS = 30 * 86_400_000;

/** @throws {Refusal} whatever can be said before the bytes are there; see {@link acceptFrame} */
export async function openUpload(deps: UploadDesk, request: UploadRequest): Promise<UploadAnswer> {
  const { cameraId, capturedAt, sha256, bytes, from } = request;
  const now = deps.clock.now();
  await activeCamera(deps.table, cameraId);
  checkTimes(capturedAt, now, null, deps.limits);
  if (bytes > deps.limits.maxBytes) throw tooLarge(`${bytes} bytes announced`, deps.limits);
  const known = await sameFrame(deps.table, request);
  if (known !== undefined) return { kind: 'duplicate', frame: known };
  const id = frameIdOf(cameraId, capturedAt, sha256);
  const upload: Upload = { frameId: id, cameraId, capturedAt, sha256, bytes, from, openedAt: now, refused: null };
  await deps.table.write(uploadPut(upload, now + RECORD_MS));
  const expiresAt = now + deps.limits.uploadOpenMs;
  const signed = await deps.blobs.presignPut(keyOf(id), { expiresAt, bytes, sha256, contentType: 'image/jpeg' });
  return { kind: 'open', frameId: id, request: signed };
}

/**
 * Idempotent: the storage may tell of an arrival more than once. A refusal is an answer here, not a failure: it is
 * kept for `GET /v1/frames/{frameId}`, and the uploaded bytes are deleted.
 * @param key of the blob that arrived
 * @throws {Refusal} `upload-unknown`
 */
export async function completeUpload(deps: AcceptDependencies, key: string): Promise<UploadOutcome> {
  const id = frameId(KEY.exec(key)?.[1] ?? '');
  const upload = await uploadRecord(deps.table, id);
  const bytes = await deps.blobs.get(key);
  if (upload === undefined || bytes === undefined) return earlierOutcome(deps, id, upload);
  const outcome = await arrive(deps, upload, bytes);
  // Bytes before the record: whatever a crash leaves is found again by resumeUploads.
  await deps.blobs.delete(key);
  await deps.table.write(
    outcome.kind === 'refused'
      ? uploadPut({ ...upload, refused: outcome.refusal }, deps.clock.now() + RECORD_MS)
      : uploadDelete(id),
  );
  return outcome;
}

export type UploadOutcome = Accepted | { kind: 'refused'; refusal: { code: string; message: string } };

async function arrive(
  deps: AcceptDependencies,
  { cameraId, capturedAt, from }: Upload,
  bytes: Uint8Array,
): Promise<UploadOutcome> {
  try {
    return await acceptFrame(deps, { cameraId, capturedAt, bytes, from });
  } catch (error) {
    if (!(error instanceof Refusal) || error.status >= 500) throw error;
    return { kind: 'refused', refusal: { code: error.code, message: error.message } };
  }
}

/** The arrival was told before, and the bytes were taken care of then. */
async function earlierOutcome(
  { table }: AcceptDependencies,
  id: FrameId,
  upload: Upload | undefined,
): Promise<UploadOutcome> {
  const frame = await getFrame(table, id);
  if (frame !== undefined) return { kind: 'duplicate', frame: frame.value };
  if (upload !== undefined && upload.refused !== null) return { kind: 'refused', refusal: upload.refused };
  throw refuse('upload-unknown', 404, {
    expected: 'the arrival of an upload that was opened with POST /v1/cameras/{cameraId}/uploads',
    received: id === '' ? 'another key' : id,
    action: 'Open the upload, then send the bytes to its URL.',
  });
}

/**
 * Completes uploads whose arrival was never told, and closes those that never came; `tend` calls it now and then.
 * @returns how many of each
 */
export async function resumeUploads(deps: AcceptDependencies): Promise<{ completed: number; abandoned: number }> {
  const now = deps.clock.now();
  const counts = { completed: 0, abandoned: 0 };
  for (const { value: upload, version } of await uploadsOpenedBefore(deps.table, now - deps.limits.uploadOpenMs)) {
    const key = keyOf(upload.frameId);
    if ((await deps.blobs.head(key)) !== undefined) {
      await completeUpload(deps, key);
      counts.completed += 1;
    } else {
      const put = uploadPut({ ...upload, refused: ABANDONED }, now + RECORD_MS, { version });
      if (await unlessOvertaken(deps.table, put)) counts.abandoned += 1;
    }
  }
  return counts;
}

/** Bytes that came this very moment were taken care of, and what became of them stands. */
async function unlessOvertaken(table: Table, put: Put): Promise<boolean> {
  try {
    await table.write(put);
    return true;
  } catch (error) {
    if (error instanceof ConflictError) return false;
    throw error;
  }
}

const ABANDONED = { code: 'upload-abandoned', message: 'Expected the bytes while the URL was open, received none.' };
