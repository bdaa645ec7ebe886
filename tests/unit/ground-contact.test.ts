import { describe, expect, it } from 'vitest';
import type { Box, Polygon, Zone } from '#core/camera.ts';
import { footprintOf, groundContact, ON_SIDEWALK_FROM } from '#core/ground-contact.ts';
import { cameraId, placeId, zoneId } from '#core/ids.ts';
import { BODIES, IMAGE, type Pose, samplePose, streetZones, vehicleBox } from './street-model.ts';

const bodies: (keyof typeof BODIES)[] = ['car', 'suv', 'van'];
const poses: [string, Pose][] = [
  ...['a_sidewalk_parking', 'b_second_camera', 'c_short_stop', 'e_nothing_wrong', 'g_two_cars'].map(
    (name): [string, Pose] => [name, samplePose(name)],
  ),
  ['low, over the sidewalk', { position: [0, 1.5, 3.6], target: [16, -0.5, 1.4], focalPx: 1900 }],
  ['high, across the road', { position: [0, -8, 6.8], target: [18, 1, 1.4], focalPx: 1700 }],
  ['looking back', { position: [40, -5, 5], target: [24, -1, 1.4], focalPx: 2200 }],
];
const surface = { type: 'road', from: -9, to: -0.02 } as const;
const sidewalk = { type: 'sidewalk', from: 0, to: 6 } as const;

/** Every whole view of a vehicle whose side stands `gap` metres from the kerb (negative: over it). */
function* standing(pose: Pose, centre: (halfWidth: number) => number): Generator<Box> {
  const ahead = Math.sign(pose.target[0] - pose.position[0]);
  for (const body of bodies) {
    for (let distance = 11; distance < 32; distance += 1.5) {
      for (const yaw of [-0.05, 0, 0.05]) {
        const x = pose.position[0] + ahead * distance;
        const box = vehicleBox(pose, body, x, centre(BODIES[body][1] / 2), yaw);
        if (box[0] >= 0 && box[1] >= 0 && box[2] <= IMAGE[0] && box[3] <= IMAGE[1]) yield box;
      }
    }
  }
}
const onSidewalk = (box: Box, zones: readonly Zone[]) =>
  groundContact(footprintOf(box, zones, IMAGE), zones).contact.sidewalk;
const shares = (pose: Pose, centre: (halfWidth: number) => number) => {
  const zones = streetZones(pose, [surface, sidewalk]);
  return [...standing(pose, centre)].map((box) => onSidewalk(box, zones));
};

describe.each(poses)('ground contact seen by a camera: %s', (_, pose) => {
  it('keeps a car tight at the kerb on the road', () => {
    const found = shares(pose, (half) => -half - 0.15);
    expect(found.length).toBeGreaterThan(20);
    expect(Math.max(...found)).toBeLessThan(ON_SIDEWALK_FROM - 0.1);
  });
  it('finds a car with two wheels on the sidewalk on it with about half its ground', () => {
    const found = shares(pose, () => 0.2);
    expect(found.length).toBeGreaterThan(20);
    expect(Math.min(...found)).toBeGreaterThan(ON_SIDEWALK_FROM);
  });
  it('puts a car that stands wholly on the sidewalk there', () => {
    const found = shares(pose, (half) => half + 0.1);
    expect(found.length).toBeGreaterThan(20);
    expect(Math.min(...found)).toBeGreaterThan(0.6);
  });
  it('counts a marked bay on the sidewalk as a bay', () => {
    const zones = streetZones(pose, [surface, sidewalk, { type: 'legal_parking', from: 0, to: 2.4 }]);
    for (const box of standing(pose, () => 1.2)) {
      const { contact } = groundContact(footprintOf(box, zones, IMAGE), zones);
      expect(contact.bay).toBeGreaterThan(0.7);
      expect(contact.sidewalk).toBeLessThan(0.3);
    }
  });
});

describe('ground contact', () => {
  const zone = (id: string, type: Zone['type'], polygon: Polygon): Zone => ({
    id: zoneId(id),
    version: 1,
    cameraId: cameraId('CAM'),
    placeId: placeId('place'),
    type,
    polygon,
    shop: null,
    ruleIds: [],
    effectiveFrom: 0,
    effectiveTo: null,
  });
  const square = (x0: number, y0: number, x1: number, y1: number): Polygon => [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
  it('is nothing anywhere without zones', () => {
    const found = groundContact(footprintOf([100, 100, 300, 250], [], IMAGE), []);
    expect(found).toEqual({ contact: { sidewalk: 0, bay: 0, road: 0 }, sidewalk: null });
  });
  it('ignores a sidewalk that only the roof lies over', () => {
    const zones = [zone('s', 'sidewalk', square(0, 0, 1920, 180))];
    expect(onSidewalk([100, 100, 300, 250], zones)).toBe(0);
  });
  it('names the sidewalk zone that holds most of it', () => {
    const zones = [
      zone('left', 'sidewalk', square(0, 0, 150, 1080)),
      zone('right', 'sidewalk', square(150, 0, 900, 1080)),
    ];
    expect(groundContact(square(100, 200, 300, 250), zones).sidewalk?.id).toBe('right');
  });
  it('measures a concave zone by what it really covers', () => {
    const horseshoe: Polygon = [
      [0, 0],
      [400, 0],
      [400, 300],
      [300, 300],
      [300, 100],
      [100, 100],
      [100, 300],
      [0, 300],
    ];
    const zones = [zone('u', 'sidewalk', horseshoe)];
    expect(groundContact(square(0, 200, 400, 300), zones).contact.sidewalk).toBeCloseTo(0.5, 5);
  });
  it('never counts ground twice where zones overlap', () => {
    const zones = [
      zone('s', 'sidewalk', square(0, 0, 400, 400)),
      zone('t', 'sidewalk', square(50, 0, 300, 400)),
      zone('r', 'road', square(0, 0, 400, 400)),
      zone('b', 'legal_parking', square(0, 0, 100, 400)),
    ];
    const { contact } = groundContact(square(0, 200, 400, 300), zones);
    expect(contact).toEqual({ sidewalk: 0.75, bay: 0.25, road: 0 });
  });
});
