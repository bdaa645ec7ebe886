/**
 * Connectionist temporal classification (Graves et al. 2006) under a grammar: the likeliest strings a reader's frames
 * can mean, the exact likelihood of one string, and what else each of its characters could be.
 *
 * Everything works on probabilities in doubles, not on logarithms: with at most some 60 frames and floored emissions a
 * string that underflows is one nobody asks about.
 */
import { ANY_PATTERN, advance, type Grammar } from './grammar.ts';

/** What a reader says, frame by frame. Each row adds up to 1; symbol 0 is the blank. */
export interface Emissions {
  readonly frames: number;
  readonly symbols: number;
  /** `frames * symbols`, row-major. */
  readonly probabilities: Float64Array;
}

export interface Hypothesis {
  readonly labels: readonly number[];
  /** Natural logarithm of the probability that the frames spell exactly `labels`. */
  readonly logLikelihood: number;
}

/**
 * Softmax with a temperature (above 1 is less sure), then a share `doubt` spread evenly, so that no symbol is impossible.
 * `logits`: row-major `frames * symbols`.
 */
export function softmaxEmissions(
  logits: ArrayLike<number>,
  frames: number,
  symbols: number,
  { temperature = 1, doubt = 0 } = {},
): Emissions {
  const probabilities = new Float64Array(frames * symbols);
  for (let row = 0; row < frames * symbols; row += symbols) {
    let most = Number.NEGATIVE_INFINITY;
    for (let s = 0; s < symbols; s++) most = Math.max(most, logits[row + s] ?? 0);
    let sum = 0;
    for (let s = 0; s < symbols; s++) {
      const weight = Math.exp(((logits[row + s] ?? 0) - most) / temperature);
      probabilities[row + s] = weight;
      sum += weight;
    }
    for (let s = 0; s < symbols; s++) {
      probabilities[row + s] = ((probabilities[row + s] ?? 0) / sum) * (1 - doubt) + doubt / symbols;
    }
  }
  return { frames, symbols, probabilities };
}

/** A prefix under extension. The beam is a list of these; the tree they form is kept so that equal prefixes meet. */
interface Prefix {
  readonly parent: Prefix | null;
  readonly symbol: number;
  readonly length: number;
  readonly alive: number;
  readonly children: Map<number, Prefix>;
  /** Probability of the frames so far spelling this prefix and ending in blank, or in its last symbol. */
  blank: number;
  label: number;
  nextBlank: number;
  nextLabel: number;
  /** The frame that last touched `next*`, so that each prefix enters the next beam once. */
  touched: number;
}

const startPrefix = (parent: Prefix | null, symbol: number, length: number, alive: number): Prefix => ({
  parent,
  symbol,
  length,
  alive,
  children: new Map(),
  blank: 0,
  label: 0,
  nextBlank: 0,
  nextLabel: 0,
  touched: -1,
});

function labelsOf(prefix: Prefix): number[] {
  const labels: number[] = [];
  for (let at: Prefix | null = prefix; at?.parent; at = at.parent) labels.push(at.symbol);
  return labels.reverse();
}

/**
 * Prefix beam search that only ever holds prefixes of strings in the grammar. Returns complete strings, likeliest first.
 * Symbols less probable than `least` in a frame do not start a character there.
 */
export function grammarBeam(
  emissions: Emissions,
  grammar: Grammar,
  { beams = 16, least = 1e-4, keep = 8 } = {},
): Hypothesis[] {
  const { frames, symbols, probabilities } = emissions;
  const root = startPrefix(null, 0, 0, ANY_PATTERN);
  root.blank = 1;
  let beam: Prefix[] = [root];
  let scale = 0;
  for (let frame = 0; frame < frames; frame++) {
    const row = frame * symbols;
    const next: Prefix[] = [];
    const touch = (prefix: Prefix) => {
      if (prefix.touched === frame) return;
      prefix.touched = frame;
      prefix.nextBlank = 0;
      prefix.nextLabel = 0;
      next.push(prefix);
    };
    const likely: number[] = [];
    for (let s = 1; s < symbols; s++) if ((probabilities[row + s] ?? 0) > least) likely.push(s);
    const blankHere = probabilities[row] ?? 0;
    for (const prefix of beam) {
      const total = prefix.blank + prefix.label;
      touch(prefix);
      prefix.nextBlank += total * blankHere;
      if (prefix.parent !== null) prefix.nextLabel += prefix.label * (probabilities[row + prefix.symbol] ?? 0);
      for (const symbol of likely) {
        // A repeated character needs a blank between.
        const from = symbol === prefix.symbol ? prefix.blank : total;
        if (from === 0) continue;
        const alive = advance(grammar, prefix.alive, prefix.length, symbol);
        if (alive === 0) continue;
        let child = prefix.children.get(symbol);
        if (child === undefined) {
          child = startPrefix(prefix, symbol, prefix.length + 1, alive);
          prefix.children.set(symbol, child);
        }
        touch(child);
        child.nextLabel += from * (probabilities[row + symbol] ?? 0);
      }
    }
    let most = 0;
    for (const prefix of next) most = Math.max(most, prefix.nextBlank + prefix.nextLabel);
    if (most === 0) return [];
    scale += Math.log(most);
    // A prefix that leaves the beam must not count when it is met again.
    for (const prefix of beam) {
      prefix.blank = 0;
      prefix.label = 0;
    }
    next.sort((a, b) => b.nextBlank + b.nextLabel - (a.nextBlank + a.nextLabel));
    beam = next.slice(0, beams);
    for (const prefix of beam) {
      prefix.blank = prefix.nextBlank / most;
      prefix.label = prefix.nextLabel / most;
    }
  }
  return beam
    .filter(({ alive, length }) => length > 0 && (alive & (grammar.complete[length] ?? 0)) !== 0)
    .slice(0, keep)
    .map((prefix) => ({
      labels: labelsOf(prefix),
      logLikelihood: Math.log(prefix.blank + prefix.label) + scale,
    }));
}

