/**
 * Labelled pairs of sightings: every frame goes through the real inspector, sightings are matched with labels, and pairs of
 * one camera are compared as a stay compares them. Pairs of one vehicle are not independent; how many vehicles they come
 * from is said beside them.
 */
import type { Box, Zone } from '#core/camera.ts';
import { factsOf, type PairFacts } from '#core/continuity/pair.ts';
import { iou } from '#core/geometry.ts';
import { groupBy } from '#core/group-by.ts';
import { cameraId, type FrameId, frameId, placeId } from '#core/ids.ts';
import { spotLikeness } from '#core/scene.ts';
import type { Scene } from '#core/sighting.ts';
import { type Sight, sameKind } from '#core/stays/likeness.ts';
import type { Looks } from '#core/stays/place-day.ts';
import { coversOf } from '#core/stays/spot-state.ts';
import {
  type LabelledFrame,
  type LabelledSequence,
  type LabelledVehicle,
  labelledSequences,
} from './eval-continuity-labels.ts';
import { openPicture, type Patch, type Picture, patched, WEATHERS } from './eval-continuity-pictures.ts';
import { type InspectPool, openInspectPool } from './inspect-pool.ts';

/**
 * `standing`: one vehicle in two frames. `weather`: the same, one frame in other light. `other`: two vehicles whose boxes
 * overlap. `swapped`: another vehicle put into the same box. `moved`: one vehicle, elsewhere. `alike`: the same without
 * its plate, as one of its model and colour would look whose plate cannot be read.
 */
export type PairKind = 'standing' | 'weather' | 'other' | 'swapped' | 'moved' | 'alike';

export interface LabelledPair {
  kind: PairKind;
  /** What the pair is: one vehicle that did not move, or not. */
  unbroken: boolean;
  set: LabelledSequence['set'];
  source: LabelledSequence['source'];
  sequence: string;
  /** Which vehicle the pair is about; pairs of one are not independent. */
  vehicle: string;
  facts: PairFacts;
  /** For the picture sheet. */
  shown: { path: string; box: Box; file: string };
  against: { file: string; box: Box };
}

/** Pairs have no natural times: all are judged as if so much lay between. Milliseconds. */
export const ASSUMED_GAP = 300_000;
/** Least overlap of a sighting with its label. */
const MATCH = 0.5;
/** A box that overlaps two labels so much says of neither that it is the one. */
const UNCLEAR = 0.35;
/** Narrower vehicles, in shares of the picture's width, are not asked for: 96 pixels of 1920, too few for any plate. */
const LEAST_WIDTH = 1 / 20;
/** Least overlap of two vehicles that might be taken for one. */
const NEARBY = 0.1;
/** Frames of a sequence that are altered, evenly spread. */
const ALTERED_FRAMES = 3;
/** Other vehicles put into each box. */
const DONORS = 3;
/** How far a vehicle is moved: shares of its width to the right, of its height down, and its scale there. */
const MOVES = [
  [0.12, 0.02, 1.02],
  [0.25, 0.06, 1.05],
  [-0.4, -0.12, 0.92],
] as const;

/** A labelled vehicle as the inspector saw it. */
interface Known {
  sight: Sight;
  id: string;
  position: string;
  file: string;
  path: string;
}

export interface PairOptions {
  onProgress?(done: number, total: number): void;
}

