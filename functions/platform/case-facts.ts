/** Reads all that the sufficiency check may look at, for the reviewer's screen, the confirmation and the package. */
import type { CitedFrame } from '#core/evidence/package-input.ts';
import type { CameraId, FrameId, RuleId } from '#core/ids.ts';
import type { Incident, Stay } from '#core/incident.ts';
import type { CaseFacts } from '#core/sufficiency/requirement.ts';
import { DAY_MS, dayOf, type Instant } from '#core/time.ts';
import type { Blobs } from './blobs.ts';
import { camera as readCamera, zonesOfCamera } from './records/cameras.ts';
import { type Frame, getFrame } from './records/frames.ts';
import { impairmentsOf } from './records/impairments.ts';
import { incidentsOfPlaceDays } from './records/incidents.ts';
import { permitsOfPlace } from './records/places.ts';
import { policyOf } from './records/policies.ts';
import { rulesById } from './records/rules.ts';
import type { Table } from './table.ts';

/**
 * @param typedPlate as the officer gives it, without the dot; null while the machine's reading is all there is
 */
export async function caseFacts(
  { table, blobs }: { table: Table; blobs: Blobs },
  incident: Incident,
  { typedPlate, now }: { typedPlate: string | null; now: Instant },
): Promise<CaseFacts> {
  const { stay } = incident;
  const cameraIds = [...new Set<CameraId>(stay.sightings.map(({ cameraId }) => cameraId))];
  const frameIds = [...new Set<FrameId>(stay.sightings.map(({ frameId }) => frameId))];
  const ruleIds = new Set<RuleId>(stay.sightings.map(({ rule }) => rule.ruleId));
  const [cameras, zones, rules, frames, permits, policy, siblings] = await Promise.all([
    Promise.all(cameraIds.map((id) => cameraFacts({ table, blobs }, id, stay))),
    Promise.all(cameraIds.map((id) => zonesOfCamera(table, id))),
    rulesById(table, ruleIds),
    Promise.all(frameIds.map((id) => getFrame(table, id))),
    permitsOfPlace(table, stay.placeId),
    policyOf(table, incident.jurisdiction),
    incidentsOfPlaceDays(table, stay.placeId, { from: dayOf(stay.firstSeen - DAY_MS), to: dayOf(stay.lastSeen) }),
  ]);
  const citedZones = new Set(stay.sightings.map(({ cameraId, zone }) => `${cameraId} ${zone.zoneId} ${zone.version}`));
  const citedRules = new Set(stay.sightings.map(({ rule }) => `${rule.ruleId} ${rule.version}`));
  return {
    incident,
    policy,
    cameras: cameras.flatMap((seen) => seen ?? []),
    zones: zones.flat().filter(({ cameraId, id, version }) => citedZones.has(`${cameraId} ${id} ${version}`)),
    rules: [...rules.values()].flat().filter(({ id, version }) => citedRules.has(`${id} ${version}`)),
    frames: frames.flatMap((frame) => (frame === undefined ? [] : [citedFrame(frame.value)])),
    permits,
    siblings,
    typedPlate,
    now,
  };
}

async function cameraFacts(
  store: { table: Table; blobs: Blobs },
  id: CameraId,
  { firstSeen, lastSeen }: Stay,
): Promise<CaseFacts['cameras'][number] | undefined> {
  const camera = await readCamera(store.table, id);
  if (camera === undefined) return undefined;
  return { camera, impairments: await impairmentsOf(store, id, { from: firstSeen, to: lastSeen + 1 }) };
}

/** A frame as evidence cites it. */
export function citedFrame({ clockOffsetMs = null, ...frame }: Frame): CitedFrame {
  const { frameId, cameraId, capturedAt, receivedAt, sha256, bytes, late, receivedFrom, width, height, repeats } =
    frame;
  return {
    ...{ frameId, cameraId, capturedAt, receivedAt, sha256, bytes, late, receivedFrom },
    ...{ width, height, clockOffsetMs, repeats },
  };
}
