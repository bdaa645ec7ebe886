/** Presigned uploads that were opened, until the frame stands or its refusal has been asked for. */
import type { AuditActor } from '#core/audit.ts';
import type { CameraId, FrameId, Sha256 } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import type { Delete, Item, Key, Put, Table } from '../table.ts';
import { shardedAll, shardedKey } from './sharded-index.ts';

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

export const readUpload = (table: Table, id: FrameId): Promise<Item<Upload> | undefined> =>
  table.get<Upload>(uploadKey(id));

export async function uploadRecord(table: Table, id: FrameId): Promise<Upload | undefined> {
  return (await readUpload(table, id))?.value;
}

/** Opening the same upload again is the same upload. While its bytes are awaited it is found by its age. */
export function uploadPut(upload: Upload, expiresAt: Instant, expect: Put['expect'] = 'any'): Put {
  const put = { kind: 'put', ...uploadKey(upload.frameId), value: upload, expect, expiresAt } as const;
  if (upload.refused !== null) return put;
  const sort = `${new Date(upload.openedAt).toISOString()}/${upload.frameId}`;
  return { ...put, index: shardedKey(OPEN, upload.frameId, sort) };
}

/** Once the frame stands, its record says all. */
export const uploadDelete = (id: FrameId): Delete => ({ kind: 'delete', ...uploadKey(id), expect: 'any' });

/** Uploads whose bytes are still awaited. Read through the index, and each again as it stands. */
export async function uploadsOpenedBefore(table: Table, before: Instant): Promise<Item<Upload>[]> {
  const uploads: Item<Upload>[] = [];
  const range = { to: new Date(before).toISOString() };
  for await (const { value } of shardedAll<Upload>(table, OPEN, range)) {
    const read = await readUpload(table, value.frameId);
    if (read !== undefined && read.value.refused === null && read.value.openedAt < before) uploads.push(read);
  }
  return uploads;
}

const OPEN = 'uploads-open';
