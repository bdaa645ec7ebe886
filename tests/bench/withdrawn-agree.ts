/** After a withdrawal: whether the feed, the audit trail and the lists by state tell the same of every violation. */
import type { IncidentId } from '#core/ids.ts';
import { verifyAll } from '#platform/records/audit.ts';
import { type FeedEntry, feedAfter, feedHead } from '#platform/records/feed.ts';
import { incidentsInState } from '#platform/records/incidents.ts';
import type { Table } from '#platform/table.ts';

/** What does not agree; empty when all does. */
export async function disagreements(
  table: Table,
  withdrawn: readonly IncidentId[],
  total: number,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const expect = (holds: boolean, what: string) => {
    if (!holds) wrong.push(what);
  };
  const meant = new Set<string>(withdrawn);
  const entries: FeedEntry[] = [];
  for (let cursor = 0; ; ) {
    const { items, last } = await feedAfter(table, cursor, 1000);
    entries.push(...items.map(({ value }) => value));
    if (last === cursor) {
      expect(cursor === (await feedHead(table)), 'a walk over the feed ends at its head');
      break;
    }
    cursor = last;
  }
  const ids = new Set(entries.map(({ id }) => id));
  expect(entries.length === total && ids.size === total, `each violation once in the feed: ${entries.length}/${total}`);
  expect(
    entries.every(({ id, state }) => state === (meant.has(id) ? 'withdrawn' : 'confirmed')),
    'the feed says withdrawn of those that were, and of no other',
  );
  const listed = { withdrawn: 0, confirmed: 0 };
  for (const state of ['withdrawn', 'confirmed'] as const) {
    for await (const { id, withdrawal } of incidentsInState(table, state)) {
      listed[state] += 1;
      expect(meant.has(id) === (state === 'withdrawn') && (withdrawal != null) === meant.has(id), `${id} in ${state}`);
    }
  }
  expect(
    listed.withdrawn === meant.size && listed.confirmed === total - meant.size,
    `lists: ${JSON.stringify(listed)}`,
  );
  const { ok, failures } = await verifyAll(table);
  expect(ok, `the trail is whole: ${failures[0]?.stream} ${failures[0]?.why}`);
  return wrong.slice(0, 10);
}
