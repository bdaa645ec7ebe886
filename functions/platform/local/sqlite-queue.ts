/** The Queue port in the SQLite file of the table. Several processes and threads may send and receive. */
import { randomUUID } from 'node:crypto';
import { refuse } from '#core/refusal.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { DeadLetter, DeadLetters, Message, Queue } from '../queue.ts';
import { type Database, defineSchema, exclusively, prepared } from './sqlite-database.ts';

// A message waits while it has no receipt, or again when `visible_at` passed: its worker is gone.
const RECLAIM =
  'UPDATE messages SET visible_at = ?, receipt = NULL, deliveries = deliveries - 1 WHERE queue = ? AND receipt IS NOT NULL';
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    dedupe_key TEXT,
    visible_at INTEGER NOT NULL,
    receipt TEXT,
    deliveries INTEGER NOT NULL DEFAULT 0,
    error TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue, visible_at, id);
  CREATE INDEX IF NOT EXISTS messages_by_dedupe_key ON messages (queue, dedupe_key) WHERE dedupe_key IS NOT NULL;
  CREATE UNIQUE INDEX IF NOT EXISTS messages_by_receipt ON messages (receipt) WHERE receipt IS NOT NULL;
  CREATE TABLE IF NOT EXISTS dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    dedupe_key TEXT,
    deliveries INTEGER NOT NULL,
    error TEXT NOT NULL,
    died_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS dead_letters_by_queue ON dead_letters (queue, id);