/** @throws {Refusal} `eval-unreadable`, `sequence-unreadable`, `sequence-invalid` */
export async function labelledPairs(
  directories: readonly string[],
  { onProgress }: PairOptions = {},
): Promise<LabelledPair[]> {
  const sequences = await labelledSequences(directories);
  const bench = openBench(sequences, onProgress);
  try {
    await bench.pool.ready;
    const pairs: LabelledPair[] = [];
    const seen: { sequence: LabelledSequence; known: readonly Known[] }[] = [];
    for (const sequence of sequences) {
      const known = (await Promise.all(sequence.frames.map((frame) => bench.look(sequence, frame)))).flat();
      seen.push({ sequence, known });
      pairs.push(...naturalPairs(sequence, known, bench.looks));
    }
    for (const same of groupBy(seen, ({ sequence }) => sequence.camera).values()) {
      pairs.push(...acrossDays(same, bench.looks));
    }
    for (const { sequence, known } of seen) pairs.push(...(await alteredPairs(bench, sequence, known)));
    for (const { sequence, known } of seen) {
      const lenders = seen.filter(
        ({ sequence: other }) => other.set === sequence.set && other.source === sequence.source,
      );
      pairs.push(
        ...(await swappedPairs(
          bench,
          sequence,
          known,
          lenders.flatMap((one) => one.known),
        )),
      );
      if (sequence.source === 'rendered') pairs.push(...(await movedPairs(bench, sequence, known)));
    }
    return pairs;
  } finally {
    await bench.pool.close();
  }
}

interface Bench {
  pool: InspectPool;
  looks: Looks;
  /** Sightings of a frame, or of an altered picture of it, with their labels. */
  look(sequence: LabelledSequence, frame: LabelledFrame, altered?: { name: string; jpeg: Buffer }): Promise<Known[]>;
}

