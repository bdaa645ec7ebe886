/** Everything that lasts, in one folder: table and queues in one SQLite file, blobs, keys. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '#platform/clock.ts';
import { openSigner } from '#platform/local/ed25519-signer.ts';
import { type FileBlobs, openFileBlobs } from '#platform/local/file-blobs.ts';
import { openSecret } from '#platform/local/secret.ts';
import { openSqliteQueue, type SqliteQueue } from '#platform/local/sqlite-queue.ts';
import { openSqliteTable, type SqliteTable } from '#platform/local/sqlite-table.ts';
import type { CorrelateMessage, InspectMessage, SealMessage } from '#platform/records/messages.ts';
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
  };
  close(): void;
}

export interface StoreOptions {
  /** Under which links to blobs are served. */
  baseUrl: string;
  clock?: Clock;
}

/** A message that failed this often is set aside for a person to look at. */
const MAX_DELIVERIES = 8;

/** Opens the folder, creating what is missing: keys are made on the first run and never again. */
export async function openStore(directory: string, { baseUrl, clock = systemClock }: StoreOptions): Promise<Store> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const table = openSqliteTable(join(directory, 'kerbwatch.db'), clock);
  const secret = await openSecret(join(directory, 'keys', 'links.secret'));
  const queue = <T>(name: string) => openSqliteQueue<T>(table.database, name, { maxDeliveries: MAX_DELIVERIES, clock });
  return {
    directory,
    clock,
    table,
    blobs: openFileBlobs(join(directory, 'blobs'), { secret, baseUrl, clock }),
    signer: await openSigner(join(directory, 'keys')),
    queues: { inspect: queue('inspect'), correlate: queue('correlate'), seal: queue('seal') },
    close: () => table.close(),
  };
}