`;

const IS_DUE = 'SELECT 1 FROM messages WHERE queue = ? AND visible_at <= ? LIMIT 1';
const NEXT_DUE = 'SELECT * FROM messages WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, id LIMIT 1';
const DELIVER = 'UPDATE messages SET receipt = ?, deliveries = ?, body = ?, visible_at = ? WHERE id = ?';
const OTHERS_DUE = `SELECT * FROM messages
  WHERE queue = ? AND dedupe_key = ? AND visible_at <= ? AND deliveries < ? AND id <> ? ORDER BY id`;
const WAITING = `SELECT * FROM messages
  WHERE queue = ? AND dedupe_key = ? AND (receipt IS NULL OR visible_at <= ?) AND deliveries < ? ORDER BY id LIMIT 1`;
const COLLAPSE = 'UPDATE messages SET body = ?, visible_at = ?, receipt = NULL WHERE id = ?';
const INSERT = 'INSERT INTO messages (queue, body, dedupe_key, visible_at) VALUES (?, ?, ?, ?)';
const BY_RECEIPT = 'SELECT * FROM messages WHERE queue = ? AND receipt = ?';
const WAIT_AGAIN = 'UPDATE messages SET receipt = NULL, visible_at = ?, error = ? WHERE id = ?';
const DELETE = 'DELETE FROM messages WHERE id = ?';
const DELETE_BY_RECEIPT = 'DELETE FROM messages WHERE queue = ? AND receipt = ?';
const BURY = `INSERT INTO dead_letters (queue, body, dedupe_key, deliveries, error, died_at) VALUES (?, ?, ?, ?, ?, ?)`;
const DEPTH = `SELECT
    (SELECT count(*) FROM messages WHERE queue = ?1 AND (receipt IS NULL OR visible_at <= ?2)) AS waiting,
    (SELECT count(*) FROM messages WHERE queue = ?1 AND receipt IS NOT NULL AND visible_at > ?2) AS working,
    (SELECT count(*) FROM dead_letters WHERE queue = ?1) AS dead`;
const DEAD = 'SELECT * FROM dead_letters WHERE queue = ? ORDER BY id LIMIT ?';
const DEAD_BY_ID = 'SELECT * FROM dead_letters WHERE queue = ? AND id = ?';
const UNEARTH = 'DELETE FROM dead_letters WHERE id = ?';

interface Row {
  id: number;
  body: string;
  dedupe_key: string | null;
  visible_at: number;
  deliveries: number;
  error: string | null;
}
interface DeadRow {
  id: number;
  body: string;
  dedupe_key: string | null;
  deliveries: number;
  error: string;
  died_at: number;
}

export interface SqliteQueue<T> extends Queue<T> {
  readonly deadLetters: DeadLetters<T>;
  /**
   * Makes visible what workers of an earlier process had in hand; returns how many messages. That delivery does not
   * count: the end of a process says nothing about its messages. Only for whoever knows that no other process works on
   * the queue.
   */
  reclaim(): Promise<number>;
}

/**
 * Messages are delivered the longest due first. When a message collapses into a waiting one, the newer body stands and
 * the earlier of both times: a flood of messages cannot put the work off. One that is worked on never absorbs another:
 * what came after its worker began to read is work of its own.
 *
 * @param database of `openSqliteTable`
 * @param name of the queue; several share a file
 */
export function openSqliteQueue<T>(
  database: Database,
  name: string,
  { maxDeliveries, clock = systemClock }: { maxDeliveries: number; clock?: Clock },
): SqliteQueue<T> {
  defineSchema(database, SCHEMA);

  function enqueue(body: string, dedupeKey: string | null, visibleAt: number, now: number): void {
    const waiting: Row | undefined =
      dedupeKey === null ? undefined : prepared(database, WAITING).get(name, dedupeKey, now, maxDeliveries);
    if (waiting === undefined) prepared(database, INSERT).run(name, body, dedupeKey, visibleAt);
    else prepared(database, COLLAPSE).run(body, Math.min(visibleAt, waiting.visible_at), waiting.id);
  }

  function bury({ id, body, dedupe_key, deliveries }: Row, error: string, now: number): void {
    prepared(database, BURY).run(name, body, dedupe_key, deliveries, error, now);
    prepared(database, DELETE).run(id);
  }

  /** Messages of one key that came to wait side by side (one returned from its worker) go out as one. */
  function absorb(row: Row, now: number): Row {
    if (row.dedupe_key === null) return row;
    const others: Row[] = prepared(database, OTHERS_DUE).all(name, row.dedupe_key, now, maxDeliveries, row.id);
    for (const { id } of others) prepared(database, DELETE).run(id);
    const newest = others.reduce((latest, other) => (other.id > latest.id ? other : latest), row);
    const deliveries = Math.max(row.deliveries, ...others.map((other) => other.deliveries));
    return { ...row, body: newest.body, deliveries, error: row.error ?? newest.error };
  }

  function deliverNext(now: number, visibilityMs: number): Message<T> | undefined {
    for (;;) {
      const due: Row | undefined = prepared(database, NEXT_DUE).get(name, now);
      if (due === undefined) return undefined;
      if (due.deliveries >= maxDeliveries) {
        // Whoever had it never answered: a message that kills its workers must not do so for ever.
        bury(due, due.error ?? 'no answer from its worker within the visibility time', now);
        continue;
      }
      const row = absorb(due, now);
      const receipt = randomUUID();
      const deliveries = row.deliveries + 1;
      prepared(database, DELIVER).run(receipt, deliveries, row.body, now + visibilityMs, row.id);
      return { body: JSON.parse(row.body), receipt, deliveries };
    }
  }

  return {
    async send(body, { delayMs = 0, dedupeKey } = {}) {
      const json = JSON.stringify(body);
      if (json === undefined) {
        const facts = { expected: 'a JSON value', received: typeof body, action: 'Send what JSON can carry.' };
        throw refuse('message-invalid', 500, facts);
      }
      await exclusively(database, () => {
        const now = clock.now();
        enqueue(json, dedupeKey ?? null, now + delayMs, now);
      });
    },

    async receive({ max, visibilityMs }) {
      // Asking an empty queue again and again must not hold up the writers.
      if (prepared(database, IS_DUE).get(name, clock.now()) === undefined) return [];
      return exclusively(database, () => {
        const now = clock.now();
        const messages: Message<T>[] = [];
        while (messages.length < max) {
          const message = deliverNext(now, visibilityMs);
          if (message === undefined) break;
          messages.push(message);
        }
        return messages;
      });
    },

    async done(receipt) {
      await exclusively(database, () => prepared(database, DELETE_BY_RECEIPT).run(name, receipt));
    },

    async retry(receipt, { delayMs, error }) {
      await exclusively(database, () => {
        const now = clock.now();
        const row: Row | undefined = prepared(database, BY_RECEIPT).get(name, receipt);
        // The receipt is stale: somebody else has the message now, or it is done.
        if (row === undefined) return;
        if (row.deliveries >= maxDeliveries) bury(row, error, now);
        else prepared(database, WAIT_AGAIN).run(now + delayMs, error, row.id);
      });
    },

    async depth() {
      const row: { waiting: number; working: number; dead: number } = prepared(database, DEPTH).get(name, clock.now());
      return { waiting: row.waiting, working: row.working, dead: row.dead };
    },

    reclaim: () => exclusively(database, () => Number(prepared(database, RECLAIM).run(clock.now(), name).changes)),

    deadLetters: {
      async list({ limit }) {
        const rows: DeadRow[] = prepared(database, DEAD).all(name, limit);
        return rows.map((row): DeadLetter<T> => {
          const { id, body, deliveries, error, died_at } = row;
          return { id: `${id}`, body: JSON.parse(body), deliveries, error, diedAt: died_at };
        });
      },
      replay: (ids) =>
        exclusively(database, () => {
          const now = clock.now();
          const rows: DeadRow[] =
            ids === 'all'
              ? prepared(database, DEAD).all(name, -1)
              : ids.flatMap((id) => prepared(database, DEAD_BY_ID).all(name, Number(id)));
          for (const { id, body, dedupe_key } of rows) {
            prepared(database, UNEARTH).run(id);
            enqueue(body, dedupe_key, now, now);
          }
          return rows.length;
        }),
    },
  };
}
