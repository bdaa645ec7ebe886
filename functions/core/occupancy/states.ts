/**
 * What each cell of a storefront has looked like. The frames of a day give every cell a few states (bare stone, stone
 * with a crate on it); a state is followed from frame to frame, so that the light may wander through the day.
 */
import type { StorefrontFeatures } from '../sighting.ts';

/**
 * Two looks of a cell are the same below this cosine distance of backbone features. On fixed cameras an unchanged cell
 * stays below .3 through moving shadows, and a cell with goods differs from bare ground by .6 and more.
 */
export const SAME = 0.4;
const SURELY_SAME = 0.15;
/** Length 127 each, as {@link StorefrontFeatures} says. */
const SQUARED_LENGTH = 127 * 127;
const NOT_SEEN = -1;

export interface CellStates {
  /** State of a cell in a frame, `frame * cells + cell`; -1 where it was hidden. */
  readonly of: Int16Array;
  /** The barest state of each cell; -1 where it was never seen. */
  readonly bare: Int16Array;
  /** Clutter of the barest state, 0..1. */
  readonly bareClutter: Float32Array;
}

/** Cosine distance of one cell in two pictures of a zone, 0..2. */
export function distance(a: StorefrontFeatures, b: StorefrontFeatures, cell: number): number {
  const from = cell * a.channels;
  let dot = 0;
  for (let c = from; c < from + a.channels; c++) dot += (a.values[c] ?? 0) * (b.values[c] ?? 0);
  return 1 - dot / SQUARED_LENGTH;
}

/** A look of one cell. */
interface State {
  /** Pictures that show it: the one seen last, and for a look known to be bare the references too. */
  shown: StorefrontFeatures[];
  /** Clutter each time it was seen. */
  clutter: number[];
  known: boolean;
}

/**
 * @param frames in the order of their capture
 * @param clutter per frame, per cell, 0..1, smoothed
 * @param references pictures known to be clear: their look is bare, whatever the clutter
 */
export function statesOf(
  frames: readonly StorefrontFeatures[],
  clutter: readonly Float32Array[],
  references: readonly StorefrontFeatures[],
): CellStates {
  const cells = frames[0]?.inZone.length ?? 0;
  const of = new Int16Array(frames.length * cells).fill(NOT_SEEN);
  const bare = new Int16Array(cells).fill(NOT_SEEN);
  const bareClutter = new Float32Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    const states = knownStates(references, cell);
    let latest = states[0];
    frames.forEach((frame, index) => {
      if (frame.hidden[cell] === 1) return;
      const look = clutter[index]?.[cell] ?? 0;
      const state = matching(frame, cell, states, latest);
      if (state === undefined) {
        latest = { shown: [frame], clutter: [look], known: false };
        states.push(latest);
      } else {
        state.shown[0] = frame;
        state.clutter.push(look);
        latest = state;
      }
      of[index * cells + cell] = states.indexOf(latest);
    });
    let barest = Number.POSITIVE_INFINITY;
    states.forEach((state, s) => {
      const typical = median(state.clutter);
      const order = state.known ? Number.NEGATIVE_INFINITY : typical;
      if (order >= barest) return;
      barest = order;
      bare[cell] = s;
      bareClutter[cell] = typical;
    });
  }
  return { of, bare, bareClutter };
}

function knownStates(references: readonly StorefrontFeatures[], cell: number): State[] {
  const shown = references.filter(({ hidden }) => hidden[cell] !== 1);
  const [first] = shown;
  if (first === undefined) return [];
  return [{ shown: [first, ...shown], clutter: shown.map((one) => (one.clutter?.[cell] ?? 0) / 255), known: true }];
}

/** The state that looks most like the cell now; the one seen last is not questioned while it hardly differs. */
function matching(
  frame: StorefrontFeatures,
  cell: number,
  states: readonly State[],
  latest: State | undefined,
): State | undefined {
  if (latest?.shown[0] !== undefined && distance(frame, latest.shown[0], cell) <= SURELY_SAME) return latest;
  let nearest: State | undefined;
  let least = SAME;
  for (const state of states) {
    for (const picture of state.shown) {
      const apart = distance(frame, picture, cell);
      if (apart > least) continue;
      least = apart;
      nearest = state;
    }
  }
  return nearest;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}
