/** Presigned uploads that were opened, until the frame stands or its refusal has been asked for. */
import type { AuditActor } from '#core/audit.ts';
import type { CameraId, FrameId, Sha256 } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import type { Key, Put, Table } from '../table.ts';

export interface Upload {
  frameId: FrameId;
  cameraId: CameraId;
  capturedAt: Instant;
  /** Announced, and bound into the URL. */
  sha256: Sha256;
  bytes: number;
  from: { actor: AuditActor; address: string };
  openedAt: Instant;
  refused: { code: string; message: string } | null;
}

const uploadKey = (id: FrameId): Key => ({ partition: `upload/${id}`, sort: 'upload' });

export async function uploadRecord(table: Table, id: FrameId): Promise<Upload | undefined> {
  return (await table.get<Upload>(uploadKey(id)))?.value;
}

/** Opening the same upload again is the same upload. */
export function uploadPut(upload: Upload, expiresAt: Instant): Put {
  return { kind: 'put', ...uploadKey(upload.frameId), value: upload, expect: 'any', expiresAt };
}
