/**
 * Whether goods, stalls or tables occupy a storefront (出店经营), judged for all frames of a day together.
 *
 * Nobody says which frame is clear, and frames arrive in any order; so the verdicts are a pure function of the set of
 * frames. Each cell's barest look in the whole set is the reference. A frame is occupied where it looks unlike that
 * reference in a connected region that also looks more cluttered than the reference does there: a shadow or wet ground
 * changes cells without making them cluttered, and where goods are taken away it is the earlier frame that is cluttered.
 */
import type { Polygon } from '../camera.ts';
import type { SightingId } from '../ids.ts';
import type { StorefrontFeatures, StorefrontSighting } from '../sighting.ts';
import type { Instant } from '../time.ts';
import { outlineOf, regionsOf } from './grid.ts';
import { median, statesOf } from './states.ts';

export interface OccupancyFrame {
  readonly sighting: StorefrontSighting;
  readonly capturedAt: Instant;
  readonly features: StorefrontFeatures;
}

export interface Occupancy {
  /** `hidden`: too little was seen to say, or what was occupied before and after is covered now. */
  verdict: 'occupied' | 'clear' | 'hidden';
  /** Share of the visible zone that is occupied, 0..1. */
  share: number;
  /** 0..1. At most .6 when nothing but the look of the frame itself speaks for it. */
  confidence: number;
  /** What was put out, in pixels of the frame. */
  outline: Polygon[];
  /** The frame that shows best what the zone looks like when clear; null when none does. */
  referenceId: SightingId | null;
}

/** A frame in which less of the zone is visible, and nothing is found in that, says nothing. */
const ENOUGH_VISIBLE = 0.35;
/** Share of the visible zone from which it counts as occupied. A chair at a small shop front covers more. */
const OCCUPIED_SHARE = 0.06;
/** Regions smaller than this, in cells and in share of the zone, are left out: feet, bags, a pigeon. */
const LEAST_CELLS = 8;
const LEAST_SHARE = 0.015;
/** A changed region must look this much more cluttered than the reference, and be this cluttered itself. */
const LIFT = 0.12;
const CLUTTERED = 0.3;
/** Without any change, a region must be this cluttered, in this share of the frames that see it. */
const CLUTTERED_ALL_DAY = 0.5;

export function judgeOccupancy(
  frames: readonly OccupancyFrame[],
  references: readonly StorefrontFeatures[] = [],
): Map<SightingId, Occupancy> {
  const day = inOrder(frames);
  const first = day[0]?.features;
  if (first === undefined) return new Map();
  const known = references.filter((reference) => comparable(reference, first));
  const clutter = day.map(({ features }) => smoothedClutter(features));
  const states = statesOf(
    day.map(({ features }) => features),
    clutter,
    known,
  );
  const cells = first.inZone.length;
  const zone = first.inZone.reduce((sum, inside) => sum + inside, 0);
  const leastCells = Math.max(LEAST_CELLS, LEAST_SHARE * zone);

  const found = day.map(({ features }, index) => {
    const look = clutter[index] ?? new Float32Array(cells);
    const changed = new Uint8Array(cells);
    const standing = new Uint8Array(cells);
    let visible = 0;
    for (let cell = 0; cell < cells; cell++) {
      const state = states.of[index * cells + cell] ?? -1;
      if (state < 0) continue;
      visible++;
      if (state !== states.bare[cell]) changed[cell] = 1;
      else if (known.length === 0 && (states.bareClutter[cell] ?? 0) >= CLUTTERED_ALL_DAY) standing[cell] = 1;
    }
    const putOut = regionsOf(changed, features.columns).filter((region) => {
      if (region.length < leastCells) return false;
      const now = mean(region, look);
      return now >= CLUTTERED && now - mean(region, states.bareClutter) >= LIFT;
    });
    const allDay = regionsOf(standing, features.columns).filter((region) => region.length >= 2 * leastCells);
    return { visible, putOut, allDay };
  });

  const verdicts = found.map(({ visible, putOut, allDay }) => {
    const count = (regions: number[][]) => regions.reduce((sum, region) => sum + region.length, 0);
    const share = visible === 0 ? 0 : (count(putOut) + count(allDay)) / visible;
    return { share, changedShare: visible === 0 ? 0 : count(putOut) / visible, seen: zone === 0 ? 0 : visible / zone };
  });
  const isOccupied = verdicts.map(({ share }, index) => {
    return share >= OCCUPIED_SHARE && (found[index]?.putOut.length ?? 0) + (found[index]?.allDay.length ?? 0) > 0;
  });
  const referenceId = clearest(day, verdicts, clutter);

  const result = new Map<SightingId, Occupancy>();
  day.forEach(({ sighting, features }, index) => {
    const { share = 0, changedShare = 0, seen = 0 } = verdicts[index] ?? {};
    const { putOut = [], allDay = [] } = found[index] ?? {};
    const occupied = isOccupied[index] === true;
    const covered = !occupied && coveredNow(index, features, isOccupied, found);
    const box = features.box;
    const certainty = Math.min(1, share / (3 * OCCUPIED_SHARE));
    result.set(sighting.id, {
      verdict: occupied ? 'occupied' : seen < ENOUGH_VISIBLE || covered ? 'hidden' : 'clear',
      share,
      confidence: occupied
        ? changedShare >= OCCUPIED_SHARE || known.length > 0
          ? 0.6 + 0.4 * certainty
          : 0.3 + 0.3 * certainty
        : Math.max(0, Math.min(1, seen) * (1 - share / OCCUPIED_SHARE)),
      outline:
        occupied && box !== undefined
          ? [...putOut, ...allDay].map((region) => outlineOf(region, { ...features, box }))
          : [],
      referenceId,
    });
  });
  return result;
}

