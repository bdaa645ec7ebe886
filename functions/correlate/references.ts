/**
 * What a rule day's storefronts are judged against. Clear pictures are learned from the days before only, so that within
 * a day no order of frames can matter, and the knowledge after a day is a function of the sets of frames of the days up
 * to it. It is worked out when the day after needs it, and again when it turns out that the day had more frames
 * (docs/decisions/0021-references-from-days-gone-by.md).
 */
import type { Zone } from '#core/camera.ts';
import type { CameraId, PlaceId } from '#core/ids.ts';
import { type Knowledge, learn, NOTHING_KNOWN } from '#core/occupancy/learn.ts';
import type { References } from '#core/occupancy/references.ts';
import type { StorefrontFeatures } from '#core/sighting.ts';
import type { PlaceDay } from '#core/stays/place-day.ts';
import { dayInterval, dayOf, type Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import type { Clock } from '#platform/clock.ts';
import { type CorrelateMessage, ruleDay } from '#platform/records/messages.ts';
import {
  firstObservedFrom,
  lastObservedBefore,
  observationsBetween,
  readLedger,
} from '#platform/records/observations.ts';
import {
  confirmedOf,
  identityOf,
  type KnownPictures,
  keepPicture,
  knowledgePut,
  type PlaceKnowledge,
  readKnowledge,
  zoneKey,
} from '#platform/records/references.ts';
import type { Item, Table, Write } from '#platform/table.ts';
import type { LooksReader } from './looks.ts';

export interface ReferenceDependencies {
  table: Table;
  blobs: Blobs;
  clock: Clock;
  looks: LooksReader;
}

export interface DayReferences {
  /** By `zoneKey`. */
  readonly of: ReadonlyMap<string, References>;
  /** Identity of what was learned up to the day before; null when nothing was. */
  readonly basis: string | null;
  /** To be written with what was judged by it. */
  readonly writes: readonly Write[];
}

/** By `zoneKey`. */
type ConfirmedPictures = ReadonlyMap<string, readonly StorefrontFeatures[]>;

const NONE: DayReferences = { of: new Map(), basis: null, writes: [] };

export async function referencesOfDay(
  dependencies: ReferenceDependencies,
  message: CorrelateMessage,
  { day, zones, observations }: PlaceDay,
): Promise<DayReferences> {
  const storefronts = zones.filter(({ type }) => type === 'storefront');
  if (storefronts.length === 0) return NONE;
  const confirmed = await confirmedPictures(dependencies, new Set(storefronts.map(({ cameraId }) => cameraId)), day.to);
  const known = { confirmed, zones: storefronts };
  const { knowledge, writes } = await knowledgeBefore(dependencies, message, day.from, known);
  const of = new Map<string, References>();
  for (const { cameraId, storefronts: seen } of observations) {
    for (const { zone } of seen) {
      const key = zoneKey(cameraId, zone);
      if (of.has(key)) continue;
      const learned = await dependencies.looks.pictures(knowledge?.zones[key]?.bare ?? []);
      of.set(key, { confirmed: confirmed.get(key) ?? [], learned });
    }
  }
  return { of, basis: knowledge === undefined ? null : identityOf(knowledge), writes };
}

/**
 * The next observed day of the place, when what is known after this one is no longer what that day was judged by. Ask
 * after this day is written: whoever judges the later day from then on sees it.
 */
export async function dayToJudgeAnew(
  { table }: Pick<ReferenceDependencies, 'table'>,
  { placeId, day, dayStartsAt }: CorrelateMessage,
  judged: { frames: number; basis: string | null },
): Promise<CorrelateMessage | null> {
  const later = await firstObservedFrom(table, placeId, dayInterval(day, dayStartsAt).to);
  if (later === undefined) return null;
  const stored = await readKnowledge(table, placeId, ruleDay({ day, dayStartsAt }));
  if (stored !== undefined && isOf(stored.value, judged)) return null;
  return { placeId, dayStartsAt, day: dayOf(later, dayStartsAt) };
}

const isOf = (known: PlaceKnowledge, { frames, basis }: { frames: number; basis: string | null }) =>
  known.frames >= frames && known.basis === basis;

/** What was known when a day began, worked out if nobody has yet, or from fewer frames. */
async function knowledgeBefore(
  dependencies: ReferenceDependencies,
  { placeId, dayStartsAt }: CorrelateMessage,
  from: Instant,
  { confirmed, zones: drawn }: { confirmed: ConfirmedPictures; zones: readonly Zone[] },
): Promise<{ knowledge: PlaceKnowledge | undefined; writes: readonly Write[] }> {
  const { table, looks } = dependencies;
  const last = await lastObservedBefore(table, placeId, from);
  if (last === undefined) return { knowledge: undefined, writes: [] };
  const day = dayOf(last, dayStartsAt);
  const name = ruleDay({ day, dayStartsAt });
  const interval = dayInterval(day, dayStartsAt);
  const [stored, ledger, before] = await Promise.all([
    readKnowledge(table, placeId, name),
    readLedger(table, placeId, name),
    storedBefore(table, placeId, dayStartsAt, interval.from),
  ]);
  const basis = before === undefined ? null : identityOf(before.value);
  if (stored !== undefined && isOf(stored.value, { frames: ledger?.value.frames ?? 0, basis })) {
    return { knowledge: stored.value, writes: [] };
  }
  const observations = await observationsBetween(table, placeId, interval);
  const { frames, complete } = await looks.storefronts(observations);
  const zones = stillDrawn(before?.value.zones ?? {}, drawn, interval.from);
  if (!complete && stored !== undefined) Object.assign(zones, stored.value.zones);
  else {
    for (const [key, seen] of frames) {
      const known = await knowledgeOf(looks, before?.value.zones[key]);
      const learned = learn(known, confirmed.get(key) ?? [], seen);
      if (learned !== known) zones[key] = await kept(dependencies, learned);
    }
  }
  const knowledge = { frames: observations.length, basis, zones };
  return {
    knowledge,
    writes: [knowledgePut(placeId, name, stored, { value: knowledge, now: dependencies.clock.now() })],
  };
}

/** Versions of a zone that were in force at or after an instant: nobody asks about the others again. */
function stillDrawn(
  known: PlaceKnowledge['zones'],
  zones: readonly Zone[],
  from: Instant,
): Record<string, KnownPictures> {
  const drawn = zones.filter(({ effectiveTo }) => effectiveTo === null || effectiveTo > from);
  const keys = new Set(drawn.map(({ cameraId, id, version }) => zoneKey(cameraId, { zoneId: id, version })));
  return Object.fromEntries(Object.entries(known).filter(([key]) => keys.has(key)));
}

/** As somebody left it: should it change, that day's judging sends for this one again. */
async function storedBefore(
  table: Table,
  placeId: PlaceId,
  dayStartsAt: string,
  from: Instant,
): Promise<Item<PlaceKnowledge> | undefined> {
  const last = await lastObservedBefore(table, placeId, from);
  if (last === undefined) return undefined;
  return readKnowledge(table, placeId, ruleDay({ day: dayOf(last, dayStartsAt), dayStartsAt }));
}

async function knowledgeOf(looks: LooksReader, known: KnownPictures | undefined): Promise<Knowledge> {
  if (known === undefined) return NOTHING_KNOWN;
  return { bare: await looks.pictures(known.bare), goods: await looks.pictures(known.goods) };
}

async function kept({ table, blobs, clock }: ReferenceDependencies, learned: Knowledge): Promise<KnownPictures> {
  const keep = (pictures: readonly StorefrontFeatures[]) =>
    Promise.all(pictures.map((picture) => keepPicture({ table, blobs }, picture, clock.now())));
  return { bare: await keep(learned.bare), goods: await keep(learned.goods) };
}

/** Pictures taken before the day ended. What is put up later was not there yet. */
async function confirmedPictures(
  { table, looks }: ReferenceDependencies,
  cameras: ReadonlySet<CameraId>,
  until: Instant,
): Promise<ConfirmedPictures> {
  const found = new Map<string, StorefrontFeatures[]>();
  for (const camera of cameras) {
    for (const reference of await confirmedOf(table, camera)) {
      if (reference.capturedAt >= until) continue;
      const key = zoneKey(camera, { zoneId: reference.zoneId, version: reference.zoneVersion });
      found.set(key, [...(found.get(key) ?? []), ...(await looks.pictures([reference.picture]))]);
    }
  }
  return found;
}
