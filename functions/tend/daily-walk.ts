/** A walk over long lists, once a day, a page a round: where one round stopped, the next goes on. */
import type { Instant } from '#core/time.ts';
import { ConflictError, type Item, type Page, type Table } from '#platform/table.ts';

interface Walk {
  startedAt: Instant;
  /** Which of several lists; null when the walk is over. */
  stage: number | null;
  cursor: string | null;
}

const EVERY_MS = 24 * 3_600_000;

/** @param page of the list of a stage, 0 .. stages - 1 */
export async function nextOfWalk<T>(
  table: Table,
  name: string,
  stages: number,
  now: Instant,
  page: (stage: number, cursor: { cursor?: string }) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const stored = await table.get<Walk>({ partition: 'tend', sort: name });
  const walk = stored?.value;
  const isDone = walk === undefined || walk.stage === null;
  // A clock that was set back does not stop the walk for as long.
  if (isDone && walk !== undefined && now >= walk.startedAt && now < walk.startedAt + EVERY_MS) return [];
  const { startedAt, ...place }: Walk = isDone ? { startedAt: now, stage: 0, cursor: null } : walk;
  let { stage, cursor } = place;
  const found: T[] = [];
  // Lists that end within a round are done with in it; a full page is a round's work.
  while (stage !== null) {
    const { items, cursor: next } = await page(stage, cursor === null ? {} : { cursor });
    found.push(...items.map(({ value }) => value));
    cursor = next ?? null;
    if (next !== undefined) break;
    stage = stage + 1 < stages ? stage + 1 : null;
  }
  await note(table, name, stored, { startedAt, stage, cursor });
  return found;
}

/** Another process that tends may have walked on: then its place holds. */
async function note(table: Table, name: string, stored: Item<Walk> | undefined, value: Walk): Promise<void> {
  try {
    const expect = stored === undefined ? 'absent' : { version: stored.version };
    await table.write({ kind: 'put', partition: 'tend', sort: name, value, expect });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}
