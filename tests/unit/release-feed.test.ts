import { describe, expect, it } from 'vitest';
import { decide } from '#core/review-decision.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { feedAfter, releaseWrites } from '#platform/records/feed.ts';
import { putIncident } from '#platform/records/incidents.ts';
import type { Table } from '#platform/table.ts';
import { ANNA, command, heldBy, incident, T0 } from './review-incident.ts';

/** A store whose queries, as DynamoDB may, show a later write before an earlier one. */
function lagging(table: Table, hidden: { seq: number }): Table {
  return {
    ...table,
    query: async <T>(query: Parameters<Table['query']>[0]) => {
      const page = await table.query<T>(query);
      return { ...page, items: page.items.filter(({ sort }) => Number(sort) !== hidden.seq) };
    },
  };
}

async function feedOf(count: number): Promise<Table> {
  const table = openSqliteTable(':memory:');
  for (let index = 1; index <= count; index++) {
    const fresh = heldBy(ANNA, incident({}, `i${index}`));
    await table.transact(putIncident(fresh, null));
    await table.transact(await releaseWrites(table, decide(fresh, command(fresh), T0), fresh, T0));
  }
  return table;
}

describe('a reader of the feed whose query misses a number that was allotted', () => {
  it('stops before it instead of passing it, and finds it next time', async () => {
    const table = await feedOf(4);
    const hidden = { seq: 3 };
    const first = await feedAfter(lagging(table, hidden), 0, 10);
    expect({ seen: first.items.map(({ value }) => value.seq), last: first.last }).toEqual({ seen: [1, 2], last: 2 });
    hidden.seq = 0;
    const second = await feedAfter(lagging(table, hidden), first.last, 10);
    expect(second.items.map(({ value }) => value.seq)).toEqual([3, 4]);
  });
});
