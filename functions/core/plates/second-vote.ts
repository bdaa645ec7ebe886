/**
 * What a second reader's words change about a plate that many frames voted: it may become less sure, so that nobody is told it and
 * an officer types it. It never becomes surer, and never another: how often the service errs on Chinese plates is not measured.
 */

import { groupBy } from '../group-by.ts';
import type { PlateVote } from '../incident.ts';
import { type PlateRead, weakestCharacter } from './plate.ts';
import type { HeardCharacter, ReaderVersion, SecondOpinion, SecondSaid, SecondVote } from './second-reader.ts';
import { isComparable } from './second-reading.ts';
import { bestGuess, type FrameRead, onceAFrame, VOTE_GATE } from './vote.ts';

export interface PlateVerdict {
  /** What is told; null when our own readers or the second make a character too unsure. */
  readonly plate: PlateVote | null;
  /** Absent when none was asked. */
  readonly second?: SecondVote;
}

/** At most this share of a character's confidence goes: two sure readers who disagree leave one half (core/plates/fuse.ts). */
const MOST_DOUBT = 0.5;

/** The plate by our own readers, and what a second one leaves of it. Order and repetition of frames do not matter. */
export function judgePlate(reads: readonly FrameRead[]): PlateVerdict {
  const guess = bestGuess(reads);
  const own = passing(guess);
  const asked = onceAFrame(reads).flatMap(({ characters, second }) =>
    second === undefined ? [] : [{ second, length: characters.length }],
  );
  if (asked.length === 0) return { plate: own };
  const heard = asked.map(({ second, length }) => against(second, length === guess?.characters.length ? guess : null));
  const second: SecondVote = {
    readers: distinct(asked.map(({ second: { reader } }) => reader)),
    frames: countsOf(heard),
    differences: differencesOf(heard, guess),
    own: own?.text ?? null,
  };
  return { plate: own === null ? null : passing(doubted(own, heard)), second };
}

/** All frames in one word: one that differs is not outvoted by those that do not. */
export function saidOfAll({ frames }: Pick<SecondVote, 'frames'>): SecondSaid {
  return SECOND_SAID_FIRST.find((said) => frames[said] > 0) ?? 'unread';
}

const SECOND_SAID_FIRST: readonly SecondSaid[] = ['disagrees', 'agrees', 'unread', 'unavailable'];

const passing = (vote: PlateVote | null): PlateVote | null =>
  vote !== null && weakestCharacter(vote) >= VOTE_GATE ? vote : null;

interface Heard {
  readonly kind: SecondSaid;
  /** On the characters of the vote; empty when it says nothing of them. */
  readonly characters: readonly (HeardCharacter | null)[];
}

/** What was said of one frame's reading, held against the vote, which may know better than that frame. */
function against(second: SecondOpinion, guess: Pick<PlateVote, 'characters'> | null): Heard {
  if (second.kind === 'unread' || second.kind === 'unavailable') return { kind: second.kind, characters: [] };
  if (guess === null) return { kind: 'unread', characters: [] };
  const { characters } = second;
  const differs = guess.characters.some(({ char }, at) => (characters[at]?.char ?? char) !== char);
  const isWhole = guess.characters.every(({ char }, at) => characters[at]?.char === char || !isComparable(char));
  return { kind: differs ? 'disagrees' : isWhole ? 'agrees' : 'unread', characters };
}

function doubted(own: PlateVote, heard: readonly Heard[]): PlateVote {
  const characters = own.characters.map((character, position) => {
    const factor = 1 - MOST_DOUBT * doubtAt(position, character.char, heard);
    return factor === 1 ? character : { ...character, confidence: character.confidence * factor };
  });
  const confidence = characters.reduce((product, one) => product * one.confidence, 1);
  return { ...own, characters, confidence };
}

/** 0 where nobody says otherwise, 1 where everybody does, surely: the share of those who do, by how sure the surest is. */
function doubtAt(position: number, char: string, heard: readonly Heard[]): number {
  const said = heard.flatMap(({ characters }) => characters[position] ?? []);
  const confidences = (isSame: boolean) =>
    said.filter((one) => (one.char === char) === isSame).map(({ confidence }) => confidence);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const [against, all] = [confidences(false), said.map(({ confidence }) => confidence)];
  return against.length === 0 ? 0 : (sum(against) / sum(all)) * Math.max(...against);
}

function countsOf(heard: readonly Heard[]): SecondVote['frames'] {
  const count = (kind: SecondSaid) => heard.filter((one) => one.kind === kind).length;
  return {
    agrees: count('agrees'),
    disagrees: count('disagrees'),
    unread: count('unread'),
    unavailable: count('unavailable'),
  };
}

function differencesOf(
  heard: readonly Heard[],
  guess: Pick<PlateRead, 'characters'> | null,
): SecondVote['differences'] {
  return (guess?.characters ?? []).flatMap(({ char: ours }, at) => {
    const theirs = heard.flatMap(({ characters }) => characters[at]?.char ?? []).filter((char) => char !== ours);
    return [...groupBy(theirs, (char) => char)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([char, frames]) => ({ position: at + 1, ours, theirs: char, frames: frames.length }));
  });
}

function distinct(readers: readonly ReaderVersion[]): ReaderVersion[] {
  const known = new Map(readers.map((reader) => [JSON.stringify([reader.name, reader.version ?? '']), reader]));
  return [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reader]) => reader);
}
