import { describe, expect, it } from 'vitest';
import { inForce, type Point } from '#core/camera.ts';
import { cameraId, placeId, ruleId, zoneId } from '#core/ids.ts';
import { registrationOf } from '../../infra/local/registration.ts';
import type { Sequence } from '../../infra/local/sequence.ts';

const HOUR = 3_600_000;
const SQUARE: Point[] = [
  [0, 0],
  [9, 0],
  [9, 9],
];

function sequence(start: number, change: { polygon?: Point[]; zone?: string; permitted?: number } = {}): Sequence {
  const camera = cameraId('CAM-1');
  const forever = { version: 1, effectiveFrom: 0, effectiveTo: null };
  return {
    directory: '.',
    camera: {
      id: camera,
      name: 'CAM-1',
      lat: 0,
      lng: 0,
      jurisdiction: '',
      imageSize: [1920, 1080],
      dossier: null,
      enabled: true,
      version: 1,
    },
    place: { id: placeId('P'), name: 'P', version: 1 },
    zones: [
      {
        id: zoneId(change.zone ?? 'sidewalk'),
        ...forever,
        cameraId: camera,
        placeId: placeId('P'),
        type: 'sidewalk',
        polygon: change.polygon ?? SQUARE,
        shop: null,
        ruleIds: [],
      },
    ],
    rules: [
      {
        id: ruleId('R'),
        ...forever,
        violation: 'sidewalk-parking',
        permittedStaySeconds: change.permitted ?? 180,
        hours: [],
        phase: 'enforcing',
        notice: { required: false },
        dayStartsAt: '00:00',
        departureFrames: 1,
        twoWheelers: false,
        secondReview: false,
      },
    ],
    frames: [{ file: 'a.jpg', path: 'a.jpg', capturedAt: start }],
    expectedIncidents: null,
  };
}

describe('what folders of one camera register', () => {
  it('is one version of what they describe alike', () => {
    const { zones, rules, cameras, places } = registrationOf([sequence(HOUR), sequence(2 * HOUR)]);
    expect([zones.length, rules.length, cameras.length, places.length]).toEqual([1, 1, 1, 1]);
  });

  it('is a new version from the later folder on where they differ, whatever order they are given in', () => {
    const other: Point[] = [...SQUARE, [0, 9]];
    for (const given of [
      [sequence(HOUR), sequence(2 * HOUR, { polygon: other, permitted: 60 })],
      [sequence(2 * HOUR, { polygon: other, permitted: 60 }), sequence(HOUR)],
    ]) {
      const { zones, rules } = registrationOf(given);
      expect(inForce(zones, HOUR)?.polygon).toEqual(SQUARE);
      expect(inForce(zones, 2 * HOUR)?.polygon).toEqual(other);
      expect(inForce(rules, 2 * HOUR - 1)?.permittedStaySeconds).toBe(180);
      expect(inForce(rules, 2 * HOUR)?.permittedStaySeconds).toBe(60);
    }
  });

  it('ends a zone that a later folder no longer draws', () => {
    const { zones } = registrationOf([sequence(HOUR), sequence(2 * HOUR, { zone: 'other' })]);
    const old = zones.filter(({ id }) => id === 'sidewalk');
    expect(inForce(old, 2 * HOUR - 1)).toBeDefined();
    expect(inForce(old, 2 * HOUR)).toBeUndefined();
  });
});
