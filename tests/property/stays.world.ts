/** Invented streets: cars with true plates on true spots, cameras that see, miss, misread and are blocked. */
import type { Box } from '#core/camera.ts';
import type { SightingId } from '#core/ids.ts';
import type { PlateRead } from '#core/plates/plate.ts';
import type { Looks, PlaceDay } from '#core/stays/place-day.ts';
import { at, car, day, frame, read, type Shot, zone } from '../unit/stays/builders.ts';

export interface WorldOptions {
  seed: number;
  cameras: number;
  stops: number;
  /** Every sighting is read, and well. */
  wellRead: boolean;
}

export interface Stop {
  /** Index of the car. */
  car: number;
  spot: number;
  from: number;
  to: number;
}

export interface World {
  stops: readonly Stop[];
  shots: readonly Shot[];
  plates: readonly string[];
  /** The stop that a sighting truly belongs to. */
  stopOf: ReadonlyMap<SightingId, Stop>;
  looks: Looks;
  placeDay: PlaceDay;
}

/** mulberry32: a small generator, so that a world is a function of its seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const SPOTS: readonly Box[] = [
  [100, 600, 520, 960],
  [560, 520, 900, 820],
  [940, 440, 1220, 700],
];
/** The first two differ in one character only. */
const PLATES = ['浙A8K3F2', '浙A8K3F7', '苏E1B48W', '皖C50PN6', '沪DX773H', '浙AF68205', '京N2Q9V4', '粤B66M1E'];
const MISREAD = ['B', 'Z', 'S', '1', '0', 'U'];
const MINUTE = 60_000;
const START = at('09:00');

const clockOf = (instant: number) => new Date(instant + 8 * 3_600_000).toISOString().slice(11, 19);

/** Stops of 20 s to 12 min on each spot in turn, with at least 4 min between two cars, and between two stops of one car. */
function makeStops(random: () => number, count: number): Stop[] {
  const seconds = (most: number) => Math.floor((random() * most) / 1000) * 1000;
  const freeAt = SPOTS.map(() => START + 2 * MINUTE);
  const homeAt = PLATES.map(() => START);
  return Array.from({ length: count }, () => {
    const spot = Math.floor(random() * SPOTS.length);
    const one = Math.floor(random() * PLATES.length);
    const earliest = Math.max(freeAt[spot] ?? 0, homeAt[one] ?? 0);
    const from = earliest + seconds(3 * MINUTE);
    const to = from + 20_000 + seconds(12 * MINUTE);
    freeAt[spot] = to + 4 * MINUTE;
    homeAt[one] = to + 4 * MINUTE;
    return { car: one, spot, from, to };
  });
}

export function makeWorld({ seed, cameras, stops: count, wellRead }: WorldOptions): World {
  const random = generator(seed);
  const stops = makeStops(random, count);
  const end = Math.max(...stops.map(({ to }) => to)) + 5 * MINUTE;
  const standing = (spot: number, instant: number) =>
    stops.find((stop) => stop.spot === spot && stop.from <= instant && instant < stop.to);
  const shots: Shot[] = [];
  const stopOf = new Map<SightingId, Stop>();
  for (let camera = 1; camera <= cameras; camera++) {
    for (let instant = START + camera * 7000; instant < end; instant += 30_000 + Math.floor(random() * 40) * 1000) {
      const seen = SPOTS.flatMap((box, spot) => {
        const stop = standing(spot, instant);
        return stop === undefined ? [] : [{ box, stop, fate: random() }];
      });
      // Of the cars that are there, some are missed by the detector and some hidden by a bus.
      const found = seen.filter(({ fate }) => fate > 0.2);
      const hidden = seen.filter(({ fate }) => fate < 0.1);
      const shot = frame(clockOf(instant), {
        camera: `CAM-0${camera}`,
        cars: found.map(({ box, stop }) =>
          car({ box: jitter(box, random), look: stop.car, plate: readingOf(stop.car, wellRead, random) }),
        ),
        occluders: hidden.map(({ box: [x0, y0, x1, y1] }) => ({
          label: 'bus',
          box: [x0 - 20, y0 - 60, x1 + 20, y1 + 60],
        })),
      });
      found.forEach(({ stop }, index) => {
        const sighting = shot.observation.vehicles[index];
        if (sighting !== undefined) stopOf.set(sighting.id, stop);
      });
      shots.push(shot);
    }
  }
  const { placeDay, looks } = day(shots, {
    zones: [1, 2, 3].map((camera) => zone({ camera: `CAM-0${camera}` })),
    spot: (a, b, box) => {
      const spot = SPOTS.findIndex(
        ([x0, y0, x1, y1]) =>
          (box[0] + box[2]) / 2 > x0 &&
          (box[0] + box[2]) / 2 < x1 &&
          (box[1] + box[3]) / 2 > y0 &&
          (box[1] + box[3]) / 2 < y1,
      );
      return standing(spot, at(a)) === standing(spot, at(b)) ? 0.96 : 0.3;
    },
  });
  return { stops, shots, plates: PLATES, stopOf, looks, placeDay };
}

function jitter(box: Box, random: () => number): Box {
  const shift = () => Math.round((random() - 0.5) * 24);
  return [box[0] + shift(), box[1] + shift(), box[2] + shift(), box[3] + shift()];
}

function readingOf(one: number, wellRead: boolean, random: () => number): PlateRead | null {
  const text = PLATES[one] ?? '';
  if (wellRead) return read(text, { confidence: 0.93 + 0.06 * random() });
  const fate = random();
  if (fate < 0.4) return null;
  if (fate < 0.8) return read(text, { confidence: 0.7 + 0.29 * random() });
  const position = 2 + Math.floor(random() * (text.length - 2));
  const wrong = MISREAD[Math.floor(random() * MISREAD.length)] ?? 'B';
  const torn = [...text].toSpliced(position, 1, wrong).join('');
  return read(torn, { weak: { [position]: { confidence: 0.3 + 0.5 * random(), or: text[position] ?? '' } } });
}
