/** What the frames of a place showed, by capture time, and the ledger that serialises its correlation day by day. */
import type { FrameId, PlaceId } from '#core/ids.ts';
import type { Observation } from '#core/sighting.ts';
import type { Instant } from '#core/time.ts';
import { type Item, type Put, queryAll, type Table } from '../table.ts';
import type { CorrelateMessage } from './messages.ts';

const partition = (placeId: PlaceId) => `place-observations/${placeId}`;
/** UTC in a fixed width, so that text order is time order. */
const timeKey = (at: Instant) => new Date(at).toISOString();

/** Written once: a second inspection of the same frame by the same models would say the same. */
export function observationPut(observation: Observation): Put {
  return {
    kind: 'put',
    partition: partition(observation.placeId),
    sort: `${timeKey(observation.capturedAt)}#${observation.frameId}`,
    value: observation,
    expect: 'any',
  };
}

/** Observations of a place captured in `[from, to)`, by time. */
export async function observationsBetween(
  table: Table,
  placeId: PlaceId,
  { from, to }: { from: Instant; to: Instant },
): Promise<Observation[]> {
  const found: Observation[] = [];
  const range = { partition: partition(placeId), from: timeKey(from), to: timeKey(to) };
  for await (const item of queryAll<Observation>(table, range)) found.push(item.value);
  return found;
}

/** Whether anything was observed at the place at or after an instant. */
export async function observedAfter(table: Table, placeId: PlaceId, at: Instant): Promise<boolean> {
  const page = await table.query({ partition: partition(placeId), from: timeKey(at), limit: 1 });
  return page.items.length > 0;
}

/** The newest observation of a place captured before an instant. */
export async function lastObservedBefore(table: Table, placeId: PlaceId, at: Instant): Promise<Instant | undefined> {
  const range = { partition: partition(placeId), to: timeKey(at), descending: true, limit: 1 };
  const [newest] = (await table.query<Observation>(range)).items;
  return newest?.value.capturedAt;
}

/** The oldest observation of a place captured at or after an instant. */
export async function firstObservedFrom(table: Table, placeId: PlaceId, at: Instant): Promise<Instant | undefined> {
  const [oldest] = (await table.query<Observation>({ partition: partition(placeId), from: timeKey(at), limit: 1 }))
    .items;
  return oldest?.value.capturedAt;
}

/**
 * One item a place and day. Whoever correlates names the version it read before it read the observations; the loser
 * of a race starts over and then sees what the winner saw.
 */
export interface Ledger {
  frames: number;
  correlatedAt: Instant;
}

const ledgerKey = (placeId: PlaceId, day: string) => ({ partition: `place-ledger/${placeId}`, sort: day });

export function readLedger(table: Table, placeId: PlaceId, day: string): Promise<Item<Ledger> | undefined> {
  return table.get<Ledger>(ledgerKey(placeId, day));
}

/** Rule days of a place that were correlated before, of the calendar days `from` to `to`, both included. */
export async function correlatedDays(
  table: Table,
  placeId: PlaceId,
  { from, to }: { from: string; to: string },
): Promise<CorrelateMessage[]> {
  const days: CorrelateMessage[] = [];
  // `~` follows every character of a rule day.
  for await (const { sort } of queryAll<Ledger>(table, { partition: `place-ledger/${placeId}`, from, to: `${to}~` })) {
    const [day = sort, dayStartsAt = '00:00'] = sort.split('T');
    days.push({ placeId, day, dayStartsAt });
  }
  return days;
}

export function ledgerPut(placeId: PlaceId, day: string, read: Item<Ledger> | undefined, value: Ledger): Put {
  return {
    kind: 'put',
    ...ledgerKey(placeId, day),
    value,
    expect: read === undefined ? 'absent' : { version: read.version },
  };
}

/** Keys of what `inspect` derives from a frame's pixels. */
export const sceneKey = (frameId: FrameId) => `scenes/${frameId}`;
export const featuresKey = (sightingId: string) => `features/${sightingId}`;
