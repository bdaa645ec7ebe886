/** What incidents of review-incident.ts rest on: a camera with a whole dossier, its zone, a rule that enforces, their frames. */
import type { Camera, Rule, Zone } from '#core/camera.ts';
import { cameraId, type PlaceId, placeId, ruleId, zoneId } from '#core/ids.ts';
import type { Incident, StaySighting } from '#core/incident.ts';
import { cameraWrites, zonePut } from '#platform/records/cameras.ts';
import { acceptedWrites, type Frame } from '#platform/records/frames.ts';
import { rulePut } from '#platform/records/rules.ts';
import type { Write } from '#platform/table.ts';
import { pictureOf, T0 } from './review-incident.ts';

const DAY = 86_400_000;
export const CAMERA: Camera = {
  id: cameraId('CAM-1'),
  name: '文一西路北侧',
  lat: 30.28,
  lng: 120.14,
  jurisdiction: '五常中队',
  imageSize: [1920, 1080],
  dossier: {
    legalReviewNumber: '法审〔2026〕14号',
    legalReviewedAt: T0 - 90 * DAY,
    technicalVerificationNumber: 'JJ-2026-0311',
    technicalVerifiedUntil: T0 + 200 * DAY,
    signInPlace: true,
    publishedAt: T0 - 60 * DAY,
    publicationUrl: 'https://example.invalid/cameras',
  },
  enabled: true,
  version: 1,
};
export const RULE: Rule = {
  id: ruleId('R1'),
  version: 1,
  violation: 'sidewalk-parking',
  permittedStaySeconds: 180,
  hours: [],
  phase: 'enforcing',
  notice: { required: false },
  dayStartsAt: '00:00',
  departureFrames: 1,
  twoWheelers: false,
  secondReview: false,
  effectiveFrom: 0,
  effectiveTo: null,
};
export const ZONE: Zone = {
  id: zoneId('Z1'),
  version: 1,
  cameraId: CAMERA.id,
  placeId: placeId('P1'),
  type: 'sidewalk',
  polygon: [
    [0, 0],
    [1920, 0],
    [1920, 1080],
  ],
  shop: null,
  ruleIds: [RULE.id],
  effectiveFrom: 0,
  effectiveTo: null,
};

/** The frame of a sighting, as it was accepted. */
export function frameOf({ frameId, cameraId: of, capturedAt }: StaySighting, place: PlaceId): Frame {
  const sha256 = pictureOf(of, capturedAt);
  return {
    ...{
      frameId,
      cameraId: of,
      capturedAt,
      receivedAt: capturedAt + 900,
      receivedFrom: 'machine:network local',
      sha256,
    },
    ...{ bytes: 1_000, width: 1920, height: 1080, late: false, clockOffsetMs: 120, repeats: null, state: 'inspected' },
    ...{ blobKey: `frames/${sha256}.jpg`, places: [place], sightings: 1, retention: 'evidence' },
  };
}

/** The frames that its sightings cite. */
export const framesOf = ({ stay }: Incident): Write[] =>
  stay.sightings.flatMap((sighting): Write[] =>
    // Two incidents may be seen in one frame.
    acceptedWrites(frameOf(sighting, stay.placeId)).flatMap((write) =>
      write.kind === 'put' ? [{ ...write, expect: 'any' }] : [],
    ),
  );

/** Camera, zone and rule, once a table. */
export const groundWrites = (): Write[] => [...cameraWrites(CAMERA), zonePut(ZONE), rulePut(RULE)];
