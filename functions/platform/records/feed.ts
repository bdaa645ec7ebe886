/**
 * The release feed (移送队列): what the case system sees, by a sequence that only grows.
 *
 * The sequence is dense. A number is allotted by the counter item in the same transaction that changes the incident, so
 * number n+1 cannot be there before n, and a reader that stops at the first missing number can neither skip nor repeat,
 * whatever the isolation of its query. What is taken back leaves an empty entry behind, which no reader is shown; a
 * withdrawal empties the old entry and takes a new number, so that a walk from the start meets each violation once, at
 * its latest state.
 *
 * | partition                | sort      | holds                                                    |
 * |--------------------------|-----------|----------------------------------------------------------|
 * | `feed`                   | `<seq>`   | an entry, indexed by the day of its number; or nothing   |
 * | `feed-head`              | `head`    | the last number allotted                                 |
 * | `violation/<id>`         | `feed`    | the number under which a violation stands now            |
 */

import type { IncidentId, PlaceId, ZoneId } from '#core/ids.ts';
import type { Incident, ReasonCode, Statement } from '#core/incident.ts';
import { isInFeed } from '#core/incident-machine.ts';
import { takeStatement } from '#core/objection.ts';
import { undo, withdraw } from '#core/review-decision.ts';
import { assertReleasable } from '#core/review-gate.ts';
import { dayOf, type Instant } from '#core/time.ts';
import type { ViolationType } from '#core/violations/violation.ts';
import { type Item, type Key, queryAll, type Table, type Write } from '../table.ts';
import { putIncident } from './incidents.ts';
import { outboxPut } from './withdrawals.ts';

/** What the case system reports. */
export const REPORTED = ['filed', 'decided', 'served', 'objected', 'cancelled'] as const;
/** What an entry tells beside what it says: what was reported, and that an objection was answered against the party. */
export const OUTCOMES = [...REPORTED, 'upheld'] as const;

/** A violation as the case system sees it. */
export interface FeedEntry {
  seq: number;
  id: IncidentId;
  state: 'confirmed' | 'withdrawn';
  type: ViolationType;
  /** As confirmed by the officers, without the dot. */
  plate: string | null;
  placeId: PlaceId;
  placeName: string;
  jurisdiction: string;
  zoneId: ZoneId;
  shop: string | null;
  firstSeen: Instant;
  lastSeen: Instant;
  decidedAt: Instant;
  package: { key: string; sha256: string; bytes: number; revision: number };
  withdrawn: { reason: ReasonCode; at: Instant } | null;
  /** When the number was allotted. */
  releasedAt: Instant;
  /** When the case system first saw this violation, under whatever number; from then on it can only be withdrawn. */
  handedOutAt: Instant | null;
  ack: { caseNumber: string; by: string; at: Instant } | null;
  outcomes: readonly { outcome: (typeof OUTCOMES)[number]; at: Instant; note: string; recordedAt: Instant }[];
}

/** Taken back before anyone saw it, or superseded by a later number. */
interface Emptied {
  seq: number;
  id: null;
}
type Stored = FeedEntry | Emptied;
const isEntry = (item: Item<Stored>): item is Item<FeedEntry> => item.value.id !== null;

const seqKey = (seq: number): Key => ({ partition: 'feed', sort: String(seq).padStart(15, '0') });
const HEAD: Key = { partition: 'feed-head', sort: 'head' };
const pointerKey = (id: IncidentId): Key => ({ partition: `violation/${id}`, sort: 'feed' });

/** The last number allotted; version 0 before the first. */
export interface FeedHead {
  seq: number;
  version: number;
}

export async function readFeedHead(table: Table): Promise<FeedHead> {
  const head = await table.get<{ seq: number }>(HEAD);
  return { seq: head?.value.seq ?? 0, version: head?.version ?? 0 };
}

/** @param version of the head that it replaces; 0 for the first */
export const feedHeadPut = (seq: number, version: number): Write => ({
  kind: 'put',
  ...HEAD,
  value: { seq },
  expect: version === 0 ? 'absent' : { version },
});

/**
 * The writes that store a newly confirmed or withdrawn incident and give it the next number. The only way into the feed:
 * it checks by itself that the incident was reviewed, sealed, seen by evidence cameras and judged by an enforcing rule,
 * whoever calls.
 * @throws {Refusal} see {@link assertReleasable}
 */
export async function releaseWrites(
  table: Table,
  next: Incident,
  previous: Incident,
  now: Instant,
): Promise<readonly Write[]> {
  const [head, before] = await Promise.all([readFeedHead(table), readFeedItem(table, next.id)]);
  const seq = head.seq + 1;
  return [...releaseAt(next, previous, before, seq, now), feedHeadPut(seq, head.version)];
}

