/** Per cell of a storefront's grid: what the detector's dense scores and backbone features say about it. */
import type { Tensor } from './model.ts';

/** COCO labels of what passes or parks: never goods, and it hides what stands behind it. */
export const PASSING: ReadonlySet<string> = new Set([
  'person',
  'bicycle',
  'car',
  'motorcycle',
  'bus',
  'train',
  'truck',
  'cat',
  'dog',
]);

export interface DenseScores {
  /** Best score of a class in {@link PASSING} at each cell, 0..1. */
  passing: Float32Array;
  /** Best score of any other class: not a box, only the hint that something stands there. */
  thing: Float32Array;
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
  const isPassing = classes.map((label) => PASSING.has(label.replaceAll('_', ' ')));
  const finest = strides[0] ?? 1;
  maps.forEach(({ data }, level) => {
    const scale = (strides[level] ?? finest) / finest;
    const columns = map.columns / scale;
    for (let at = 0; at * classes.length < data.length; at++) {
      let bestPassing = 0;
      let bestThing = 0;
      for (let c = 0; c < classes.length; c++) {
        const score = data[at * classes.length + c] ?? 0;
        if (isPassing[c]) bestPassing = Math.max(bestPassing, score);
        else bestThing = Math.max(bestThing, score);
      }
      const left = (at % columns) * scale;
      const top = Math.floor(at / columns) * scale;
      for (let row = top; row < top + scale; row++) {
        for (let column = left; column < left + scale; column++) {
          const cell = row * map.columns + column;
          passing[cell] = Math.max(passing[cell] ?? 0, bestPassing);
          thing[cell] = Math.max(thing[cell] ?? 0, bestThing);
        }
      }
    }
  });
  return { passing, thing };
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
const PROTOTYPES = 96;
/** A cell is as strange as it is unlike the few ground cells that are most like it: paving repeats itself. */
const NEAREST = 4;

/**
 * 1 - mean cosine similarity to the nearest cells of the surrounding ground, for each of `cells`.
 * @param ground indices of bare cells; when there are too few, nothing is known and every answer is 0
 */
export function strangeness(
  vectors: Float32Array,
  channels: number,
  ground: readonly number[],
  cells: readonly number[],
): Float32Array {
  const out = new Float32Array(cells.length);
  if (ground.length < 4 * NEAREST) return out;
  const step = Math.max(1, ground.length / PROTOTYPES);
  const prototypes: number[] = [];
  for (let i = 0; i < ground.length; i += step) prototypes.push(ground[Math.floor(i)] ?? 0);
  const best = new Float32Array(NEAREST);
  cells.forEach((cell, index) => {
    best.fill(-1);
    for (const prototype of prototypes) {
      let dot = 0;
      for (let c = 0; c < channels; c++) {
        dot += (vectors[cell * channels + c] ?? 0) * (vectors[prototype * channels + c] ?? 0);
      }
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
    out[index] = 1 - sum / NEAREST;
  });
  return out;
}
