/** Every vehicle of a frame, put on the surface it stands on. */
import type { Box, Rule, Zone } from '#core/camera.ts';
import { boxIntersection } from '#core/geometry.ts';
import { type FrameId, sightingId } from '#core/ids.ts';
import type { VehicleClass, VehicleSighting } from '#core/sighting.ts';
import { standingOf } from '#core/standing.ts';
import { describeVehicle } from './appearance.ts';
import type { Detection } from './detect.ts';
import type { Raster } from './raster.ts';

const CLASSES: Readonly<Record<string, VehicleClass>> = {
  car: 'car',
  bus: 'bus',
  // Seen from the front a city bus fills the picture as a train does, and no train stands at a kerb.
  train: 'bus',
  truck: 'truck',
  motorcycle: 'motorcycle',
  bicycle: 'bicycle',
};

/**
 * Least detector score of a vehicle. On the shipped sequences every car in sight scores .30 or more, and nothing that
 * is no car more than .24; what is missed once is found in the frames before and after.
 */
export const VEHICLE_SCORE = 0.25;
/** Least side of a vehicle, in shares of the frame's height: 24 px at 1080. Nobody could identify a smaller one. */
const LEAST_SIDE = 1 / 45;
/** Least score of whoever may stand before a spot. */
const OCCLUDER_SCORE = 0.25;

export interface VehicleRequest {
  raster: Raster;
  frameId: FrameId;
  detections: readonly Detection[];
  zones: readonly Zone[];
  rules: readonly Rule[];
  /** Mean luma of the frame, 0..255. */
  brightness: number;
}

/** Without plates; ordered by box, so that one frame always gives the same ids. */
export function sightVehicles({
  raster,
  frameId,
  detections,
  zones,
  rules,
  brightness,
}: VehicleRequest): VehicleSighting[] {
  const imageSize = [raster.width, raster.height] as const;
  return detections
    .flatMap(({ label, score, box }) => {
      const kind = CLASSES[label];
      const visible = boxIntersection(box, [0, 0, ...imageSize]);
      const least = Math.min(visible[2] - visible[0], visible[3] - visible[1]);
      return kind === undefined || score < VEHICLE_SCORE || least < LEAST_SIDE * raster.height
        ? []
        : [{ kind, score, box: rounded(visible) }];
    })
    .sort((a, b) => a.box[0] - b.box[0] || a.box[1] - b.box[1] || b.score - a.score)
    .map(({ kind, score, box }, i) => ({
      id: sightingId(`${frameId}/v${i}`),
      class: kind,
      score: Number(score.toFixed(4)),
      box,
      ...standingOf(box, { zones, rules, imageSize }),
      plate: null,
      appearance: describeVehicle(raster, box, brightness),
    }));
}

/** Whoever may stand between the camera and a spot: people and vehicles of every kind. */
export function occludersAmong(
  detections: readonly Detection[],
  [width, height]: readonly [number, number],
): Detection[] {
  return detections
    .filter(({ label, score }) => score >= OCCLUDER_SCORE && (label === 'person' || CLASSES[label] !== undefined))
    .map(({ label, score, box }) => ({
      label,
      score: Number(score.toFixed(4)),
      box: rounded(boxIntersection(box, [0, 0, width, height])),
    }));
}

/** Tenths of a pixel are finer than any box is true. */
const rounded = ([x0, y0, x1, y1]: Box): Box => [tenth(x0), tenth(y0), tenth(x1), tenth(y1)];
const tenth = (value: number) => Math.round(value * 10) / 10;
