/** What the case system does with the feed: pull, look, fetch, acknowledge, report back. */
import { createHash } from 'node:crypto';
import type { IncidentId } from '#core/ids.ts';
import { object } from '#core/objection.ts';
import { refuse } from '#core/refusal.ts';
import { DAY_MS, type Instant } from '#core/time.ts';
import type { Blobs, SignedRequest } from '#platform/blobs.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import type { Machine } from '#platform/identity.ts';
import { lookAt } from '#platform/records/clocks.ts';
import {
  amendEntry,
  type FeedEntry,
  feedAfter,
  feedHead,
  feedItemAt,
  feedOfDay,
  type REPORTED,
  readFeedItem,
} from '#platform/records/feed.ts';
import { putIncident, readIncident } from '#platform/records/incidents.ts';
import { endLease } from '#platform/records/leases.ts';
import { policyOf } from '#platform/records/policies.ts';
import type { Item, Table, Write } from '#platform/table.ts';
import { machineAct } from './acts.ts';

export interface Outlet {
  table: Table;
  blobs: Blobs;
  clock: Clock;
  /** How long a package URL works. Milliseconds. */
  linkMs: number;
}

/** Entries marked as handed out in one transaction: each takes its own write and those of the audit trail. */
const HANDED_AT_ONCE = 20;

/**
 * The next violations after a cursor. Each is marked as handed out before it is returned, so that nobody can undo what
 * the case system may already have seen; one that is undone in this very moment is not returned.
 * @throws {Refusal} `cursor-ahead`
 */
export async function pull(
  outlet: Outlet,
  machine: Machine,
  { cursor, limit }: { cursor: number; limit: number },
): Promise<{ entries: readonly FeedEntry[]; next: number }> {
  const { table } = outlet;
  const head = await feedHead(table);
  if (cursor > head) {
    throw refuse('cursor-ahead', 400, {
      expected: `a cursor up to ${head}`,
      received: `${cursor}`,
      action: 'Send the last nextCursor. If it was right, the feed was restored from a backup: reconcile by day.',
      data: { head },
    });
  }
  const { items, last } = await feedAfter(table, cursor, limit);
  const entries: FeedEntry[] = [];
  for (let from = 0; from < items.length; from += HANDED_AT_ONCE) {
    entries.push(...(await handOut(outlet, machine, items.slice(from, from + HANDED_AT_ONCE))));
  }
  return { entries, next: last };
}

async function handOut(
  { table, clock }: Outlet,
  machine: Machine,
  items: readonly Item<FeedEntry>[],
): Promise<readonly FeedEntry[]> {
  if (items.every(({ value }) => value.handedOutAt !== null)) return items.map(({ value }) => value);
  return commit(table, async () => {
    const now = clock.now();
    const read = await Promise.all(items.map(({ value }) => feedItemAt(table, value.seq)));
    const standing = read.filter((item) => item !== undefined);
    const unseen = standing.filter(({ value }) => value.handedOutAt === null);
    return {
      writes: unseen.map((item) => amendEntry(item, { handedOutAt: now })),
      acts: unseen.map(({ value }) =>
        machineAct(machine, 'violation.handed-out', value.id, { at: now, details: { seq: value.seq } }),
      ),
      result: standing.map(({ value }) => ({ ...value, handedOutAt: value.handedOutAt ?? now })),
    };
  });
}

/** @throws {Refusal} `violation-unknown` */
async function known(table: Table, id: IncidentId): Promise<Item<FeedEntry>> {
  const item = await readFeedItem(table, id);
  if (item !== undefined) return item;
  throw refuse('violation-unknown', 404, {
    expected: 'the id of a violation in the feed',
    received: id,
    action: 'Take the id from GET /v1/violations.',
  });
}

/** One violation; seeing it counts as having been handed it. @throws {Refusal} `violation-unknown` */
export function look({ table, clock }: Outlet, machine: Machine, id: IncidentId): Promise<FeedEntry> {
  return commit(table, async () => {
    const now = clock.now();
    const item = await known(table, id);
    return {
      writes: item.value.handedOutAt === null ? [amendEntry(item, { handedOutAt: now })] : [],
      acts: [machineAct(machine, 'violation.viewed', id, { at: now })],
      result: { ...item.value, handedOutAt: item.value.handedOutAt ?? now },
    };
  });
}

/** A URL of the sealed package that works for a short time. @throws {Refusal} `violation-unknown` */
export async function packageLink(
  outlet: Outlet,
  machine: Machine,
  id: IncidentId,
): Promise<{ entry: FeedEntry; link: SignedRequest; fileName: string }> {
  const { table, clock, blobs, linkMs } = outlet;
  const entry = await commit(table, async () => {
    const now = clock.now();
    const item = await known(table, id);
    const { sha256, revision } = item.value.package;
    return {
      writes: item.value.handedOutAt === null ? [amendEntry(item, { handedOutAt: now })] : [],
      acts: [machineAct(machine, 'violation.package-fetched', id, { at: now, details: { sha256, revision } })],
      result: item.value,
    };
  });
  const fileName = `${id}-r${entry.package.revision}.zip`;
  const link = await blobs.presignGet(entry.package.key, { expiresAt: clock.now() + linkMs, fileName });
  return { entry, link, fileName };
}