/**
 * The same without the head, for whoever gives out several numbers in one transaction: {@link feedHeadPut} of the last of them
 * belongs to it.
 * @param before the entry under which it stands so far
 * @throws {Refusal} see {@link assertReleasable}
 */
export function releaseAt(
  next: Incident,
  previous: Incident | null,
  before: Item<FeedEntry> | undefined,
  seq: number,
  now: Instant,
): readonly Write[] {
  const { sealed, decidedAt, plate } = assertReleasable(next);
  const entry: FeedEntry = {
    seq,
    id: next.id,
    state: next.state === 'withdrawn' ? 'withdrawn' : 'confirmed',
    type: next.stay.type,
    plate,
    placeId: next.stay.placeId,
    placeName: next.placeName,
    jurisdiction: next.jurisdiction,
    zoneId: next.stay.zone.zoneId,
    shop: next.stay.shop,
    firstSeen: next.stay.firstSeen,
    lastSeen: next.stay.lastSeen,
    decidedAt,
    package: { key: sealed.key, sha256: sealed.sha256, bytes: sealed.bytes, revision: sealed.revision },
    withdrawn: next.withdrawal ? { reason: next.withdrawal.reason, at: next.withdrawal.at } : null,
    releasedAt: now,
    handedOutAt: before?.value.handedOutAt ?? null,
    ack: before?.value.ack ?? null,
    outcomes: before?.value.outcomes ?? [],
  };
  return [
    ...putIncident(next, previous),
    putEntry(entry, 'absent'),
    { kind: 'put', ...pointerKey(next.id), value: { seq }, expect: 'any' },
    ...(before === undefined ? [] : [emptied(before)]),
    ...(previous?.state === 'withdrawn' ? [] : telling(next)),
  ];
}

/** Whoever was reminded is to hear that it was taken back, by whatever act: every withdrawal passes here. */
function telling({ id, state, notice, withdrawal }: Incident): readonly Write[] {
  if (state !== 'withdrawn' || notice == null || withdrawal == null) return [];
  const { reason, at } = withdrawal;
  return [outboxPut({ incidentId: id, kind: 'withdrawn', reference: notice.reference, reason, at })];
}

function putEntry(entry: FeedEntry, expect: 'absent' | { version: number }): Write {
  const index = { partition: `feed-day/${dayOf(entry.releasedAt)}`, sort: seqKey(entry.seq).sort };
  return { kind: 'put', ...seqKey(entry.seq), value: entry, expect, index };
}

const emptied = (item: Item<FeedEntry>): Write => ({
  kind: 'put',
  ...seqKey(item.value.seq),
  value: { seq: item.value.seq, id: null } satisfies Emptied,
  expect: { version: item.version },
});

/**
 * The writes that store an incident somebody decided on. A new violation, and one that an objection took back, takes a number;
 * one that stands after an objection keeps its own, and its entry tells.
 * @throws {Refusal} see {@link assertReleasable}
 */
export async function decisionWrites(
  table: Table,
  next: Incident,
  previous: Incident,
  now: Instant,
): Promise<readonly Write[]> {
  const stays = previous.state === 'objected' && next.state === 'confirmed';
  if (isInFeed(next.state) && !stays) return releaseWrites(table, next, previous, now);
  return [...putIncident(next, previous), ...(stays ? await tellOutcome(table, next.id, 'upheld', now) : [])];
}

async function tellOutcome(
  table: Table,
  id: IncidentId,
  outcome: (typeof OUTCOMES)[number],
  now: Instant,
): Promise<readonly Write[]> {
  const item = await readFeedItem(table, id);
  if (item === undefined) return [];
  const outcomes = [...item.value.outcomes, { outcome, at: now, note: '', recordedAt: now }];
  return [amendEntry(item, { outcomes })];
}

/**
 * The writes that put a statement of the party on record. An objection to a violation opens its review; the entry in the feed
 * tells of it, without the party's words. The same statement again writes nothing.
 * @throws {Refusal} what {@link takeStatement} refuses
 */
export async function statementWrites(
  table: Table,
  previous: Incident,
  statement: Statement,
  now: Instant,
  options: { reviewMs?: number } = {},
): Promise<{ next: Incident; writes: readonly Write[] }> {
  const next = takeStatement(previous, statement, now, options);
  if (next === previous) return { next, writes: [] };
  const objects = next.state !== previous.state;
  return {
    next,
    writes: [...putIncident(next, previous), ...(objects ? await tellOutcome(table, next.id, 'objected', now) : [])],
  };
}

