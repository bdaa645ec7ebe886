/** Cameras that fell silent: an enforcement gap, or somebody's hand on the cable. */
import type { CameraId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import { allCameras, readHealth } from '#platform/records/cameras.ts';
import type { Table } from '#platform/table.ts';
import { batches } from './batches.ts';

export interface SilentCamera {
  cameraId: CameraId;
  name: string;
  jurisdiction: string;
  /** Null when it never spoke. */
  lastSeen: Instant | null;
}

const AT_ONCE = 50;

/** Enabled cameras from which neither a frame nor a heartbeat came since `since`, longest silent first. */
export async function silentCameras(table: Table, since: Instant): Promise<readonly SilentCamera[]> {
  const enabled = (await allCameras(table)).filter((camera) => camera.enabled);
  const silent: SilentCamera[] = [];
  for (const batch of batches(enabled, AT_ONCE)) {
    const health = await Promise.all(batch.map(({ id }) => readHealth(table, id)));
    for (const [index, { id, name, jurisdiction }] of batch.entries()) {
      const lastSeen = health[index]?.value.lastSeen ?? null;
      if (lastSeen === null || lastSeen < since) silent.push({ cameraId: id, name, jurisdiction, lastSeen });
    }
  }
  return silent.sort((a, b) => (a.lastSeen ?? 0) - (b.lastSeen ?? 0));
}
