/**
 * What was found of a camera's condition, and which cameras have news that nobody has looked at yet: whoever writes a reading
 * leaves word of the earliest, so that a round of the clock costs what is new, however many cameras there are and however late
 * their frames come.
 *
 * | partition | sort | value |
 * |---|---|---|
 * | `camera-condition/<camera>` | `condition` | Condition |
 * | `camera-news` | `<camera>` | News |
 */
import type { Impairment } from '#core/camera-impairment.ts';
import { type CameraId, cameraId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import { type Item, type Put, queryAll, type Table, type Write } from '../table.ts';

/** What is on record of a camera's condition. */
export interface Condition {
  known: readonly Impairment[];
}

export interface News {
  /** The earliest instant of which something is new; null when all was looked at. Kept, so that its version only grows. */
  from: Instant | null;
}

const conditionKey = (id: CameraId) => ({ partition: `camera-condition/${id}`, sort: 'condition' });
const newsKey = (id: CameraId) => ({ partition: 'camera-news', sort: id });

export const readCondition = (table: Table, id: CameraId): Promise<Item<Condition> | undefined> =>
  table.get<Condition>(conditionKey(id));

export const conditionPut = (id: CameraId, value: Condition, before: Item<Condition> | undefined): Put => ({
  kind: 'put',
  ...conditionKey(id),
  value,
  expect: before === undefined ? 'absent' : { version: before.version },
});

/** Goes into the transaction that writes the reading; conflicts when the news were taken, or brought forward, meanwhile. */
export async function newsWrite(table: Table, id: CameraId, from: Instant): Promise<Write> {
  const stored = await table.get<News>(newsKey(id));
  if (stored === undefined) return { kind: 'put', ...newsKey(id), value: { from } satisfies News, expect: 'absent' };
  const expect = { version: stored.version };
  const isKnown = stored.value.from !== null && stored.value.from <= from;
  return isKnown
    ? { kind: 'check', ...newsKey(id), expect }
    : { kind: 'put', ...newsKey(id), value: { from } satisfies News, expect };
}

export const readNews = (table: Table, id: CameraId): Promise<Item<News> | undefined> => table.get<News>(newsKey(id));

/** Looked at, unless more came meanwhile. */
export const newsTaken = (id: CameraId, { version }: Item<News>): Put => ({
  kind: 'put',
  ...newsKey(id),
  value: { from: null } satisfies News,
  expect: { version },
});

export async function camerasWithNews(table: Table): Promise<CameraId[]> {
  const found: CameraId[] = [];
  for await (const { sort, value } of queryAll<News>(table, { partition: 'camera-news' })) {
    if (value.from !== null) found.push(cameraId(sort));
  }
  return found;
}
