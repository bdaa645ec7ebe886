/** Everything that lasts, in one folder: table and queues in one SQLite file, blobs, keys. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '#platform/clock.ts';
import { guardTable } from '#platform/guarded-table.ts';
import { openSigner } from '#platform/local/ed25519-signer.ts';
import { type FileBlobs, openFileBlobs } from '#platform/local/file-blobs.ts';
import { lockFolder } from '#platform/local/folder-lock.ts';
import { openSecret } from '#platform/local/secret.ts';
import { openSqliteQueue, type SqliteQueue } from '#platform/local/sqlite-queue.ts';
import { openSqliteTable, type SqliteTable } from '#platform/local/sqlite-table.ts';
import type { CopyMessage, CorrelateMessage, InspectMessage, SealMessage } from '#platform/records/messages.ts';
import type { Signer } from '#platform/signer.ts';

export interface Store {
  readonly directory: string;
  readonly clock: Clock;
  readonly table: SqliteTable;
  readonly blobs: FileBlobs;
  readonly signer: Signer;
  readonly queues: {
    readonly inspect: SqliteQueue<InspectMessage>;
    readonly correlate: SqliteQueue<CorrelateMessage>;
    readonly seal: SqliteQueue<SealMessage>;
    readonly copy: SqliteQueue<CopyMessage>;
  };
  close(): void;
}

export interface StoreOptions {
  /** Under which links to blobs are served. */
  baseUrl: string;
  clock?: Clock;
  /** A message that failed this often is set aside for a person to look at; 8 by default. */
  maxDeliveries?: number;
}

/**
 * Opens the folder, creating what is missing: keys are made on the first run and never again. The folder belongs to this
 * process until `close`, so what an earlier one had in hand is given back to the queues.
 * @throws {Refusal} `folder-in-use`
 */
export async function openStore(
  directory: string,
  { baseUrl, clock = systemClock, maxDeliveries = 8 }: StoreOptions,
): Promise<Store> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = lockFolder(directory);
  const sqlite = openSqliteTable(join(directory, 'kerbwatch.db'), clock);
  const secret = await openSecret(join(directory, 'keys', 'links.secret'));
  const queue = <T>(name: string) => openSqliteQueue<T>(sqlite.database, name, { maxDeliveries, clock });
  const queues = {
    inspect: queue<InspectMessage>('inspect'),
    correlate: queue<CorrelateMessage>('correlate'),
    seal: queue<SealMessage>('seal'),
    copy: queue<CopyMessage>('copy'),
  };
  for (const each of Object.values(queues)) await each.reclaim();
  return {
    directory,
    clock,
    table: { ...sqlite, ...guardTable(sqlite) },
    blobs: openFileBlobs(join(directory, 'blobs'), { secret, baseUrl, clock }),
    signer: await openSigner(join(directory, 'keys')),
    queues,
    close() {
      sqlite.close();
      lock.release();
    },
  };
}
