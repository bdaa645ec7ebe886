/** One frame in, everything it shows out: vehicles on their surfaces, plates, storefronts, who stands in between. */
import type { Camera, Rule, Zone } from '#core/camera.ts';
import { IN_BAY_FROM, ON_SIDEWALK_FROM } from '#core/ground-contact.ts';
import type { FrameId, PlaceId } from '#core/ids.ts';
import type { PrivacyRegions, PrivacySubject } from '#core/privacy.ts';
import type { Observation, Scene, StorefrontFeatures, VehicleSighting } from '#core/sighting.ts';
import { zonesOn } from '#core/standing.ts';
import { isOpen } from '#core/stays/law.ts';
import type { Instant } from '#core/time.ts';
import type { ViewQuality } from '#core/view/quality.ts';
import { loadDetector } from './detect.ts';
import { detectInZones } from './detect-zones.ts';
import { suppress } from './merge.ts';
import { type PlateCrop, plateCrops } from './plate-crop.ts';
import { loadPlateReader, type PlateReader } from './plate-reader.ts';
import { loadPrivacyFinder, type PrivacyFinder } from './privacy.ts';
import { measureQuality } from './quality.ts';
import { decodeFrame, type Raster } from './raster.ts';
import { makeScene } from './scene.ts';
import { confirmed } from './second-look.ts';
import { observeStorefronts } from './storefront.ts';
import { occludersAmong, sightVehicles } from './vehicles.ts';
import { type Work, type WorkDone, workBetween, workDone } from './work.ts';

/** Plain data: it crosses a thread border by structured clone. */
export interface InspectionContext {
  frameId: FrameId;
  camera: Pick<Camera, 'id' | 'imageSize'>;
  placeId: PlaceId;
  capturedAt: Instant;
  /** In force when the frame was taken, of this camera and place; polygons on `camera.imageSize`. */
  zones: readonly Zone[];
  /** In force when the frame was taken. */
  rules: readonly Rule[];
  /** Whether pictures of the plates of those who violate a rule are asked for. */
  wantsPlateCrops?: boolean;
}

/** Plain data, as {@link InspectionContext}. */
export interface Inspection {
  observation: Observation;
  scene: Scene;
  /** What the pixels say of the lens and the light. */
  quality: ViewQuality;
  /** One for each of `observation.storefronts`, same order. */
  features: StorefrontFeatures[];
  /** Only where they were asked for. */
  plateCrops?: readonly PlateCrop[];
  timings: InspectionTimings;
}

/** Milliseconds on the wall. */
export interface InspectionTimings {
  decodeMs: number;
  detectMs: number;
  plateMs: number;
  storefrontMs: number;
  totalMs: number;
  /** Of the above, spent in `session.run` of the models. */
  sessionRunMs: number;
  /** The same total by kind of work; they add up to it. */
  byWork: Readonly<Record<WorkKind, number>>;
}

/**
 * `crops`: pixels made into what models take in. `detect`, `locate`, `read`, `storefront`: bare `session.run` of the
 * detector in the zones, of the text detector, of the plate readers, of the detector on storefronts. `post`: all the
 * rest, from boxes to sightings.
 */
export const WORK_KINDS = ['decode', 'crops', 'detect', 'locate', 'read', 'storefront', 'post'] as const;
export type WorkKind = (typeof WORK_KINDS)[number];

export interface Inspector {
  /**
   * Blocks its thread for most of its time: run it in a worker.
   * @throws {Refusal} `frame-unreadable`
   */
  inspect(jpeg: Uint8Array, context: InspectionContext): Promise<Inspection>;
  /**
   * What of a stored frame a copy of it must not show. For a copy only, not for each frame: it takes several times as
   * long as {@link inspect}. Blocks its thread as that does.
   * @throws {Refusal} `frame-unreadable`, `model-hash-mismatch`
   */
  privacy(jpeg: Uint8Array, subject: PrivacySubject): Promise<PrivacyRegions>;
}

/** From this share of its ground contact on a sidewalk on, a vehicle's plate is worth reading. */
const READ_PLATE_FROM = 0.2;

