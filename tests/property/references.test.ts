/** Whatever a shop does, its goods never become the ground that it is judged against. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeOccupancy } from '#core/occupancy/judge.ts';
import { type Knowledge, learn, NOTHING_KNOWN } from '#core/occupancy/learn.ts';
import { picturesFor } from '#core/occupancy/references.ts';
import { COLUMNS, type Cover, features, frame, type Patch, ROWS, type Shot } from '../unit/occupancy-street.ts';

const STALL: Patch = [4, 2, 12, 8];
const STEP = 20;
const DAY = 24 * 60;

/** Goods: their look, how cluttered they are, and a plain part in their middle, such as a white table top. */
const kind = fc.record({
  look: fc.constantFrom(1, 2),
  clutter: fc.double({ min: 0.65, max: 1, noNaN: true }),
  plain: fc.boolean(),
});

/** One day of trade: how much of the stall each frame shows, who passes, how dark it is. */
const trade = fc.array(
  fc.record({
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    passing: fc.option(fc.nat(COLUMNS - 3), { nil: null }),
    dark: fc.constantFrom(0, 0, 0.15, 0.3, 0.45),
  }),
  { minLength: 3, maxLength: 6 },
);

type Kind = { look: number; clutter: number; plain: boolean };

/** The left `share` of the stall. */
function goods({ look, clutter, plain }: Kind, share: number): Cover[] {
  const [x0, y0, x1, y1] = STALL;
  const to = x0 + Math.round(share * (x1 - x0));
  const out: Cover[] = [{ patch: [x0, y0, to, y1], look, clutter }];
  if (plain) out.push({ patch: [x0 + 2, y0 + 2, Math.max(x0 + 2, to - 2), y1 - 2], look, clutter: 0.1 });
  return out;
}

const passer = (column: number | null): readonly Patch[] => (column === null ? [] : [[column, 0, column + 3, ROWS]]);

const shotsOf = (
  day: number,
  of: Kind,
  frames: readonly { share: number; passing: number | null; dark: number }[],
): Shot[] =>
  frames.map(({ share, passing, dark }, at) => ({
    minute: day * DAY + at * STEP,
    covers: goods(of, share),
    hidden: passer(passing),
    dark,
  }));

const bareDay = (day: number): Shot[] => [0, 1, 2, 3].map((at) => ({ minute: day * DAY + at * STEP }));
const fullDay = (day: number, of: Kind): Shot[] =>
  [0, 1, 2].map((at) => ({ minute: day * DAY + at * STEP, covers: goods(of, 1) }));

const learned = (known: Knowledge, shots: readonly Shot[]) => learn(known, [], shots.map(frame));
const verdicts = (known: Knowledge, shots: readonly Shot[]) => {
  const frames = shots.map(frame);
  const [first] = frames;
  const references = first === undefined ? [] : picturesFor({ confirmed: [], learned: known.bare }, first.features);
  const judged = judgeOccupancy(frames, references);
  return frames.map(({ sighting }) => judged.get(sighting.id)?.verdict);
};

describe('goods before a shop', () => {
  it('stay goods however slowly they are put out, for however many days they stay, in whatever light', () => {
    fc.assert(
      fc.property(kind, fc.array(trade, { minLength: 1, maxLength: 7 }), (of, days) => {
        let known = learned(NOTHING_KNOWN, bareDay(0));
        days.forEach((frames, at) => {
          known = learned(known, shotsOf(at + 1, of, frames));
        });
        const after = days.length + 1;
        expect(verdicts(known, fullDay(after, of))).toEqual(['occupied', 'occupied', 'occupied']);
        expect(verdicts(known, bareDay(after))).toEqual(['clear', 'clear', 'clear', 'clear']);
      }),
      { numRuns: 40 },
    );
  });

  it('that grow by a column each day stay goods too', () => {
    fc.assert(
      fc.property(kind, fc.constantFrom(0, 0.15, 0.3), (of, dark) => {
        let known = learned(NOTHING_KNOWN, bareDay(0));
        for (let day = 1; day <= 8; day++) {
          const still = { share: day / 8, passing: null, dark };
          known = learned(known, shotsOf(day, of, [still, still, still]));
        }
        expect(verdicts(known, fullDay(9, of))).toEqual(['occupied', 'occupied', 'occupied']);
      }),
      { numRuns: 30 },
    );
  });

  it('that were there before anybody looked are never learned as ground', () => {
    fc.assert(
      fc.property(kind, fc.array(trade, { minLength: 1, maxLength: 5 }), (of, days) => {
        let known = NOTHING_KNOWN;
        days.forEach((frames, at) => {
          const always = frames.map((one) => ({ ...one, share: 1 }));
          known = learned(known, shotsOf(at, { ...of, plain: false }, always));
        });
        const [x0, y0, x1, y1] = STALL;
        for (const { hidden } of known.bare) {
          for (let row = y0; row < y1; row++) {
            for (let column = x0; column < x1; column++) expect(hidden[row * COLUMNS + column]).toBe(1);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('what is learned', () => {
  it('is the same for any order and any repetition of a day’s frames', () => {
    const sent = fc.tuple(kind, trade).chain(([of, frames]) => {
      const shots = shotsOf(1, of, frames);
      return fc.tuple(
        fc.constant(shots),
        fc
          .array(fc.constantFrom(...shots), { maxLength: 4 })
          .chain((again) => fc.shuffledSubarray([...shots, ...again], { minLength: shots.length + again.length })),
      );
    });
    const before = learned(NOTHING_KNOWN, bareDay(0));
    fc.assert(
      fc.property(sent, fc.boolean(), ([shots, again], fresh) => {
        const known = fresh ? NOTHING_KNOWN : before;
        expect(learned(known, again)).toEqual(learned(known, shots));
      }),
      { numRuns: 40 },
    );
  });
});

describe('what stands in a confirmed picture', () => {
  const planter = fc
    .tuple(fc.nat(COLUMNS - 6), fc.nat(ROWS - 4), fc.integer({ min: 3, max: 6 }), fc.integer({ min: 3, max: 4 }))
    .map(([x, y, width, height]): Cover => ({ patch: [x, y, x + width, y + height], look: 2, clutter: 0.9 }));

  it('is never goods, in whatever frames and whatever it is named', () => {
    fc.assert(
      fc.property(
        fc.array(planter, { minLength: 1, maxLength: 4 }),
        fc.array(
          fc.record({ passing: fc.option(fc.nat(COLUMNS - 3), { nil: null }), dark: fc.constantFrom(0, 0.15, 0.3) }),
          {
            minLength: 1,
            maxLength: 5,
          },
        ),
        (planters, frames) => {
          const shots = frames.map(({ passing, dark }, at) => {
            return {
              minute: at * STEP,
              covers: planters,
              hidden: passer(passing),
              named: planters.map(({ patch }) => patch),
              dark,
            };
          });
          const judged = judgeOccupancy(shots.map(frame), [features({ minute: 9999, covers: planters })]);
          for (const { verdict } of judged.values()) expect(verdict).not.toBe('occupied');
        },
      ),
      { numRuns: 40 },
    );
  });
});
