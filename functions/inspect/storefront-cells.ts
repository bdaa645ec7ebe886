/** Per cell of a storefront's grid: what the detector's dense scores and backbone features say about it. */
import type { Tensor } from './model.ts';

/** COCO labels of what passes or parks: never goods, and it hides what stands behind it. */
const PASSING: ReadonlySet<string> = new Set(['person', 'bicycle', 'car', 'motorcycle', 'bus', 'train', 'truck']);

export const isPassing = (label: string): boolean => PASSING.has(label);

/** A level of this many finest cells a side sees beds and trains in any large blotch: it may hint only so much. */
const COARSE = 4;
const COARSE_HINT = 0.05;

export interface DenseScores {
  /** Best score of a class that {@link isPassing} at each cell, 0..1. */
  passing: Float32Array;
  /** Best score of any other class, 0..1. */
  thing: Float32Array;
  /** The same summed over the strides: not a detection, only a hint that something stands there. */
  hint: Float32Array;
}

/**
 * Folds the score maps of all strides onto the grid of the finest.
 * @param maps per stride, finest first: [1, cells, classes]
 */
export function denseScores(
  maps: readonly Tensor[],
  strides: readonly number[],
  classes: readonly string[],
  map: { columns: number; rows: number },
): DenseScores {
  const passing = new Float32Array(map.columns * map.rows);
  const thing = new Float32Array(map.columns * map.rows);
  const hint = new Float32Array(map.columns * map.rows);
  const passes = classes.map(isPassing);
  const finest = strides[0] ?? 1;
  maps.forEach(({ data }, level) => {
    const scale = (strides[level] ?? finest) / finest;
    const columns = map.columns / scale;
    for (let at = 0; at * classes.length < data.length; at++) {
      let bestPassing = 0;
      let bestThing = 0;
      for (let c = 0; c < classes.length; c++) {
        const score = data[at * classes.length + c] ?? 0;
        if (passes[c]) bestPassing = Math.max(bestPassing, score);
        else bestThing = Math.max(bestThing, score);
      }
      const hinted = scale < COARSE ? bestThing : Math.min(bestThing, COARSE_HINT);
      const left = (at % columns) * scale;
      const top = Math.floor(at / columns) * scale;
      for (let row = top; row < top + scale; row++) {
        for (let column = left; column < left + scale; column++) {
          const cell = row * map.columns + column;
          passing[cell] = Math.max(passing[cell] ?? 0, bestPassing);
          thing[cell] = Math.max(thing[cell] ?? 0, bestThing);
          hint[cell] = (hint[cell] ?? 0) + hinted;
        }
      }
    }
  });
  return { passing, thing, hint };
}

/** Unit vectors per cell, cell-major, from a feature map of [1, channels, rows, columns]. */
export function unitVectors(feature: Tensor): {
  vectors: Float32Array;
  channels: number;
  columns: number;
  rows: number;
} {
  const [, channels = 0, rows = 0, columns = 0] = feature.dims;
  const cells = rows * columns;
  const vectors = new Float32Array(cells * channels);
  for (let cell = 0; cell < cells; cell++) {
    let square = 0;
    for (let c = 0; c < channels; c++) square += (feature.data[c * cells + cell] ?? 0) ** 2;
    const scale = 1 / Math.sqrt(square + 1e-12);
    for (let c = 0; c < channels; c++) vectors[cell * channels + c] = (feature.data[c * cells + cell] ?? 0) * scale;
  }
  return { vectors, channels, columns, rows };
}

/** At most this many cells of the surrounding ground stand for all of it. */
const PROTOTYPES = 64;
/** A cell is as strange as it is unlike the few ground cells that are most like it: paving repeats itself. */
const NEAREST = 3;

/**
 * 1 - mean cosine similarity to the nearest cells of the surrounding ground, for each of `cells`.
 * @param ground indices of bare cells; when there are too few, nothing is known and the answer is empty
 */
export function strangeness(
  vectors: Float32Array,
  channels: number,
  ground: readonly number[],
  cells: readonly number[],
): ReadonlyMap<number, number> {
  const strange = new Map<number, number>();
  if (ground.length < 4 * NEAREST) return strange;
  const step = Math.max(1, ground.length / PROTOTYPES);
  const prototypes: number[] = [];
  for (let i = 0; i < ground.length; i += step) prototypes.push((ground[Math.floor(i)] ?? 0) * channels);
  const best = new Float32Array(NEAREST);
  for (const cell of cells) {
    const from = cell * channels;
    best.fill(-1);
    for (const prototype of prototypes) {
      let dot = dotOf(vectors, from, prototype, channels);
      for (let rank = 0; rank < NEAREST; rank++) {
        const held = best[rank] ?? -1;
        if (dot > held) {
          best[rank] = dot;
          dot = held;
        }
      }
    }
    let sum = 0;
    for (const similarity of best) sum += similarity;
    strange.set(cell, 1 - sum / NEAREST);
  }
  return strange;
}

function dotOf(vectors: Float32Array, a: number, b: number, channels: number): number {
  let dot = 0;
  for (let c = 0; c < channels; c++) dot += (vectors[a + c] ?? 0) * (vectors[b + c] ?? 0);
  return dot;
}

/** Between bare ground (.2) and goods (.45): says nothing. */
const UNKNOWN_STRANGENESS = 0.28;

/**
 * How surely something stands at a cell, 0..1, judged from one frame alone. A logistic function whose three numbers
 * were set on bare pavements and pavements with goods pasted on, of seven real and rendered cameras, each left out in
 * turn: area under the curve .94, where the hint alone has .88 and strangeness alone .88.
 */
export function clutterOf(hint: number, strange = UNKNOWN_STRANGENESS): number {
  return 1 / (1 + Math.exp(-(2.46 * Math.log(hint + 0.01) + 6.9 * strange + 3.35)));
}
