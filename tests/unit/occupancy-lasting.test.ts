import { describe, expect, it } from 'vitest';
import { judgeOccupancy } from '#core/occupancy/judge.ts';
import { type Cover, frame, type Patch, type Shot, stall, table } from './occupancy-street.ts';

/** Somebody the detector did not recognise. */
const person = (patch: Patch): Cover => ({ patch, look: 3, clutter: 0.8 });
const CORNER: Patch = [2, 3, 8, 8];

const judged = (...shots: readonly Omit<Shot, 'minute'>[]) => {
  const frames = shots.map((shot, minute) => frame({ minute, ...shot }));
  const verdicts = judgeOccupancy(frames);
  return frames.map(({ sighting }) => {
    const { verdict, lasting } = verdicts.get(sighting.id) ?? {};
    return verdict === 'occupied' && lasting === false ? 'passing' : verdict;
  });
};

describe('what occupies a storefront', () => {
  const out = { covers: [stall(CORNER)] };

  it('lasts when it looks the same one frame later or earlier', () => {
    expect(judged({}, out, out, {})).toEqual(['clear', 'occupied', 'occupied', 'clear']);
  });

  it('lasts while it is added to and partly taken away', () => {
    const more = { covers: [stall(CORNER), table([8, 3, 14, 8])] };
    expect(judged({}, out, more, { covers: [table([8, 3, 14, 8])] }, {})).toEqual([
      'clear',
      'occupied',
      'occupied',
      'occupied',
      'clear',
    ]);
  });

  it('passes when each frame shows it elsewhere', () => {
    expect(
      judged(
        {},
        { covers: [person([1, 1, 5, 8])] },
        { covers: [person([7, 1, 11, 8])] },
        { covers: [person([13, 1, 17, 8])] },
      ),
    ).toEqual(['clear', 'passing', 'passing', 'passing']);
  });

  it('passes when goods stand there later but look otherwise', () => {
    expect(judged({ covers: [person([2, 2, 6, 8])] }, out, out, {})).toEqual([
      'passing',
      'occupied',
      'occupied',
      'clear',
    ]);
  });

  it('lasts through a frame in which something stands before it', () => {
    const behind: Omit<Shot, 'minute'> = { covers: [stall([1, 2, 9, 9])], hidden: [[1, 2, 9, 9]] };
    expect(judged({}, out, behind, out, {})).toEqual(['clear', 'occupied', 'hidden', 'occupied', 'clear']);
  });

  it('lasts when one of its two frames shows less than half of it', () => {
    const half: Omit<Shot, 'minute'> = { covers: [stall(CORNER)], hidden: [[4, 1, 10, 9]] };
    expect(judged({}, half, out, {})).toEqual(['clear', 'occupied', 'occupied', 'clear']);
  });
});
