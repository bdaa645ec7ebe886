/** Snapshots as GB/T 28181-2022 devices upload them: one bare picture, or several in a form, each named by the standard. */
import type { CameraId, FrameId } from '#core/ids.ts';
import { Refusal, refuse } from '#core/refusal.ts';
import { cameraOfGbDevice } from '#platform/records/cameras.ts';
import type { FrameState } from '#platform/records/frames.ts';
import { type AcceptDependencies, type Accepted, acceptFrame, type Sender } from './accept-frame.ts';
import { parseSnapshotName } from './snapshot-name.ts';

/** Files of a form, or the one the body is; names come from the form, the query or Content-Disposition. */
export async function snapshotFiles(
  body: Uint8Array<ArrayBuffer>,
  { contentType, disposition, name }: { contentType: string; disposition: string; name: string | undefined },
): Promise<SnapshotFile[]> {
  if (!/^multipart\/form-data/i.test(contentType)) {
    const given = name ?? /filename="?([^";]+)"?/i.exec(disposition)?.[1] ?? '';
    return [{ name: given.trim(), bytes: body }];
  }
  const form = await new Response(body, { headers: { 'Content-Type': contentType } }).formData().catch(() => undefined);
  const files: SnapshotFile[] = [];
  for (const [, value] of form ?? []) {
    if (typeof value !== 'string') files.push({ name: value.name, bytes: new Uint8Array(await value.arrayBuffer()) });
  }
  if (files.length >= 1 && files.length <= MAX_FILES) return files;
  throw refuse('snapshot-form-invalid', 400, {
    expected: `a form with 1 to ${MAX_FILES} files`,
    received: form === undefined ? 'a form that does not parse' : `${files.length} files`,
    action: 'Send one picture a file part.',
  });
}

export interface SnapshotFile {
  name: string;
  bytes: Uint8Array;
}

/** A form may hold what the standard's largest session does. */
export const MAX_FILES = 20;

export interface SnapshotOutcome {
  file: string;
  frameId: FrameId | null;
  state: FrameState | null;
  problem: { code: string; message: string } | null;
}
interface Caller {
  /** @throws {Refusal} `camera-not-bound` */
  assertBound: (cameraId: CameraId) => void;
  from: Sender;
}

/**
 * Each file for itself: one that is refused does not spoil the others.
 * @throws {Refusal} that of the only file, when there is only one
 */
export async function acceptSnapshots(
  deps: AcceptDependencies,
  files: readonly SnapshotFile[],
  caller: Caller,
): Promise<SnapshotOutcome[]> {
  const outcomes: SnapshotOutcome[] = [];
  for (const file of files) {
    try {
      const { frameId, state } = (await acceptSnapshot(deps, file, caller)).frame;
      outcomes.push({ file: file.name, frameId, state, problem: null });
    } catch (error) {
      if (!(error instanceof Refusal) || files.length === 1) throw error;
      const problem = { code: error.code, message: error.message };
      outcomes.push({ file: file.name.slice(0, 80), frameId: null, state: null, problem });
    }
  }
  return outcomes;
}

async function acceptSnapshot(deps: AcceptDependencies, file: SnapshotFile, caller: Caller): Promise<Accepted> {
  const { gbDeviceId, capturedAt } = parseSnapshotName(file.name);
  const camera = await cameraOfGbDevice(deps.table, gbDeviceId);
  if (camera === undefined) {
    throw refuse('gb-device-unknown', 404, {
      expected: 'a device id that a registered camera carries (gbDeviceId)',
      received: gbDeviceId,
      action: 'Set gbDeviceId of the camera: PUT /v1/cameras.',
    });
  }
  caller.assertBound(camera.id);
  return acceptFrame(deps, { cameraId: camera.id, capturedAt, bytes: file.bytes, from: caller.from });
}
