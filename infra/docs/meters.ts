/**
 * Ports that count what passes them, in the units AWS bills, for docs/operations.md. Nothing else runs through them.
 *
 * DynamoDB bills by the size of an item (names of attributes included): writes by the KB, twice in a transaction, which is how
 * functions/platform/aws/dynamo-transact.ts writes everything; strong reads by 4 KB, the index at half of that; each change of an
 * item with an index entry is written once more there, twice when the entry moves. tests/contract/meters.test.ts holds it against
 * DynamoDB Local. A check in a transaction is counted as a write, which Local leaves out.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
 */
import { ATTRIBUTES } from '#platform/aws/dynamo-schema.ts';
import type { Blobs } from '#platform/blobs.ts';
import type { Collapser, Mark } from '#platform/collapser.ts';
import type { Queue } from '#platform/queue.ts';
import { storeValue } from '#platform/stored-value.ts';
import type { Key, Put, Query, Table, Write } from '#platform/table.ts';

export interface Tally {
  /** Calls of the table, whatever they move: what a function waits for. */
  tableCalls: number;
  /** DynamoDB request units. */
  readUnits: number;
  writeUnits: number;
  /** S3: PUT; GET and HEAD. */
  blobPuts: number;
  blobGets: number;
  /** Each is a LIST of its versions and the DELETE of them (functions/platform/aws/s3-destroy.ts). */
  blobDeletes: number;
  /** Links given out; whoever follows one causes a GET. */
  blobLinks: number;
  messages: number;
  cpuMs: number;
}
export const emptyTally = (): Tally => ({
  ...{
    tableCalls: 0,
    readUnits: 0,
    writeUnits: 0,
    blobPuts: 0,
    blobGets: 0,
    blobDeletes: 0,
    blobLinks: 0,
    messages: 0,
    cpuMs: 0,
  },
});

/** Where counts go; whoever drives sets it before each step. */
export interface Counter {
  current: Tally;
}

export interface Kept {
  readonly partition: string;
  readonly bytes: number;
  /** Partition and sort key of the index entry. */
  readonly index: string | null;
  readonly expiresAt: number | null;
}
/** What lies in the table, by key: what a write replaces decides what it costs. */
export type Kettle = Map<string, Kept>;

const KB = 1024;
const keyText = ({ partition, sort }: Key) => `${partition}\u0000${sort}`;
/** DynamoDB keeps a number in about a byte for two digits, and one more. */
const numberBytes = (value: number) => Math.ceil(`${value}`.length / 2) + 1;

export function itemBytes({ partition, sort, value, index, expiresAt }: Omit<Put, 'kind' | 'expect'>): number {
  const attributes: [string, number][] = [
    [ATTRIBUTES.partition, Buffer.byteLength(partition)],
    [ATTRIBUTES.sort, Buffer.byteLength(sort)],
    [ATTRIBUTES.value, storeValue(JSON.stringify(value)).bytes],
    [ATTRIBUTES.version, numberBytes(1)],
  ];
  if (index !== undefined) {
    attributes.push([ATTRIBUTES.indexPartition, Buffer.byteLength(index.partition)]);
    attributes.push([ATTRIBUTES.indexSort, Buffer.byteLength(index.sort)]);
  }
  if (expiresAt !== undefined) {
    attributes.push([ATTRIBUTES.expiresAt, numberBytes(expiresAt)]);
    attributes.push([ATTRIBUTES.ttl, numberBytes(Math.ceil(expiresAt / 1000))]);
  }
  return attributes.reduce((sum, [name, bytes]) => sum + name.length + bytes, 0);
}

const kilobytes = (bytes: number) => Math.max(1, Math.ceil(bytes / KB));

/** Units of one write in a transaction: the larger of what was and what is, in the table twice, in the index once. */
export function writeUnits(before: Kept | undefined, after: Kept | undefined): number {
  const inTable = 2 * kilobytes(Math.max(before?.bytes ?? 0, after?.bytes ?? 0));
  const [from, to] = [before?.index ?? null, after?.index ?? null];
  const left = from === null || from === to ? 0 : kilobytes(before?.bytes ?? 0);
  const came = to === null ? 0 : kilobytes(Math.max(after?.bytes ?? 0, from === to ? (before?.bytes ?? 0) : 0));
  return inTable + left + came;
}

const strongReads = (bytes: number) => Math.max(1, Math.ceil(bytes / (4 * KB)));

