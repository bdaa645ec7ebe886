/**
 * Notices that a camera is no longer fit to give evidence, or is again, puts that on record, and has judged anew what it
 * touches: also backwards, to when the camera was last known to be right.
 */
import { type AuditAct, auditStream, systemActor } from '#core/audit.ts';
import type { Camera } from '#core/camera.ts';
import type { Impairment } from '#core/camera-impairment.ts';
import type { CameraId } from '#core/ids.ts';
import { dayOf, type Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import { commit } from '#platform/commit.ts';
import { latestReading } from '#platform/records/camera-readings.ts';
import { allCameras, zonesOfCamera } from '#platform/records/cameras.ts';
import { asImpairment, declaredImpairments, impairmentsOf } from '#platform/records/impairments.ts';
import type { CorrelateMessage } from '#platform/records/messages.ts';
import { correlatedDays } from '#platform/records/observations.ts';
import type { Table } from '#platform/table.ts';

export interface ConditionDependencies {
  table: Table;
  blobs: Blobs;
  /** Asks for a rule day of a place to be judged anew. Without it only the record is made. */
  correlate?: ((message: CorrelateMessage) => Promise<void>) | undefined;
}

export interface ConditionReport {
  /** Cameras whose impairments began, changed or ended in this round. */
  changed: readonly CameraId[];
  /** Enabled cameras that are impaired now. */
  impaired: number;
}

/** What is on record of a camera's condition. */
interface Condition {
  known: readonly Impairment[];
  lookedAt: Instant;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Frames of an outage come late: so far back every round looks again. */
const LOOK_BACK_MS = 6 * HOUR;
const KEEP_MS = 30 * DAY;

export async function tendConditions(dependencies: ConditionDependencies, now: Instant): Promise<ConditionReport> {
  const changed: CameraId[] = [];
  let impaired = 0;
  for (const camera of await allCameras(dependencies.table)) {
    if (!camera.enabled) continue;
    const { changes, current } = await look(dependencies, camera, now);
    if (current.some(({ to }) => to === null)) impaired += 1;
    if (changes.length === 0) continue;
    changed.push(camera.id);
    await judgeAnew(dependencies, camera.id, changes, now);
  }
  return { changed, impaired };
}

interface Change {
  act: 'camera.impaired' | 'camera.impairment-changed' | 'camera.restored' | 'camera.impairment-lifted';
  impairment: Impairment;
}

function look(
  { table, blobs }: ConditionDependencies,
  { id }: Camera,
  now: Instant,
): Promise<{ changes: readonly Change[]; current: readonly Impairment[] }> {
  const key = { partition: `camera-condition/${id}`, sort: 'condition' };
  return commit(table, async () => {
    const stored = await table.get<Condition>(key);
    const newest = (await latestReading(table, id))?.at ?? 0;
    const from = Math.min(stored?.value.lookedAt ?? now - DAY, now, newest) - LOOK_BACK_MS;
    const seen = await impairmentsOf({ table, blobs }, id, { from, to: now + 1 });
    const declared = (await declaredImpairments(table, id)).map(asImpairment);
    const current = [...seen.filter(({ kind }) => kind !== 'declared'), ...declared];
    const known = stored?.value.known ?? [];
    const changes = changesOf(known, current, from);
    if (changes.length === 0) return { writes: [], result: { changes, current } };
    const kept = known.filter(({ to, kind }) => kind !== 'declared' && to !== null && to <= from && to > now - KEEP_MS);
    return {
      writes: [
        {
          kind: 'put',
          ...key,
          value: { known: [...kept, ...current], lookedAt: now } satisfies Condition,
          expect: stored === undefined ? 'absent' : { version: stored.version },
        },
      ],
      acts: changes.map((change) => actOf(id, change, now)),
      result: { changes, current },
    };
  });
}

/** What is to be told of a camera, from what is on record and what is seen now. Of what ended before `from` nothing is. */
export function changesOf(known: readonly Impairment[], current: readonly Impairment[], from: Instant): Change[] {
  const changes: Change[] = [];
  const rest = new Set(known.filter(({ to, kind }) => kind === 'declared' || to === null || to > from));
  for (const impairment of current) {
    const before = [...rest].find((other) => other.kind === impairment.kind && overlap(other, impairment));
    if (before === undefined) changes.push({ act: 'camera.impaired', impairment });
    else {
      rest.delete(before);
      if (before.from === impairment.from && before.to === impairment.to) continue;
      const isOver = before.to === null && impairment.to !== null;
      changes.push({ act: isOver ? 'camera.restored' : 'camera.impairment-changed', impairment });
    }
  }
  for (const impairment of rest) changes.push({ act: 'camera.impairment-lifted', impairment });
  return changes;
}

const overlap = (a: Impairment, b: Impairment): boolean =>
  (a.to === null || b.from < a.to) && (b.to === null || a.from < b.to);

const actOf = (id: CameraId, { act, impairment }: Change, at: Instant): AuditAct => ({
  stream: auditStream.camera(id, at),
  at,
  actor: systemActor('tend'),
  act,
  subject: id,
  facts: { kind: impairment.kind, from: impairment.from, to: impairment.to, measured: impairment.facts.zh },
});

/** Every rule day of every place of the camera that the changes touch and that was judged before. */
async function judgeAnew(
  { table, correlate }: ConditionDependencies,
  id: CameraId,
  changes: readonly Change[],
  now: Instant,
): Promise<void> {
  if (correlate === undefined) return;
  const places = new Set((await zonesOfCamera(table, id)).map(({ placeId }) => placeId));
  const from = dayOf(Math.min(...changes.map(({ impairment }) => impairment.from)) - DAY);
  const to = dayOf(Math.max(...changes.map(({ impairment }) => impairment.to ?? now)) + DAY);
  for (const place of places) {
    for (const message of await correlatedDays(table, place, { from, to })) await correlate(message);
  }
}
