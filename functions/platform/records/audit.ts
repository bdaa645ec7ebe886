/**
 * The audit trail in the table. Each stream is a partition: its entries, and its head, which every new entry moves on by
 * version. That a stream was opened is itself an entry, in the stream `streams`: a stream that vanishes is missed. Every camera
 * opens a stream at midnight, and a head moves on some tens of times a second: theirs are listed in `streams/<00..ff>`, which are
 * listed in `streams`.
 *
 * | partition | sort | value |
 * |---|---|---|
 * | `audit/<stream>` | `entry/<seq, 12 digits>` | AuditEntry |
 * | `audit/<stream>` | `head` | AuditHead; indexed under `audit-uncovered/<0..f>` until a root (audit-roots.ts) covers it |
 */
import { createHash } from 'node:crypto';
import {
  type AuditAct,
  type AuditEntry,
  type AuditHead,
  auditStream,
  checkNext,
  headOf,
  nextEntry,
  systemActor,
} from '#core/audit.ts';
import type { Instant } from '#core/time.ts';
import { ConflictError, type Item, type Key, type Put, queryAll, type Table } from '../table.ts';
import { SHARDS, shardOf } from './sharded-index.ts';

/** The stream that lists the others. */
export const ROOT = 'streams';

const partitionOf = (stream: string) => `audit/${stream}`;
const headKey = (stream: string): Key => ({ partition: partitionOf(stream), sort: 'head' });
const entryKey = ({ stream, seq }: Pick<AuditEntry, 'stream' | 'seq'>): Key => ({
  partition: partitionOf(stream),
  sort: `entry/${`${seq}`.padStart(12, '0')}`,
});
/** `0` follows `/`. */
const ENTRIES = { from: 'entry/', to: 'entry0' } as const;
/** Writes of one transaction. */
const AT_ONCE = 100;

/**
 * The writes that record these acts, for the same transaction as what they record: one each, one for the head of each
 * stream, and two for a stream that is new (four when the list it goes into is new too). When somebody else moved a head on meanwhile, the transaction fails as a
 * whole with a ConflictError; `commit` then builds it anew.
 */
export async function auditWrites(table: Table, acts: readonly AuditAct[]): Promise<readonly Put[]> {
  const streams = [...new Set(acts.map(({ stream }) => stream))];
  const stored = new Map(
    await Promise.all(streams.map(async (stream) => [stream, await readHead(table, stream)] as const)),
  );
  const writes = streams.flatMap((stream) =>
    append(
      stored.get(stream),
      acts.filter((act) => act.stream === stream),
    ),
  );
  const opened = streams.filter((stream) => stored.get(stream) === undefined);
  return opened.length === 0 ? writes : [...writes, ...(await openingWrites(table, acts, opened))];
}

/** The writes that list new streams, and lists that are new themselves. */
async function openingWrites(table: Table, acts: readonly AuditAct[], opened: readonly string[]): Promise<Put[]> {
  const opening = (stream: string, at: Instant): AuditAct => ({
    ...{ stream: listOf(stream), at, actor: systemActor('audit'), act: OPENED, subject: stream, facts: {} },
  });
  const openings = opened.map((stream) => opening(stream, acts.find((act) => act.stream === stream)?.at ?? 0));
  const lists = [...new Set(openings.map(({ stream }) => stream).filter((list) => list !== ROOT))];
  const heads = await Promise.all(lists.map((list) => readHead(table, list)));
  const inList = (list: string) => openings.filter(({ stream }) => stream === list);
  const newLists = lists.filter((_, index) => heads[index] === undefined);
  const inRoot = [...inList(ROOT), ...newLists.map((list) => opening(list, inList(list)[0]?.at ?? 0))];
  return [
    ...lists.flatMap((list, index) => append(heads[index], inList(list))),
    ...(inRoot.length === 0 ? [] : append(await readHead(table, ROOT), inRoot)),
  ];
}

const OPENED: AuditEntry['act'] = 'stream.opened';
/** Which stream tells that a stream was opened. */
export const listOf = (stream: string): string =>
  stream.startsWith('camera/') ? `${ROOT}/${createHash('sha256').update(stream).digest('hex').slice(0, 2)}` : ROOT;
