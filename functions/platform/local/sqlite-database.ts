/**
 * One SQLite file shared by the table and the queues of a process, and by other processes and worker threads with
 * connections of their own. Write-ahead log with `synchronous=FULL`: a commit is on the disk when it returns.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';

export type Database = DatabaseSyncInstance;
type Statement = ReturnType<Database['prepare']>;

/** How long a writer waits for another connection's transaction. */
const BUSY_TIMEOUT_MS = 30_000;
/** The write-ahead log shrinks to this after a checkpoint. */
const LOG_BYTES = 64 * 1024 * 1024;
/** Pages of the file kept in memory: keys of many partitions lie far apart in its trees. */
const CACHE_KIB = 64 * 1024;
/** Pages in the log before they are carried into the file: what is written again and again meanwhile is carried once. */
const CHECKPOINT_PAGES = 8_000;
/** Jobs in one commit: bounds how long the event loop is held. */
const GROUP_JOBS = 128;

/** @param path file, its directory made if need be, or `:memory:` */
export function openDatabase(path: string): Database {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  switchToWriteAheadLog(database);
  database.exec(`PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${LOG_BYTES};
    PRAGMA cache_size = -${CACHE_KIB}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  return database;
}

/** SQLite does not wait for its busy timeout here when several processes create the file at once. */
function switchToWriteAheadLog(database: Database, attemptsLeft = 200): void {
  try {
    database.exec('PRAGMA journal_mode = WAL');
  } catch (error) {
    if (attemptsLeft === 0) throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    switchToWriteAheadLog(database, attemptsLeft - 1);
  }
}

/** Creates what is missing; safe when several processes do. */
export function defineSchema(database: Database, schema: string): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(schema);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

const statements = new WeakMap<Database, Map<string, Statement>>();

/** The statement compiled once a connection. */
export function prepared(database: Database, sql: string): Statement {
  let known = statements.get(database);
  if (known === undefined) {
    known = new Map();
    statements.set(database, known);
  }
  let statement = known.get(sql);
  if (statement === undefined) {
    statement = database.prepare(sql);
    known.set(sql, statement);
  }
  return statement;
}

interface Job {
  /** Does the work and returns what tells the caller after the commit. */
  attempt(): () => void;
  reject(error: unknown): void;
}
const waiting = new WeakMap<Database, Job[]>();

/**
 * Runs `work` alone among all connections; all it wrote is durable when the promise resolves, nothing of it remains
 * when it throws. Jobs that wait at the same turn of the event loop share one commit, because a commit costs a disk
 * flush: a hundred concurrent writers pay for one.
 */
export function exclusively<T>(database: Database, work: () => T): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const job: Job = {
      attempt() {
        const result = work();
        return () => resolve(result);
      },
      reject,
    };
    const jobs = waiting.get(database);
    if (jobs !== undefined) {
      jobs.push(job);
      return;
    }
    waiting.set(database, [job]);
    setImmediate(() => commitWaiting(database, GROUP_JOBS));
  });
}

/** Commits what still waits and closes the connection. */
export function closeDatabase(database: Database): void {
  if (!database.isOpen) return;
  commitWaiting(database, Number.POSITIVE_INFINITY);
  database.close();
}

function commitWaiting(database: Database, most: number): void {
  const jobs = waiting.get(database)?.splice(0, most) ?? [];
  if ((waiting.get(database)?.length ?? 0) > 0) setImmediate(() => commitWaiting(database, most));
  else waiting.delete(database);
  if (jobs.length === 0) return;
  let settlements: readonly (() => void)[];
  try {
    settlements = commitTogether(database, jobs);
  } catch (error) {
    settlements = jobs.map(
      ({ reject }) =>
        () =>
          reject(error),
    );
  }
  for (const settle of settlements) settle();
}

function commitTogether(database: Database, jobs: readonly Job[]): readonly (() => void)[] {
  prepared(database, 'BEGIN IMMEDIATE').run();
  try {
    const settlements = jobs.map((job) => attemptApart(database, job));
    prepared(database, 'COMMIT').run();
    return settlements;
  } catch (error) {
    if (database.isTransaction) prepared(database, 'ROLLBACK').run();
    throw error;
  }
}

/** One job's failure undoes that job only. */
function attemptApart(database: Database, job: Job): () => void {
  prepared(database, 'SAVEPOINT job').run();
  try {
    return job.attempt();
  } catch (error) {
    // A full disk ends the whole transaction: no savepoint is left to return to.
    if (!database.isTransaction) throw error;
    prepared(database, 'ROLLBACK TO job').run();
    return () => job.reject(error);
  } finally {
    if (database.isTransaction) prepared(database, 'RELEASE job').run();
  }
}
