/**
 * What may stand on a plate, as a set of patterns with one set of symbols per position (GA 36-2018, table 4 and annexes).
 * A prefix is followed by the bit set of patterns it can still become, so that a decoder never leaves the grammar.
 */
import { SYMBOLS, symbolsOf } from './alphabet.ts';
import { DIGITS, LETTERS, type PlateLayout, PROVINCES } from './plate.ts';

export interface Grammar {
  /** Symbols with the blank, which is 0. */
  readonly symbols: number;
  readonly maxLength: number;
  /** One bit for each pattern that allows symbol `s` at position `p`: `allowed[p * symbols + s]`. */
  readonly allowed: Uint32Array;
  /** One bit for each pattern that is complete at length `n`: `complete[n]`. */
  readonly complete: Uint32Array;
  /** How rare each pattern is: natural logarithm of a factor, 0 for what every street shows. */
  readonly logPriors: readonly number[];
}

/** The symbols allowed at each position, and how rare such a plate is (natural logarithm, at most 0). */
export interface Pattern {
  readonly positions: readonly (readonly number[])[];
  readonly logPrior: number;
}

/** All patterns alive, before the first symbol. */
export const ANY_PATTERN = 0xffffffff;

/** At most 31 patterns. */
export function defineGrammar(symbols: number, patterns: readonly Pattern[]): Grammar {
  const maxLength = Math.max(...patterns.map(({ positions }) => positions.length));
  const allowed = new Uint32Array(maxLength * symbols);
  const complete = new Uint32Array(maxLength + 1);
  patterns.forEach(({ positions }, index) => {
    const bit = 1 << index;
    positions.forEach((choices, position) => {
      for (const symbol of choices) {
        const at = position * symbols + symbol;
        allowed[at] = (allowed[at] ?? 0) | bit;
      }
    });
    complete[positions.length] = (complete[positions.length] ?? 0) | bit;
  });
  return { symbols, maxLength, allowed, complete, logPriors: patterns.map(({ logPrior }) => logPrior) };
}

/** The patterns `alive` that stay possible when `symbol` follows at `position`; 0 when none does. */
export const advance = ({ allowed, symbols, maxLength }: Grammar, alive: number, position: number, symbol: number) =>
  position < maxLength ? alive & (allowed[position * symbols + symbol] ?? 0) : 0;

/** The prior of the least rare pattern that `labels` fill; -Infinity when they fill none. */
export function logPriorOf(grammar: Grammar, labels: readonly number[]): number {
  let alive = ANY_PATTERN;
  for (let position = 0; position < labels.length; position++) {
    alive = advance(grammar, alive, position, labels[position] ?? 0);
    if (alive === 0) return Number.NEGATIVE_INFINITY;
  }
  const filled = alive & (grammar.complete[labels.length] ?? 0);
  return grammar.logPriors.reduce(
    (best, prior, index) => ((filled & (1 << index)) === 0 ? best : Math.max(best, prior)),
    Number.NEGATIVE_INFINITY,
  );
}

export const accepts = (grammar: Grammar, labels: readonly number[]): boolean =>
  logPriorOf(grammar, labels) > Number.NEGATIVE_INFINITY;

const set = (chars: string) => symbolsOf(chars) ?? [];
const province = set(PROVINCES);
const letter = set(LETTERS);
const digit = set(DIGITS);
const serial = [...letter, ...digit];
/** D A B C E: battery; F G H J K: other new energy (GA 36-2018, 4.7). */
const energy = set('DABCEFGHJK');

const pattern = (logPrior: number, ...positions: readonly (readonly number[])[]): Pattern => ({ positions, logPrior });

/** A tenth as frequent as an ordinary plate, as far as the readers are concerned; their word decides. */
const RARE = -2.3;

/** Blue, yellow, white and black plates: 浙A8K3F2. */
const ordinary = pattern(0, province, letter, serial, serial, serial, serial, serial);
/** Farm machinery, on two rows: 皖19 46673 (NY 345.1-2005). */
const farm = pattern(RARE, province, digit, digit, digit, digit, digit, digit, digit);

/** What stands on plates of one row, as it is written without the dot. */
export const PLATE_GRAMMAR: Grammar = defineGrammar(SYMBOLS, [
  ordinary,
  // Small new-energy car: the kind of drive first, then a letter or digit, then digits: 浙AF68205, 浙ADB8609.
  pattern(0, province, letter, energy, serial, digit, digit, digit, digit),
  // Large new-energy vehicle: the kind of drive last: 浙A12345D.
  pattern(0, province, letter, digit, digit, digit, digit, digit, energy),
  // Trailer, learner, police, consulate: 浙A8K3F挂.
  pattern(0, province, letter, serial, serial, serial, serial, set('挂学警领')),
  // Hong Kong and Macao cars on the mainland have the number of Guangdong: 粤ZF023港.
  pattern(0, set('粤'), set('Z'), serial, serial, serial, serial, set('港澳')),
  // Embassy, written either way: 224578使, 使224578.
  pattern(RARE, digit, digit, digit, digit, digit, digit, set('使')),
  pattern(RARE, set('使'), digit, digit, digit, digit, digit, digit),
  // The old O plates of public security offices; their O is written 0, as it looks: 粤0A2160.
  pattern(RARE, province, set('0'), serial, digit, digit, digit, digit),
]);

/** What stands on plates of two rows, upper row first. New-energy plates have one row only. */
export const DOUBLE_GRAMMAR: Grammar = defineGrammar(SYMBOLS, [
  ordinary,
  // Trailer, learner's and police motorcycle, consulate's motorcycle.
  pattern(0, province, letter, serial, serial, serial, serial, set('挂学警领')),
  farm,
]);

export const grammarOf = (layout: PlateLayout): Grammar => (layout === 'double' ? DOUBLE_GRAMMAR : PLATE_GRAMMAR);

export const isPlateText = (text: string): boolean => {
  const symbols = symbolsOf(text);
  return symbols !== null && (accepts(PLATE_GRAMMAR, symbols) || accepts(DOUBLE_GRAMMAR, symbols));
};
