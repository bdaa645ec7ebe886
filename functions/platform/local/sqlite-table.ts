/** The Table port on SQLite. Text compares by its UTF-8 bytes there (BINARY collation), as the port asks. */
import { type Clock, systemClock } from '../clock.ts';
import { type CheckedWrite, checkQuery, checkWrites } from '../limits.ts';
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
const STANDS = '(items.expires_at IS NULL OR items.expires_at > ?8)';
const SET = `value = ?3, index_partition = ?4, index_sort = ?5, expires_at = ?6`;
// Each writes only where its expectation holds, so that the number of changed rows says whether it did. What has expired
// counts as gone: a put on it begins anew with version 1.
const INSERT = `INSERT INTO items (partition, sort, value, version, index_partition, index_sort, expires_at)
  VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6)
  ON CONFLICT (partition, sort) DO UPDATE SET ${SET}, version = `;
const PUT = {
  any: `${INSERT} CASE WHEN ${STANDS} THEN items.version + 1 ELSE 1 END WHERE ?7 IS NULL`,
  absent: `${INSERT} 1 WHERE ?7 IS NULL AND NOT ${STANDS}`,
  present: `UPDATE items SET ${SET}, version = version + 1 WHERE partition = ?1 AND sort = ?2 AND ?7 IS NULL AND ${STANDS}`,
  version: `UPDATE items SET ${SET}, version = version + 1 WHERE partition = ?1 AND sort = ?2 AND version = ?7 AND ${STANDS}`,
} as const;
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
    const checked = checkWrites(writes);
    await exclusively(database, () => {
      const now = clock.now();
      apply(database, checked, now);
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

/**
 * Writes each where its expectation holds; when one does not, takes all back and looks at every expectation, so that a conflict
 * names all the keys it is about. Keys of one transaction differ, so the order of its writes cannot matter.
 */
function apply(database: Database, writes: readonly CheckedWrite[], now: number): void {
  prepared(database, 'SAVEPOINT writes').run();
  const isWritten = writes.every((write) => writeIfExpected(database, write, now));
  if (!isWritten) prepared(database, 'ROLLBACK TO writes').run();
  prepared(database, 'RELEASE writes').run();
  if (isWritten) return;
  const conflicts = writes.filter(
    ({ partition, sort, expect }) => !holds(expect, versionOf(database, partition, sort, now)),
  );
  throw new ConflictError(conflicts.map(({ partition, sort }) => ({ partition, sort })));
}

/** Whether the expectation held. */
function writeIfExpected(database: Database, write: CheckedWrite, now: number): boolean {
  const { partition, sort, expect } = write;
  if (write.kind !== 'put') {
    if (expect !== 'any' && !holds(expect, versionOf(database, partition, sort, now))) return false;
    if (write.kind === 'delete') prepared(database, DELETE).run(partition, sort);
    return true;
  }
  const { text, index, expiresAt } = write;
  const version = typeof expect === 'string' ? null : expect.version;
  // Nothing has version 0: whoever expects it expects nothing.
  const how = typeof expect === 'string' ? expect : expect.version === 0 ? 'absent' : 'version';
  const { changes } = prepared(database, PUT[how]).run(
    partition,
    sort,
    text,
    index?.partition ?? null,
    index?.sort ?? null,
    expiresAt ?? null,
    version === 0 ? null : version,
    now,
  );
  return Number(changes) === 1;
}

/** 0 when there is none that stands. */
function versionOf(database: Database, partition: string, sort: string, now: number): number {
  const row: { version: number } | undefined = prepared(database, SELECT_VERSION).get(partition, sort, now);
  return row?.version ?? 0;
}

/** @param version of the item as it stands; 0 when there is none */
function holds(expectation: Expectation, version: number): boolean {
  if (expectation === 'any') return true;
  if (expectation === 'absent') return version === 0;
  if (expectation === 'present') return version > 0;
  return version === expectation.version;
}
