/**
 * Which characters of a plate are taken for one another, and what one reading of a character makes us believe.
 *
 * Groups follow the glyphs of GA 36 and what readers confuse in practice (CCPD, Xu et al. 2018; issue trackers of open
 * readers): closed bowls, single strokes, provinces that share a radical or fall together when blurred, and 皖, which
 * readers trained on CCPD answer when they do not know.
 */
import { DIGITS, LETTERS, type PlateCharacter, PROVINCES, SUFFIXES } from './plate.ts';

const GROUPS: readonly string[] = [
  '0DQ',
  '8B',
  '2Z',
  '5S',
  '17TL',
  '6G',
  'VY',
  'MNHW',
  'UJ',
  'A4',
  'CG',
  'EF',
  'KX',
  'PR',
  '浙渝湘沪津',
  '苏赣皖',
  '京琼',
  '鲁鄂粤',
  '川贵',
  '晋青',
  '蒙豫',
  '甘吉',
  '桂陕',
  '闽云',
];
/** The answer of a reader that does not know the province. */
const UNKNOWN_PROVINCE = '皖';

const confusedWith = new Map<string, Set<string>>();
function confuse(a: string, b: string): void {
  if (a === b) return;
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const others = confusedWith.get(from) ?? new Set();
    others.add(to);
    confusedWith.set(from, others);
  }
}
for (const group of GROUPS) for (const a of group) for (const b of group) confuse(a, b);
for (const province of PROVINCES) confuse(province, UNKNOWN_PROVINCE);

export const isConfusable = (a: string, b: string): boolean => confusedWith.get(a)?.has(b) ?? false;

/** Nothing is ever surer than this, whatever a reader says of itself. */
const SUREST = 0.999;
/** Of what a reader leaves open, this share goes to characters that look like the one it named. */
const CONFUSED_SHARE = 0.7;

const provinces = [...PROVINCES];
const signs = [...LETTERS, ...DIGITS];
const lastSigns = [...signs, ...SUFFIXES];

/** What may stand at a position (GA 36): a province, then letters and digits, a suffix only last. */
export function alphabetAt(position: number, length: number): readonly string[] {
  if (position === 0) return provinces;
  return position === length - 1 ? lastSigns : signs;
}

/** A probability for every character: the named ones, and `rest` for each of the others. */
export interface Belief {
  named: ReadonlyMap<string, number>;
  rest: number;
  /** How many characters are possible here. */
  size: number;
}

/** What one reading says about one position; sums to 1. */
export function beliefOf(read: PlateCharacter, position: number, length: number): Belief {
  const size = alphabetAt(position, length).length;
  const named = new Map<string, number>([[read.char, Math.min(SUREST, Math.max(1 / size, read.confidence))]]);
  let open = 1 - (named.get(read.char) ?? 0);
  for (const { char, confidence } of read.alternatives) {
    const share = Math.min(open, confidence);
    if (share <= 0 || named.has(char)) continue;
    named.set(char, share);
    open -= share;
  }
  const alphabet = alphabetAt(position, length);
  const alike = alphabet.filter((char) => isConfusable(read.char, char) && !named.has(char));
  const toAlike = alike.length > 0 ? open * CONFUSED_SHARE : 0;
  for (const char of alike) named.set(char, toAlike / alike.length);
  const others = Math.max(1, size - named.size);
  return { named, rest: Math.max(1e-6, (open - toAlike) / others), size };
}

export const probabilityOf = (belief: Belief, char: string): number => belief.named.get(char) ?? belief.rest;