/** Each sighting once, by capture time; frames of another grid (another zone version or look size) are left out. */
function inOrder(frames: readonly OccupancyFrame[]): OccupancyFrame[] {
  const once = new Map(frames.map((frame) => [frame.sighting.id, frame]));
  const sorted = [...once.values()].sort(
    (a, b) => a.capturedAt - b.capturedAt || (a.sighting.id < b.sighting.id ? -1 : 1),
  );
  const first = sorted[0];
  return first === undefined ? [] : sorted.filter(({ features }) => comparable(features, first.features));
}

function comparable(a: StorefrontFeatures, b: StorefrontFeatures): boolean {
  return a.columns === b.columns && a.rows === b.rows && a.channels === b.channels;
}

/** Clutter 0..1 averaged over the visible cells of the zone in each 3 x 3 neighbourhood. */
function smoothedClutter({ columns, rows, inZone, hidden, clutter }: StorefrontFeatures): Float32Array {
  const out = new Float32Array(columns * rows);
  if (clutter === undefined) return out;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      let count = 0;
      for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++) {
        for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++) {
          const cell = r * columns + c;
          if (inZone[cell] !== 1 || hidden[cell] === 1) continue;
          sum += clutter[cell] ?? 0;
          count++;
        }
      }
      out[row * columns + column] = count === 0 ? 0 : sum / count / 255;
    }
  }
  return out;
}

/** The nearest occupied frame before or after shows goods where this frame shows mostly passers-by or a van. */
function coveredNow(
  index: number,
  { hidden }: StorefrontFeatures,
  isOccupied: readonly boolean[],
  found: readonly { putOut: number[][]; allDay: number[][] }[],
): boolean {
  const before = isOccupied.lastIndexOf(true, index);
  const after = isOccupied.indexOf(true, index);
  return [before, after].some((other) => {
    const goods = [...(found[other]?.putOut ?? []), ...(found[other]?.allDay ?? [])].flat();
    const covered = goods.filter((cell) => hidden[cell] === 1).length;
    return goods.length > 0 && covered * 2 > goods.length;
  });
}

function clearest(
  day: readonly OccupancyFrame[],
  verdicts: readonly { share: number; seen: number }[],
  clutter: readonly Float32Array[],
): SightingId | null {
  const candidates: { id: SightingId | null; worth: number }[] = day.map(({ sighting }, index) => {
    const { share = 1, seen = 0 } = verdicts[index] ?? {};
    const usable = share < OCCUPIED_SHARE && seen >= ENOUGH_VISIBLE;
    return {
      id: sighting.id,
      worth: usable ? seen - share - median([...(clutter[index] ?? [])]) : Number.NEGATIVE_INFINITY,
    };
  });
  const best = candidates.reduce((a, b) => (b.worth > a.worth ? b : a), { id: null, worth: Number.NEGATIVE_INFINITY });
  return best.id;
}

function mean(cells: readonly number[], values: Float32Array): number {
  return cells.reduce((sum, cell) => sum + (values[cell] ?? 0), 0) / Math.max(1, cells.length);
}
