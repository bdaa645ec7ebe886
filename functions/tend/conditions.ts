/**
 * Notices that a camera is no longer fit to give evidence, or is again, puts that on record, and has judged anew what it
 * touches: also backwards, to when the camera was last known to be right.
 */
import { type AuditAct, auditStream, systemActor } from '#core/audit.ts';
import { NEVER_RIGHT } from '#core/camera-condition.ts';
import { type Impairment, isImpaired } from '#core/camera-impairment.ts';
import type { CameraId } from '#core/ids.ts';
import { dayOf, type Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import { commit } from '#platform/commit.ts';
import {
  camerasWithNews,
  conditionPut,
  newsTaken,
  readCondition,
  readNews,
} from '#platform/records/camera-conditions.ts';
import { allCameras, zonesOfCamera } from '#platform/records/cameras.ts';
import { asImpairment, declaredImpairments, impairmentsOf } from '#platform/records/impairments.ts';
import type { CorrelateMessage } from '#platform/records/messages.ts';
import { correlatedDays } from '#platform/records/observations.ts';
import { ConflictError, type Put, type Table } from '#platform/table.ts';
import { batches } from './batches.ts';

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

const DAY = 86_400_000;
const KEEP_MS = 30 * DAY;
const AT_ONCE = 50;
/**
 * An impairment may reach back to before anything was right, but a case is decided within 90 days (Administrative Penalty Law
 * art. 60): what is older is decided or closed, and judging it anew would change nothing.
 */
const OPEN_MS = 100 * DAY;

export async function tendConditions(dependencies: ConditionDependencies, now: Instant): Promise<ConditionReport> {
  const { table } = dependencies;
  const changed: CameraId[] = [];
  const nothingNew: Put[] = [];
  for (const ids of batches(await camerasWithNews(table), AT_ONCE)) {
    const looks = await Promise.all(ids.map(async (id) => ({ id, seen: await look(dependencies, id, now) })));
    for (const { id, seen } of looks) {
      if (seen === undefined) continue;
      if (seen.changes.length === 0) nothingNew.push(newsTaken(id, seen.news));
      else if (await record(dependencies, id, now)) changed.push(id);
    }
  }
  await takeTogether(table, nothingNew);
  let impaired = 0;
  for (const cameras of batches(
    (await allCameras(table)).filter(({ enabled }) => enabled),
    AT_ONCE,
  )) {
    const conditions = await Promise.all(cameras.map(({ id }) => readCondition(table, id)));
    impaired += conditions.filter((condition) => isImpaired(condition?.value.known ?? [], now)).length;
  }
  return { changed, impaired };
}

interface Change {
  act: 'camera.impaired' | 'camera.impairment-changed' | 'camera.restored' | 'camera.impairment-lifted';
  impairment: Impairment;
}

/** Most cameras are as they were: their news are taken many at a time, a write to the disk for each would be the whole cost. */
async function takeTogether(table: Table, puts: readonly Put[]): Promise<void> {
  for (const together of batches(puts, AT_ONCE)) {
    await table.transact(together).catch((error: unknown) => {
      // One of them has more to say by now: the next round hears it, and the others again.
      if (!(error instanceof ConflictError)) throw error;
    });
  }
}

async function look({ table, blobs }: ConditionDependencies, id: CameraId, now: Instant) {
  // The news first: whoever writes a reading after this makes the transaction fail.
  const news = await readNews(table, id);
  if (news === undefined || news.value.from === null) return undefined;
  // An impairment that ends where the news begin is among what they tell of.
  const from = news.value.from - 1;
  const stored = await readCondition(table, id);
  const seen = await impairmentsOf({ table, blobs }, id, { from, to: Math.max(now, from) + 1 });
  const declared = (await declaredImpairments(table, id)).map(asImpairment);
  const current = [...seen.filter(({ kind }) => kind !== 'declared'), ...declared];
  const known = stored?.value.known ?? [];
  return { news, from, stored, current, known, changes: changesOf(known, current, from) };
}

/** @returns whether there was something to record when it came to it */
function record(dependencies: ConditionDependencies, id: CameraId, now: Instant): Promise<boolean> {
  const { table } = dependencies;
  return commit(table, async () => {
    const seen = await look(dependencies, id, now);
    if (seen === undefined) return { writes: [], result: false };
    const { news, from, stored, current, known, changes } = seen;
    if (changes.length === 0) return { writes: [newsTaken(id, news)], result: false };
    // Before it is on record: whoever dies in between finds the news again, and judging twice is judging once.
    await judgeAnew(dependencies, id, changes, now);
    const kept = known.filter(({ to, kind }) => kind !== 'declared' && to !== null && to <= from && to > now - KEEP_MS);
    return {
      writes: [newsTaken(id, news), conditionPut(id, { known: [...kept, ...current] }, stored)],
      acts: changes.map((change) => actOf(id, change, now)),
      result: true,
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
  facts: {
    kind: impairment.kind,
    from: impairment.from === NEVER_RIGHT ? null : impairment.from,
    to: impairment.to,
    measured: impairment.facts.zh,
  },
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
  const since = Math.min(...changes.map(({ impairment }) => impairment.from));
  const from = dayOf(Math.max(since, now - OPEN_MS) - DAY);
  const to = dayOf(Math.max(...changes.map(({ impairment }) => impairment.to ?? now)) + DAY);
  for (const place of places) {
    for (const message of await correlatedDays(table, place, { from, to })) await correlate(message);
  }
}
