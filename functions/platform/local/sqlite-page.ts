/** One page of a query on SQLite. A page starts after a key, not at an offset, so writes elsewhere never shift it. */
import { readCursor, writeCursor } from '../cursor.ts';
import type { Query } from '../table.ts';
import { type Database, prepared } from './sqlite-database.ts';

interface PageRow {
  partition: string;
  sort: string;
  value: string;
  version: number;
  index_sort: string | null;
}

export function selectPage(
  database: Database,
  query: Query,
  now: number,
): { rows: readonly PageRow[]; cursor: string | undefined } {
  const { sql, values } = select(query, now);
  const rows: PageRow[] = prepared(database, sql).all(...values);
  const last = rows.length > query.limit ? rows[query.limit - 1] : undefined;
  return {
    rows: rows.slice(0, query.limit),
    cursor: last && writeCursor(query, { ...last, indexSort: last.index_sort ?? undefined }),
  };
}

/** Only names of columns are put into the text; every value is bound. */
function select(query: Query, now: number): { sql: string; values: readonly (string | number)[] } {
  const columns = query.index ? ['index_sort', 'partition', 'sort'] : ['sort'];
  const [sort = 'sort'] = columns;
  const conditions = [`${query.index ? 'index_partition' : 'partition'} = ?`];
  const values: (string | number)[] = [query.partition];
  if (query.from !== undefined) {
    conditions.push(`${sort} >= ?`);
    values.push(query.from);
  }
  if (query.to !== undefined) {
    conditions.push(`${sort} < ?`);
    values.push(query.to);
  }
  if (query.cursor !== undefined) {
    const { indexSort, partition, sort: own } = readCursor(query, query.cursor);
    const after = indexSort === undefined ? [own] : [indexSort, partition, own];
    conditions.push(`(${columns.join(', ')}) ${query.descending ? '<' : '>'} (${columns.map(() => '?').join(', ')})`);
    values.push(...after);
  }
  conditions.push('(expires_at IS NULL OR expires_at > ?)');
  // One more than asked for tells whether the walk goes on.
  values.push(now, query.limit + 1);
  const order = columns.map((column) => (query.descending ? `${column} DESC` : column)).join(', ');
  const sql = `SELECT partition, sort, value, version, index_sort FROM items
    WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ?`;
  return { sql, values };
}
