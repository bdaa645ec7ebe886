/** What the parts of the Table contract share. */
import type { handClock } from '#platform/clock.ts';
import { type Put, type Query, queryAll, type Table } from '#platform/table.ts';

export const NOW = Date.parse('2026-05-12T09:30:00+08:00');
export const HOUR = 3_600_000;

export interface TableContext {
  /** Usable inside tests only. */
  readonly table: Table;
  readonly clock: ReturnType<typeof handClock>;
  /** A partition that no other test uses. */
  fresh(): string;
  /** The sort keys of a whole walk. */
  sorts(query: Omit<Query, 'limit'> & { limit?: number }): Promise<string[]>;
}

export const put = (partition: string, sort: string, value: unknown = sort, more: Partial<Put> = {}): Put => ({
  kind: 'put',
  partition,
  sort,
  value,
  expect: 'any',
  ...more,
});

export async function sortsOf(table: Table, query: Omit<Query, 'limit'> & { limit?: number }): Promise<string[]> {
  const found: string[] = [];
  for await (const { sort } of queryAll(table, query)) found.push(sort);
  return found;
}
