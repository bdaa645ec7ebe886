/**
 * What storefront zones look like when nothing is put out: pictures that somebody confirmed, and what each day taught.
 * The pictures themselves are blobs named by their content; the rows here list them, and a picture no row lists goes.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '#core/canonical-json.ts';
import type { CameraId, FrameId, PlaceId, SightingId, ZoneId } from '#core/ids.ts';
import { encodeFeatures } from '#core/occupancy/feature-bytes.ts';
import type { Light, StorefrontFeatures } from '#core/sighting.ts';
import type { Instant } from '#core/time.ts';
import type { Blobs } from '../blobs.ts';
import { type Item, type Key, type Put, queryAll, type Table } from '../table.ts';

/** 确认空场: somebody responsible said that a frame shows the zone clear. */
export interface ConfirmedReference {
  cameraId: CameraId;
  zoneId: ZoneId;
  /** Of the zone, in force when the frame was taken. */
  zoneVersion: number;
  frameId: FrameId;
  sightingId: SightingId;
  capturedAt: Instant;
  picture: string;
  light: Light | null;
  /** Whose token or account. */
  confirmedBy: string;
  confirmedAt: Instant;
}

/** Pictures that are known of one zone version; keys of blobs. */
export interface KnownPictures {
  /** One a light, the oldest first. */
  bare: readonly string[];
  goods: readonly string[];
}

/** What was known of a place's storefronts after one of its rule days. */
export interface PlaceKnowledge {
  /** How many observations of that day it was learned from: they only grow more. */
  frames: number;
  /** Identity of the knowledge it builds on, of the observed day before; null when there was none. */
  basis: string | null;
  /** By {@link zoneKey}. */
  zones: Readonly<Record<string, KnownPictures>>;
}

export const zoneKey = (camera: CameraId, zone: { zoneId: ZoneId; version: number }): string =>
  `${camera} ${zone.zoneId} ${zone.version}`;

/** Counted from when it was worked out: recordings of long ago are judged too. */
const KEEP_KNOWLEDGE_MS = 90 * 86_400_000;
const ALL_KNOWLEDGE = 'storefront-knowledge';
const knowledgeKey = (place: PlaceId, day: string): Key => ({ partition: `storefront-knowledge/${place}`, sort: day });

export function readKnowledge(table: Table, place: PlaceId, day: string): Promise<Item<PlaceKnowledge> | undefined> {
  return table.get<PlaceKnowledge>(knowledgeKey(place, day));
}

export function knowledgePut(
  place: PlaceId,
  day: string,
  read: Item<PlaceKnowledge> | undefined,
  { value, now }: { value: PlaceKnowledge; now: Instant },
): Put {
  return {
    kind: 'put',
    ...knowledgeKey(place, day),
    value,
    expect: read === undefined ? 'absent' : { version: read.version },
    index: { partition: ALL_KNOWLEDGE, sort: `${place}/${day}` },
    expiresAt: now + KEEP_KNOWLEDGE_MS,
  };
}

/** The same for the same pictures, however they came to be known. */
export function identityOf({ zones }: PlaceKnowledge): string {
  return createHash('sha256').update(canonicalJson(zones)).digest('hex');
}

const ALL_CONFIRMED = 'confirmed-references';
const confirmedKey = (camera: CameraId, zone: ZoneId, frame: FrameId): Key => ({
  partition: `confirmed-references/${camera}`,
  sort: `${zone}/${frame}`,
});

export async function confirmedOf(table: Table, camera: CameraId): Promise<ConfirmedReference[]> {
  const found: ConfirmedReference[] = [];
  const range = { partition: `confirmed-references/${camera}` };
  for await (const { value } of queryAll<ConfirmedReference>(table, range)) found.push(value);
  return found;
}

export function confirmedReference(
  table: Table,
  camera: CameraId,
  zone: ZoneId,
  frame: FrameId,
): Promise<Item<ConfirmedReference> | undefined> {
  return table.get<ConfirmedReference>(confirmedKey(camera, zone, frame));
}

export function confirmedPut(reference: ConfirmedReference): Put {
  const { cameraId, zoneId, frameId } = reference;
  const key = confirmedKey(cameraId, zoneId, frameId);
  const index = { partition: ALL_CONFIRMED, sort: `${cameraId}/${key.sort}` };
  return { kind: 'put', ...key, value: reference, expect: 'absent', index };
}

export const confirmedDelete = ({ cameraId, zoneId, frameId }: ConfirmedReference) =>
  ({ kind: 'delete', ...confirmedKey(cameraId, zoneId, frameId), expect: 'present' }) as const;

const PICTURES = 'reference-pictures';

/**
 * Keeps a picture under the name of its content and returns its key. What hides the zone is taken out: who passed there
 * is nobody's business. Its row comes first, so that a crash leaves a row without a picture and no picture without a row.
 */
export async function keepPicture(
  { table, blobs }: { table: Table; blobs: Blobs },
  picture: StorefrontFeatures,
  now: Instant,
): Promise<string> {
  const values = picture.values.slice();
  picture.hidden.forEach((covered, cell) => {
    if (covered === 1) values.fill(0, cell * picture.channels, (cell + 1) * picture.channels);
  });
  const bytes = encodeFeatures({ ...picture, values });
  const key = `references/${createHash('sha256').update(bytes).digest('hex')}`;
  await table.write({ kind: 'put', partition: PICTURES, sort: key, value: { keptAt: now }, expect: 'any' });
  await blobs.putIfAbsent(key, bytes, 'application/octet-stream');
  return key;
}

/** Keys of pictures kept before an instant that nothing lists. */
export async function unlistedPictures(table: Table, before: Instant): Promise<string[]> {
  const listed = new Set<string>();
  for await (const { value } of queryAll<PlaceKnowledge>(table, { partition: ALL_KNOWLEDGE, index: true })) {
    for (const { bare, goods } of Object.values(value.zones)) for (const key of [...bare, ...goods]) listed.add(key);
  }
  for await (const { value } of queryAll<ConfirmedReference>(table, { partition: ALL_CONFIRMED, index: true })) {
    listed.add(value.picture);
  }
  const unlisted: string[] = [];
  for await (const { sort, value } of queryAll<{ keptAt: Instant }>(table, { partition: PICTURES })) {
    if (value.keptAt < before && !listed.has(sort)) unlisted.push(sort);
  }
  return unlisted;
}

/** The picture first: a crash between leaves the row, and the next round finds nothing to delete. */
export async function forgetPicture({ table, blobs }: { table: Table; blobs: Blobs }, key: string): Promise<void> {
  await blobs.delete(key);
  await table.write({ kind: 'delete', partition: PICTURES, sort: key, expect: 'any' });
}