/** `table[(frame) * states + state]`, states being blank, label, blank, ... of the string. */
function forward({ frames, symbols, probabilities }: Emissions, labels: readonly number[]): Float64Array {
  const states = labels.length * 2 + 1;
  const table = new Float64Array(frames * states);
  table[0] = probabilities[0] ?? 0;
  if (states > 1) table[1] = probabilities[labels[0] ?? 0] ?? 0;
  for (let frame = 1; frame < frames; frame++) {
    const before = (frame - 1) * states;
    for (let state = 0; state < states; state++) {
      const isLabel = state % 2 === 1;
      const label = isLabel ? (labels[(state - 1) / 2] ?? 0) : 0;
      let sum = table[before + state] ?? 0;
      if (state > 0) sum += table[before + state - 1] ?? 0;
      if (isLabel && state > 2 && labels[(state - 3) / 2] !== label) sum += table[before + state - 2] ?? 0;
      table[frame * states + state] = sum * (probabilities[frame * symbols + label] ?? 0);
    }
  }
  return table;
}

const reversed = ({ frames, symbols, probabilities }: Emissions): Emissions => {
  const flipped = new Float64Array(probabilities.length);
  for (let frame = 0; frame < frames; frame++) {
    flipped.set(probabilities.subarray(frame * symbols, (frame + 1) * symbols), (frames - 1 - frame) * symbols);
  }
  return { frames, symbols, probabilities: flipped };
};

/** Natural logarithm of the probability that the frames spell exactly `labels`; -Infinity when they cannot. */
export function logLikelihood(emissions: Emissions, labels: readonly number[]): number {
  if (emissions.frames === 0) return labels.length === 0 ? 0 : Number.NEGATIVE_INFINITY;
  const states = labels.length * 2 + 1;
  const table = forward(emissions, labels);
  const last = (emissions.frames - 1) * states;
  return Math.log((table[last + states - 1] ?? 0) + (states > 1 ? (table[last + states - 2] ?? 0) : 0));
}

/**
 * For each position of `labels`, the log-likelihood of the string with that position replaced by each symbol, the rest
 * as it is: `result[position * symbols + symbol]`. Only symbols for which `allowed(position, symbol)` holds are worked
 * out, the others stay -Infinity. One forward and one backward pass serve all of them.
 */
export function substitutions(
  emissions: Emissions,
  labels: readonly number[],
  allowed: (position: number, symbol: number) => boolean,
): Float64Array {
  const { frames, symbols, probabilities } = emissions;
  const result = new Float64Array(labels.length * symbols).fill(Number.NEGATIVE_INFINITY);
  const states = labels.length * 2 + 1;
  const ahead = forward(emissions, labels);
  const behind = forward(reversed(emissions), [...labels].reverse());
  // Probability of the frames from `frame` on, when `frame` is the first in `state`.
  const after = (frame: number, state: number) => behind[(frames - 1 - frame) * states + (states - 1 - state)] ?? 0;
  for (let position = 0; position < labels.length; position++) {
    const state = position * 2 + 1;
    for (let symbol = 1; symbol < symbols; symbol++) {
      if (!allowed(position, symbol)) continue;
      const fromLabel = position > 0 && labels[position - 1] !== symbol;
      const toLabel = position + 1 < labels.length && labels[position + 1] !== symbol;
      let here = 0;
      let total = 0;
      for (let frame = 0; frame < frames; frame++) {
        let entering = frame === 0 ? (position === 0 ? 1 : 0) : here;
        if (frame > 0) {
          const before = (frame - 1) * states;
          entering += ahead[before + state - 1] ?? 0;
          if (fromLabel) entering += ahead[before + state - 2] ?? 0;
        }
        here = entering * (probabilities[frame * symbols + symbol] ?? 0);
        if (frame === frames - 1) {
          if (position === labels.length - 1) total += here;
        } else {
          total += here * (after(frame + 1, state + 1) + (toLabel ? after(frame + 1, state + 2) : 0));
        }
      }
      result[position * symbols + symbol] = Math.log(total);
    }
  }
  return result;
}
