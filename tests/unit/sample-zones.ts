/** Zones of a shipped sequence, as they would be registered. */
import { readFileSync } from 'node:fs';
import type { Point, Zone, ZoneType } from '#core/camera.ts';
import { cameraId, placeId, ruleId, zoneId } from '#core/ids.ts';

export function sampleZones(sequence: string): Zone[] {
  const url = new URL(`../samples/${sequence}/sequence.json`, import.meta.url);
  const folder: {
    cameraId: string;
    place: string;
    zones: { id: string; type: ZoneType; polygon: Point[]; shop?: string }[];
  } = JSON.parse(readFileSync(url, 'utf8'));
  return folder.zones.map(({ id, type, polygon, shop }) => ({
    id: zoneId(id),
    version: 1,
    cameraId: cameraId(folder.cameraId),
    placeId: placeId(folder.place),
    type,
    polygon,
    shop: shop ?? null,
    ruleIds: type === 'sidewalk' ? [ruleId('parking')] : type === 'storefront' ? [ruleId('trading')] : [],
    effectiveFrom: 0,
    effectiveTo: null,
  }));
}
