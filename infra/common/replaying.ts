/** How a replay looks at days: as correlation does, on a store of which it changes nothing. */
import { createHash } from 'node:crypto';
import { sha256Of } from '#core/ids.ts';
import type { Blobs } from '#platform/blobs.ts';
import type { Clock } from '#platform/clock.ts';
import type { Table } from '#platform/table.ts';
import { looksReader } from '../../functions/correlate/looks.ts';
import { referencesOfDay } from '../../functions/correlate/references.ts';
import type { ReplayDependencies } from '../../functions/replay/replay.ts';

/** What correlation would learn on the way stays in memory, and goes with the replay. */
export function replayLooks({
  table,
  blobs,
  clock,
}: {
  table: Table;
  blobs: Blobs;
  clock: Clock;
}): ReplayDependencies['looks'] {
  return (overlay) => {
    const beside = besideStore(blobs, overlay);
    const looks = looksReader(beside);
    const reading = { table: untouched(table), blobs: beside, clock, looks };
    return async (placeDay, message) => {
      const { of } = await referencesOfDay(reading, message, placeDay);
      return looks.of(placeDay.observations, of);
    };
  };
}

const untouched = (table: Table): Table => ({ ...table, transact: async () => {}, write: async () => {} });

function besideStore(blobs: Blobs, overlay: ReadonlyMap<string, Uint8Array>): Blobs {
  const held = new Map(overlay);
  return {
    ...blobs,
    get: async (key) => held.get(key) ?? (await blobs.get(key)),
    async putIfAbsent(key, bytes) {
      held.set(key, bytes);
      const sha256 = sha256Of(createHash('sha256').update(bytes).digest('hex'));
      return { key, bytes: bytes.length, sha256, stored: true };
    },
    delete: async () => {},
    setLegalHold: async () => {},
  };
}
