/**
 * How likely a pair of sightings is one vehicle that did not move: that it is the same vehicle, and that it stands where it
 * stood. The two are asked apart, because a plate proves who it is and not where. Within each, logarithms of odds add
 * up: what the time between the frames leaves open, and what each fact says for (> 0) or against (< 0) it. A fact that
 * is missing says nothing.
 */
import type { PairFacts } from './pair.ts';

/** Mean time that a vehicle stays at a kerb. Milliseconds. An assumption: labelled pairs have no natural times. */
const MEAN_STAY = 3_600_000;
/** Longer gaps count as this: that nobody looked makes a stay doubtful, and never by itself cuts it. Milliseconds. */
const LONGEST_GAP = 2 * MEAN_STAY;

interface Term {
  /** Change of the log-odds for each unit. */
  weight: number;
  /** The value that says nothing. */
  neutral: number;
  /** Beyond these the fact says no more: no single one decides alone. */
  least: number;
  most: number;
}
type Measured = 'overlap' | 'shift' | 'growth' | 'spot' | 'appearance';
type Terms = readonly (readonly [Measured, Term])[];

/** The same vehicle. */
const IDENTITY: Terms = [
  ['overlap', { weight: 4, neutral: 0.7, least: 0, most: 1 }],
  ['spot', { weight: 12, neutral: 0.65, least: 0.2, most: 1 }],
  ['appearance', { weight: 15, neutral: 0.88, least: 0.65, most: 1 }],
];
const PLATES: Readonly<Record<PairFacts['plate'], number>> = { same: 5, unknown: 0, slip: -1.5, different: -6 };

/** Where it stood. */
const POSITION: Terms = [
  ['overlap', { weight: 8, neutral: 0.7, least: 0, most: 1 }],
  ['shift', { weight: -12, neutral: 0.1, least: 0, most: 0.6 }],
  ['growth', { weight: -5, neutral: 0.15, least: 0, most: 0.8 }],
  ['spot', { weight: 12, neutral: 0.65, least: 0.2, most: 1 }],
];

/** Below this probability a pair is two stays: another vehicle, or it moved. */
export const BROKEN_BELOW = 0.05;

/** 0..1. Falls as gap, shift and growth grow; rises with overlap and likeness. */
export const unbrokenProbability = (facts: PairFacts): number => {
  const { identity, position } = logOddsOf(facts);
  return sigmoid(identity) * sigmoid(position);
};

export function logOddsOf(facts: PairFacts): { identity: number; position: number } {
  const prior = priorOf(facts.gap);
  return {
    identity: prior + sumOf(IDENTITY, facts) + PLATES[facts.plate],
    position: prior + sumOf(POSITION, facts),
  };
}

function priorOf(gap: number): number {
  const gone = -Math.expm1(-Math.min(LONGEST_GAP, Math.max(1000, gap)) / MEAN_STAY);
  return Math.log((1 - gone) / gone);
}

function sumOf(terms: Terms, facts: PairFacts): number {
  let sum = 0;
  for (const [name, { weight, neutral, least, most }] of terms) {
    const value = facts[name];
    if (value !== null) sum += weight * (Math.min(most, Math.max(least, value)) - neutral);
  }
  return sum;
}

const sigmoid = (logOdds: number) => 1 / (1 + Math.exp(-logOdds));
