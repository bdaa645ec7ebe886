import { describe, expect, it } from 'vitest';
import { judgeOccupancy } from '#core/occupancy/judge.ts';
import { type Knowledge, learn, NOTHING_KNOWN } from '#core/occupancy/learn.ts';
import { lightDistance, lightWords, ONE_LIGHT } from '#core/occupancy/light.ts';
import { picturesFor } from '#core/occupancy/references.ts';
import { parseInstant } from '#core/time.ts';
import { type Cover, features, frame, type Patch, type Shot, shadow, stall } from './occupancy-street.ts';

const CORNER: Patch = [2, 3, 8, 8];
const out = stall(CORNER);
/** Bollards and a planter: they look like things, and they belong there. */
const planter: Cover = { patch: [12, 4, 16, 8], look: 2, clutter: 0.9 };
const bare: Shot = { minute: 0 };

/** Shots of one day, ten minutes apart. */
const day = (shots: readonly Omit<Shot, 'minute'>[]) => shots.map((shot, at) => frame({ ...shot, minute: at * 10 }));
const four = (shot: Omit<Shot, 'minute'>) => day([shot, shot, shot, shot]);

const verdicts = (
  frames: ReturnType<typeof day>,
  knowledge: Pick<Knowledge, 'bare'> = NOTHING_KNOWN,
  confirmed: readonly Shot[] = [],
) => {
  const [first] = frames;
  const references =
    first === undefined
      ? []
      : picturesFor({ confirmed: confirmed.map(features), learned: knowledge.bare }, first.features);
  const judged = judgeOccupancy(frames, references);
  return frames.map(({ sighting }) => judged.get(sighting.id)?.verdict);
};

describe('what a day teaches', () => {
  const taught = learn(NOTHING_KNOWN, [], four({}));

  it('is what the zone looks like when bare', () => {
    expect(taught.bare).toHaveLength(1);
    expect(taught.bare[0]?.hidden.every((hidden) => hidden === 0)).toBe(true);
  });

  it('lets goods that are out in every frame of the next day be seen, though nobody names them', () => {
    expect(verdicts(four({ covers: [out] }))).toEqual(['clear', 'clear', 'clear', 'clear']);
    expect(verdicts(four({ covers: [out] }), taught)).toEqual(['occupied', 'occupied', 'occupied', 'occupied']);
  });

  it('leaves a clear day clear', () => {
    expect(verdicts(four({}), taught)).toEqual(['clear', 'clear', 'clear', 'clear']);
    expect(verdicts(four({ covers: [shadow([4, 0, 12, 10])] }), taught)).toEqual(['clear', 'clear', 'clear', 'clear']);
  });

  it('is nothing where something stands, not even beside it', () => {
    const [picture] = learn(NOTHING_KNOWN, [], four({ covers: [out] })).bare;
    const [column0, row0, column1, row1] = CORNER;
    for (let cell = 0; cell < 200; cell++) {
      const [column, row] = [cell % 20, Math.floor(cell / 20)];
      const near = column >= column0 - 2 && column < column1 + 2 && row >= row0 - 2 && row < row1 + 2;
      if (near) expect(picture?.hidden[cell]).toBe(1);
    }
  });

  it('is nothing from who waited for a moment', () => {
    const shots = [0, 1, 2].map((minute) => frame({ minute }));
    expect(learn(NOTHING_KNOWN, [], shots)).toBe(NOTHING_KNOWN);
  });

  it('is nothing behind what hides the zone, nor at its edge', () => {
    const [picture] = learn(NOTHING_KNOWN, [], four({ hidden: [[0, 0, 8, 10]] })).bare;
    expect([...Array(20).keys()].map((column) => picture?.hidden[column])).toEqual([
      ...Array(9).fill(1),
      ...Array(11).fill(0),
    ]);
  });

  it('is one picture for each light', () => {
    const twoLights = day([{}, {}, {}, { dark: 0.45 }, { dark: 0.45 }, { dark: 0.45 }]);
    expect(learn(NOTHING_KNOWN, [], twoLights).bare).toHaveLength(2);
  });

  it('is not forgotten by a day that teaches nothing', () => {
    expect(learn(taught, [], four({ hidden: [[0, 0, 20, 10]] }))).toBe(taught);
    expect(learn(taught, [], four({}))).toBe(taught);
  });

  it('begins anew with another model', () => {
    const others = four({}).map((one) => ({ ...one, features: { ...one.features, model: 'street 2' } }));
    const anew = learn(taught, [], others);
    expect(anew.bare.map(({ model }) => model)).toEqual(['street 2']);
    const stalls = four({ covers: [out] }).map((one) => ({ ...one, features: { ...one.features, model: 'street 2' } }));
    expect(verdicts(stalls, taught)).toEqual(['clear', 'clear', 'clear', 'clear']);
  });
});

