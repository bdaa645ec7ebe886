import { describe, expect, it } from 'vitest';
import { judgeOccupancy, type Occupancy } from '#core/occupancy/judge.ts';
import { CELL, type Cover, features, frame, type Patch, type Shot, shadow, stall, table } from './occupancy-street.ts';

const CORNER: Patch = [2, 3, 8, 8];
const BESIDE: Patch = [10, 3, 15, 8];

const judged = (shots: readonly Shot[], references: readonly Shot[] = []): (Occupancy | undefined)[] => {
  const verdicts = judgeOccupancy(shots.map(frame), references.map(features));
  return shots.map((shot) => verdicts.get(frame(shot).sighting.id));
};
const verdicts = (shots: readonly Shot[], references: readonly Shot[] = []) =>
  judged(shots, references).map((occupancy) => occupancy?.verdict);

describe('a storefront', () => {
  it('has no verdicts without frames', () => {
    expect(judgeOccupancy([]).size).toBe(0);
  });

  const out = [stall(CORNER)];
  it.each<[string, readonly (readonly Cover[])[], readonly string[]]>([
    ['put out and taken in again', [[], out, out, []], ['clear', 'occupied', 'occupied', 'clear']],
    ['out before the first frame', [out, out, []], ['occupied', 'occupied', 'clear']],
    ['never taken in', [[], out, out], ['clear', 'occupied', 'occupied']],
    ['out in all frames but one', [out, out, out, [], out], ['occupied', 'occupied', 'occupied', 'clear', 'occupied']],
    [
      'joined by a table later',
      [out, [...out, table(BESIDE)], [table(BESIDE)], []],
      ['occupied', 'occupied', 'occupied', 'clear'],
    ],
  ])('is occupied while goods are out: %s', (_, covers, expected) => {
    expect(verdicts(covers.map((cover, minute) => ({ minute, covers: cover })))).toEqual(expected);
  });

  it('is clear under a moving shadow', () => {
    const shots = [0, 4, 8].map((column, minute) => ({
      minute,
      covers: [shadow([column, 0, column + 8, 10])],
    }));
    expect(verdicts(shots)).toEqual(['clear', 'clear', 'clear']);
  });

  it('is clear while people walk through it', () => {
    const shots = [0, 5, 10].map((column, minute) => ({
      minute,
      covers: [stall([column, 0, column + 4, 10])],
      hidden: [[column, 0, column + 4, 10] satisfies Patch],
    }));
    expect(verdicts(shots)).toEqual(['clear', 'clear', 'clear']);
  });

  it('is clear where only a foot sticks out of the mask', () => {
    expect(verdicts([{ minute: 0 }, { minute: 1, covers: [stall([3, 3, 5, 6])] }])).toEqual(['clear', 'clear']);
  });

  it('is hidden, not clear, while a van stands before the stall', () => {
    const van: Patch = [1, 1, 9, 9];
    const shots: Shot[] = [
      { minute: 0 },
      { minute: 1, covers: out },
      { minute: 2, covers: [{ patch: van, look: 3, clutter: 0.9 }], hidden: [van] },
      { minute: 3, covers: out },
      { minute: 4 },
    ];
    expect(verdicts(shots)).toEqual(['clear', 'occupied', 'hidden', 'occupied', 'clear']);
  });

  it('is hidden when too little of it is seen', () => {
    expect(verdicts([{ minute: 0 }, { minute: 1, hidden: [[0, 0, 15, 10]] }])).toEqual(['clear', 'hidden']);
  });

  it('stays occupied when what little is seen of the goods is where they stood', () => {
    const sliver: Shot = { minute: 2, covers: out, hidden: [[3, 0, 20, 6]] };
    expect(verdicts([{ minute: 0 }, { minute: 1, covers: out }, sliver])[2]).toBe('occupied');
  });

  it('is occupied with lower confidence by a stall that stands all day and that the detector knows', () => {
    const allDay = judged([0, 1, 2].map((minute) => ({ minute, covers: out, named: [CORNER] })));
    expect(allDay.map((occupancy) => occupancy?.verdict)).toEqual(['occupied', 'occupied', 'occupied']);
    for (const occupancy of allDay) expect(occupancy?.confidence).toBeLessThanOrEqual(0.6);
    for (const occupancy of allDay) expect(occupancy?.referenceId).toBeNull();
  });

  it('is clear where something looks the same all day and nothing names it', () => {
    expect(verdicts([0, 1, 2].map((minute) => ({ minute, covers: out })))).toEqual(['clear', 'clear', 'clear']);
  });

  it('does not take a box over the whole front for a name', () => {
    const shots = [0, 1].map((minute) => ({ minute, covers: out, named: [[0, 0, 20, 10] satisfies Patch] }));
    expect(verdicts(shots)).toEqual(['clear', 'clear']);
  });

  it('follows an administrator’s clear picture: what is not in it was put out', () => {
    const [occupancy] = judged([{ minute: 1, covers: out }], [{ minute: 900 }]);
    expect(occupancy?.verdict).toBe('occupied');
    expect(occupancy?.confidence).toBeGreaterThan(0.6);
    expect(occupancy?.referenceId).toBe('at-900');
  });

  it('follows an administrator’s clear picture: what is in it belongs there', () => {
    const planter: Shot = { minute: 1, covers: out, named: [CORNER] };
    expect(verdicts([planter], [{ minute: 900, covers: out }])).toEqual(['clear']);
  });

  it('outlines what was put out in pixels of the frame', () => {
    const [, occupancy] = judged([{ minute: 0 }, { minute: 1, covers: out }]);
    const [column0, row0, column1, row1] = CORNER;
    const xs = occupancy?.outline.flat().map(([x]) => x) ?? [];
    const ys = occupancy?.outline.flat().map(([, y]) => y) ?? [];
    expect([Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]).toEqual(
      [column0, row0, column1, row1].map((cells) => cells * CELL),
    );
  });

  it('tells the share of the visible zone that is occupied', () => {
    const [, occupancy] = judged([{ minute: 0 }, { minute: 1, covers: out, hidden: [[10, 0, 20, 10]] }]);
    expect(occupancy?.share).toBeCloseTo(30 / 100);
  });

  it('names the clearest frame as the reference', () => {
    const shots: Shot[] = [{ minute: 0, covers: out }, { minute: 1, hidden: [[0, 0, 9, 10]] }, { minute: 2 }];
    expect(judged(shots)[0]?.referenceId).toBe('at-2');
  });

  it('judges frames of a zone that was redrawn apart: their cells are not the same spots', () => {
    const bare = frame({ minute: 0 });
    const later = frame({ minute: 5, covers: out });
    const redrawn = { ...later, features: { ...later.features, inZone: later.features.inZone.map((_, i) => i % 2) } };
    const verdicts = judgeOccupancy([bare, redrawn]);
    expect(verdicts.get(bare.sighting.id)?.verdict).toBe('clear');
    expect(verdicts.get(redrawn.sighting.id)?.verdict).toBe('clear');
    expect(judgeOccupancy([bare, later]).get(later.sighting.id)?.verdict).toBe('occupied');
  });
});
