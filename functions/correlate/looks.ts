/** Fetches what was kept of pixels, scenes and storefront features, and answers the questions core asks about them. */
import { groupBy } from '#core/group-by.ts';
import type { FrameId, SightingId } from '#core/ids.ts';
import { decodeFeatures } from '#core/occupancy/feature-bytes.ts';
import type { OccupancyFrame } from '#core/occupancy/frames.ts';
import { judgeOccupancy, type Occupancy } from '#core/occupancy/judge.ts';
import { NO_REFERENCES, picturesFor, type References } from '#core/occupancy/references.ts';
import { spotLikeness } from '#core/scene.ts';
import { decodeScene } from '#core/scene-bytes.ts';
import type { Observation, Scene, StorefrontFeatures } from '#core/sighting.ts';
import type { Looks } from '#core/stays/place-day.ts';
import type { Blobs } from '#platform/blobs.ts';
import { featuresKey, sceneKey } from '#platform/records/observations.ts';
import { zoneKey } from '#platform/records/references.ts';

export interface LooksReader {
  /** @param references what is known of each zone version, by `zoneKey`; a zone left out is judged by the day alone */
  of(observations: readonly Observation[], references?: ReadonlyMap<string, References>): Promise<Looks>;
  /** Some of the looks at each storefront zone version, by `zoneKey`, and whether the features of all of them were kept. */
  storefronts(observations: readonly Observation[]): Promise<StorefrontLooks>;
  /** Pictures as `keepPicture` named them; those that are gone are left out. */
  pictures(keys: readonly string[]): Promise<StorefrontFeatures[]>;
}

export interface StorefrontLooks {
  frames: ReadonlyMap<string, readonly OccupancyFrame[]>;
  complete: boolean;
}

/** `remember` scenes and feature grids are kept in memory, those used longest ago go first. */
export function looksReader(blobs: Blobs, { remember = 600 }: { remember?: number } = {}): LooksReader {
  const scenes = new Recent<FrameId, Scene>(remember);
  const features = new Recent<SightingId, StorefrontFeatures>(remember);
  const kept = new Recent<string, StorefrontFeatures>(remember);

  async function looksAt(observations: readonly Observation[]): Promise<StorefrontLooks> {
    const frames = new Map<string, OccupancyFrame[]>();
    let complete = true;
    for (const { cameraId, capturedAt, storefronts } of observations) {
      for (const sighting of storefronts) {
        const found = await features.get(sighting.id, () => blobs.get(featuresKey(sighting.id)), decodeFeatures);
        if (found === undefined) {
          complete = false;
          continue;
        }
        const key = zoneKey(cameraId, sighting.zone);
        const looks = frames.get(key) ?? [];
        looks.push({ sighting, capturedAt, features: found });
        frames.set(key, looks);
      }
    }
    return { frames, complete };
  }

  return {
    async of(observations, references = new Map()) {
      const wanted = observations.some(({ vehicles }) => vehicles.length > 0) ? observations : [];
      const sceneOf = new Map<FrameId, Scene>();
      for (const { frameId } of wanted) {
        const scene = await scenes.get(frameId, () => blobs.get(sceneKey(frameId)), decodeScene);
        if (scene !== undefined) sceneOf.set(frameId, scene);
      }
      const { frames } = await looksAt(thinned(observations, LOOKS_A_DAY));
      const sizeOf = new Map(observations.map(({ frameId, imageSize }) => [frameId, imageSize]));
      return {
        spot(a, b, box) {
          const [sceneA, sceneB, size] = [sceneOf.get(a), sceneOf.get(b), sizeOf.get(b)];
          return sceneA === undefined || sceneB === undefined || size === undefined
            ? undefined
            : spotLikeness(sceneA, sceneB, box, size);
        },
        occupancy: occupancyOf(frames, references),
      };
    },
    storefronts: (observations) => looksAt(thinned(observations, LOOKS_TO_LEARN_FROM)),
    async pictures(keys) {
      const found = await Promise.all(keys.map((key) => kept.get(key, () => blobs.get(key), decodeFeatures)));
      return found.flatMap((picture) => picture ?? []);
    },
  };
}

/** At most so many looks of a camera's storefronts a day are held against each other: some 60 MB a zone. */
const LOOKS_A_DAY = 400;
/** What a zone looks like when bare changes with the hour, not with the minute. */
const LOOKS_TO_LEARN_FROM = 150;
const SHORTEST_STEP_MS = 15_000;

/**
 * For each camera, the first frame of every step of time, the step doubled until few enough are left. What a longer step
 * keeps, a shorter one kept too: a stay recomputed with more frames goes on to share sightings with what it was.
 */
function thinned(observations: readonly Observation[], most: number): Observation[] {
  return [...groupBy(observations, ({ cameraId }) => cameraId).values()].flatMap((frames) => {
    const inOrder = frames.toSorted((a, b) => a.capturedAt - b.capturedAt || (a.frameId < b.frameId ? -1 : 1));
    let kept = inOrder;
    for (let step = SHORTEST_STEP_MS; kept.length > most; step *= 2) {
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

/** Frames of one camera, one zone version, are judged together: they share their references. */
function occupancyOf(
  looks: StorefrontLooks['frames'],
  references: ReadonlyMap<string, References>,
): Map<SightingId, Occupancy> {
  const occupancy = new Map<SightingId, Occupancy>();
  for (const [key, frames] of looks) {
    const [first] = frames;
    const known = first === undefined ? [] : picturesFor(references.get(key) ?? NO_REFERENCES, first.features);
    for (const [id, found] of judgeOccupancy(frames, known)) occupancy.set(id, found);
  }
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
