/**
 * How likely a pair of sightings is one vehicle that did not move: that it is the same vehicle, and that it stands where it
 * stood. The two are asked apart, because a plate proves who it is and not where. Within each, logarithms of odds add
 * up: what the time between the frames leaves open, and what each fact says for (> 0) or against (< 0) it. A fact that
 * is missing says nothing.
 */
import type { PairFacts } from './pair.ts';

/** Mean time that a vehicle stays at a kerb. Milliseconds. An assumption: labelled pairs have no natural times. */
const MEAN_STAY = 3_600_000;
/** Longer gaps count as this. Milliseconds. */
const LONGEST_GAP = 2 * MEAN_STAY;

export interface Term {
  /** Change of the log-odds for each unit. */
  weight: number;
  /** The value that says nothing. */
  neutral: number;
  /** Beyond these the fact says no more: no single one decides alone. */
  least: number;
  most: number;
}
export type Measured = 'overlap' | 'shift' | 'growth' | 'spot' | 'appearance';
export type Terms = readonly (readonly [Measured, Term])[];

/** The same vehicle. */
export const IDENTITY: Terms = [
  ['overlap', { weight: 4, neutral: 0.72, least: 0, most: 1 }],
  ['spot', { weight: 25, neutral: 0.82, least: 0.6, most: 1 }],
  ['appearance', { weight: 4, neutral: 0.84, least: 0.6, most: 1 }],
];
const PLATES: Readonly<Record<PairFacts['plate'], number>> = { same: 6, unknown: 0, slip: -1.5, different: -6 };

/** Where it stood. */
export const POSITION: Terms = [
  ['overlap', { weight: 4, neutral: 0.72, least: 0, most: 1 }],
  ['shift', { weight: -8, neutral: 0.12, least: 0, most: 0.6 }],
  ['growth', { weight: -4, neutral: 0.15, least: 0, most: 0.8 }],
  ['spot', { weight: 30, neutral: 0.82, least: 0.65, most: 1 }],
];

/** Below this probability, at even odds beforehand, a pair is two stays: another vehicle, or it moved. */
export const BROKEN_BELOW = 0.05;

/** What is weighed, and the log-odds of each half before anything is: even. */
const MODEL = { identity: IDENTITY, position: POSITION, beforehand: 0 };
/** Between the ends of a chain whose links all hold: what remains to be asked is whether small steps added up. */
export const ENDS = { ...MODEL, beforehand: 3 };

/**
 * 0..1. Falls as gap, shift and growth grow; rises with overlap and likeness.
 * @param model other weights, for those who choose them
 */
export function unbrokenProbability(facts: PairFacts, model: typeof MODEL = MODEL): number {
  const prior = model.beforehand + priorOf(facts.gap);
  const identity = prior + sumOf(model.identity, facts) + PLATES[facts.plate];
  return sigmoid(identity) * sigmoid(prior + sumOf(model.position, facts));
}

/**
 * Even odds, however short the gap: what nothing speaks for is not proven. After so long that most have left, the odds
 * are that of having stayed (exponential).
 */
function priorOf(gap: number): number {
  const gone = -Math.expm1(-Math.min(LONGEST_GAP, gap) / MEAN_STAY);
  return gone <= 0.5 ? 0 : Math.log((1 - gone) / gone);
}

function sumOf(terms: Terms, facts: PairFacts): number {
  let sum = 0;
  for (const [name, term] of terms) {
    const value = facts[name];
    if (value !== null) sum += term.weight * (Math.min(term.most, Math.max(term.least, value)) - term.neutral);
  }
  return sum;
}

const sigmoid = (logOdds: number) => 1 / (1 + Math.exp(-logOdds));
