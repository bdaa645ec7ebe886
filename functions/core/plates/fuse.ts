/**
 * One text from several readers of the same plate, with the doubt kept. Readers are combined as a product: a string is
 * as good as the weakest reader's word for it, so that two sure readers who disagree leave about one half, not an average.
 */
import { charOf } from './alphabet.ts';
import { type Emissions, grammarBeam, logLikelihood, substitutions } from './ctc.ts';
import { type Grammar, logPriorOf } from './grammar.ts';
import type { PlateCharacter } from './plate.ts';

export interface Witness {
  readonly emissions: Emissions;
  /** Its say in the product; 1 trusts its probabilities as they are. */
  readonly weight: number;
}

export interface FusedText {
  readonly labels: readonly number[];
  readonly characters: readonly PlateCharacter[];
  /** Share of the chosen string among all candidates, 0..1. */
  readonly share: number;
}

/** Alternatives less probable than this are not worth a reviewer's look. */
const WORTH_NAMING = 0.01;

export interface FusionOptions {
  /**
   * Above 1 spreads every probability that is given out: readers are surer than they are right, the more so the fewer
   * pixels they had. The choice itself does not depend on it.
   */
  readonly temperature?: number;
  /** Natural logarithm of how well a number of characters goes with what else is known, such as the plate's colour. */
  readonly lengthPrior?: (length: number) => number;
}

/** Null when no reader finds any string of the grammar. */
export function fuseReadings(
  witnesses: readonly Witness[],
  grammar: Grammar,
  { temperature = 1, lengthPrior = () => 0 }: FusionOptions = {},
): FusedText | null {
  const candidates = new Map<string, readonly number[]>();
  for (const { emissions } of witnesses) {
    for (const { labels } of grammarBeam(emissions, grammar)) candidates.set(labels.join(), labels);
  }
  const scores = new Map<string, number>();
  const judge = (labels: readonly number[]): number => {
    const key = labels.join();
    let score = scores.get(key);
    if (score === undefined) {
      score = witnesses.reduce(
        (sum, { emissions, weight }) => sum + weight * logLikelihood(emissions, labels),
        logPriorOf(grammar, labels) + lengthPrior(labels.length),
      );
      scores.set(key, score);
    }
    return score;
  };
  let best = [...candidates.values()].reduce<readonly number[] | null>(
    (winner, labels) => (winner === null || judge(labels) > judge(winner) ? labels : winner),
    null,
  );
  if (best === null || judge(best) === Number.NEGATIVE_INFINITY) return null;

  // Each reader may hold one half of the truth: change one character at a time while that explains both better.
  // Changing a character keeps the length, so the length's prior cancels out here.
  let swaps = jointSubstitutions(witnesses, best, grammar);
  for (let round = 0; round < 4; round++) {
    const better = bestSwap(swaps, best);
    if (better === null) break;
    best = better;
    candidates.set(best.join(), best);
    swaps = jointSubstitutions(witnesses, best, grammar);
  }

  const chosen = best;
  const chosenScore = judge(chosen);
  let total = 0;
  for (const labels of candidates.values()) total += Math.exp((judge(labels) - chosenScore) / temperature);
  return {
    labels: chosen,
    characters: chosen.map((symbol, position) => characterAt(swaps, position, symbol, grammar.symbols, temperature)),
    share: 1 / total,
  };
}

/** Weighted log-likelihoods, all readers together, of each one-character change: `position * symbols + symbol`. */
function jointSubstitutions(witnesses: readonly Witness[], labels: readonly number[], grammar: Grammar): Float64Array {
  const { symbols } = grammar;
  const sum = new Float64Array(labels.length * symbols);
  for (let i = 0; i < sum.length; i++) {
    sum[i] = logPriorOf(grammar, labels.with(Math.floor(i / symbols), i % symbols));
  }
  const allowed = (position: number, symbol: number) =>
    (sum[position * symbols + symbol] ?? 0) > Number.NEGATIVE_INFINITY;
  for (const { emissions, weight } of witnesses) {
    const each = substitutions(emissions, labels, allowed);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + weight * (each[i] ?? 0);
  }
  return sum;
}

function bestSwap(swaps: Float64Array, labels: readonly number[]): readonly number[] | null {
  let most = (swaps[labels[0] ?? 0] ?? 0) + 1e-9;
  let at = -1;
  for (let i = 0; i < swaps.length; i++) {
    const value = swaps[i] ?? Number.NEGATIVE_INFINITY;
    if (value > most) {
      most = value;
      at = i;
    }
  }
  if (at < 0) return null;
  const symbols = swaps.length / labels.length;
  const position = Math.floor(at / symbols);
  return labels.map((symbol, index) => (index === position ? at % symbols : symbol));
}

function characterAt(
  swaps: Float64Array,
  position: number,
  symbol: number,
  symbols: number,
  temperature: number,
): PlateCharacter {
  const row = swaps.subarray(position * symbols, (position + 1) * symbols);
  const own = row[symbol] ?? 0;
  let total = 0;
  for (const value of row) total += Math.exp((value - own) / temperature);
  const alternatives: { char: string; confidence: number }[] = [];
  row.forEach((value, other) => {
    const confidence = Math.exp((value - own) / temperature) / total;
    if (other !== symbol && confidence >= WORTH_NAMING) alternatives.push({ char: charOf(other), confidence });
  });
  alternatives.sort((a, b) => b.confidence - a.confidence);
  return { char: charOf(symbol), confidence: 1 / total, alternatives: alternatives.slice(0, 4) };
}
