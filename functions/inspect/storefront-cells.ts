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

/** Unit vectors of some cells, one after another, from a feature map of [1, channels, rows, columns]. */
export function unitVectors(
  { data, dims }: Tensor,
  cells: readonly number[],
): { vectors: Float32Array; channels: number } {
  const [, channels = 0, rows = 0, columns = 0] = dims;
  const plane = rows * columns;
  const vectors = new Float32Array(cells.length * channels);
  cells.forEach((cell, i) => {
    const from = i * channels;
    let square = 1e-12;
    for (let c = 0; c < channels; c++) {
      const value = data[c * plane + cell] ?? 0;
      vectors[from + c] = value;
      square += value * value;
    }
    const scale = 1 / Math.sqrt(square);
    for (let c = from; c < from + channels; c++) vectors[c] = (vectors[c] ?? 0) * scale;
  });
  return { vectors, channels };
}

/** At most this many cells of the surrounding ground stand for all of it. */
const EXAMPLES = 48;
/** A cell is as strange as it is unlike the few ground cells that are most like it: paving repeats itself. */
const NEAREST = 2;

/** Some of many, evenly spread. */
export function examplesAmong(ground: readonly number[]): number[] {
  const step = Math.max(1, ground.length / EXAMPLES);
  const chosen: number[] = [];
  for (let i = 0; i < ground.length; i += step) chosen.push(ground[Math.floor(i)] ?? 0);
  return chosen;
}

/**
 * 1 - mean cosine similarity of a cell to the most similar cells of the surrounding ground.
 * @param vectors unit vectors; the cell's begins at `from`
 * @param ground unit vectors of ground cells, one after another
 * @returns undefined when too little ground is seen to know what it looks like
 */
export function strangeness(
  vectors: Float32Array,
  from: number,
  ground: Float32Array,
  channels: number,
): number | undefined {
  if (ground.length < 8 * NEAREST * channels) return undefined;
  const best = new Float32Array(NEAREST).fill(-1);
  for (let example = 0; example < ground.length; example += channels) {
    let dot = dotOf(vectors, from, ground, example, channels);
    for (let rank = 0; rank < NEAREST; rank++) {
      const held = best[rank] ?? -1;
      if (dot > held) {
        best[rank] = dot;
        dot = held;
      }
    }
  }
  return 1 - best.reduce((sum, similarity) => sum + similarity, 0) / NEAREST;
}

function dotOf(a: Float32Array, fromA: number, b: Float32Array, fromB: number, channels: number): number {
  let dot = 0;
  for (let c = 0; c < channels; c++) dot += (a[fromA + c] ?? 0) * (b[fromB + c] ?? 0);
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
