/** A street of known measures seen by a pinhole camera: where pictures of vehicles fall, and where their wheels are. */
import { readFileSync } from 'node:fs';
import type { Box, Point, Polygon, Zone, ZoneType } from '#core/camera.ts';
import { boundsOf, clipToConvex } from '#core/geometry.ts';
import { cameraId, placeId, zoneId } from '#core/ids.ts';

type Metres = readonly [x: number, y: number, z: number];
export const IMAGE = [1920, 1080] as const;

/** x along the street, y from the kerb (0) towards the shops, z up; metres. */
export interface Pose {
  position: Metres;
  target: Metres;
  focalPx: number;
}

export function samplePose(sequence: string): Pose {
  const url = new URL(`../samples/${sequence}/sequence.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')).camera;
}

const minus = (a: Metres, b: Metres): Metres => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: Metres, b: Metres) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const unit = (a: Metres): Metres => {
  const length = Math.sqrt(dot(a, a));
  return [a[0] / length, a[1] / length, a[2] / length];
};
const cross = (a: Metres, b: Metres): Metres => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

export function projector({ position, target, focalPx }: Pose): (point: Metres) => Point {
  const forward = unit(minus(target, position));
  const right = unit(cross(forward, [0, 0, 1]));
  const up = cross(right, forward);
  return (point) => {
    const ray = minus(point, position);
    const depth = dot(ray, forward);
    return [IMAGE[0] / 2 + (focalPx * dot(ray, right)) / depth, IMAGE[1] / 2 - (focalPx * dot(ray, up)) / depth];
  };
}

/** length, width, height, how far the roof stands back at the front and at the rear; metres. */
export const BODIES = {
  car: [4.4, 1.8, 1.48, 1.3, 0.7],
  suv: [4.6, 1.88, 1.68, 1.2, 0.3],
  van: [5, 1.95, 2.1, 0.6, 0.05],
} as const;

/** The box of a vehicle whose centre stands at (x, y), turned by `yaw` from the direction of the street. */
export function vehicleBox(pose: Pose, body: keyof typeof BODIES, x: number, y: number, yaw: number): Box {
  const [length, width, height, front, rear] = BODIES[body];
  const project = projector(pose);
  const corners: Point[] = [];
  for (const side of [-1, 1]) {
    for (const [along, across, up] of [
      [-length / 2, width / 2, 0.25],
      [length / 2, width / 2, 0.25],
      [-length / 2, width / 2, 0.85],
      [length / 2, width / 2, 0.85],
      [-length * 0.31, width * 0.46, 0],
      [length * 0.31, width * 0.46, 0],
      [rear - length / 2, width / 2 - 0.18, height],
      [length / 2 - front, width / 2 - 0.18, height],
    ] as const) {
      const [cos, sin] = [Math.cos(yaw), Math.sin(yaw)];
      corners.push(project([x + along * cos - across * side * sin, y + along * sin + across * side * cos, up]));
    }
  }
  return boundsOf(corners);
}

/** Zones as a person would draw them: the street's stripes between the distances at which it is in the picture. */
export function streetZones(pose: Pose, stripes: readonly { type: ZoneType; from: number; to: number }[]): Zone[] {
  const project = projector(pose);
  const ahead = Math.sign(pose.target[0] - pose.position[0]);
  const [near, far] = [pose.position[0] + ahead * 5, pose.position[0] + ahead * 45];
  const frame: Polygon = [
    [0, 0],
    [IMAGE[0] - 1, 0],
    [IMAGE[0] - 1, IMAGE[1] - 1],
    [0, IMAGE[1] - 1],
  ];
  return stripes.map(({ type, from, to }, i) => ({
    id: zoneId(`${type}-${i}`),
    version: 1,
    cameraId: cameraId('CAM'),
    placeId: placeId('place'),
    type,
    polygon: clipToConvex(
      [project([near, from, 0]), project([far, from, 0]), project([far, to, 0]), project([near, to, 0])],
      frame,
    ),
    shop: null,
    ruleIds: [],
    effectiveFrom: 0,
    effectiveTo: null,
  }));
}
