/** The Table port on SQLite. Text compares by its UTF-8 bytes there (BINARY collation), as the port asks. */
import { type Clock, systemClock } from '../clock.ts';
import { checkQuery, checkWrites } from '../limits.ts';
import { ConflictError, type Expectation, type Item, type Page, type Query, type Table, type Write } from '../table.ts';
import { closeDatabase, type Database, defineSchema, exclusively, openDatabase, prepared } from './sqlite-database.ts';
import { selectPage } from './sqlite-page.ts';

// A rowid table: clustered by its keys it would carry values of hundreds of kilobytes in the inner nodes of the tree.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY,
    partition TEXT NOT NULL,
    sort TEXT NOT NULL,
    value TEXT NOT NULL,
    version INTEGER NOT NULL,
    index_partition TEXT,
    index_sort TEXT,
    expires_at INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS items_by_key ON items (partition, sort);
  CREATE INDEX IF NOT EXISTS items_by_index ON items (index_partition, index_sort, partition, sort)
    WHERE index_partition IS NOT NULL;
  CREATE INDEX IF NOT EXISTS items_by_expiry ON items (expires_at) WHERE expires_at IS NOT NULL;
`;

const SELECT = `SELECT partition, sort, value, version FROM items
  WHERE partition = ? AND sort = ? AND (expires_at IS NULL OR expires_at > ?)`;
const SELECT_VERSION = `SELECT version FROM items
  WHERE partition = ? AND sort = ? AND (expires_at IS NULL OR expires_at > ?)`;
const UPSERT = `INSERT INTO items (partition, sort, value, version, index_partition, index_sort, expires_at)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (partition, sort) DO UPDATE SET value = excluded.value, version = excluded.version,
    index_partition = excluded.index_partition, index_sort = excluded.index_sort, expires_at = excluded.expires_at`;
const DELETE = 'DELETE FROM items WHERE partition = ? AND sort = ?';
const SWEEP = 'DELETE FROM items WHERE id IN (SELECT id FROM items WHERE expires_at <= ? LIMIT 256)';

/** Expired items are never returned; every so often some of them are also deleted. */
const SWEEP_EVERY_MS = 60_000;

export interface SqliteTable extends Table {
  /** The connection, for the queues that live in the same file. */
  readonly database: Database;
  close(): void;
}

/**
 * @param path a file, created with its directory if need be, or `:memory:`
 *
 * @example
 * const table = openSqliteTable('var/kerbwatch.db');
 * await table.write({ kind: 'put', partition: 'camera', sort: 'C1', value: { name: '龙腾路' }, expect: 'absent' });
 */
export function openSqliteTable(path: string, clock: Clock = systemClock): SqliteTable {
  const database = openDatabase(path);
  defineSchema(database, SCHEMA);
  let sweptAt = 0;

  const transact = async (writes: readonly Write[]): Promise<void> => {
    checkWrites(writes);
    await exclusively(database, () => {
      const now = clock.now();
      apply(database, writes, now);
      if (now - sweptAt > SWEEP_EVERY_MS) {
        sweptAt = now;
        prepared(database, SWEEP).run(now);
      }
    });
  };

  return {
    database,
    close: () => closeDatabase(database),
    transact,
    write: (write) => transact([write]),
    async get<T>({ partition, sort }: { partition: string; sort: string }): Promise<Item<T> | undefined> {
      const row: ItemRow | undefined = prepared(database, SELECT).get(partition, sort, clock.now());
      return row && itemOf<T>(row);
    },
    async query<T>(query: Query): Promise<Page<T>> {
      checkQuery(query);
      const { rows, cursor } = selectPage(database, query, clock.now());
      return { items: rows.map((row) => itemOf<T>(row)), ...(cursor === undefined ? {} : { cursor }) };
    },
  };
}

interface ItemRow {
  partition: string;
  sort: string;
  value: string;
  version: number;
}

function itemOf<T>({ partition, sort, value, version }: ItemRow): Item<T> {
  return { partition, sort, value: JSON.parse(value), version };
}

/** Looks at every expectation before the first write, so that a conflict names all the keys it is about. */
function apply(database: Database, writes: readonly Write[], now: number): void {
  const versions = writes.map(({ partition, sort }) => {
    const row: { version: number } | undefined = prepared(database, SELECT_VERSION).get(partition, sort, now);
    return row?.version ?? 0;
  });
  const conflicts = writes.filter(({ expect }, at) => !holds(expect, versions[at] ?? 0));
  if (conflicts.length > 0) throw new ConflictError(conflicts.map(({ partition, sort }) => ({ partition, sort })));

  for (const [at, write] of writes.entries()) {
    const { partition, sort } = write;
    if (write.kind === 'delete') prepared(database, DELETE).run(partition, sort);
    if (write.kind !== 'put') continue;
    const version = (versions[at] ?? 0) + 1;
    const { value, index, expiresAt } = write;
    prepared(database, UPSERT).run(
      partition,
      sort,
      JSON.stringify(value),
      version,
      index?.partition ?? null,
      index?.sort ?? null,
      expiresAt ?? null,
    );
  }
}

/** @param version of the item as it stands; 0 when there is none */
function holds(expectation: Expectation, version: number): boolean {
  if (expectation === 'any') return true;
  if (expectation === 'absent') return version === 0;
  if (expectation === 'present') return version > 0;
  return version === expectation.version;
}
