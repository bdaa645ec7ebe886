/**
 * What is destroyed goes in two steps, so that a crash between them leaves nothing behind: the record is marked together with a
 * row that names the bytes; then the bytes go, and the row goes together with the certificate that they went.
 *
 * What is locked at the store itself (a retention of the bucket, a hold that somebody put on there) does not go yet. Its row waits
 * and is tried again every day: personal data whose time is over must not stay because a lock was still shut on the first try.
 *
 * | partition      | sort                          | holds            |
 * |----------------|-------------------------------|------------------|
 * | `tend-leaving` | frame id, or `case!<id>!<n>`   | {@link Leaving} |
 * | `tend-locked`  | `<when to try>!<sort as above>` | {@link Leaving} |
 */
import { type AuditAct, auditStream, systemActor } from '#core/audit.ts';
import type { Deletion } from '#core/deletion.ts';
import { type Sha256, sha256Of } from '#core/ids.ts';
import { DAY_MS, formatInstant, type Instant } from '#core/time.ts';
import { BlobHeldError, type Blobs } from '#platform/blobs.ts';
import { commit } from '#platform/commit.ts';
import { CERTIFICATES_AT_ONCE, certifyWrites } from '#platform/records/deletions.ts';
import { framesWithBytes } from '#platform/records/frames.ts';
import { timeKey } from '#platform/records/incidents.ts';
import { type Item, type Put, queryAll, type Table } from '#platform/table.ts';
import { batches } from './batches.ts';

export interface Leaving {
  key: string;
  sha256: Sha256;
  /** Made of it, and going with it. */
  derived: readonly string[];
  /** Our own hold on it ends with it: packages and proofs are held from the moment they are made. */
  release?: boolean;
  /** What the certificate will say; absent on rows of before there were certificates. */
  deletion?: Omit<Deletion, 'sha256' | 'destroyedAt'>;
}

const PARTITION = 'tend-leaving';
const LOCKED = 'tend-locked';
const TRY_AGAIN_MS = DAY_MS;
/** Files destroyed at the same time. */
const TOGETHER = 10;

export const leavingPut = (sort: string, value: Leaving): Put => ({
  kind: 'put',
  partition: PARTITION,
  sort,
  value,
  expect: 'any',
});

/** `shared`: another frame has the same bytes, and its own row will come. `locked`: the store does not let it go yet. */
type Outcome = 'destroyed' | 'shared' | 'locked';
interface Tried {
  readonly row: Item<Leaving>;
  readonly outcome: Outcome;
}

/** The bytes of everything that was marked, also what an interrupted round left behind, and what was locked and is due again. */
export async function finishLeaving({ table, blobs }: { table: Table; blobs: Blobs }, now: Instant): Promise<void> {
  const together = async (rows: readonly Item<Leaving>[]) => {
    const tried: Tried[] = [];
    for (const some of batches(rows, TOGETHER)) {
      tried.push(
        ...(await Promise.all(some.map(async (row) => ({ row, outcome: await destroy({ table, blobs }, row.value) })))),
      );
    }
    await settle(table, tried, now);
  };
  let rows: Item<Leaving>[] = [];
  const due = [{ partition: PARTITION }, { partition: LOCKED, to: timeKey(now + 1) }];
  for (const query of due) {
    for await (const row of queryAll<Leaving>(table, query)) {
      rows.push(row);
      if (rows.length < CERTIFICATES_AT_ONCE) continue;
      await together(rows);
      rows = [];
    }
  }
  if (rows.length > 0) await together(rows);
}

async function destroy(store: { table: Table; blobs: Blobs }, leaving: Leaving): Promise<Outcome> {
  const { blobs } = store;
  try {
    for (const key of leaving.derived) await blobs.delete(key);
    if (leaving.deletion !== undefined && leaving.deletion.what !== 'frame') {
      // Nothing stands when the process died before it was certified; whatever it had begun is done again.
      const stands = (await blobs.head(leaving.key)) !== undefined;
      if (stands && leaving.release === true) await blobs.setLegalHold(leaving.key, false);
      await blobs.delete(leaving.key);
      return 'destroyed';
    }
    return await deleteUnlessUsed(store, leaving);
  } catch (error) {
    if (error instanceof BlobHeldError) return 'locked';
    throw error;
  }
}

/** Frames share bytes that are the same. One that comes in this very moment finds them put back. */
async function deleteUnlessUsed(
  { table, blobs }: { table: Table; blobs: Blobs },
  { key, sha256 }: Leaving,
): Promise<Outcome> {
  if ((await framesWithBytes(table, sha256)).length > 0) return 'shared';
  const bytes = await blobs.get(key);
  if (bytes === undefined) return 'destroyed';
  await blobs.delete(key);
  if ((await framesWithBytes(table, sha256Of(sha256))).length === 0) return 'destroyed';
  await blobs.putIfAbsent(key, bytes, 'image/jpeg');
  return 'shared';
}

/** Another process may have been at the same rows: whoever comes second finds them gone, and they are certified once. */
function settle(table: Table, tried: readonly Tried[], now: Instant): Promise<void> {
  return commit(table, async () => {
    const standing = (
      await Promise.all(tried.map(async ({ row, outcome }) => ({ row: await table.get<Leaving>(row), outcome })))
    ).flatMap(({ row, outcome }) => (row === undefined ? [] : [{ row, outcome }]));
    if (standing.length === 0) return { writes: [], result: undefined };
    const deletions = standing.flatMap(({ row: { value }, outcome }): Deletion[] =>
      outcome === 'destroyed' && value.deletion !== undefined
        ? [{ ...value.deletion, sha256: value.sha256, destroyedAt: now }]
        : [],
    );
    const locked = standing.filter(({ outcome }) => outcome === 'locked').map(({ row }) => row);
    const newlyLocked = locked.filter(({ partition }) => partition === PARTITION);
    const { writes, act } = certifyWrites(deletions, now);
    return {
      writes: [
        ...standing.map(({ row: { partition, sort, version } }) => ({
          ...{ kind: 'delete' as const, partition, sort },
          expect: { version },
        })),
        ...locked.map((row) => lockedPut(row, now)),
        ...writes,
      ],
      acts: [
        ...(deletions.length === 0 ? [] : [act]),
        ...(newlyLocked.length === 0 ? [] : [lockedAct(newlyLocked, now)]),
      ],
      result: undefined,
    };
  });
}

/** Our own hold was lifted at the first try: one that stands from then on is somebody else's. */
function lockedPut({ partition, sort, value }: Item<Leaving>, now: Instant): Put {
  const name = partition === PARTITION ? sort : sort.slice(sort.indexOf('!') + 1);
  const due = `${timeKey(now + TRY_AGAIN_MS)}!${name}`;
  return { kind: 'put', partition: LOCKED, sort: due, value: { ...value, release: false }, expect: 'any' };
}

/** Said once: what is past its time and still there. */
const lockedAct = (rows: readonly Item<Leaving>[], now: Instant): AuditAct => ({
  ...{ stream: auditStream.system, at: now, actor: systemActor('tend'), act: 'deletions.locked', subject: 'blobs' },
  facts: {
    count: rows.length,
    subjects: [
      ...new Set(rows.flatMap(({ value: { deletion } }) => (deletion === undefined ? [] : [deletion.subject]))),
    ],
    triedAgain: formatInstant(now + TRY_AGAIN_MS),
  },
});