/**
 * The writes that take the last decision back. A violation leaves the feed only if nobody was handed it; the entry's
 * version settles the race with a pull of the same moment.
 * @throws {Refusal} `already-released` and what {@link undo} refuses
 */
export async function undoWrites(
  table: Table,
  previous: Incident,
  acting: Omit<Parameters<typeof undo>[1], 'handedOut'>,
  now: Instant,
): Promise<{ next: Incident; writes: readonly Write[] }> {
  const item = previous.state === 'confirmed' ? await readFeedItem(table, previous.id) : undefined;
  const next = undo(previous, { ...acting, handedOut: item !== undefined && item.value.handedOutAt !== null }, now);
  const leaving: readonly Write[] =
    item === undefined ? [] : [emptied(item), { kind: 'delete', ...pointerKey(previous.id), expect: 'present' }];
  return { next, writes: [...putIncident(next, previous), ...leaving] };
}

/** The writes that withdraw a violation. @throws {Refusal} what {@link withdraw} refuses */
export async function withdrawWrites(
  table: Table,
  previous: Incident,
  acting: Parameters<typeof withdraw>[1],
  now: Instant,
): Promise<{ next: Incident; writes: readonly Write[] }> {
  const next = withdraw(previous, acting, now);
  return { next, writes: await releaseWrites(table, next, previous, now) };
}

/** The writes that take the plate out of an entry whose case is destroyed; empty when it is in no feed. */
export async function forgetEntry(table: Table, id: IncidentId): Promise<readonly Write[]> {
  const item = await readFeedItem(table, id);
  return item === undefined ? [] : [putEntry({ ...item.value, plate: null }, { version: item.version })];
}

/** The entry under which a violation stands now. */
export async function readFeedItem(table: Table, id: IncidentId): Promise<Item<FeedEntry> | undefined> {
  // A withdrawal between the two reads moves the entry; the pointer then names the new number.
  for (;;) {
    const pointer = await table.get<{ seq: number }>(pointerKey(id));
    if (pointer === undefined) return undefined;
    const item = await feedItemAt(table, pointer.value.seq);
    if (item !== undefined) return item;
  }
}

/** The entry of a number; undefined when it was taken back or has moved on. */
export async function feedItemAt(table: Table, seq: number): Promise<Item<FeedEntry> | undefined> {
  const item = await table.get<Stored>(seqKey(seq));
  return item !== undefined && isEntry(item) ? item : undefined;
}

/** Changes what hangs on an entry (ack, outcome, hand-out), never what it says. */
export function amendEntry(
  item: Item<FeedEntry>,
  change: Partial<Pick<FeedEntry, 'handedOutAt' | 'ack' | 'outcomes'>>,
): Write {
  return putEntry({ ...item.value, ...change }, { version: item.version });
}

/**
 * Entries after a number, in order, at most `limit`, and the last number looked at: where the next walk starts.
 */
export async function feedAfter(
  table: Table,
  after: number,
  limit: number,
): Promise<{ items: readonly Item<FeedEntry>[]; last: number }> {
  const items: Item<FeedEntry>[] = [];
  let last = after;
  for await (const item of queryAll<Stored>(table, { partition: 'feed', from: seqKey(after + 1).sort, limit })) {
    // A number that is not there yet was allotted earlier: wait for it rather than pass it.
    if (item.value.seq !== last + 1) break;
    last = item.value.seq;
    if (isEntry(item)) items.push(item);
    if (items.length === limit) break;
  }
  return { items, last };
}

/** The last number allotted, 0 at the beginning. */
export async function feedHead(table: Table): Promise<number> {
  return (await table.get<{ seq: number }>(HEAD))?.value.seq ?? 0;
}

/** Clocks of two who allot numbers may differ by less; so far beyond a day nobody's numbers are of that day. */
const CLOCKS_MS = 600_000;

/**
 * Entries whose number was allotted on a day (Beijing), in order, as they stand. Only where the day begins is read through the
 * index: in its first moment a day may seem to have none yet.
 */
export async function feedOfDay(table: Table, day: string): Promise<readonly FeedEntry[]> {
  const [first] = (await table.query<FeedEntry>({ partition: `feed-day/${day}`, index: true, limit: 1 })).items;
  if (first === undefined) return [];
  const entries: FeedEntry[] = [];
  for await (const item of queryAll<Stored>(table, { partition: 'feed', from: first.sort })) {
    if (!isEntry(item)) continue;
    if (dayOf(item.value.releasedAt) === day) entries.push(item.value);
    if (dayOf(item.value.releasedAt - CLOCKS_MS) > day) break;
  }
  return entries;
}
