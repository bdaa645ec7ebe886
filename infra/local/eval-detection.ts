/**
 * `eval detection`: how well vehicles, people and what COCO knows are found, by the product's own path. Where zones are
 * known (rendered sequences) it looks at them as `inspect` does, second look included; elsewhere at the whole picture.
 */
import { join } from 'node:path';
import { iou } from '#core/geometry.ts';
import { IN_BAY_FROM, ON_SIDEWALK_FROM } from '#core/ground-contact.ts';
import { frameId } from '#core/ids.ts';
import type { VehicleSighting } from '#core/sighting.ts';
import { type Detector, loadDetector } from '../../functions/inspect/detect.ts';
import { detectInZones } from '../../functions/inspect/detect-zones.ts';
import type { Raster } from '../../functions/inspect/raster.ts';
import { confirmed } from '../../functions/inspect/second-look.ts';
import { sightVehicles, VEHICLE_SCORE } from '../../functions/inspect/vehicles.ts';
import {
  type Detected,
  type DetectionError,
  type DetectionReport,
  FAMILIES,
  type JudgedPicture,
  type Placement,
  summarizeDetection,
} from './eval-detection-report.ts';
import { readPicture } from './eval-input.ts';
import { type LabelledObject, type LabelledPicture, labelledPictures } from './eval-labels.ts';
import { FOUND_COLOUR, type SheetTile, TRUE_COLOUR } from './eval-sheet.ts';

/** Least overlap of a rendered vehicle, which may be half hidden, and its sighting. */
const SAME_VEHICLE = 0.45;

export interface DetectionOptions {
  onProgress?(done: number, total: number): void;
}

/** @throws {Refusal} `eval-unreadable`, `sequence-unreadable`, `sequence-invalid` */
export async function evalDetection(
  directory: string,
  { onProgress }: DetectionOptions = {},
): Promise<DetectionReport> {
  const detector = await loadDetector();
  const pictures = await labelledPictures(directory, detector.classes);
  const judged: JudgedPicture[] = [];
  let spentMs = 0;
  for (const picture of pictures) {
    const raster = await readPicture(picture.directory, picture.file);
    const started = performance.now();
    const detections = await detect(detector, raster, picture);
    spentMs += performance.now() - started;
    const objects = picture.objects([raster.width, raster.height]);
    judged.push({
      file: picture.file,
      path: join(picture.directory, picture.file),
      objects,
      detections,
      placements: placementsOf(objects, detections, raster, picture),
    });
    onProgress?.(judged.length, pictures.length);
  }
  return summarizeDetection(judged, { threshold: VEHICLE_SCORE, msPerFrame: spentMs / judged.length });
}

async function detect(detector: Detector, raster: Raster, { zones }: LabelledPicture): Promise<Detected[]> {
  return confirmed(detector, raster, await detectInZones(detector, raster, zones), zones);
}

/** Where each rendered vehicle that is asked for was put. */
function placementsOf(
  objects: readonly LabelledObject[],
  detections: readonly Detected[],
  raster: Raster,
  { file, zones }: LabelledPicture,
): Placement[] {
  const vehicles = objects.filter(
    ({ truth, ignored, classes }) => truth !== null && !ignored && FAMILIES.vehicle?.has(classes[0] ?? ''),
  );
  if (vehicles.length === 0) return [];
  const request = { raster, frameId: frameId(file), zones, rules: [], brightness: 128 };
  const sightings = sightVehicles({ ...request, detections });
  return vehicles.map((object) => {
    const seen = sightings
      .filter((sighting) => isTwoWheeler(sighting.class) === isTwoWheeler(object.classes[0] ?? ''))
      .filter((sighting) => iou(sighting.box, object.box) >= SAME_VEHICLE)
      .toSorted((a, b) => iou(b.box, object.box) - iou(a.box, object.box))[0];
    return { object, surface: seen === undefined ? null : surfaceOf(seen) };
  });
}

const isTwoWheeler = (label: string) => FAMILIES['two-wheeler']?.has(label) === true;

/** In the words of `truth/`. */
function surfaceOf({ contact }: VehicleSighting): string {
  if (contact.bay >= IN_BAY_FROM) return 'parking_bay';
  return contact.sidewalk >= ON_SIDEWALK_FROM ? 'sidewalk' : 'road';
}

export const detectionTiles = (errors: readonly DetectionError[]): SheetTile[] =>
  errors.map(({ path, file, kind, class: name, box, score, said }) => ({
    path,
    around: box,
    marks: [{ box, colour: kind === 'false' ? FOUND_COLOUR : TRUE_COLOUR }],
    caption: `${kind} ${name}${score === null ? '' : ` ${score.toFixed(2)}`}${said === null ? '' : ` as ${said}`} · ${file}`,
  }));
