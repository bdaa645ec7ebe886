/** A case of which everything is proven: two cameras, five pictures, ten minutes, the plate read in each. */
import type { Camera, Zone } from '#core/camera.ts';
import type { CitedFrame } from '#core/evidence/package-input.ts';
import { cameraId, sightingId } from '#core/ids.ts';
import type { Incident, Stay, StaySighting } from '#core/incident.ts';
import { DEFAULT_POLICY } from '#core/policy.ts';
import { checkSufficiency } from '#core/sufficiency/check.ts';
import { blockers, type CaseFacts, type Finding } from '#core/sufficiency/requirement.ts';
import { citedFrame } from '#platform/case-facts.ts';
import { frameIdOf } from '#platform/records/frames.ts';
import { CAMERA, frameOf, RULE, ZONE } from '../review-ground.ts';
import { incident, MINUTE, pictureOf, T0 } from '../review-incident.ts';

export const PLATE = '浙A8K3F2';
export const CAMERA_2: Camera = { ...CAMERA, id: cameraId('CAM-2'), name: '文一西路南侧' };
export const ZONE_2: Zone = { ...ZONE, cameraId: CAMERA_2.id };

/** Where the plate is, inside the box [400, 300, 900, 700] of the vehicle. */
export const INSIDE: NonNullable<StaySighting['plate']>['corners'] = [
  [600, 600],
  [700, 600],
  [700, 630],
  [600, 630],
];
/** On the vehicle beside it. */
export const BESIDE: NonNullable<StaySighting['plate']>['corners'] = [
  [1000, 600],
  [1100, 600],
  [1100, 630],
  [1000, 630],
];

export const plateAt = (corners: typeof INSIDE, text = PLATE): StaySighting['plate'] => ({
  ...{ text, confidence: 0.97, corners },
});

export function sighting(camera: Camera, at: number, change: Partial<StaySighting> = {}): StaySighting {
  return {
    sightingId: sightingId(`s-${camera.id}-${at}`),
    frameId: frameIdOf(camera.id, at, pictureOf(camera.id, at)),
    cameraId: camera.id,
    capturedAt: at,
    box: [400, 300, 900, 700],
    plate: plateAt(INSIDE),
    zone: { zoneId: ZONE.id, version: 1 },
    rule: { ruleId: RULE.id, version: 1 },
    ...change,
  };
}

const SIGHTINGS: readonly StaySighting[] = [
  sighting(CAMERA, T0),
  sighting(CAMERA_2, T0 + 3 * MINUTE),
  sighting(CAMERA, T0 + 5 * MINUTE),
  sighting(CAMERA_2, T0 + 8 * MINUTE),
  sighting(CAMERA, T0 + 10 * MINUTE),
];

/** The case with other sightings: its frames and its first and last seen are those of them. */
export function withSightings(
  facts: CaseFacts,
  sightings: readonly StaySighting[],
  stay: Partial<Stay> = {},
): CaseFacts {
  const times = sightings.map(({ capturedAt }) => capturedAt);
  const seen = { firstSeen: Math.min(...times), lastSeen: Math.max(...times), sightings };
  return {
    ...facts,
    incident: { ...facts.incident, stay: { ...facts.incident.stay, ...seen, ...stay } },
    frames: sightings.map((one) => citedFrame(frameOf(one, facts.incident.stay.placeId))),
  };
}

export function soundCase(change: Partial<CaseFacts> = {}): CaseFacts {
  const facts: CaseFacts = {
    incident: incident(),
    policy: DEFAULT_POLICY,
    cameras: [CAMERA, CAMERA_2].map((camera) => ({ camera, impairments: [] })),
    zones: [ZONE, ZONE_2],
    rules: [RULE],
    frames: [],
    permits: [],
    siblings: [],
    typedPlate: null,
    now: T0 + 15 * MINUTE,
  };
  return { ...withSightings(facts, SIGHTINGS, { continuity: { score: 0.97, links: 3, weakest: null } }), ...change };
}

/** The case with another stay, incident, frame or camera. */
export const withStay = (facts: CaseFacts, stay: Partial<Stay>): CaseFacts =>
  withIncident(facts, { stay: { ...facts.incident.stay, ...stay } });
export const withIncident = (facts: CaseFacts, change: Partial<Incident>): CaseFacts => ({
  ...facts,
  incident: { ...facts.incident, ...change },
});
export const withFrames = (facts: CaseFacts, change: (frame: CitedFrame, index: number) => Partial<CitedFrame>) => ({
  ...facts,
  frames: facts.frames.map((frame, index) => ({ ...frame, ...change(frame, index) })),
});
export const withSecondCamera = (facts: CaseFacts, change: Partial<CaseFacts['cameras'][number]>): CaseFacts => ({
  ...facts,
  cameras: facts.cameras.map((seen) => (seen.camera.id === CAMERA_2.id ? { ...seen, ...change } : seen)),
});

/** What one requirement answers. */
export function finding(facts: CaseFacts, id: string): Finding {
  const found = checkSufficiency(facts).findings.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`Expected a requirement, received ${id}`);
  return found;
}
export const failing = (facts: CaseFacts): readonly string[] =>
  checkSufficiency(facts).findings.flatMap(({ id, answer }) => (answer === 'fails' ? [id] : []));
export const blocking = (facts: CaseFacts): readonly string[] => blockers(checkSufficiency(facts)).map(({ id }) => id);
