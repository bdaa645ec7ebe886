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
  const folded: DenseScores = {
    passing: new Float32Array(map.columns * map.rows),
    thing: new Float32Array(map.columns * map.rows),
    hint: new Float32Array(map.columns * map.rows),
  };
  const passes = Uint8Array.from(classes, (label) => (isPassing(label) ? 1 : 0));
  const finest = strides[0] ?? 1;
  maps.forEach(({ data }, level) => {
    foldLevel(data, passes, (strides[level] ?? finest) / finest, map.columns, folded);
  });
  return folded;
}

/**
 * One level into the finest grid. Loops this long stand in functions of their own here: one in a callback is a new
 * function to the compiler with every frame, and runs uncompiled for most of its life.
 */
function foldLevel(
  data: Float32Array,
  passes: Uint8Array,
  scale: number,
  finestColumns: number,
  { passing, thing, hint }: DenseScores,
): void {
  const columns = finestColumns / scale;
  const classes = passes.length;
  for (let at = 0; at * classes < data.length; at++) {
    let bestPassing = 0;
    let bestThing = 0;
    for (let c = 0, from = at * classes; c < classes; c++) {
      const score = data[from + c]!;
      if (passes[c] === 1) bestPassing = Math.max(bestPassing, score);
      else bestThing = Math.max(bestThing, score);
    }
    const hinted = scale < COARSE ? bestThing : Math.min(bestThing, COARSE_HINT);
    const left = (at % columns) * scale;
    const top = Math.floor(at / columns) * scale;
    for (let row = top; row < top + scale; row++) {
      for (let column = left; column < left + scale; column++) {
        const cell = row * finestColumns + column;
        passing[cell] = Math.max(passing[cell] ?? 0, bestPassing);
        thing[cell] = Math.max(thing[cell] ?? 0, bestThing);
        hint[cell] = (hint[cell] ?? 0) + hinted;
      }
    }
  }
}

/** Unit vectors of some cells, one after another, from a feature map of [1, channels, rows, columns]. */
export function unitVectors(
  { data, dims }: Tensor,
  cells: readonly number[],
): { vectors: Float32Array; channels: number } {
  const [, channels = 0, rows = 0, columns = 0] = dims;
  const vectors = new Float32Array(cells.length * channels);
  const squares = new Float64Array(cells.length).fill(1e-12);
  // Channel by channel, as they lie in memory.
  for (let c = 0; c < channels; c++) {
    const plane = c * rows * columns;
    for (let i = 0, at = c; i < cells.length; i++, at += channels) {
      const value = data[plane + cells[i]!] ?? 0;
      vectors[at] = value;
      squares[i] = squares[i]! + value * value;
    }
  }
  for (let i = 0; i < cells.length; i++) {
    const scale = 1 / Math.sqrt(squares[i]!);
    for (let at = i * channels; at < (i + 1) * channels; at++) vectors[at] = vectors[at]! * scale;
  }
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
  const dots = new Float64Array(ABREAST);
  for (let example = 0; example < ground.length; example += ABREAST * channels) {
    const count = Math.min(ABREAST, (ground.length - example) / channels);
    if (count === ABREAST) fourDots(vectors, from, ground, example, channels, dots);
    else for (let i = 0; i < count; i++) dots[i] = dotOf(vectors, from, ground, example + i * channels, channels);
    for (let i = 0; i < count; i++) {
      let dot = dots[i] ?? 0;
      for (let rank = 0; rank < NEAREST; rank++) {
        const held = best[rank] ?? -1;
        if (dot > held) {
          best[rank] = dot;
          dot = held;
        }
      }
    }
  }
  return 1 - best.reduce((sum, similarity) => sum + similarity, 0) / NEAREST;
}

/** Median strangeness of paving among paving, in plain light: .21 to .26 in rendered and real streets. */
const USUAL_VARIETY = 0.26;

/**
 * By how much the ground itself looks stranger in this frame than paving does: under leaves in the sun, in rain and on
 * wet stone its cells are as unlike each other (.32 to .37) as paving is to a thing. So much strangeness means nothing.
 * @param ground unit vectors of ground cells, one after another
 */
export function restlessness(ground: Float32Array, channels: number): number {
  const strange: number[] = [];
  for (let from = 0; from < ground.length; from += channels) {
    const others = new Float32Array(ground.length - channels);
    others.set(ground.subarray(0, from));
    others.set(ground.subarray(from + channels), from);
    strange.push(strangeness(ground, from, others, channels) ?? 0);
  }
  const typical = strange.sort((a, b) => a - b)[strange.length >> 1] ?? 0;
  return Math.max(0, typical - USUAL_VARIETY);
}

function dotOf(a: Float32Array, fromA: number, b: Float32Array, fromB: number, channels: number): number {
  let dot = 0;
  for (let c = 0; c < channels; c++) dot += a[fromA + c]! * b[fromB + c]!;
  return dot;
}

/** Products worked out side by side: one alone waits for its own last sum. */
const ABREAST = 4;

/** {@link dotOf} of `a` with four vectors that follow one another in `b`. */
function fourDots(
  a: Float32Array,
  fromA: number,
  b: Float32Array,
  fromB: number,
  channels: number,
  dots: Float64Array,
): void {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  const [atSecond, atThird, atFourth] = [fromB + channels, fromB + 2 * channels, fromB + 3 * channels];
  for (let c = 0; c < channels; c++) {
    const value = a[fromA + c]!;
    first += value * b[fromB + c]!;
    second += value * b[atSecond + c]!;
    third += value * b[atThird + c]!;
    fourth += value * b[atFourth + c]!;
  }
  dots[0] = first;
  dots[1] = second;
  dots[2] = third;
  dots[3] = fourth;
}

/** Hint of bare ground in plain light: its median around the storefronts of real and rendered streets is .03 to .035. */
const CALM = 0.04;

/**
 * What a hint is worth in this frame, 0..1. Sun through leaves, rain and lamps on wet stone raise the hint everywhere, on
 * the ground around a storefront as much as in it (.06 to .1); goods raise it where they stand (.1 to .5). By the square,
 * because what is left of such light in the zone must look plainer than a chair does.
 * @param around hints of what nothing hides around the zone
 */
export function worthOfHints(around: readonly number[]): number {
  const sorted = [...around].sort((a, b) => a - b);
  const typical = sorted[sorted.length >> 1] ?? 0;
  return typical <= CALM ? 1 : (CALM / typical) ** 2;
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
