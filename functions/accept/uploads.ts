/**
 * Frames by presigned upload: the bytes go straight to the storage, and their arrival there (an S3 event; locally the
 * blob server) calls {@link completeUpload}, which takes the same path with the same checks as a direct push.
 */
import { type CameraId, type FrameId, frameId, type Sha256 } from '#core/ids.ts';
import { Refusal, refuse } from '#core/refusal.ts';
import type { Instant } from '#core/time.ts';
import type { SignedRequest } from '#platform/blobs.ts';
import { type Frame, frameIdOf, getFrame } from '#platform/records/frames.ts';
import { type Upload, uploadPut, uploadRecord } from '#platform/records/uploads.ts';
import {
  type AcceptDependencies,
  type Accepted,
  acceptFrame,
  activeCamera,
  checkTimes,
  type Sender,
  sameFrame,
} from './accept-frame.ts';
import { tooLarge } from './picture.ts';

export interface UploadRequest {
  cameraId: CameraId;
  capturedAt: Instant;
  sha256: Sha256;
  bytes: number;
  from: Sender;
}

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
export async function openUpload(deps: AcceptDependencies, request: UploadRequest): Promise<UploadAnswer> {
  const { cameraId, capturedAt, sha256, bytes, from } = request;
  const now = deps.clock.now();
  await activeCamera(deps.table, cameraId);
  checkTimes(capturedAt, now, undefined, deps.limits);
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
export async function completeUpload(
  deps: AcceptDependencies,
  key: string,
): Promise<Accepted | { kind: 'refused'; refusal: Refusal }> {
  const upload = await uploadOfKey(deps, key);
  const { cameraId, capturedAt, from } = upload;
  const bytes = await deps.blobs.get(key);
  const outcome = bytes === undefined ? await earlierOutcome(deps, upload) : await arrive();
  await deps.blobs.delete(key);
  return outcome;

  async function arrive() {
    try {
      return await acceptFrame(deps, { cameraId, capturedAt, bytes: bytes ?? new Uint8Array(), from });
    } catch (error) {
      if (!(error instanceof Refusal) || error.status >= 500) throw error;
      const refused = { code: error.code, message: error.message };
      await deps.table.write(uploadPut({ ...upload, refused }, deps.clock.now() + RECORD_MS));
      return { kind: 'refused' as const, refusal: error };
    }
  }
}

async function uploadOfKey({ table }: AcceptDependencies, key: string): Promise<Upload> {
  const id = KEY.exec(key)?.[1];
  const upload = id === undefined ? undefined : await uploadRecord(table, frameId(id));
  if (upload !== undefined) return upload;
  throw refuse('upload-unknown', 404, {
    expected: 'the key of an upload that was opened with POST /v1/cameras/{cameraId}/uploads',
    received: key.slice(0, 200),
    action: 'Open an upload first.',
  });
}

/** The bytes were taken care of when the arrival was told the first time. */
async function earlierOutcome({ table }: AcceptDependencies, upload: Upload) {
  const frame = await getFrame(table, upload.frameId);
  if (frame !== undefined) return { kind: 'duplicate' as const, frame: frame.value };
  const { code, message } = upload.refused ?? { code: 'upload-missing', message: 'nothing there' };
  return {
    kind: 'refused' as const,
    refusal: refuse(code, 409, {
      expected: 'uploaded bytes',
      received: message,
      action: 'Open the upload again and send the bytes.',
    }),
  };
}
