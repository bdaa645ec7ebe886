/**
 * One plate from the readings of many frames.
 *
 * Every position is voted by itself, with all alternatives a reader named. Frames are not independent witnesses: the
 * same blur, dirt or shadow makes the same mistake each time. So the second reading that says the same counts half, the
 * third a quarter: any number of frames at most doubles the logarithm of the odds of the best one. A frame that saw
 * nothing clearly adds nothing and takes nothing.
 */
import type { FrameId } from '../ids.ts';
import type { PlateVote } from '../incident.ts';
import { alphabetAt, evidenceOf } from './confusable.ts';
import { type PlateCharacter, type PlateColor, type PlateRead, plateText, weakestCharacter } from './plate.ts';

/**
 * The weakest character of a vote must reach this, else nobody is told a plate and the reviewer types it. A wrong plate
 * costs a stranger a penalty, a missing one costs the reviewer seven key strokes. Measured on 254 labelled crops read once
 * (dev set, mostly EasyPR): of 239 that pass, 234 are right; without the gate 240 of 254.
 */
export const VOTE_GATE = 0.8;

/** Length 7 or 8 must have this share of the votes for length. */
const LENGTH_MAJORITY = 0.6;
/** What each further reading of the same opinion is worth against the one before. */
const REPETITION = 0.5;
const ALTERNATIVES_KEPT = 3;
/** The surest readings decide; what a further one would add is below any rounding. */
const MOST_VOTERS = 24;

export interface FrameRead {
  frameId: FrameId;
  read: PlateRead;
}

/** The plate, or null when its weakest character stays below {@link VOTE_GATE}. Order and repetition of frames do not matter. */
export function votePlate(reads: readonly FrameRead[]): PlateVote | null {
  const vote = bestGuess(reads);
  return vote !== null && weakestCharacter(vote) >= VOTE_GATE ? vote : null;
}

/** What {@link votePlate} found before its gate: good enough to compare by, not to accuse by. */
export function bestGuess(reads: readonly FrameRead[]): PlateVote | null {
  const whole = onceAFrame(reads).filter(({ characters: { length } }) => length === 7 || length === 8);
  const length = votedLength(whole);
  if (length === null) return null;
  const voters = whole.filter(({ characters }) => characters.length === length);
  const surest = voters.slice(0, MOST_VOTERS);
  const characters = Array.from({ length }, (_, position) => voteCharacter(surest, position));
  return {
    text: plateText({ characters }),
    characters,
    color: votedColor(voters),
    confidence: characters.reduce((product, { confidence }) => product * confidence, 1),
    reads: voters.length,
  };
}

/** One reading a frame, the surest; in an order that depends on nothing but the readings. */
export function onceAFrame(reads: readonly FrameRead[]): PlateRead[] {
  const best = new Map<FrameId, PlateRead>();
  for (const { frameId, read } of reads) {
    const known = best.get(frameId);
    if (known === undefined || bySureness(read, known) < 0) best.set(frameId, read);
  }
  return [...best.values()].sort(bySureness);
}

function bySureness(a: PlateRead, b: PlateRead): number {
  const [textA, textB] = [plateText(a), plateText(b)];
  return (
    b.confidence - a.confidence ||
    weakestCharacter(b) - weakestCharacter(a) ||
    compareText(textA, textB) ||
    // Of two sights of one plate, which was asked about may differ.
    compareText(JSON.stringify(a.second ?? null), JSON.stringify(b.second ?? null))
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Sum of the terms, the largest whole, each further one worth less. Sorts its argument. */
function dampedSum(terms: number[]): number {
  terms.sort((a, b) => Math.abs(b) - Math.abs(a));
  let sum = 0;
  for (let i = terms.length - 1; i >= 0; i--) sum = sum * REPETITION + (terms[i] ?? 0);
  return sum;
}

function votedLength(reads: readonly PlateRead[]): number | null {
  const weightOf = (length: number) =>
    dampedSum(reads.filter(({ characters }) => characters.length === length).map(weakestCharacter));
  const [seven, eight] = [weightOf(7), weightOf(8)];
  if (seven + eight === 0) return null;
  if (Math.max(seven, eight) / (seven + eight) < LENGTH_MAJORITY) return null;
  return seven >= eight ? 7 : 8;
}

/** Mean sureness of its characters (geometric) from which a reading has its full say, and below which next to none. */
const LEGIBLE = 0.85;
const ILLEGIBLE = 0.5;
const LEAST_SAY = 0.05;

/**
 * What a reading's word on one character is worth, by how well it saw the others: who sees a smear still finds a 1 or a 0
 * in it, the same ones in each frame, and surely so, and any number of them must not outvote the frame that shows the plate.
 */
function sayOf({ characters }: PlateRead): number {
  const logarithms = characters.reduce((sum, { confidence }) => sum + Math.log(Math.max(1e-6, confidence)), 0);
  const legibility = Math.exp(logarithms / characters.length);
  return Math.min(1, Math.max(LEAST_SAY, (legibility - ILLEGIBLE) / (LEGIBLE - ILLEGIBLE)));
}

function voteCharacter(voters: readonly PlateRead[], position: number): PlateCharacter {
  const evidence = voters.map((read) => ({
    say: sayOf(read),
    logarithms: evidenceOf(read.characters).logarithms[position],
  }));
  const scored = alphabetAt(position).map((char, index) => {
    const [support, doubt]: [number[], number[]] = [[], []];
    for (const { say, logarithms } of evidence) {
      const term = say * (logarithms?.[index] ?? 0);
      (term > 0 ? support : doubt).push(term);
    }
    return { char, score: dampedSum(support) + dampedSum(doubt) };
  });
  scored.sort((a, b) => b.score - a.score || (a.char < b.char ? -1 : 1));
  const top = scored[0]?.score ?? 0;
  const total = scored.reduce((sum, { score }) => sum + Math.exp(score - top), 0);
  const [best, ...others] = scored.map(({ char, score }) => ({ char, confidence: Math.exp(score - top) / total }));
  return {
    char: best?.char ?? '',
    confidence: best?.confidence ?? 0,
    alternatives: others.slice(0, ALTERNATIVES_KEPT).filter(({ confidence }) => confidence >= 0.005),
  };
}

function votedColor(voters: readonly PlateRead[]): PlateColor | null {
  const weights = new Map<PlateColor, number>();
  for (const { color, confidence } of voters) {
    if (color !== null) weights.set(color, (weights.get(color) ?? 0) + Math.max(0.01, confidence));
  }
  const [best] = [...weights].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return best?.[0] ?? null;
}
