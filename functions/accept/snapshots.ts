/** Snapshots as GB/T 28181-2022 devices upload them: one bare picture, or several in a form, each named by the standard. */
import type { CameraId } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import { cameraOfGbDevice } from '#platform/records/cameras.ts';
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

/** @throws {Refusal} `snapshot-name-invalid`, `gb-device-unknown`, `camera-not-bound`, and those of {@link acceptFrame} */
export async function acceptSnapshot(
  deps: AcceptDependencies,
  file: SnapshotFile,
  caller: { assertBound: (cameraId: CameraId) => void; from: Sender },
): Promise<Accepted> {
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
