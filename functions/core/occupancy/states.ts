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
    const known = references.filter(({ hidden }) => hidden[cell] !== 1);
    const states: { latest: StorefrontFeatures; clutter: number[]; known: boolean }[] = known
      .slice(0, 1)
      .map((first) => ({
        latest: first,
        clutter: [],
        known: true,
      }));
    frames.forEach((frame, index) => {
      if (frame.hidden[cell] === 1) return;
      let nearest = NOT_SEEN;
      let least = SAME;
      states.forEach((state, s) => {
        const candidates = state.known ? [state.latest, ...known] : [state.latest];
        for (const candidate of candidates) {
          const apart = distance(frame, candidate, cell);
          if (apart <= least) {
            least = apart;
            nearest = s;
          }
        }
      });
      const look = clutter[index]?.[cell] ?? 0;
      const state = states[nearest];
      if (state === undefined) {
        nearest = states.length;
        states.push({ latest: frame, clutter: [look], known: false });
      } else {
        state.latest = frame;
        state.clutter.push(look);
      }
      of[index * cells + cell] = nearest;
    });
    let barest = Number.POSITIVE_INFINITY;
    states.forEach((state, s) => {
      const typical = state.known ? -1 : median(state.clutter);
      if (typical < barest) {
        barest = typical;
        bare[cell] = s;
      }
    });
    bareClutter[cell] = Math.max(0, Number.isFinite(barest) ? barest : 0);
  }
  return { of, bare, bareClutter };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}
