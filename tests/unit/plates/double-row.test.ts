import { describe, expect, it } from 'vitest';
import { PLATE_ALPHABET, SYMBOLS, symbolsOf } from '#core/plates/alphabet.ts';
import { type Emissions, grammarBeam, logLikelihood } from '#core/plates/ctc.ts';
import { framesOf, joined, rowsLogLikelihood } from '#core/plates/double-row.ts';
import { accepts, DOUBLE_GRAMMAR, PLATE_GRAMMAR } from '#core/plates/grammar.ts';

/** Frames that spell `text`, one character a frame, '-' the blank, each `sure`. */
function spelled(text: string, sure = 0.9): Emissions {
  const rows = [...text].map((char) => {
    const row = new Float64Array(SYMBOLS).fill((1 - sure) / (SYMBOLS - 1));
    row[char === '-' ? 0 : PLATE_ALPHABET.indexOf(char) + 1] = sure;
    return row;
  });
  return {
    frames: rows.length,
    symbols: SYMBOLS,
    probabilities: Float64Array.from(rows.flatMap((row) => [...row])),
  };
}

const labels = (text: string) => symbolsOf(text) ?? [];

describe('two rows read as one line', () => {
  // 32 frames, the seam after the eleventh.
  const plate = joined(spelled('--浙---A----'), spelled('-8---K---3---F---2---'));

  it('spells the upper row, then the lower', () => {
    expect(grammarBeam(plate, DOUBLE_GRAMMAR)[0]?.labels).toEqual(labels('浙A8K3F2'));
    expect(rowsLogLikelihood(plate, labels('浙A8K3F2'))).toBeCloseTo(logLikelihood(plate, labels('浙A8K3F2')), 1);
  });

  it('lets a character at the seam show a frame aside', () => {
    const late = joined(spelled('--浙--------'), spelled('A-8--K---3---F---2---'));
    expect(rowsLogLikelihood(late, labels('浙A8K3F2'))).toBeGreaterThan(-5);
  });

  it('does not take one row found in the lower band for two', () => {
    const single = joined(spelled('-----------'), spelled('浙--A--8--K--3--F--2--'));
    expect(logLikelihood(single, labels('浙A8K3F2'))).toBeGreaterThan(-5);
    expect(rowsLogLikelihood(single, labels('浙A8K3F2'))).toBeLessThan(-10);
  });

  it('knows that farm plates have three characters above', () => {
    const farm = joined(spelled('-皖--1--9---'), spelled('-4---6-6---7---3-----'));
    expect(rowsLogLikelihood(farm, labels('皖1946673'))).toBeGreaterThan(-5);
  });

  it('takes any run of frames', () => {
    expect(framesOf(plate, 11, 32)).toEqual(spelled('-8---K---3---F---2---'));
  });
});

describe('the grammar of plates of two rows', () => {
  it.each(['浙A8K3F2', '浙A1234挂', '浙A1234学', '皖1946673'])('accepts %s', (text) => {
    expect(accepts(DOUBLE_GRAMMAR, labels(text))).toBe(true);
  });

  it.each(['浙AF68205', '粤ZF023港', '使224578'])('refuses %s, which has one row', (text) => {
    expect(accepts(DOUBLE_GRAMMAR, labels(text))).toBe(false);
    expect(accepts(PLATE_GRAMMAR, labels(text))).toBe(true);
  });

  it('keeps farm plates out of what one row can say', () => {
    expect(accepts(PLATE_GRAMMAR, labels('皖1946673'))).toBe(false);
  });
});