const isList = (stream: string): boolean => stream.startsWith(`${ROOT}/`);

const readHead = (table: Table, stream: string) => table.get<AuditHead>(headKey(stream));

/** @param acts of one stream, at least one */
function append(stored: Item<AuditHead> | undefined, acts: readonly AuditAct[]): Put[] {
  const writes: Put[] = [];
  let head = stored?.value;
  for (const act of acts) {
    const entry = nextEntry(head, act);
    writes.push({ kind: 'put', ...entryKey(entry), value: entry, expect: 'absent' });
    head = headOf(entry);
  }
  if (head === undefined) return [];
  const expect = stored === undefined ? 'absent' : { version: stored.version };
  const index = { partition: uncovered(shardOf(head.stream)), sort: head.stream };
  return [...writes, { kind: 'put', ...headKey(head.stream), value: head, expect, index }];
}

/** Spread, because every act writes here. */
const uncovered = (shard: string) => `audit-uncovered/${shard}`;

/** Heads that no root covers yet, each once, as they stand. */
export async function uncoveredHeads(table: Table): Promise<readonly AuditHead[]> {
  const heads = new Map<string, AuditHead>();
  for (const shard of SHARDS) {
    const query = { partition: uncovered(shard), index: true, limit: 1_000 };
    for await (const { value } of queryAll<AuditHead>(table, query)) heads.set(value.stream, value);
  }
  return [...heads.values()];
}

/** Every head there is: what a first root covers, in a store whose heads were never indexed. */
export async function allHeads(table: Table): Promise<readonly AuditHead[]> {
  const heads: AuditHead[] = [];
  const lists = [ROOT];
  const add = async (stream: string) => {
    const head = (await readHead(table, stream))?.value;
    if (head !== undefined) heads.push(head);
  };
  await add(ROOT);
  for (const list of lists) {
    for await (const { value } of queryAll<AuditEntry>(table, { partition: partitionOf(list), ...ENTRIES })) {
      if (value.act !== OPENED) continue;
      await add(value.subject);
      if (isList(value.subject)) lists.push(value.subject);
    }
  }
  return heads;
}

/** Takes note that a root covers these heads. One that moved on meanwhile stays uncovered. */
export async function coverHeads(table: Table, covered: readonly AuditHead[]): Promise<void> {
  for (let from = 0; from < covered.length; from += AT_ONCE) {
    const batch = covered.slice(from, from + AT_ONCE);
    const stored = await Promise.all(batch.map(({ stream }) => readHead(table, stream)));
    const writes = stored.flatMap((item, at): Put[] =>
      item !== undefined && item.value.hash === batch[at]?.hash
        ? [{ kind: 'put', ...headKey(item.value.stream), value: item.value, expect: { version: item.version } }]
        : [],
    );
    await allOrEach(table, writes);
  }
}

async function allOrEach(table: Table, writes: readonly Put[]): Promise<void> {
  if (writes.length === 0) return;
  try {
    await table.transact(writes);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    if (writes.length > 1) for (const write of writes) await allOrEach(table, [write]);
  }
}

/** The entry at a place of a stream, as stored. */
export const entryAt = async (table: Table, stream: string, seq: number): Promise<AuditEntry | undefined> =>
  (await table.get<AuditEntry>(entryKey({ stream, seq })))?.value;

/** When the first act of all was recorded; undefined in an empty store. */
export const firstActAt = async (table: Table): Promise<Instant | undefined> => (await entryAt(table, ROOT, 1))?.at;

/** One stream, oldest first. */
export async function streamEntries(table: Table, stream: string): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for await (const { value } of queryAll<AuditEntry>(table, { partition: partitionOf(stream), ...ENTRIES })) {
    entries.push(value);
  }
  return entries;
}

