/**
 * What cameras said of their own condition: one small row a frame, one a clock reading. A frame's row is written with its
 * observation and never again, so the condition of any instant is a function of the set of rows.
 *
 * | partition | sort | value |
 * |---|---|---|
 * | `camera-readings/<camera>` | `<capture time>#<frame>` | StoredReading |
 * | `camera-clocks/<camera>` | `<our time>#<offset>` | ClockReading |
 * | `view-references/<camera>` | `<capture time>` | ViewReference |
 */
import type { ClockReading } from '#core/camera-condition.ts';
import type { CameraId, FrameId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import type { ViewVerdict } from '#core/view/compare.ts';
import type { ViewQuality } from '#core/view/quality.ts';
import { type Put, queryAll, type Table } from '../table.ts';

export interface StoredReading {
  at: Instant;
  frameId: FrameId;
  quality: ViewQuality;
  /** As held against the reference of that moment; another reference asks for another look. */
  compared: { against: FrameId; verdict: ViewVerdict } | null;
}

/** 参考画面: somebody responsible said that zones lie right on this frame's view; it holds from its capture time on. */
export interface ViewReference {
  frameId: FrameId;
  capturedAt: Instant;
  confirmedBy: string;
  confirmedAt: Instant;
}

/** Longer than any case is open; the evidence itself carries what was found. */
const KEEP_MS = 400 * 86_400_000;
const timeKey = (at: Instant) => new Date(at).toISOString();
const views = (id: CameraId) => `camera-readings/${id}`;
const clocks = (id: CameraId) => `camera-clocks/${id}`;

export const readingPut = (id: CameraId, reading: StoredReading, now: Instant): Put => ({
  kind: 'put',
  partition: views(id),
  sort: `${timeKey(reading.at)}#${reading.frameId}`,
  value: reading,
  expect: 'any',
  expiresAt: now + KEEP_MS,
});

export const clockReadingPut = (id: CameraId, reading: ClockReading): Put => ({
  kind: 'put',
  partition: clocks(id),
  sort: `${timeKey(reading.at)}#${reading.offsetMs}`,
  value: reading,
  expect: 'any',
  expiresAt: reading.at + KEEP_MS,
});

/** Those in `[from, to)` and so many on either side of it, which say where a condition began and ended. */
async function around<T>(
  table: Table,
  partition: string,
  { from, to }: { from: Instant; to: Instant },
  beside: number,
): Promise<T[]> {
  const [before, after] = await Promise.all([
    table.query<T>({ partition, to: timeKey(from), descending: true, limit: beside }),
    table.query<T>({ partition, from: timeKey(to), limit: beside }),
  ]);
  const within: T[] = [];
  for await (const { value } of queryAll<T>(table, { partition, from: timeKey(from), to: timeKey(to) })) {
    within.push(value);
  }
  return [...before.items.map(({ value }) => value).reverse(), ...within, ...after.items.map(({ value }) => value)];
}

/** Enough to tell a condition that was under way from one odd frame. */
const BESIDE = 20;
export type Range = { from: Instant; to: Instant };

export const readingsAround = (table: Table, id: CameraId, range: Range): Promise<StoredReading[]> =>
  around<StoredReading>(table, views(id), range, BESIDE);

export const clocksAround = (table: Table, id: CameraId, range: Range): Promise<ClockReading[]> =>
  around<ClockReading>(table, clocks(id), range, BESIDE);

/** The first readings at or after an instant, at most `most`. */
export async function firstReadings(table: Table, id: CameraId, at: Instant, most: number): Promise<StoredReading[]> {
  const { items } = await table.query<StoredReading>({ partition: views(id), from: timeKey(at), limit: most });
  return items.map(({ value }) => value);
}

/** The newest reading; undefined when it never delivered. */
export async function latestReading(table: Table, id: CameraId): Promise<StoredReading | undefined> {
  const [newest] = (await table.query<StoredReading>({ partition: views(id), descending: true, limit: 1 })).items;
  return newest?.value;
}

export const viewReferencePut = (id: CameraId, reference: ViewReference): Put => ({
  kind: 'put',
  partition: `view-references/${id}`,
  sort: timeKey(reference.capturedAt),
  value: reference,
  expect: 'any',
});

/** What somebody confirmed, by capture time. */
export async function viewReferences(table: Table, id: CameraId): Promise<ViewReference[]> {
  const found: ViewReference[] = [];
  for await (const { value } of queryAll<ViewReference>(table, { partition: `view-references/${id}` }))
    found.push(value);
  return found;
}

/** A scene kept for as long as frames are held against it. */
export const referenceSceneKey = (id: FrameId) => `view-references/${id}`;