/** Loads every model once; the inspector serves one frame at a time. @throws {Refusal} `model-hash-mismatch` */
export async function createInspector(): Promise<Inspector> {
  const [detector, plates] = await Promise.all([loadDetector(), loadPlateReader()]);
  let privacyFinder: Promise<PrivacyFinder> | undefined;
  return {
    async privacy(jpeg, subject) {
      privacyFinder ??= loadPrivacyFinder(detector);
      return (await privacyFinder).regionsOf(await decodeFrame(jpeg), subject);
    },
    async inspect(jpeg, context) {
      const clock = stopwatch();
      const before = workDone();
      const raster = await decodeFrame(jpeg);
      const imageSize = [raster.width, raster.height] as const;
      const zones = zonesOn(imageSize, context.camera.imageSize, context.zones);
      const scene = makeScene(raster, context.frameId);
      const quality = measureQuality(raster, scene);
      const decodeMs = clock.lap();

      const found = await confirmed(detector, raster, await detectInZones(detector, raster, zones), zones);
      const brightness = scene.luma.reduce((sum, luma) => sum + luma, 0) / scene.luma.length;
      const request = { raster, frameId: context.frameId, zones, rules: context.rules };
      const sighted = sightVehicles({ ...request, detections: found, brightness });
      const detectMs = clock.lap();

      const vehicles = await withPlates(plates, raster, sighted, context.rules);
      const crops = context.wantsPlateCrops
        ? await plateCrops(
            raster,
            vehicles.filter((vehicle) => violates(vehicle, context)),
          )
        : undefined;
      const plateMs = clock.lap();
      const beforeStorefronts = workDone();

      const storefronts = await observeStorefronts({ ...request, detections: found, detector });
      const storefrontMs = clock.lap();
      const after = workDone();
      const totalMs = clock.total();

      return {
        observation: {
          frameId: context.frameId,
          cameraId: context.camera.id,
          placeId: context.placeId,
          capturedAt: context.capturedAt,
          imageSize,
          vehicles,
          storefronts: storefronts.sightings,
          occluders: occludersAmong(suppress([...found, ...storefronts.detections]), imageSize),
          models: [detector.model.version, ...plates.versions],
        },
        scene,
        quality,
        features: storefronts.features,
        ...(crops === undefined ? {} : { plateCrops: crops }),
        timings: {
          decodeMs,
          detectMs,
          plateMs,
          storefrontMs,
          totalMs,
          sessionRunMs: workBetween(before, after, (work) => work.startsWith('run ')),
          byWork: byWork({ before, beforeStorefronts, after }, totalMs),
        },
      };
    },
  };
}

/** Plates of those who stand on a sidewalk: nobody else's plate is anybody's business. */
async function withPlates(
  plates: PlateReader,
  raster: Raster,
  vehicles: readonly VehicleSighting[],
  rules: readonly Rule[],
): Promise<VehicleSighting[]> {
  const read: VehicleSighting[] = [];
  for (const vehicle of vehicles) {
    const judged = rules.find(({ id }) => id === vehicle.rule?.ruleId);
    const twoWheeler = vehicle.class === 'motorcycle' || vehicle.class === 'bicycle';
    const worthwhile = vehicle.contact.sidewalk >= READ_PLATE_FROM && (!twoWheeler || (judged?.twoWheelers ?? false));
    const neighbours = vehicles.filter(({ id }) => id !== vehicle.id).map(({ box }) => box);
    read.push(
      worthwhile
        ? { ...vehicle, plate: await plates.readPlate(raster, vehicle.box, neighbours, { twoWheeler }) }
        : vehicle,
    );
  }
  return read;
}

/** Whether it stands in this frame where the rule of its zone forbids it, at an hour of the rule. */
function violates({ contact, rule }: VehicleSighting, { rules, capturedAt }: InspectionContext): boolean {
  const judged = rules.find(({ id }) => id === rule?.ruleId);
  if (judged === undefined || !isOpen(judged, capturedAt)) return false;
  return contact.sidewalk >= ON_SIDEWALK_FROM && contact.bay < IN_BAY_FROM;
}

interface Readings {
  before: WorkDone;
  beforeStorefronts: WorkDone;
  after: WorkDone;
}

function byWork({ before, beforeStorefronts, after }: Readings, totalMs: number): InspectionTimings['byWork'] {
  const of = (...counted: readonly Work[]) => workBetween(before, after, (work) => counted.includes(work));
  const storefront = workBetween(beforeStorefronts, after, (work) => work === 'run nanodet-g');
  const told = {
    decode: of('decode'),
    crops: of('crops'),
    detect: of('run nanodet-g') - storefront,
    locate: of('run ppocr-det'),
    read: of('run ppocr-rec', 'run platerec'),
    storefront,
  };
  return { ...told, post: totalMs - Object.values(told).reduce((sum, ms) => sum + ms, 0) };
}

function stopwatch() {
  const started = performance.now();
  let last = started;
  return {
    lap(): number {
      const now = performance.now();
      const passed = now - last;
      last = now;
      return passed;
    },
    total: () => performance.now() - started,
  };
}