describe('a camera that was moved', () => {
  it('is judged by the day alone: nothing is where the references say', () => {
    const elsewhere = (covers: readonly Cover[]) => [
      { patch: [0, 0, 20, 10] satisfies Patch, look: 3, clutter: 0.1 },
      ...covers,
    ];
    const taught = learn(NOTHING_KNOWN, [], four({}));
    const moved = day([{ covers: elsewhere([planter]) }, { covers: elsewhere([planter]) }]);
    expect(verdicts(moved, taught)).toEqual(['clear', 'clear']);
  });
});

describe('a picture that somebody confirmed', () => {
  const confirmed: Shot = { minute: 900, covers: [planter] };

  it('makes what stands in it part of the street, whatever it is named and in any frame', () => {
    const named = [planter.patch];
    expect(verdicts(four({ covers: [planter], named }))).not.toContain('clear');
    expect(verdicts(four({ covers: [planter], named }), NOTHING_KNOWN, [confirmed])).toEqual(Array(4).fill('clear'));
  });

  it('does not make goods beside it part of the street', () => {
    const shots = four({ covers: [planter, out] });
    expect(verdicts(shots, NOTHING_KNOWN, [confirmed])).toEqual(Array(4).fill('occupied'));
  });

  it('outweighs what was learned', () => {
    const learnedWrongly = learn(NOTHING_KNOWN, [], four({ covers: [shadow(CORNER)] }));
    const [wrong] = learnedWrongly.bare;
    const [right] = picturesFor({ confirmed: [], learned: learnedWrongly.bare }, features(bare));
    expect(right).toBe(wrong);
    const [, corrected] = picturesFor({ confirmed: [features(bare)], learned: learnedWrongly.bare }, features(bare));
    expect(corrected?.hidden[3 * 20 + 2]).toBe(1);
    expect(corrected?.hidden[0]).toBe(0);
  });
});

describe('the light of a look', () => {
  const noon = { luma: 140, contrast: 0.35, warmth: 0.02 };

  it('is the same while clouds pass and another when lamps are lit', () => {
    expect(lightDistance(noon, { luma: 112, contrast: 0.3, warmth: 0.01 })).toBeLessThan(ONE_LIGHT);
    expect(lightDistance(noon, { luma: 45, contrast: 0.6, warmth: 0.12 })).toBeGreaterThan(ONE_LIGHT);
  });

  it.each([
    ['2026-06-01T12:00:00+08:00', noon, '白天'],
    ['2026-06-01T12:00:00+08:00', { ...noon, contrast: 0.7 }, '强光影'],
    ['2026-06-01T12:00:00+08:00', { ...noon, luma: 70 }, '阴雨'],
    ['2026-06-01T18:40:00+08:00', { ...noon, luma: 70 }, '晨昏'],
    ['2026-06-01T21:00:00+08:00', { ...noon, luma: 70 }, '夜间'],
    ['2026-06-01T18:40:00+08:00', { ...noon, luma: 30 }, '夜间'],
  ])('has a name for people: %s %o is %s', (at, light, name) => {
    expect(lightWords(light, parseInstant(at)).zh).toBe(name);
  });
});
