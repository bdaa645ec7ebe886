/** Pictures of clear storefronts that nothing lists any more are deleted, once a day. */
import type { Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import { forgetPicture, unlistedPictures } from '#platform/records/references.ts';
import { ConflictError, type Table } from '#platform/table.ts';

const EVERY_MS = 24 * 3_600_000;
/** A picture is kept before the record that lists it is written: never take one that is just being kept. */
const SETTLED_MS = 2 * EVERY_MS;
const ROUND = { partition: 'tend', sort: 'reference-round' };

/** @returns how many went */
export async function forgetOldReferences(store: { table: Table; blobs: Blobs }, now: Instant): Promise<number> {
  const stored = await store.table.get<{ at: Instant }>(ROUND);
  if (stored !== undefined && now < stored.value.at + EVERY_MS) return 0;
  try {
    const expect = stored === undefined ? 'absent' : { version: stored.version };
    await store.table.write({ kind: 'put', ...ROUND, value: { at: now }, expect });
  } catch (error) {
    // Another process that tends began the round.
    if (error instanceof ConflictError) return 0;
    throw error;
  }
  const unlisted = await unlistedPictures(store.table, now - SETTLED_MS);
  for (const key of unlisted) await forgetPicture(store, key);
  return unlisted.length;
}
