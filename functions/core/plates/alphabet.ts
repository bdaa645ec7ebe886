/**
 * The symbols a plate reader chooses among: 31 provinces, 24 letters, 10 digits, 8 suffixes, in the order the reader's
 * outputs have. Symbol 0 is the CTC blank; symbol `i` is `PLATE_ALPHABET[i - 1]`.
 */
import { DIGITS, LETTERS, SUFFIXES } from './plate.ts';

/** The training order of our reader; `PROVINCES` holds the same characters in the order of the standard. */
const PROVINCES_AS_TRAINED = '京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新';

export const PLATE_ALPHABET: readonly string[] = [...PROVINCES_AS_TRAINED, ...LETTERS, ...DIGITS, ...SUFFIXES];

export const BLANK = 0;
/** Blank included. */
export const SYMBOLS = PLATE_ALPHABET.length + 1;

const symbolOf = new Map(PLATE_ALPHABET.map((char, index) => [char, index + 1]));

/** The symbols of `text`; null when a character is on no plate (I and O among them). */
export function symbolsOf(text: string): number[] | null {
  const symbols: number[] = [];
  for (const char of text) {
    const symbol = symbolOf.get(char);
    if (symbol === undefined) return null;
    symbols.push(symbol);
  }
  return symbols;
}

export const charOf = (symbol: number): string => PLATE_ALPHABET[symbol - 1] ?? '';
