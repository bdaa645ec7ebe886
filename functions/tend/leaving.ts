/**
 * What is destroyed goes in two steps, so that a crash between them leaves nothing behind: the record is marked together with a
 * row that names the bytes; then the bytes go, and the row goes together with the certificate that they went.
 *
 * | partition      | sort                        | holds            |
 * |----------------|-----------------------------|------------------|
 * | `tend-leaving` | frame id, or `case!<id>!<n>` | {@link Leaving} |
 */
import type { Deletion } from '#core/deletion.ts';
import { type Sha256, sha256Of } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import { BlobHeldError, type Blobs } from '#platform/blobs.ts';
import { commit } from '#platform/commit.ts';
import { CERTIFICATES_AT_ONCE, certifyWrites } from '#platform/records/deletions.ts';
import { framesWithBytes } from '#platform/records/frames.ts';
import { type Item, type Put, queryAll, type Table } from '#platform/table.ts';

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

export const leavingPut = (sort: string, value: Leaving): Put => ({
  kind: 'put',
  partition: PARTITION,
  sort,
  value,
  expect: 'any',
});

/** The bytes of everything that was marked, also what an interrupted round left behind. */
export async function finishLeaving({ table, blobs }: { table: Table; blobs: Blobs }, now: Instant): Promise<void> {
  let gone: { row: Item<Leaving>; isDestroyed: boolean }[] = [];
  for await (const row of queryAll<Leaving>(table, { partition: PARTITION })) {
    gone.push({ row, isDestroyed: await destroy({ table, blobs }, row.value) });
    if (gone.length < CERTIFICATES_AT_ONCE) continue;
    await certify(table, gone, now);
    gone = [];
  }
  if (gone.length > 0) await certify(table, gone, now);
}

/** Whether its bytes are gone: not those that another frame shares, nor what somebody holds at the store itself. */
async function destroy(store: { table: Table; blobs: Blobs }, leaving: Leaving): Promise<boolean> {
  const { blobs } = store;
  try {
    for (const key of leaving.derived) await blobs.delete(key);
    if (leaving.deletion !== undefined && leaving.deletion.what !== 'frame') {
      // Gone already, when the process died before it was certified.
      if ((await blobs.head(leaving.key)) === undefined) return true;
      if (leaving.release === true) await blobs.setLegalHold(leaving.key, false);
      await blobs.delete(leaving.key);
      return true;
    }
    return await deleteUnlessUsed(store, leaving);
  } catch (error) {
    if (error instanceof BlobHeldError) return false;
    throw error;
  }
}

/** Frames share bytes that are the same. One that comes in this very moment finds them put back. */
async function deleteUnlessUsed(
  { table, blobs }: { table: Table; blobs: Blobs },
  { key, sha256 }: Leaving,
): Promise<boolean> {
  if ((await framesWithBytes(table, sha256)).length > 0) return false;
  const bytes = await blobs.get(key);
  if (bytes === undefined) return true;
  await blobs.delete(key);
  if ((await framesWithBytes(table, sha256Of(sha256))).length === 0) return true;
  await blobs.putIfAbsent(key, bytes, 'image/jpeg');
  return false;
}

/** Another process may have been at the same rows: whoever comes second finds them gone, and they are certified once. */
function certify(
  table: Table,
  gone: readonly { row: Item<Leaving>; isDestroyed: boolean }[],
  now: Instant,
): Promise<void> {
  return commit(table, async () => {
    const standing = (
      await Promise.all(gone.map(async (one) => ({ ...one, row: await table.get<Leaving>(one.row) })))
    ).flatMap(({ row, isDestroyed }) => (row === undefined ? [] : [{ row, isDestroyed }]));
    if (standing.length === 0) return { writes: [], result: undefined };
    const deletions = standing.flatMap(({ row: { value }, isDestroyed }): Deletion[] =>
      isDestroyed && value.deletion !== undefined
        ? [{ ...value.deletion, sha256: value.sha256, destroyedAt: now }]
        : [],
    );
    const { writes, act } = certifyWrites(deletions, now);
    return {
      writes: [
        ...standing.map(({ row: { partition, sort, version } }) => ({
          ...{ kind: 'delete' as const, partition, sort },
          expect: { version },
        })),
        ...writes,
      ],
      acts: deletions.length === 0 ? [] : [act],
      result: undefined,
    };
  });
}
