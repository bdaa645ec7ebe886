/**
 * What a reading of letters and digits says about ours. A second reader knows neither plates nor Chinese characters: its text
 * comes in pieces, with the dot between, with a badge beside, with O for 0. So it is held against what we read, character by
 * character, and only where a plate could show what it says.
 */
import type { Point } from '../camera.ts';
import { isPlateText } from './grammar.ts';
import { DIGITS, LETTERS, type PlateRead, plateText } from './plate.ts';
import type { HeardCharacter, SecondOpinion, SecondReading, TextPiece } from './second-reader.ts';

/** A piece below this is a guess, and says nothing of its characters. */
const GUESSED = 0.5;

const COMPARABLE = new Set([...LETTERS, ...DIGITS]);

/** Letters and digits: what such a reader can read. */
export const isComparable = (char: string): boolean => COMPARABLE.has(char);

/** Without a second opinion nothing is known; with one nothing of `ours` changes. */
export function opinionOf(reading: SecondReading, ours: Pick<PlateRead, 'characters'>): SecondOpinion {
  if (reading.kind === 'unavailable') return reading;
  const { reader, pieces } = reading;
  const text = plateText(ours);
  const positions = [...text].flatMap((char, position) => (isComparable(char) ? [position] : []));
  const best = windows(charactersOf(pieces), positions.length)
    .map((window) => held(window, text, positions))
    .reduce<Held | null>((most, one) => (most === null || isNearer(one, most) ? one : most), null);
  if (best === null) return { kind: 'unread', reader };
  const { characters, same, other } = best;
  if (other > 0 && same >= positions.length / 2) return { kind: 'disagrees', reader, characters };
  if (same === positions.length && same > 0) return { kind: 'agrees', reader, characters };
  return { kind: 'unread', reader };
}

/** A run of what was heard, as it lies on our characters. */
interface Held {
  readonly characters: readonly (HeardCharacter | null)[];
  readonly same: number;
  readonly other: number;
  readonly confidence: number;
}

function held(window: readonly (HeardCharacter | null)[], text: string, positions: readonly number[]): Held {
  const characters: (HeardCharacter | null)[] = Array.from({ length: text.length }, () => null);
  let [same, other, confidence] = [0, 0, 0];
  for (const [index, position] of positions.entries()) {
    const heard = window[index] ?? null;
    if (heard === null || !couldStand(heard.char, position, text)) continue;
    characters[position] = heard;
    confidence += heard.confidence;
    if (heard.char === text[position]) same += 1;
    else other += 1;
  }
  return { characters, same, other, confidence };
}

/** The run that lies best, for us: to find a difference is not to look for one. */
const isNearer = (a: Held, b: Held): boolean =>
  a.same !== b.same ? a.same > b.same : a.other !== b.other ? a.other < b.other : a.confidence > b.confidence;

/** Whether a plate could show it there, all others being as we read them: no O, no letter among the digits of new energy. */
const couldStand = (char: string, position: number, text: string): boolean =>
  char === text[position] || isPlateText(text.slice(0, position) + char + text.slice(position + 1));

function windows<T>(all: readonly T[], length: number): (readonly T[])[] {
  const count = length === 0 ? 0 : Math.max(0, all.length - length + 1);
  return Array.from({ length: count }, (_, start) => all.slice(start, start + length));
}

/** What was read, in the order one reads it; null for what is no letter or digit of any plate, or a guess. */
function charactersOf(pieces: readonly TextPiece[]): (HeardCharacter | null)[] {
  const words = pieces.filter(({ kind }) => kind === 'word');
  return inReadingOrder(words.length > 0 ? words : pieces).flatMap(({ text, confidence }) =>
    [...text].flatMap((sign) => {
      const char = asOnPlates(sign);
      if (char === undefined) return [];
      return [char === null || confidence < GUESSED ? null : { char, confidence }];
    }),
  );
}

/** Small letters that look like their capitals. The others have a shape that no plate shows. */
const LIKE_CAPITALS = 'ckpsuvwxz';

/** Undefined for what is no character: the dot, spaces, strokes. */
function asOnPlates(sign: string): string | null | undefined {
  // I and O are not used (GA 36-2018, 4.7); a small l is the stroke of a 1.
  if (/^[Oo]$/.test(sign)) return '0';
  if (/^[Iil|]$/.test(sign)) return '1';
  if (isComparable(sign)) return sign;
  if (LIKE_CAPITALS.includes(sign)) return sign.toUpperCase();
  return /^[a-z]$/.test(sign) ? null : undefined;
}

/** Row by row along the text's own direction; the order in which pieces came does not matter. */
function inReadingOrder(pieces: readonly TextPiece[]): readonly TextPiece[] {
  const place = placing(pieces);
  const placed = pieces
    .map((piece) => ({ piece, ...place(centreOf(piece)) }))
    .sort((a, b) => a.down - b.down || a.along - b.along || compare(a.piece.text, b.piece.text));
  const rows: (typeof placed)[] = [];
  for (const one of placed) {
    const row = rows.at(-1);
    const first = row?.[0];
    if (row !== undefined && first !== undefined && one.down - first.down < SAME_ROW) row.push(one);
    else rows.push([one]);
  }
  return rows.flatMap((row) => row.sort((a, b) => a.along - b.along || a.down - b.down).map(({ piece }) => piece));
}

/** Of the height of the longest piece, from centre to centre. */
const SAME_ROW = 0.5;

/** Coordinates along and down the longest piece, in its own length and height: shares of a picture are not square. */
function placing(pieces: readonly TextPiece[]): (point: Point) => { along: number; down: number } {
  const longest = pieces
    .filter(({ outline }) => outline.length === 4)
    .reduce<TextPiece | null>((most, one) => (most === null || byLength(one, most) < 0 ? one : most), null);
  const [origin, right, , below] = longest?.outline ?? [];
  if (origin === undefined || right === undefined || below === undefined) return ([x, y]) => ({ along: x, down: y });
  const [ax, ay, dx, dy] = [right[0] - origin[0], right[1] - origin[1], below[0] - origin[0], below[1] - origin[1]];
  const area = ax * dy - ay * dx;
  if (Math.abs(area) < 1e-9) return ([x, y]) => ({ along: x, down: y });
  return ([x, y]) => {
    const [px, py] = [x - origin[0], y - origin[1]];
    return { along: (px * dy - py * dx) / area, down: (ax * py - ay * px) / area };
  };
}

const byLength = (a: TextPiece, b: TextPiece): number => {
  const [[ax, ay], [bx, by]] = [centreOf(a), centreOf(b)];
  return b.text.length - a.text.length || ax - bx || ay - by || compare(a.text, b.text);
};

function centreOf({ outline }: TextPiece): Point {
  const count = Math.max(1, outline.length);
  return [outline.reduce((sum, [x]) => sum + x, 0) / count, outline.reduce((sum, [, y]) => sum + y, 0) / count];
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