/** The same number again changes nothing. @throws {Refusal} `violation-unknown` `case-number-taken` */
export function acknowledge(
  { table, clock }: Outlet,
  machine: Machine,
  id: IncidentId,
  caseNumber: string,
): Promise<FeedEntry> {
  return commit(table, async () => {
    const now = clock.now();
    const item = await known(table, id);
    const { ack } = item.value;
    if (ack?.caseNumber === caseNumber) return { writes: [], acts: [], result: item.value };
    if (ack !== null) {
      throw refuse('case-number-taken', 409, {
        expected: 'the case number this violation was acknowledged with',
        received: 'another one',
        action: 'One act is one case (Administrative Penalty Law art. 29): use the case that exists.',
        data: { caseNumber: ack.caseNumber },
      });
    }
    const change = {
      ack: { caseNumber, by: machine.id, at: now },
      handedOutAt: item.value.handedOutAt ?? now,
    };
    return {
      writes: [amendEntry(item, change)],
      acts: [machineAct(machine, 'violation.acknowledged', id, { at: now, details: { caseNumber } })],
      result: { ...item.value, ...change },
    };
  });
}

/**
 * What became of it. The same report again changes nothing. An objection that the case system passes on opens its review by an
 * officer who decided nothing on it (Administrative Penalty Law art. 45).
 * @throws {Refusal} `violation-unknown`
 */
export function report(
  { table, clock }: Outlet,
  machine: Machine,
  id: IncidentId,
  { outcome, at, note }: { outcome: (typeof REPORTED)[number]; at: Instant | undefined; note: string },
): Promise<FeedEntry> {
  return commit(table, async () => {
    const now = clock.now();
    const item = await known(table, id);
    const repeats = item.value.outcomes.some(
      (earlier) => earlier.outcome === outcome && earlier.note === note && (at === undefined || earlier.at === at),
    );
    if (repeats) return { writes: [], acts: [], result: item.value };
    const change = {
      outcomes: [...item.value.outcomes, { outcome, at: at ?? now, note, recordedAt: now }],
      handedOutAt: item.value.handedOutAt ?? now,
    };
    const objecting = outcome === 'objected' ? await objectionWrites(table, id, { note, at: at ?? now }, now) : [];
    return {
      writes: [amendEntry(item, change), ...(objecting.length === 0 ? [lookAt(id, now)] : objecting)],
      acts: [machineAct(machine, 'violation.outcome', id, { at: now, details: { outcome, note } })],
      result: { ...item.value, ...change },
    };
  });
}

/** The objection on record, in the words of the case system; its own report is what the entry tells of it. */
async function objectionWrites(
  table: Table,
  id: IncidentId,
  { note, at }: { note: string; at: Instant },
  now: Instant,
): Promise<readonly Write[]> {
  const stored = await readIncident(table, id);
  if (stored === undefined) return [];
  const { incident } = stored;
  const { deadlines } = await policyOf(table, incident.jurisdiction);
  const statementId = createHash('sha256').update(`${id} ${at} ${note}`).digest('hex').slice(0, 16);
  const statement = { id: statementId, kind: 'object' as const, text: note, at, by: 'case-system' as const };
  const next = object(incident, statement, now, { reviewMs: deadlines.reviewDays * DAY_MS });
  return next === incident ? [] : [...putIncident(next, incident), ...endLease(stored)];
}

export interface DayCount {
  confirmed: number;
  withdrawn: number;
  acknowledged: number;
  waiting: number;
  firstSeq: number | null;
  lastSeq: number | null;
  digest: string;
}

/** What both sides should hold of a day: counts, and a digest over what was handed out. */
export async function reconcileDay({ table }: Outlet, day: string): Promise<DayCount> {
  const all = await feedOfDay(table, day);
  const entries = all.filter(({ handedOutAt }) => handedOutAt !== null);
  const lines = entries.map((entry) => `${entry.seq} ${entry.id} ${entry.state} ${entry.package.sha256}\n`);
  return {
    confirmed: entries.filter(({ state }) => state === 'confirmed').length,
    withdrawn: entries.filter(({ state }) => state === 'withdrawn').length,
    acknowledged: entries.filter(({ ack }) => ack !== null).length,
    waiting: all.length - entries.length,
    firstSeq: entries[0]?.seq ?? null,
    lastSeq: entries.at(-1)?.seq ?? null,
    digest: createHash('sha256').update(lines.join('')).digest('hex'),
  };
}
