/**
 * Frames nobody needs are deleted when their time is over (公共安全视频图像信息系统管理条例 art. 17: at least 30 days;
 * what is no evidence has no reason to stay longer). The record stays and says that they were there.
 *
 * Deleting goes in two steps, so that a crash between them leaves nothing behind: the record is marked together with a
 * row that names the bytes; then the bytes go, then the row.
 */
import { auditStream, systemActor } from '#core/audit.ts';
import { type FrameId, frameId, type Sha256, sha256Of } from '#core/ids.ts';
import type { Observation } from '#core/sighting.ts';
import type { Instant } from '#core/time.ts';
import { BlobHeldError, type Blobs } from '#platform/blobs.ts';
import { commit } from '#platform/commit.ts';
import { incidentsOfFrame } from '#platform/records/frame-incidents.ts';
import {
  discardedWrites,
  type Frame,
  type FrameState,
  framesInState,
  framesWithBytes,
  getFrame,
} from '#platform/records/frames.ts';
import { featuresKey, observationPut, observationsBetween, sceneKey } from '#platform/records/observations.ts';
import { ConflictError, type Item, type Put, queryAll, type Table } from '#platform/table.ts';

export interface Retention {
  table: Table;
  blobs: Blobs;
  /** How long a frame stays that no incident cites. Milliseconds. */
  keepMs: number;
  /** How many frames a round looks at. */
  atOnce: number;
}

export interface RetentionReport {
  frames: number;
  bytes: number;
}

/** Every frame is looked at once a day; where a round stopped, the next goes on. */
const WALK_EVERY_MS = 24 * 3_600_000;
const WALK = { partition: 'tend', sort: 'retention-walk' };
const STATES: readonly FrameState[] = ['inspected', 'refused'];

interface Walk {
  startedAt: Instant;
  state: FrameState | null;
  cursor: string | null;
}

interface Leaving {
  key: string;
  sha256: Sha256;
  derived: readonly string[];
}

export async function discardOldFrames(retention: Retention, now: Instant): Promise<RetentionReport> {
  const { table } = retention;
  await finishLeaving(retention);
  const candidates = await nextCandidates(retention, now);
  const discarded: { bytes: number }[] = [];
  for (const id of candidates) {
    const gone = await discard(retention, id, now);
    if (gone !== undefined) discarded.push(gone);
  }
  const report = { frames: discarded.length, bytes: discarded.reduce((sum, { bytes }) => sum + bytes, 0) };
  if (report.frames === 0) return report;
  await finishLeaving(retention);
  await commit(table, async () => ({
    writes: [],
    acts: [
      {
        stream: auditStream.system,
        at: now,
        actor: systemActor('tend'),
        act: 'frames.discarded',
        subject: 'frames',
        facts: { ...report, olderThan: now - retention.keepMs },
      },
    ],
    result: undefined,
  }));
  return report;
}

/** The next frames of the daily walk that are old enough and not kept as evidence. */
async function nextCandidates({ table, keepMs, atOnce }: Retention, now: Instant): Promise<readonly FrameId[]> {
  const stored = await table.get<Walk>(WALK);
  const walk = stored?.value;
  const isOver = walk === undefined || walk.state === null;
  if (isOver && walk !== undefined && now < walk.startedAt + WALK_EVERY_MS) return [];
  const current: Walk = isOver ? { startedAt: now, state: STATES[0] ?? null, cursor: null } : walk;
  if (current.state === null) return [];
  const page = await framesInState(table, current.state, {
    before: now - keepMs,
    limit: atOnce,
    ...(current.cursor === null ? {} : { cursor: current.cursor }),
  });
  const state = page.cursor === undefined ? (STATES[STATES.indexOf(current.state) + 1] ?? null) : current.state;
  await noteWalk(table, stored, { startedAt: current.startedAt, state, cursor: page.cursor ?? null });
  return page.items
    .map(({ value }) => value)
    .filter(({ retention, capturedAt }) => retention === 'transient' && capturedAt < now - keepMs)
    .map((frame) => frame.frameId);
}

