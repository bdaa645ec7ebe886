/**
 * What may stand on a plate, as a set of patterns with one set of symbols per position (GA 36-2018, table 4 and annexes).
 * A prefix is followed by the bit set of patterns it can still become, so that a decoder never leaves the grammar.
 */
import { SYMBOLS, symbolsOf } from './alphabet.ts';
import { DIGITS, LETTERS, PROVINCES } from './plate.ts';

export interface Grammar {
  /** Symbols with the blank, which is 0. */
  readonly symbols: number;
  readonly maxLength: number;
  /** One bit for each pattern that allows symbol `s` at position `p`: `allowed[p * symbols + s]`. */
  readonly allowed: Uint32Array;
  /** One bit for each pattern that is complete at length `n`: `complete[n]`. */
  readonly complete: Uint32Array;
}

/** All patterns alive, before the first symbol. */
export const ANY_PATTERN = 0xffffffff;

/** A pattern is a list of positions, each the symbols allowed there. At most 31 patterns. */
export function defineGrammar(symbols: number, patterns: readonly (readonly (readonly number[])[])[]): Grammar {
  const maxLength = Math.max(...patterns.map((pattern) => pattern.length));
  const allowed = new Uint32Array(maxLength * symbols);
  const complete = new Uint32Array(maxLength + 1);
  patterns.forEach((pattern, index) => {
    const bit = 1 << index;
    pattern.forEach((choices, position) => {
      for (const symbol of choices) {
        const at = position * symbols + symbol;
        allowed[at] = (allowed[at] ?? 0) | bit;
      }
    });
    complete[pattern.length] = (complete[pattern.length] ?? 0) | bit;
  });
  return { symbols, maxLength, allowed, complete };
}

/** The patterns `alive` that stay possible when `symbol` follows at `position`; 0 when none does. */
export const advance = ({ allowed, symbols, maxLength }: Grammar, alive: number, position: number, symbol: number) =>
  position < maxLength ? alive & (allowed[position * symbols + symbol] ?? 0) : 0;

export function accepts(grammar: Grammar, labels: readonly number[]): boolean {
  let alive = ANY_PATTERN;
  for (let position = 0; position < labels.length; position++) {
    alive = advance(grammar, alive, position, labels[position] ?? 0);
    if (alive === 0) return false;
  }
  return (alive & (grammar.complete[labels.length] ?? 0)) !== 0;
}

const set = (chars: string) => symbolsOf(chars) ?? [];
const province = set(PROVINCES);
const letter = set(LETTERS);
const digit = set(DIGITS);
const serial = [...letter, ...digit];
/** D A B C E: battery; F G H J K: other new energy (GA 36-2018, 4.7). */
const energy = set('DABCEFGHJK');

/** Every plate this program reads, by the row it has when written without the dot. */
export const PLATE_GRAMMAR: Grammar = defineGrammar(SYMBOLS, [
  // Blue, yellow, white and black plates: 浙A8K3F2.
  [province, letter, serial, serial, serial, serial, serial],
  // Trailer, learner, police, consulate: 浙A8K3F挂.
  [province, letter, serial, serial, serial, serial, set('挂学警领')],
  // Hong Kong and Macao cars on the mainland have the number of Guangdong: 粤ZF023港.
  [set('粤'), set('Z'), serial, serial, serial, serial, set('港澳')],
  // Embassy: 224578使.
  [digit, digit, digit, digit, digit, digit, set('使')],
  // Small new-energy car: the kind of drive first, then a letter or digit, then digits: 浙AF68205, 浙ADB8609.
  [province, letter, energy, serial, digit, digit, digit, digit],
  // Large new-energy vehicle: the kind of drive last: 浙A12345D.
  [province, letter, digit, digit, digit, digit, digit, energy],
]);

export const isPlateText = (text: string): boolean => {
  const symbols = symbolsOf(text);
  return symbols !== null && accepts(PLATE_GRAMMAR, symbols);
};