export interface AuditFailure {
  readonly stream: string;
  /** The first place in its chain at which it does not hold. */
  readonly seq: number;
  readonly why: string;
}
export interface AuditReport {
  readonly ok: boolean;
  /** Streams listed, without the lists themselves. */
  readonly streams: number;
  /** Entries that were read, those of the list too. */
  readonly entries: number;
  readonly failures: readonly AuditFailure[];
}

/**
 * Reads the whole trail and says where it does not hold: an entry that was edited, removed, added or moved, a cut end, a
 * removed stream. Others may go on writing. Somebody who can rewrite the entire store and all its hashes leaves a whole
 * chain: what left the store before (sealed packages) tells against it.
 */
export async function verifyAll(table: Table): Promise<AuditReport> {
  const root = await verifySettled(() => verifyStream(table, ROOT));
  const failures = [...root.failures];
  if (root.entries === 0 && (await readHead(table, auditStream.system)) !== undefined) {
    failures.push({ stream: ROOT, seq: 1, why: 'the list of streams was removed' });
  }
  let entries = root.entries;
  const listed = [...root.opened];
  // Lists among them add what they list.
  for (const stream of listed) {
    const report = await verifySettled(() => verifyListed(table, stream));
    entries += report.entries;
    failures.push(...report.failures);
    if (isList(stream)) listed.push(...report.opened);
  }
  const streams = listed.filter((stream) => !isList(stream)).length;
  return { ok: failures.length === 0, streams, entries, failures };
}

interface StreamReport {
  readonly entries: number;
  readonly failures: readonly AuditFailure[];
  /** Streams that its entries say were opened. */
  readonly opened: readonly string[];
}

const SETTLED_MS = 50;

/**
 * Who reads while others write may see one item of a transaction before another
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html, isolation levels): what does not hold a
 * moment later either does not hold.
 */
async function verifySettled(verify: () => Promise<StreamReport>): Promise<StreamReport> {
  const report = await verify();
  if (report.failures.length === 0) return report;
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  return verify();
}

/** A stream that is listed has entries. */
async function verifyListed(table: Table, stream: string): Promise<StreamReport> {
  const report = await verifyStream(table, stream);
  if (report.entries > 0 || report.failures.length > 0) return report;
  return { ...report, failures: [{ stream, seq: 1, why: 'the stream was removed' }] };
}

/** One stream, at most one failure: after the first nothing can be said. */
async function verifyStream(table: Table, stream: string): Promise<StreamReport> {
  // The head is read before: what is written while the walk goes on comes after it.
  const before = (await readHead(table, stream))?.value;
  const opened: string[] = [];
  let entries = 0;
  let head: AuditHead | undefined;
  let failure: AuditFailure | undefined;
  for await (const { value } of queryAll<AuditEntry>(table, { partition: partitionOf(stream), ...ENTRIES })) {
    entries += 1;
    if (failure !== undefined) continue;
    const check = checkNext(stream, head, value);
    if (!check.ok) failure = { stream, seq: check.seq, why: check.why };
    else {
      head = check.head;
      if (value.act === OPENED) opened.push(value.subject);
      if (before !== undefined && head?.seq === before.seq && head.hash !== before.hash) {
        failure = { stream, seq: before.seq, why: 'it is not the entry that the head names' };
      }
    }
  }
  failure ??= await endFailure(table, stream, { before, last: head });
  return { entries, failures: failure === undefined ? [] : [failure], opened };
}

/** Whether the entries end where the head says. */
async function endFailure(
  table: Table,
  stream: string,
  { before, last }: { before: AuditHead | undefined; last: AuditHead | undefined },
): Promise<AuditFailure | undefined> {
  const end = last?.seq ?? 0;
  if (before !== undefined && before.seq > end) {
    return { stream, seq: end + 1, why: `the chain ends at entry ${end}, its head says ${before.seq}` };
  }
  if (end === (before?.seq ?? 0)) return undefined;
  const after = (await readHead(table, stream))?.value;
  if (after !== undefined && after.seq >= end) return undefined;
  return {
    stream,
    seq: (after?.seq ?? 0) + 1,
    why: `the chain ends at entry ${end}, its head says ${after?.seq ?? 0}`,
  };
}