/** Another process that tends may have walked on: then its place holds. */
async function noteWalk(table: Table, stored: Item<Walk> | undefined, value: Walk): Promise<void> {
  try {
    const expect = stored === undefined ? 'absent' : { version: stored.version };
    await table.write({ kind: 'put', ...WALK, value, expect });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}

/** Marks one frame; undefined when somebody needs it, or it is gone already. */
function discard({ table }: Retention, id: FrameId, now: Instant): Promise<{ bytes: number } | undefined> {
  return commit(table, async () => {
    const read = await getFrame(table, id);
    const frame = read?.value;
    if (read === undefined || frame === undefined || frame.retention === 'evidence' || frame.state === 'discarded') {
      return { writes: [], result: undefined };
    }
    const citing = await incidentsOfFrame(table, frame);
    if (citing.some(({ state }) => state !== 'dissolved')) return { writes: [], result: undefined };
    const observations = await observationsOf(table, frame);
    const leaving: Leaving = { key: frame.blobKey, sha256: frame.sha256, derived: derivedOf(id, observations) };
    return {
      writes: [
        ...discardedWrites(read, now),
        ...observations.map(withoutPersons),
        { kind: 'put', partition: 'tend-leaving', sort: id, value: leaving, expect: 'any' },
      ],
      result: { bytes: frame.bytes },
    };
  });
}

async function observationsOf(table: Table, { frameId: id, places, capturedAt }: Frame): Promise<Observation[]> {
  const moment = { from: capturedAt, to: capturedAt + 1 };
  const seen = await Promise.all(places.map((place) => observationsBetween(table, place, moment)));
  return seen.flat().filter((observation) => observation.frameId === id);
}

/** Blobs that `inspect` made of its pixels. */
const derivedOf = (id: FrameId, observations: readonly Observation[]): readonly string[] => [
  sceneKey(id),
  ...observations.flatMap(({ storefronts }) => storefronts.map((sighting) => featuresKey(sighting.id))),
];

/**
 * What stood where is kept, so that a frame that comes very late is still judged among the others; whose it was is not
 * (Regulations on Public Security Video Systems art. 17: delete what is no longer needed).
 */
function withoutPersons(observation: Observation): Put {
  const vehicles = observation.vehicles.map((vehicle) => ({ ...vehicle, plate: null, appearance: [] }));
  return observationPut({ ...observation, vehicles });
}

/** The bytes of every marked frame, those of an interrupted round too. */
async function finishLeaving({ table, blobs }: Retention): Promise<void> {
  const leaving: { id: FrameId; value: Leaving }[] = [];
  for await (const { sort, value } of queryAll<Leaving>(table, { partition: 'tend-leaving' })) {
    leaving.push({ id: frameId(sort), value });
  }
  for (const { id, value } of leaving) {
    try {
      for (const key of value.derived) await blobs.delete(key);
      await deleteUnlessUsed({ table, blobs }, value);
    } catch (error) {
      // Held: somebody with the right to do so wants it kept.
      if (!(error instanceof BlobHeldError)) throw error;
    }
    await table.write({ kind: 'delete', partition: 'tend-leaving', sort: id, expect: 'any' });
  }
}

/** Frames share bytes that are the same. One that comes in this very moment finds them put back. */
async function deleteUnlessUsed(
  { table, blobs }: { table: Table; blobs: Blobs },
  { key, sha256 }: Leaving,
): Promise<void> {
  if ((await framesWithBytes(table, sha256)).length > 0) return;
  const bytes = await blobs.get(key);
  if (bytes === undefined) return;
  await blobs.delete(key);
  if ((await framesWithBytes(table, sha256Of(sha256))).length > 0) await blobs.putIfAbsent(key, bytes, 'image/jpeg');
}
