import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Emissions, grammarBeam, logLikelihood, softmaxEmissions, substitutions } from '#core/plates/ctc.ts';
import { accepts, defineGrammar } from '#core/plates/grammar.ts';

/** Blank and three symbols; strings of one symbol, or of two where the second is not 3. */
const grammar = defineGrammar(4, [
  { positions: [[1, 2]], logPrior: 0 },
  {
    positions: [
      [1, 2, 3],
      [1, 2],
    ],
    logPrior: 0,
  },
]);

const emissions = (least: number, most: number) =>
  fc
    .integer({ min: least, max: most })
    .chain((frames) =>
      fc
        .array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: frames * 4, maxLength: frames * 4 })
        .map((logits) => softmaxEmissions(logits, frames, 4)),
    );

/** Every path of symbols through the frames, collapsed as CTC does, with its probability. */
function everyString({ frames, symbols, probabilities }: Emissions): Map<string, number> {
  const strings = new Map<string, number>();
  const walk = (frame: number, labels: readonly number[], last: number, probability: number) => {
    if (frame === frames) {
      strings.set(labels.join(), (strings.get(labels.join()) ?? 0) + probability);
      return;
    }
    for (let symbol = 0; symbol < symbols; symbol++) {
      const next = symbol === 0 || symbol === last ? labels : [...labels, symbol];
      walk(frame + 1, next, symbol, probability * (probabilities[frame * symbols + symbol] ?? 0));
    }
  };
  walk(0, [], 0, 1);
  return strings;
}
const labelsOf = (key: string) => (key === '' ? [] : key.split(',').map(Number));

describe('CTC under a grammar', () => {
  it('gives the likelihood that summing over every path gives', () => {
    fc.assert(
      fc.property(emissions(1, 5), (e) => {
        for (const [key, probability] of everyString(e)) {
          expect(logLikelihood(e, labelsOf(key))).toBeCloseTo(Math.log(probability), 9);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('finds the likeliest strings of the grammar, as trying every string does', () => {
    fc.assert(
      fc.property(emissions(1, 5), (e) => {
        const allowed = [...everyString(e)].filter(([key]) => accepts(grammar, labelsOf(key)));
        allowed.sort((a, b) => b[1] - a[1]);
        const beam = grammarBeam(e, grammar, { beams: 1000, least: 0, keep: 1000 });
        expect(beam.length).toBe(allowed.length);
        beam.forEach(({ logLikelihood: found }, rank) => {
          expect(found).toBeCloseTo(Math.log(allowed[rank]?.[1] ?? 0), 9);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('never returns a string outside the grammar, however narrow the beam', () => {
    fc.assert(
      fc.property(emissions(1, 8), fc.integer({ min: 1, max: 4 }), (e, beams) => {
        for (const { labels } of grammarBeam(e, grammar, { beams })) expect(accepts(grammar, labels)).toBe(true);
      }),
    );
  });

  it('does not care for a constant added to the logits of a frame', () => {
    // Eighths add up exactly: what rounding does to a tie is not what is asked here.
    const eighths = (most: number) => fc.integer({ min: -8 * most, max: 8 * most }).map((value) => value / 8);
    const row = fc.array(eighths(4), { minLength: 4, maxLength: 4 });
    const shifted = fc.tuple(row, eighths(50));
    fc.assert(
      fc.property(fc.array(shifted, { minLength: 1, maxLength: 6 }), (rows) => {
        const plain = softmaxEmissions(
          rows.flatMap(([logits]) => logits),
          rows.length,
          4,
        );
        const moved = softmaxEmissions(
          rows.flatMap(([logits, shift]) => logits.map((logit) => logit + shift)),
          rows.length,
          4,
        );
        const [a, b] = [grammarBeam(plain, grammar), grammarBeam(moved, grammar)];
        expect(b.map(({ labels }) => labels)).toEqual(a.map(({ labels }) => labels));
        b.forEach(({ logLikelihood: value }, rank) => {
          expect(value).toBeCloseTo(a[rank]?.logLikelihood ?? Number.NaN, 6);
        });
      }),
    );
  });

  it('scores a changed character as it scores the changed string', () => {
    fc.assert(
      fc.property(
        emissions(2, 7),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
        (e, labels) => {
          const scores = substitutions(e, labels, () => true);
          labels.forEach((_, position) => {
            for (let symbol = 1; symbol < 4; symbol++) {
              const changed = labels.with(position, symbol);
              const direct = logLikelihood(e, changed);
              const swapped = scores[position * 4 + symbol] ?? Number.NaN;
              if (direct === Number.NEGATIVE_INFINITY) expect(swapped).toBe(direct);
              else expect(swapped).toBeCloseTo(direct, 9);
            }
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});