export function meteredTable(table: Table, counter: Counter, kettle: Kettle): Table {
  const bytesAt = (key: Key) => kettle.get(keyText(key))?.bytes ?? 0;
  const apply = (write: Write): number => {
    const before = kettle.get(keyText(write));
    if (write.kind === 'check') return 2 * kilobytes(before?.bytes ?? 0);
    if (write.kind === 'delete') {
      kettle.delete(keyText(write));
      return writeUnits(before, undefined);
    }
    const index = write.index === undefined ? null : keyText(write.index);
    const after = { partition: write.partition, bytes: itemBytes(write), index, expiresAt: write.expiresAt ?? null };
    kettle.set(keyText(write), after);
    return writeUnits(before, after);
  };
  const count = (writes: readonly Write[]) => {
    counter.current.tableCalls += 1;
    for (const write of writes) counter.current.writeUnits += apply(write);
  };
  return {
    async get(key) {
      counter.current.tableCalls += 1;
      counter.current.readUnits += strongReads(bytesAt(key));
      return table.get(key);
    },
    async query<T>(query: Query) {
      const page = await table.query<T>(query);
      const bytes = page.items.reduce((sum, item) => sum + bytesAt(item), 0);
      counter.current.tableCalls += 1;
      counter.current.readUnits += strongReads(bytes) * (query.index === true ? 0.5 : 1);
      return page;
    },
    async write(write) {
      await table.write(write);
      count([write]);
    },
    async transact(writes) {
      await table.transact(writes);
      count(writes);
    },
  };
}

/** Blobs by key: what is stored is paid for as long as it stays. */
export type Shelf = Map<string, number>;

export function meteredBlobs(blobs: Blobs, counter: Counter, shelf: Shelf): Blobs {
  return {
    async putIfAbsent(key, bytes, contentType) {
      counter.current.blobPuts += 1;
      shelf.set(key, bytes.byteLength);
      return blobs.putIfAbsent(key, bytes, contentType);
    },
    get(key) {
      counter.current.blobGets += 1;
      return blobs.get(key);
    },
    head(key) {
      counter.current.blobGets += 1;
      return blobs.head(key);
    },
    async delete(key) {
      counter.current.blobDeletes += 1;
      shelf.delete(key);
      await blobs.delete(key);
    },
    setLegalHold(key, held) {
      counter.current.blobPuts += 1;
      return blobs.setLegalHold(key, held);
    },
    presignGet(key, options) {
      counter.current.blobLinks += 1;
      return blobs.presignGet(key, options);
    },
    presignPut: (key, options) => blobs.presignPut(key, options),
  };
}

/** A queue as on AWS: what waits under one key collapses by markers in the table (platform/collapser.ts). */
export interface CountedQueue<T> {
  readonly queue: Queue<T>;
  /** What Lambda would be handed now; {@link Counter.current} pays for taking it. */
  take(): Promise<T[]>;
}

/** @param collapser none where nothing collapses: each message is delivered */
export function countedQueue<T>(counter: Counter, collapser?: Collapser): CountedQueue<T> {
  let waiting: { body: T; mark: Mark | undefined }[] = [];
  const put = async (body: T, mark?: Mark) => {
    counter.current.messages += 1;
    waiting.push({ body, mark });
  };
  const elsewhere = () => Promise.reject(new Error('Expected Lambda to receive'));
  return {
    queue: {
      async send(body, { delayMs = 0, dedupeKey } = {}) {
        if (dedupeKey === undefined || collapser === undefined) await put(body);
        else await collapser.send({ key: dedupeKey, delayMs }, (mark) => put(body, mark));
      },
      ...{ receive: elsewhere, done: elsewhere, retry: elsewhere, depth: elsewhere },
    },
    async take() {
      const taken = waiting;
      waiting = [];
      for (const { mark } of taken) if (mark !== undefined) await collapser?.take(mark);
      return taken.map(({ body }) => body);
    },
  };
}

/** What the table holds at a time, its index and DynamoDB's own bookkeeping included: rows of frames, and all others. */
export function rowBytes(kettle: Kettle, now: number): { ofFrames: number; others: number } {
  const sum = { ofFrames: 0, others: 0 };
  for (const { partition, bytes, index, expiresAt } of kettle.values()) {
    if (expiresAt !== null && expiresAt <= now) continue;
    const stored = (bytes + ITEM_OVERHEAD_BYTES) * (index === null ? 1 : 2);
    sum[OF_FRAMES.test(partition) ? 'ofFrames' : 'others'] += stored;
  }
  return sum;
}
const OF_FRAMES =
  /^(frames|frame-bytes|place-observations|camera-readings|camera-clocks|audit\/camera|deletions|waiting)/;
const ITEM_OVERHEAD_BYTES = 100;
