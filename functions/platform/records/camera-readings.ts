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
import { poorness, type ViewQuality } from '#core/view/quality.ts';
import { type Put, type Query, queryAll, type Table } from '../table.ts';

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

/** Longer than any case is open (art. 60: 90 days); the evidence itself carries what was found. */
export const KEEP_READING_MS = 400 * 86_400_000;
const timeKey = (at: Instant) => new Date(at).toISOString();
const views = (id: CameraId) => `camera-readings/${id}`;
const clocks = (id: CameraId) => `camera-clocks/${id}`;

/** @param keptUntil null for what others are held against, for as long as zones stand as they were drawn on it */
export const readingPut = (id: CameraId, reading: StoredReading, keptUntil: Instant | null): Put => ({
  kind: 'put',
  partition: views(id),
  sort: `${timeKey(reading.at)}#${reading.frameId}`,
  value: reading,
  expect: 'any',
  ...(keptUntil === null ? {} : { expiresAt: keptUntil }),
});

export async function readingOf(
  table: Table,
  id: CameraId,
  { frameId, capturedAt }: { frameId: FrameId; capturedAt: Instant },
): Promise<StoredReading | undefined> {
  const key = { partition: views(id), sort: `${timeKey(capturedAt)}#${frameId}` };
  return (await table.get<StoredReading>(key))?.value;
}

export const clockReadingPut = (id: CameraId, reading: ClockReading): Put => ({
  kind: 'put',
  partition: clocks(id),
  sort: `${timeKey(reading.at)}#${reading.offsetMs}`,
  value: reading,
  expect: 'any',
  expiresAt: reading.at + KEEP_READING_MS,
});

export type Range = { from: Instant; to: Instant };

/**
 * Those in `[from, to)` and as many on either side as it takes to say how the camera was there: a night tells nothing of where
 * it looks, but it was moved before and is still.
 *
 * @param tells whether enough is known, given what lies beside, nearest first
 */
async function around<T>(
  table: Table,
  partition: string,
  { from, to }: Range,
  tells: (beside: readonly T[]) => boolean,
): Promise<T[]> {
  const [before, after] = await Promise.all([
    beside<T>(table, { partition, to: timeKey(from), descending: true }, tells),
    beside<T>(table, { partition, from: timeKey(to) }, tells),
  ]);
  const within: T[] = [];
  for await (const { value } of queryAll<T>(table, { partition, from: timeKey(from), to: timeKey(to) })) {
    within.push(value);
  }
  return [...before.reverse(), ...within, ...after];
}

/** A night of a frame every ten seconds, in steps: nearly always the first tells. */
const BESIDE = [20, 200, 1000, 1000, 1000, 1000] as const;

async function beside<T>(
  table: Table,
  query: Omit<Query, 'limit' | 'cursor'>,
  tells: (beside: readonly T[]) => boolean,
): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  for (const limit of BESIDE) {
    const page = await table.query<T>({ ...query, limit, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.items.map(({ value }) => value));
    cursor = page.cursor;
    if (cursor === undefined || tells(found)) break;
  }
  return found;
}

/** One that says it looks right, or two that say it does not; the very reference was held against nothing, and is right. */
const tellsOfView = (readings: readonly StoredReading[]): boolean => {
  const telling = readings.filter(
    ({ quality, compared }) => poorness(quality) === null && compared?.verdict.kind !== 'unknown',
  );
  return telling.length >= 2 || telling.some(({ compared }) => compared === null || compared.verdict.kind === 'still');
};

export const readingsAround = (table: Table, id: CameraId, range: Range): Promise<StoredReading[]> =>
  around<StoredReading>(table, views(id), range, tellsOfView);

export const clocksAround = (table: Table, id: CameraId, range: Range): Promise<ClockReading[]> =>
  around<ClockReading>(table, clocks(id), range, () => true);

/** A camera may be put up on a dark night. */
const LOOKED_THROUGH = 5_000;

/** The first reading at or after an instant that shows something. */
export async function firstGoodReading(table: Table, id: CameraId, at: Instant): Promise<StoredReading | undefined> {
  let looked = 0;
  for await (const { value } of queryAll<StoredReading>(table, {
    partition: views(id),
    from: timeKey(at),
    limit: 20,
  })) {
    if (poorness(value.quality) === null) return value;
    looked += 1;
    if (looked >= LOOKED_THROUGH) return undefined;
  }
  return undefined;
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
