/**
 * Whose chain of sightings is it? Strictly the voted plate. Only a chain that was read poorly, or stands alone with its
 * reading, may take over the plate another camera read better: the far camera's blurred view of a car must not make a
 * second incident of it.
 */
import { groupBy } from '../group-by.ts';
import type { CameraId } from '../ids.ts';
import type { PlateVote } from '../incident.ts';
import { comparePlates } from '../plates/compare.ts';
import { isConfusable } from '../plates/confusable.ts';
import { weakestCharacter } from '../plates/plate.ts';
import { bestGuess, type FrameRead, VOTE_GATE } from '../plates/vote.ts';
import type { Chain, Link } from './join.ts';

interface Candidate<T extends Link> {
  chain: Chain<T>;
  guess: PlateVote | null;
  /** How sure the weakest character is. */
  sure: number;
  /** The plate by its own reading. */
  own: string | null;
}

/** Gives each chain its plate as key, or null. */
export function identifyByPlate<T extends Link>(
  chains: readonly Chain<T>[],
  readsOf: (chain: Chain<T>) => readonly FrameRead[],
): Chain<T>[] {
  const candidates = chains.map((chain): Candidate<T> => {
    const guess = bestGuess(readsOf(chain));
    const sure = guess === null ? 0 : weakestCharacter(guess);
    return { chain, guess, sure, own: guess !== null && sure >= VOTE_GATE ? guess.text : null };
  });
  // Unread chains lend no plate and forbid none: a street of them must not cost the square of their number.
  const read = candidates.filter(({ guess }) => guess !== null);
  const byCamera = groupBy(read, ({ chain }) => chain.cameraId);
  return candidates.map((candidate) => ({ ...candidate.chain, key: keyOf(candidate, byCamera) }));
}

function keyOf<T extends Link>(
  candidate: Candidate<T>,
  byCamera: ReadonlyMap<CameraId, readonly Candidate<T>[]>,
): string | null {
  const { chain, own, guess } = candidate;
  if (guess === null) return null;
  const elsewhere = [...byCamera].flatMap(([cameraId, others]) =>
    cameraId === chain.cameraId ? [] : others.filter((other) => meet(other.chain, chain)),
  );
  if (own !== null && elsewhere.some((other) => other.own === own)) return own;
  const keys = new Set<string>();
  for (const other of elsewhere) {
    const isBetter = other.own !== null && other.sure > candidate.sure;
    const isEqual = own === null && other.own === null && other.guess?.text === guess.text;
    if (!(isBetter || isEqual) || other.guess === null || !isSamePlate(guess, other.guess)) continue;
    // Seen by this very camera as another vehicle at the same time: then it is not this one.
    const isAnothers = byCamera
      .get(chain.cameraId)
      ?.some((here) => here !== candidate && here.guess?.text === other.guess?.text && meet(here.chain, chain));
    if (isAnothers !== true) keys.add(other.guess.text);
  }
  const [key, ...more] = keys;
  return key !== undefined && more.length === 0 ? key : own;
}

/** The same text, or apart in one character that readers confuse and of which neither reading is certain. */
function isSamePlate(a: PlateVote, b: PlateVote): boolean {
  const { verdict, conflicts } = comparePlates(a, b);
  if (verdict === 'same') return true;
  if (verdict === 'different' || conflicts > 0 || a.characters.length !== b.characters.length) return false;
  const apart = a.characters.flatMap((left, position) => {
    const right = b.characters[position];
    return right === undefined || right.char === left.char ? [] : [{ left, right }];
  });
  return (
    apart.length <= 1 &&
    apart.every(
      ({ left, right }) => isConfusable(left.char, right.char) || names(left, right.char) || names(right, left.char),
    )
  );
}

const names = ({ alternatives }: PlateVote['characters'][number], char: string): boolean =>
  alternatives.some((alternative) => alternative.char === char && alternative.confidence >= 0.1);

/** Whether two chains overlap in time. */
function meet<T extends Link>(a: Chain<T>, b: Chain<T>): boolean {
  const [fromA, toA] = [a.links[0]?.capturedAt ?? 0, a.links.at(-1)?.capturedAt ?? 0];
  const [fromB, toB] = [b.links[0]?.capturedAt ?? 0, b.links.at(-1)?.capturedAt ?? 0];
  return fromA <= toB && fromB <= toA;
}
