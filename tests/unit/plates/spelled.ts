/** What a reader would say, written down. */
import { SYMBOLS, symbolsOf } from '#core/plates/alphabet.ts';
import type { Emissions } from '#core/plates/ctc.ts';

/** Frames that spell `text`, a blank after each; `doubts` puts other characters beside one of them. */
export function spelled(
  text: string,
  doubts: Readonly<Record<number, Readonly<Record<string, number>>>> = {},
): Emissions {
  const symbols = symbolsOf(text) ?? [];
  const probabilities = new Float64Array(symbols.length * 2 * SYMBOLS).fill(1e-6);
  symbols.forEach((symbol, position) => {
    let rest = 1;
    for (const [char, probability] of Object.entries(doubts[position] ?? {})) {
      probabilities[position * 2 * SYMBOLS + (symbolsOf(char)?.[0] ?? 0)] = probability;
      rest -= probability;
    }
    probabilities[position * 2 * SYMBOLS + symbol] = rest;
    probabilities[(position * 2 + 1) * SYMBOLS] = 1;
  });
  return { frames: symbols.length * 2, symbols: SYMBOLS, probabilities };
}
