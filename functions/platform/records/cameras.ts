/** Cameras, the zones drawn in their images, and how they are: everything about one camera in one partition. */
import type { Camera, Zone } from '#core/camera.ts';
import { type CameraId, cameraId, type PlaceId, type ZoneId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import { type Item, type Key, type Page, type Put, queryAll, type Table, type Write } from '../table.ts';
import { endWhereFollowed, versionKey, writtenOver } from './versions.ts';

const partition = (id: CameraId) => `camera/${id}`;
const cameraKey = (id: CameraId): Key => ({ partition: partition(id), sort: 'camera' });
const healthKey = (id: CameraId): Key => ({ partition: partition(id), sort: 'health' });
const gbDeviceKey = (id: string): Key => ({ partition: `gb-device/${id}`, sort: 'camera' });
const zonePrefix = (id: ZoneId) => `zone/${id}/`;

export async function camera(table: Table, id: CameraId): Promise<Camera | undefined> {
  return (await table.get<Camera>(cameraKey(id)))?.value;
}

/** By id, a page at a time. */
export async function camerasPage(table: Table, page: { limit: number; cursor?: string }): Promise<Page<Camera>> {
  return table.query<Camera>({ partition: 'cameras', index: true, ...page });
}

export async function allCameras(table: Table): Promise<Camera[]> {
  const found: Camera[] = [];
  for await (const { value } of queryAll<Camera>(table, { partition: 'cameras', index: true })) found.push(value);
  return found;
}

/** The camera that a GB/T 28181 device id names. */
export async function cameraOfGbDevice(table: Table, gbDeviceId: string): Promise<Camera | undefined> {
  const pointer = await table.get<{ cameraId: string }>(gbDeviceKey(gbDeviceId));
  return pointer === undefined ? undefined : camera(table, cameraId(pointer.value.cameraId));
}

/**
 * Registers (version 1) or replaces (any later version) a camera; conflicts unless the version before is the stored
 * one, or its GB/T 28181 device id belongs to another camera.
 */
export function cameraWrites(next: Camera, before?: Camera): Write[] {
  const writes: Write[] = [
    {
      kind: 'put',
      ...cameraKey(next.id),
      value: next,
      expect: writtenOver(next.version),
      index: { partition: 'cameras', sort: next.id },
    },
  ];
  if (before?.gbDeviceId !== next.gbDeviceId) {
    if (before?.gbDeviceId !== undefined)
      writes.push({ kind: 'delete', ...gbDeviceKey(before.gbDeviceId), expect: 'present' });
    if (next.gbDeviceId !== undefined)
      writes.push({ kind: 'put', ...gbDeviceKey(next.gbDeviceId), value: { cameraId: next.id }, expect: 'absent' });
  }
  return writes;
}

/** Every version of every zone of a camera, ready for `inForce`: a version ends where the next begins. */
export async function zonesOfCamera(table: Table, id: CameraId): Promise<Zone[]> {
  const zones: Zone[] = [];
  const range = { partition: partition(id), from: 'zone/', to: 'zone0' };
  for await (const { value } of queryAll<Zone>(table, range)) zones.push(value);
  return endWhereFollowed(zones, (zone) => zone.id);
}

/**
 * Every version of every zone that shows a place. Which cameras look at it is read through the index and may lag a moment; their
 * zones are read as they stand, so that what is drawn anew is never judged by what was drawn before.
 * @param seenBy cameras known to look at it, whatever the index says
 */
export async function zonesOfPlace(table: Table, placeId: PlaceId, seenBy: Iterable<CameraId> = []): Promise<Zone[]> {
  const cameras = new Set(seenBy);
  const range = { partition: `zones-of-place/${placeId}`, index: true };
  for await (const { value } of queryAll<Zone>(table, range)) cameras.add(value.cameraId);
  const zones = await Promise.all([...cameras].sort().map((id) => zonesOfCamera(table, id)));
  return zones.flat().filter((zone) => zone.placeId === placeId);
}

/** As written, oldest first. */
export async function zoneVersions(table: Table, camera: CameraId, zone: ZoneId): Promise<Zone[]> {
  const versions: Zone[] = [];
  const range = { partition: partition(camera), from: zonePrefix(zone), to: `zone/${zone}0` };
  for await (const { value } of queryAll<Zone>(table, range)) if (value.id === zone) versions.push(value);
  return versions;
}

/** A version is written once and never again; two writers of the same version: the second conflicts. */
export function zonePut(zone: Zone): Put {
  return {
    kind: 'put',
    partition: partition(zone.cameraId),
    sort: `${zonePrefix(zone.id)}${versionKey(zone.version)}`,
    value: zone,
    expect: 'absent',
    index: {
      partition: `zones-of-place/${zone.placeId}`,
      sort: `${zone.cameraId}/${zone.id}/${versionKey(zone.version)}`,
    },
  };
}

/** What a camera last said about itself. */
export interface CameraHealth {
  lastSeen: Instant;
  /** Camera clock minus ours when it last told its time, milliseconds; null when it never did. */
  clockOffsetMs: number | null;
  clockCheckedAt: Instant | null;
}

export function readHealth(table: Table, id: CameraId): Promise<Item<CameraHealth> | undefined> {
  return table.get<CameraHealth>(healthKey(id));
}

/** The last one to speak wins: health is a reading, not a record. */
export function healthPut(id: CameraId, health: CameraHealth): Put {
  return { kind: 'put', ...healthKey(id), value: health, expect: 'any' };
}