function openBench(sequences: readonly LabelledSequence[], onProgress: PairOptions['onProgress']): Bench {
  const pool = openInspectPool(2);
  const scenes = new Map<FrameId, { scene: Scene; size: readonly [number, number] }>();
  const total = sequences.reduce((sum, { frames }) => sum + frames.length, 0) * 3;
  let done = 0;
  return {
    pool,
    looks: {
      spot(a, b, box) {
        const [from, to] = [scenes.get(a), scenes.get(b)];
        return from === undefined || to === undefined ? undefined : spotLikeness(from.scene, to.scene, box, to.size);
      },
      occupancy: new Map(),
    },
    async look(sequence, frame, altered) {
      const jpeg = altered?.jpeg ?? (await openPicture(frame.path)).jpeg;
      const id = frameId(`${sequence.name}/${frame.file}${altered === undefined ? '' : `#${altered.name}`}`);
      const { observation, scene } = await pool.inspect(jpeg, {
        frameId: id,
        camera: { id: cameraId(sequence.camera), imageSize: sequence.imageSize },
        placeId: placeId(sequence.camera),
        capturedAt: 0,
        zones: sequence.zones satisfies readonly Zone[],
        rules: [],
      });
      scenes.set(id, { scene, size: observation.imageSize });
      onProgress?.(Math.min(++done, total), Math.max(done, total));
      return observation.vehicles.flatMap((vehicle, index): Known[] => {
        const label = labelOf(vehicle.box, frame.vehicles);
        const isSmall = vehicle.box[2] - vehicle.box[0] < LEAST_WIDTH * observation.imageSize[0];
        if (label === 'unclear' || isSmall) return [];
        if (label === undefined && (!sequence.othersMove || isUnknown(vehicle.box, sequence.unknown))) return [];
        const sight = { frameId: id, capturedAt: 0, vehicle, covers: coversOf(vehicle.box, observation, vehicle.box) };
        const unnamed = `${frame.file}.${index}`;
        const { id: name, position } = label ?? { id: unnamed, position: unnamed };
        return [{ sight, id: name, position, file: frame.file, path: frame.path }];
      });
    },
  };
}

/** `unclear` when the box might be that of two. */
function labelOf(box: Box, vehicles: readonly LabelledVehicle[]): LabelledVehicle | 'unclear' | undefined {
  const [best, second] = vehicles.toSorted((a, b) => iou(b.box, box) - iou(a.box, box));
  if (best === undefined || iou(best.box, box) < MATCH) return undefined;
  return second !== undefined && iou(second.box, box) >= UNCLEAR ? 'unclear' : best;
}

function isUnknown([x0, y0, x1, y1]: Box, regions: readonly Box[]): boolean {
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return regions.some((region) => x > region[0] && x < region[2] && y > region[1] && y < region[3]);
}

function pairOf(
  kind: PairKind,
  unbroken: boolean,
  sequence: LabelledSequence,
  from: Known,
  to: Known,
  looks: Looks,
): LabelledPair {
  return {
    kind,
    unbroken,
    set: sequence.set,
    source: sequence.source,
    sequence: sequence.name,
    vehicle: `${sequence.name}/${from.id}`,
    facts: { ...factsOf(from.sight, to.sight, looks), gap: ASSUMED_GAP },
    shown: { path: to.path, file: to.sight.frameId, box: to.sight.vehicle.box },
    against: { file: from.sight.frameId, box: from.sight.vehicle.box },
  };
}

const mightBeOne = (a: Known, b: Known) =>
  sameKind(a.sight.vehicle.class, b.sight.vehicle.class) && iou(a.sight.vehicle.box, b.sight.vehicle.box) >= NEARBY;

function naturalPairs(sequence: LabelledSequence, known: readonly Known[], looks: Looks): LabelledPair[] {
  const pairs: LabelledPair[] = [];
  for (const [index, from] of known.entries()) {
    for (const to of known.slice(index + 1)) {
      if (from.file === to.file) continue;
      const stands = from.id === to.id && from.position === to.position;
      if (stands) pairs.push(pairOf('standing', true, sequence, from, to, looks));
      else if (mightBeOne(from, to)) {
        pairs.push(pairOf(from.id === to.id ? 'moved' : 'other', false, sequence, from, to, looks));
      }
    }
  }
  return pairs;
}

/** One camera on two days: whoever stands there the second time is another vehicle. */
function acrossDays(
  same: readonly { sequence: LabelledSequence; known: readonly Known[] }[],
  looks: Looks,
): LabelledPair[] {
  return same.flatMap(({ sequence, known }, index) =>
    same
      .slice(index + 1)
      .flatMap((later) =>
        known.flatMap((from) =>
          later.known
            .filter((to) => mightBeOne(from, to))
            .map((to) => pairOf('other', false, sequence, from, to, looks)),
        ),
      ),
  );
}

/** Frames with something to alter, evenly spread. */
function someFrames({ frames }: LabelledSequence, known: readonly Known[]): LabelledFrame[] {
  const standing = frames.filter(({ file }) => known.some((one) => one.file === file && stands(one)));
  const step = Math.max(1, standing.length / ALTERED_FRAMES);
  return standing.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

const stands = ({ id, position }: Known) => !position.startsWith(id);

async function alteredPairs(
  bench: Bench,
  sequence: LabelledSequence,
  known: readonly Known[],
): Promise<LabelledPair[]> {
  const pairs: LabelledPair[] = [];
  for (const frame of someFrames(sequence, known)) {
    const picture = await openPicture(frame.path);
    for (const [name, change] of Object.entries(WEATHERS)) {
      const altered = await bench.look(sequence, frame, { name, jpeg: await change(picture) });
      for (const to of altered.filter(stands)) {
        for (const from of known) {
          if (from.file === frame.file || from.id !== to.id || from.position !== to.position) continue;
          pairs.push(pairOf('weather', true, sequence, from, to, bench.looks));
        }
      }
    }
  }
  return pairs;
}

async function swappedPairs(
  bench: Bench,
  sequence: LabelledSequence,
  known: readonly Known[],
  lenders: readonly Known[],
): Promise<LabelledPair[]> {
  const pairs: LabelledPair[] = [];
  const pictures = new Map<string, Picture>();
  const open = async (path: string) => {
    const picture = pictures.get(path) ?? (await openPicture(path));
    pictures.set(path, picture);
    return picture;
  };
  const widest = [...groupBy(lenders, ({ path, id }) => `${path} ${id}`).values()].flatMap(([one]) => one ?? []);
  for (const [turn, frame] of someFrames(sequence, known).entries()) {
    const hosts = known.filter((one) => one.file === frame.file && stands(one));
    for (let round = 0; round < DONORS; round++) {
      const patches: Patch[] = [];
      for (const [index, host] of hosts.entries()) {
        const donor = donorFor(host, widest, turn + 7 * index + round * 3);
        if (donor === undefined) continue;
        patches.push({ from: await open(donor.path), source: donor.sight.vehicle.box, target: host.sight.vehicle.box });
      }
      const jpeg = await patched(await open(frame.path), patches, 0);
      const strangers = frame.vehicles.map((vehicle) => ({ ...vehicle }));
      const altered = await bench.look(sequence, { ...frame, vehicles: strangers }, { name: `swap${round}`, jpeg });
      for (const to of altered) {
        const isSwapped = patches.some(({ target }) => iou(target, to.sight.vehicle.box) >= MATCH);
        for (const from of isSwapped ? known : []) {
          if (from.file === frame.file || from.id !== to.id || from.position !== to.position) continue;
          pairs.push(pairOf('swapped', false, sequence, from, to, bench.looks));
        }
      }
    }
  }
  return pairs;
}

/** A whole vehicle of about the same shape and no fewer pixels. */
function donorFor(host: Known, lenders: readonly Known[], turn: number): Known | undefined {
  const [width, height] = sizeOf(host.sight.vehicle.box);
  const fit = lenders.filter(({ sight: { vehicle, covers }, id }) => {
    const [w, h] = sizeOf(vehicle.box);
    const ratio = w / h / (width / height);
    return (
      id !== host.id &&
      covers.length === 0 &&
      w >= 0.7 * width &&
      ratio > 0.7 &&
      ratio < 1.4 &&
      sameKind(vehicle.class, host.sight.vehicle.class)
    );
  });
  return fit[turn % Math.max(1, fit.length)];
}

const sizeOf = ([x0, y0, x1, y1]: Box) => [x1 - x0, y1 - y0] as const;

/** The vehicle with some ground around it, laid a little further into a frame in which its spot is free. */
async function movedPairs(bench: Bench, sequence: LabelledSequence, known: readonly Known[]): Promise<LabelledPair[]> {
  const pairs: LabelledPair[] = [];
  const standing = groupBy(
    known.filter(({ sight }) => sight.covers.length === 0),
    ({ id, position }) => `${id} ${position}`,
  );
  for (const [, sights] of standing) {
    const [host] = sights;
    const free = sequence.frames.find(({ vehicles }) => !vehicles.some(({ id }) => id === host?.id));
    if (host === undefined || sights.length < 2 || free === undefined) continue;
    for (const [index, [dx, dy, scale]] of MOVES.entries()) {
      const target = movedBox(host.sight.vehicle.box, dx, dy, scale);
      const from = await openPicture(host.path);
      const jpeg = await patched(
        await openPicture(free.path),
        [{ from, source: host.sight.vehicle.box, target }],
        0.12,
      );
      const label = { id: host.id, position: `moved ${index}`, box: target };
      const altered = await bench.look(
        sequence,
        { ...free, vehicles: [label] },
        { name: `moved-${host.id}-${index}`, jpeg },
      );
      for (const to of altered.filter(({ position }) => position === label.position)) {
        for (const other of sights) {
          const pair = pairOf('moved', false, sequence, other, to, bench.looks);
          pairs.push(pair, { ...pair, kind: 'alike', facts: { ...pair.facts, plate: 'unknown' } });
        }
      }
    }
  }
  return pairs;
}

function movedBox([x0, y0, x1, y1]: Box, dx: number, dy: number, scale: number): Box {
  const [width, height] = [x1 - x0, y1 - y0];
  const [x, y] = [(x0 + x1) / 2 + dx * width, y1 + dy * height];
  return [x - (width * scale) / 2, y - height * scale, x + (width * scale) / 2, y];
}
