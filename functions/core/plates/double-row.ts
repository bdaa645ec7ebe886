/**
 * Plates of two rows (GA 36-2018, figures of 大型汽车后号牌, 挂车, 摩托车; NY 345.1 for farm machinery): province and letter
 * above, five characters below. A reader of single lines reads them with the two rows set side by side.
 */
import { type Emissions, logLikelihood } from './ctc.ts';

/** A band of a plate: shares of its width and height. */
export interface Band {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Its share of a line that shows both bands side by side. */
  readonly share: number;
}

/**
 * On 440 x 220 mm the upper characters stand at 15-75 mm, the lower at 90-200 mm. The bands overlap a little and the own
 * reader was trained on exactly these (`doubleRow` on its card).
 */
export const UPPER_BAND: Band = { left: 0.19, right: 0.81, top: 0.02, bottom: 0.39, share: 44 / 128 };
export const LOWER_BAND: Band = { left: 0, right: 1, top: 0.36, bottom: 0.99, share: 84 / 128 };

/** Characters of the upper row: province and letter, or on farm plates province and two figures. */
export const upperCount = (length: number): number => (length === 8 ? 3 : 2);

/** Frames `from` (included) to `to` (not included). */
export const framesOf = ({ symbols, probabilities }: Emissions, from: number, to: number): Emissions => ({
  frames: to - from,
  symbols,
  probabilities: probabilities.subarray(from * symbols, to * symbols),
});

/** One line after the other. */
export function joined(first: Emissions, second: Emissions): Emissions {
  const probabilities = new Float64Array(first.probabilities.length + second.probabilities.length);
  probabilities.set(first.probabilities);
  probabilities.set(second.probabilities, first.probabilities.length);
  return { frames: first.frames + second.frames, symbols: first.symbols, probabilities };
}

/** A reader's frames look beyond their own columns: characters at the seam may show this many frames aside. */
const SEAM = 1;

/**
 * Natural logarithm of the probability that the first frames spell the upper row and the others the lower one. A plate of
 * one row taken for the lower half of two would spell all of its text in one band, and is unlikely here.
 */
export function rowsLogLikelihood(emissions: Emissions, labels: readonly number[]): number {
  const upper = upperCount(labels.length);
  const seam = Math.round(emissions.frames * UPPER_BAND.share);
  let best = Number.NEGATIVE_INFINITY;
  for (let at = seam - SEAM; at <= seam + SEAM; at++) {
    const above = logLikelihood(framesOf(emissions, 0, at), labels.slice(0, upper));
    best = Math.max(best, above + logLikelihood(framesOf(emissions, at, emissions.frames), labels.slice(upper)));
  }
  return best;
}
