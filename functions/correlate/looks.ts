/** Fetches what was kept of pixels, scenes and storefront features, and answers the questions core asks about them. */
import { groupBy } from '#core/group-by.ts';
import type { FrameId, SightingId } from '#core/ids.ts';
import { decodeFeatures } from '#core/occupancy/feature-bytes.ts';
import { judgeOccupancy, type Occupancy } from '#core/occupancy/judge.ts';
import { spotLikeness } from '#core/scene.ts';
import { decodeScene } from '#core/scene-bytes.ts';
import type { Observation, Scene, StorefrontFeatures, StorefrontSighting } from '#core/sighting.ts';
import type { Looks } from '#core/stays/place-day.ts';
import type { Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import { featuresKey, sceneKey } from '#platform/records/observations.ts';

export interface LooksReader {
  of(observations: readonly Observation[]): Promise<Looks>;
}

/** `remember` scenes and feature grids are kept in memory, those used longest ago go first. */
export function looksReader(blobs: Blobs, { remember = 600 }: { remember?: number } = {}): LooksReader {
  const scenes = new Recent<FrameId, Scene>(remember);
  const features = new Recent<SightingId, StorefrontFeatures>(remember);

  return {
    async of(observations) {
      const wanted = observations.some(({ vehicles }) => vehicles.length > 0) ? observations : [];
      const [sceneOf, featuresOf] = [new Map<FrameId, Scene>(), new Map<SightingId, StorefrontFeatures>()];
      for (const { frameId } of wanted) {
        const scene = await scenes.get(frameId, () => blobs.get(sceneKey(frameId)), decodeScene);
        if (scene !== undefined) sceneOf.set(frameId, scene);
      }
      const storefronts = thinned(observations).flatMap((observation) => observation.storefronts);
      for (const { id } of storefronts) {
        const found = await features.get(id, () => blobs.get(featuresKey(id)), decodeFeatures);
        if (found !== undefined) featuresOf.set(id, found);
      }
      const sizeOf = new Map(observations.map(({ frameId, imageSize }) => [frameId, imageSize]));
      return {
        spot(a, b, box) {
          const [sceneA, sceneB, size] = [sceneOf.get(a), sceneOf.get(b), sizeOf.get(b)];
          return sceneA === undefined || sceneB === undefined || size === undefined
            ? undefined
            : spotLikeness(sceneA, sceneB, box, size);
        },
        occupancy: occupancyOf(observations, featuresOf),
      };
    },
  };
}

/** At most so many looks of a camera's storefronts a day are held against each other: some 60 MB a zone. */
const LOOKS_A_DAY = 400;
const SHORTEST_STEP_MS = 15_000;

/**
 * For each camera, the first frame of every step of time, the step doubled until few enough are left. What a longer step
 * keeps, a shorter one kept too: a stay recomputed with more frames goes on to share sightings with what it was.
 */
function thinned(observations: readonly Observation[]): Observation[] {
  return [...groupBy(observations, ({ cameraId }) => cameraId).values()].flatMap((frames) => {
    const inOrder = frames.toSorted((a, b) => a.capturedAt - b.capturedAt || (a.frameId < b.frameId ? -1 : 1));
    let kept = inOrder;
    for (let step = SHORTEST_STEP_MS; kept.length > LOOKS_A_DAY; step *= 2) {
      const firsts = new Map<number, Observation>();
      for (const frame of inOrder) {
        const slot = Math.floor(frame.capturedAt / step);
        if (!firsts.has(slot)) firsts.set(slot, frame);
      }
      kept = [...firsts.values()];
    }
    return kept;
  });
}

/** Frames of one camera, one zone version, are judged together: they share a clear reference. */
function occupancyOf(
  observations: readonly Observation[],
  featuresOf: ReadonlyMap<SightingId, StorefrontFeatures>,
): Map<SightingId, Occupancy> {
  const looks: { camera: string; sighting: StorefrontSighting; capturedAt: Instant; features: StorefrontFeatures }[] =
    [];
  for (const { cameraId, capturedAt, storefronts } of observations) {
    for (const sighting of storefronts) {
      const features = featuresOf.get(sighting.id);
      if (features !== undefined) looks.push({ camera: cameraId, sighting, capturedAt, features });
    }
  }
  const occupancy = new Map<SightingId, Occupancy>();
  const together = groupBy(
    looks,
    ({ camera, sighting }) => `${camera} ${sighting.zone.zoneId} ${sighting.zone.version}`,
  );
  for (const frames of together.values()) for (const [id, found] of judgeOccupancy(frames)) occupancy.set(id, found);
  return occupancy;
}

/** A small cache: insertion order is age. */
class Recent<K, V> {
  readonly #values = new Map<K, V>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  async get(
    key: K,
    fetch: () => Promise<Uint8Array | undefined>,
    decode: (bytes: Uint8Array) => V,
  ): Promise<V | undefined> {
    const known = this.#values.get(key);
    if (known !== undefined) {
      this.#values.delete(key);
      this.#values.set(key, known);
      return known;
    }
    const bytes = await fetch();
    if (bytes === undefined) return undefined;
    const value = decode(bytes);
    this.#values.set(key, value);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#limit) break;
      this.#values.delete(oldest);
    }
    return value;
  }
}
