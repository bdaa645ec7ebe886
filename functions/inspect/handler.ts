/** One message of the inspect queue: a frame that was accepted becomes an observation of each place it shows. */
import { type Camera, inForce, type Rule, type Zone } from '#core/camera.ts';
import { groupBy } from '#core/group-by.ts';
import { encodeFeatures } from '#core/occupancy/feature-bytes.ts';
import { encodeScene } from '#core/scene-bytes.ts';
import { dayOf, type Instant } from '#core/time.ts';
import { BlobCorruptError, type Blobs } from '#platform/blobs.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import type { Queue } from '#platform/queue.ts';
import { newsWrite } from '#platform/records/camera-conditions.ts';
import { camera as readCamera, zonesOfCamera } from '#platform/records/cameras.ts';
import { type Frame, getFrame, inspectedPut, refusedPut } from '#platform/records/frames.ts';
import { type CorrelateMessage, correlateKey, type InspectMessage } from '#platform/records/messages.ts';
import { featuresKey, observationPut, sceneKey } from '#platform/records/observations.ts';
import { rulesById } from '#platform/records/rules.ts';
import type { SecondReader } from '#platform/second-reader.ts';
import type { Put, Table, Write } from '#platform/table.ts';
import { keepDerived } from './keep-derived.ts';
import type { Inspection, InspectionContext } from './observe.ts';
import { withSecondOpinions } from './second-opinion.ts';
import { readView } from './view-reading.ts';

export interface InspectDependencies {
  table: Table;
  blobs: Blobs;
  clock: Clock;
  correlateQueue: Queue<CorrelateMessage>;
  /** Runs the models, elsewhere than on the caller's thread. */
  inspect(bytes: Uint8Array, context: InspectionContext): Promise<Inspection>;
  /** Asked about the plates of those who violate a rule, where there is one. */
  secondReader?: SecondReader;
  /** Told how long each frame took. */
  onTimings?(timings: Inspection['timings']): void;
}

/** Repeating it is harmless: what it writes is the same, and the frame's record says when it is done. */
export async function inspectFrame(dependencies: InspectDependencies, { frameId }: InspectMessage): Promise<void> {
  const { table, blobs, clock } = dependencies;
  const item = await getFrame(table, frameId);
  if (item === undefined || item.value.state === 'refused' || item.value.state === 'discarded') return;
  const { value: frame } = item;
  const setting = await settingOf(table, frame);
  if (item.value.state === 'accepted') {
    const bytes = await readOriginal(blobs, frame);
    if (bytes === undefined) {
      await table.write(refusedPut(item, MISSING, clock.now()));
      return;
    }
    await observe(dependencies, frame, setting, bytes);
  }
  // Also for a frame found inspected: the crash may have come between its record and this message.
  for (const message of correlationsOf(setting, frame.capturedAt)) {
    await dependencies.correlateQueue.send(message, { dedupeKey: correlateKey(message) });
  }
}

const MISSING = {
  code: 'frame-bytes-missing',
  message: 'Expected the stored bytes of the frame, found none or others',
};

async function readOriginal(blobs: Blobs, frame: Frame): Promise<Uint8Array | undefined> {
  try {
    return await blobs.get(frame.blobKey);
  } catch (error) {
    if (error instanceof BlobCorruptError) return undefined;
    throw error;
  }
}

/** The zones and rules in force when the frame was taken. */
interface Setting {
  camera: Camera | undefined;
  zones: readonly Zone[];
  rules: readonly Rule[];
}

async function settingOf(table: Table, { cameraId, capturedAt }: Frame): Promise<Setting> {
  const [camera, versions] = await Promise.all([readCamera(table, cameraId), zonesOfCamera(table, cameraId)]);
  const zones = [...groupBy(versions, ({ id }) => id).values()].flatMap((all) => inForce(all, capturedAt) ?? []);
  const rules = await rulesById(table, new Set(zones.flatMap(({ ruleIds }) => ruleIds)));
  return { camera, zones, rules: [...rules.values()].flatMap((all) => inForce(all, capturedAt) ?? []) };
}

async function observe(
  { table, blobs, clock, inspect, secondReader, onTimings }: InspectDependencies,
  { frameId, capturedAt }: Frame,
  { camera, zones, rules }: Setting,
  bytes: Uint8Array,
): Promise<void> {
  const places = groupBy(zones, ({ placeId }) => placeId);
  let sightings = 0;
  const puts: Put[] = [];
  let isRead = false;
  if (camera?.enabled === true) {
    for (const [placeId, zonesHere] of places) {
      const context = { frameId, camera, placeId, capturedAt, zones: zonesHere, rules };
      const inspection = await inspect(
        bytes,
        secondReader === undefined ? context : { ...context, wantsPlateCrops: true },
      );
      onTimings?.(inspection.timings);
      await keepDerived(blobs, sceneKey(frameId), encodeScene(inspection.scene));
      // A frame shows its places by the same pixels: they are measured once.
      if (!isRead) puts.push(...(await readView({ table, blobs }, camera.id, { frameId, capturedAt, ...inspection })));
      isRead = true;
      for (const features of inspection.features) {
        await keepDerived(blobs, featuresKey(features.sightingId), encodeFeatures(features));
      }
      sightings += inspection.observation.vehicles.length + inspection.observation.storefronts.length;
      puts.push(observationPut(await withSecondOpinions(secondReader, inspection)));
    }
  }
  await commit(table, async () => {
    const current = await getFrame(table, frameId);
    // Somebody else inspected it meanwhile and wrote the same.
    if (current?.value.state !== 'accepted') return { writes: [], result: undefined };
    const seen = { places: [...places.keys()], sightings, at: clock.now() };
    const writes: Write[] = [...puts, inspectedPut(current, seen)];
    if (isRead && camera !== undefined) writes.push(await newsWrite(table, camera.id, capturedAt));
    return { writes, result: undefined };
  });
}

function correlationsOf({ zones, rules }: Setting, capturedAt: Instant): CorrelateMessage[] {
  const startsOf = new Map(rules.map((rule) => [rule.id, rule.dayStartsAt]));
  const messages = new Map<string, CorrelateMessage>();
  for (const { placeId, ruleIds } of zones) {
    for (const ruleId of ruleIds) {
      const dayStartsAt = startsOf.get(ruleId);
      if (dayStartsAt === undefined) continue;
      const message = { placeId, dayStartsAt, day: dayOf(capturedAt, dayStartsAt) };
      messages.set(correlateKey(message), message);
    }
  }
  return [...messages.values()];
}
