/**
 * Carries a bulk withdrawal out. Several violations share a transaction, and with it one writing of the feed's head; several
 * transactions are on their way at once, each naming the versions that the one before it will leave, so that the store may
 * flush them together. When somebody else wrote in between, all of them fail, nothing of them happened, and they are made anew.
 */
import { auditStream } from '#core/audit.ts';
import type { IncidentId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { withdraw } from '#core/review-decision.ts';
import type { Instant } from '#core/time.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import { auditWrites } from '#platform/records/audit.ts';
import { type FeedHead, feedHeadPut, readFeedHead, readFeedItem, releaseAt } from '#platform/records/feed.ts';
import { incidentKey } from '#platform/records/incidents.ts';
import { type BulkWithdrawal, idsFrom, readWithdrawal, withdrawalPut } from '#platform/records/withdrawals.ts';
import { ConflictError, type Item, type Table, type Write } from '#platform/table.ts';

export interface RunDependencies {
  table: Table;
  clock: Clock;
}

/** A transaction takes 100 writes. */
const MOST_WRITES = 100;
/** Most transactions on their way at once: they cost one flush together. Fewer while others write, too: what loses is made anew. */
const MOST_AT_ONCE = 32;
/** Violations read ahead for each: no transaction takes more. */
const IN_ONE = 14;

/**
 * Until it is done, or may not go on: then it is `running` still, and goes on from where it stands. Two processes at the same act:
 * whoever loses a race reads how far the other got.
 */
export async function runWithdrawal(
  { table, clock }: RunDependencies,
  id: string,
  mayGoOn: () => boolean = () => true,
): Promise<BulkWithdrawal> {
  let losses = 0;
  let atOnce = 4;
  for (;;) {
    const stored = await readWithdrawal(table, id);
    if (stored === undefined) throw new RangeError(`Expected a withdrawal on record, received ${id}`);
    if (stored.value.state === 'done' || !mayGoOn()) return stored.value;
    const ids = (await idsFrom(table, id, stored.value.done)).slice(0, atOnce * IN_ONE);
    if (ids.length === 0) {
      await finish({ table, clock }, id);
      continue;
    }
    const ahead = await Promise.all(ids.map((one) => readAhead(table, one)));
    const batches = await batchesOf(table, stored, ahead, { now: clock.now(), atOnce });
    const written = await Promise.allSettled(batches.map((writes) => table.transact(writes)));
    const lost = written.find((one) => one.status === 'rejected');
    if (lost === undefined) {
      losses = 0;
      atOnce = Math.min(MOST_AT_ONCE, atOnce * 2);
      continue;
    }
    if (!(lost.reason instanceof ConflictError)) throw lost.reason;
    losses += 1;
    atOnce = Math.max(1, atOnce >> 1);
    // Whoever confirms in this moment is let through.
    await new Promise((resolve) => setTimeout(resolve, Math.min(2 ** losses, 100) * Math.random()));
  }
}

/** What one violation needs, read once: every write names the versions. */
interface Ahead {
  id: IncidentId;
  incident: Incident | undefined;
  entry: Awaited<ReturnType<typeof readFeedItem>>;
}

async function readAhead(table: Table, id: IncidentId): Promise<Ahead> {
  const [item, entry] = await Promise.all([table.get<Incident>(incidentKey(id)), readFeedItem(table, id)]);
  return { id, incident: item?.value, entry };
}

/** Transactions that follow each other, from where the act and the feed stand. */
async function batchesOf(
  table: Table,
  stored: Item<BulkWithdrawal>,
  ahead: readonly Ahead[],
  { now, atOnce }: { now: Instant; atOnce: number },
): Promise<readonly (readonly Write[])[]> {
  let head = await readFeedHead(table);
  let act = stored.value;
  let version = stored.version;
  const batches: (readonly Write[])[] = [];
  let rest = ahead;
  while (rest.length > 0 && batches.length < atOnce) {
    const batch = await batchOf(table, { act, head }, rest, now);
    batches.push([
      ...batch.writes,
      ...(batch.head.seq === head.seq ? [] : [feedHeadPut(batch.head.seq, head.version)]),
      withdrawalPut(batch.act, version),
    ]);
    version += 1;
    act = batch.act;
    head = batch.head;
    rest = rest.slice(batch.taken);
  }
  return batches;
}

/** As many violations as one transaction takes. */
async function batchOf(
  table: Table,
  { act, head }: { act: BulkWithdrawal; head: FeedHead },
  ahead: readonly Ahead[],
  now: Instant,
) {
  const { by, reason, note } = act;
  const writes: Write[] = [];
  const left: Incident[] = [];
  let { seq } = head;
  let taken = 0;
  for (const { incident, entry } of ahead) {
    if (incident !== undefined && isViolation(incident)) {
      const next = withdraw(incident, { officer: by, roles: ['supervisor'], reason, note }, now);
      const own = releaseAt(next, incident, entry, seq + 1, now);
      // Its entry in the trail and the head of that, then the feed's head and the act.
      if (writes.length + own.length + 2 * (left.length + 1) + 2 > MOST_WRITES) break;
      writes.push(...own);
      left.push(next);
      seq += 1;
    }
    taken += 1;
  }
  const trail = await auditWrites(
    table,
    left.map(({ id, version }) => ({
      ...{ stream: auditStream.incident(id), at: now, act: 'violation.withdrawn', subject: id },
      actor: { kind: 'officer' as const, id: by.id, name: by.name },
      facts: { unit: by.unit, version, reason, note, withdrawal: act.id },
    })),
  );
  const moved: BulkWithdrawal = {
    ...act,
    done: act.done + taken,
    withdrawn: act.withdrawn + left.length,
    skipped: act.skipped + taken - left.length,
    firstSeq: act.firstSeq ?? (left.length === 0 ? null : head.seq + 1),
    lastSeq: left.length === 0 ? act.lastSeq : seq,
  };
  const next: FeedHead = left.length === 0 ? head : { seq, version: head.version + 1 };
  return { writes: [...writes, ...trail], act: moved, head: next, taken };
}

const isViolation = ({ state, destroyed }: Incident) =>
  (state === 'confirmed' || state === 'objected') && destroyed == null;

function finish({ table, clock }: RunDependencies, id: string): Promise<void> {
  return commit(table, async () => {
    const stored = await readWithdrawal(table, id);
    if (stored === undefined || stored.value.state === 'done') return { writes: [], result: undefined };
    const act: BulkWithdrawal = { ...stored.value, state: 'done', finishedAt: clock.now() };
    const { by, count, digest, withdrawn, skipped, firstSeq, lastSeq } = act;
    return {
      writes: [withdrawalPut(act, stored.version)],
      acts: [
        {
          ...{ stream: auditStream.system, at: clock.now(), act: 'withdrawal.done', subject: id },
          actor: { kind: 'officer', id: by.id, name: by.name },
          facts: { unit: by.unit, count, digest, withdrawn, skipped, firstSeq, lastSeq },
        },
      ],
      result: undefined,
    };
  });
}
