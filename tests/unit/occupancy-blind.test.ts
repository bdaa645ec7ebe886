import { describe, expect, it } from 'vitest';
import { judgeOccupancy } from '#core/occupancy/judge.ts';
import { COLUMNS, type Cover, frame, type Patch, ROWS, stall } from './occupancy-street.ts';

const out = stall([2, 3, 8, 8]);
/** A lens covered, fogged or out of focus: nothing looks as it does, and nothing looks cluttered. */
const blur = (patch: Patch = [0, 0, COLUMNS, ROWS]): Cover => ({ patch, look: 3, clutter: 0.05 });

const verdicts = (...covers: readonly (readonly Cover[])[]) => {
  const frames = covers.map((cover, minute) => frame({ minute, covers: cover }));
  const judged = judgeOccupancy(frames);
  return frames.map(({ sighting }) => judged.get(sighting.id)?.verdict);
};

describe('a frame that shows nothing of the storefront', () => {
  it('says nothing, and is not what the zone looks like when bare', () => {
    expect(verdicts([], [out], [blur()], [out], [])).toEqual(['clear', 'occupied', 'hidden', 'occupied', 'clear']);
  });

  it('does not make bare pavement look occupied', () => {
    expect(verdicts([], [blur()], [], [])).toEqual(['clear', 'hidden', 'clear', 'clear']);
  });

  it('is one that looks like no other nearly everywhere, not one with something large in it', () => {
    expect(verdicts([], [], [stall([1, 1, 13, 8])], [])).toEqual(['clear', 'clear', 'occupied', 'clear']);
  });

  it('is not the only clear frame of a day', () => {
    const large = stall([1, 1, 13, 8]);
    expect(verdicts([large], [], [large], [large])).toEqual(['occupied', 'clear', 'occupied', 'occupied']);
  });

  it('is not found among too few frames to know', () => {
    expect(verdicts([], [stall([0, 0, 14, ROWS])])).toEqual(['clear', 'occupied']);
  });
});
