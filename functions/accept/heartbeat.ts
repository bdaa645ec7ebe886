/** A camera says that it lives, and what its clock shows. */
import type { CameraId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import { newsWrite } from '#platform/records/camera-conditions.ts';
import { clockReadingPut } from '#platform/records/camera-readings.ts';
import { type CameraHealth, healthPut, readHealth } from '#platform/records/cameras.ts';
import type { Table, Write } from '#platform/table.ts';
import { activeCamera } from './accept-frame.ts';
import type { AcceptLimits } from './limits.ts';

/** A clock that is off is no refusal here: the heartbeat is how one learns of it. */
export async function heartbeat(
  { table, clock, limits }: { table: Table; clock: Clock; limits: AcceptLimits },
  cameraId: CameraId,
  cameraTime: Instant | undefined,
): Promise<CameraHealth & { clockOk: boolean | null }> {
  await activeCamera(table, cameraId);
  const now = clock.now();
  const health = await commit<CameraHealth>(table, async () => {
    const before = (await readHealth(table, cameraId))?.value;
    const result = {
      lastSeen: Math.max(now, before?.lastSeen ?? 0),
      clockOffsetMs: cameraTime === undefined ? (before?.clockOffsetMs ?? null) : cameraTime - now,
      clockCheckedAt: cameraTime === undefined ? (before?.clockCheckedAt ?? null) : now,
    };
    const writes: Write[] = [healthPut(cameraId, result)];
    if (cameraTime !== undefined) {
      writes.push(clockReadingPut(cameraId, { at: now, offsetMs: cameraTime - now }));
      writes.push(await newsWrite(table, cameraId, now));
    }
    return { writes, result };
  });
  const { clockOffsetMs } = health;
  return { ...health, clockOk: clockOffsetMs === null ? null : Math.abs(clockOffsetMs) <= limits.clockLimitMs };
}
