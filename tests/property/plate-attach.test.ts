import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box, Point } from '#core/camera.ts';
import { containment } from '#core/geometry.ts';
import { belongsTo, type PlateCorners, plateFit } from '#core/plates/attach.ts';

const plateAt = (x: number, y: number, width: number, skew = 0): PlateCorners => {
  const [dx, dy] = [(width / 2) * Math.cos(skew), (width / 2) * Math.sin(skew)];
  const h = width * 0.16;
  return [
    [x - dx, y - dy - h],
    [x + dx, y + dy - h],
    [x + dx, y + dy + h],
    [x - dx, y - dy + h],
  ];
};

const box = fc
  .tuple(
    fc.integer({ min: 0, max: 900 }),
    fc.integer({ min: 0, max: 500 }),
    fc.integer({ min: 150, max: 700 }),
    fc.integer({ min: 120, max: 500 }),
  )
  .map(([x, y, w, h]): Box => [x, y, x + w, y + h]);

/** Two vehicles that overlap, a plate somewhere in the first, and others around. */
const street = fc
  .record({
    mine: box,
    others: fc.array(box, { minLength: 1, maxLength: 4 }),
    across: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
    down: fc.double({ min: 0.35, max: 1, noNaN: true }),
    size: fc.double({ min: 0.08, max: 0.4, noNaN: true }),
    skew: fc.double({ min: -0.3, max: 0.3, noNaN: true }),
  })
  .map(({ mine, others, across, down, size, skew }) => {
    const [w, h] = [mine[2] - mine[0], mine[3] - mine[1]];
    return { mine, others, plate: plateAt(mine[0] + across * w, mine[1] + down * h, size * w, skew) };
  });

const move = ([x, y]: Point, k: number, dx: number, dy: number): Point => [x * k + dx, y * k + dy];

describe('whose plate it is', () => {
  it('is never two vehicles’, unless one box covers the other: then both are one vehicle found twice', () => {
    fc.assert(
      fc.property(street, ({ mine, others, plate }) => {
        const boxes = [mine, ...others];
        const owners = boxes.filter((one, i) =>
          belongsTo(
            plate,
            one,
            boxes.filter((_, j) => j !== i),
          ),
        );
        for (const a of owners) {
          for (const b of owners) {
            if (a !== b) expect(Math.max(containment(a, b), containment(b, a))).toBeGreaterThanOrEqual(0.85);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('does not depend on the order of the neighbours, and a further neighbour never gives a plate away to us', () => {
    fc.assert(
      fc.property(street, box, ({ mine, others, plate }, further) => {
        const alone = belongsTo(plate, mine, others);
        expect(belongsTo(plate, mine, others.toReversed())).toBe(alone);
        if (belongsTo(plate, mine, [...others, further])) expect(alone).toBe(true);
      }),
    );
  });

  it('does not depend on where in the frame it happens, nor on its scale', () => {
    fc.assert(
      fc.property(street, fc.constantFrom(0.5, 2), fc.constantFrom(-256, 512), ({ mine, others, plate }, k, shift) => {
        const moved = (b: Box): Box => [...move([b[0], b[1]], k, shift, shift), ...move([b[2], b[3]], k, shift, shift)];
        const [a, b, c, d] = plate;
        const there: PlateCorners = [
          move(a, k, shift, shift),
          move(b, k, shift, shift),
          move(c, k, shift, shift),
          move(d, k, shift, shift),
        ];
        expect(plateFit(there, moved(mine))).toBeCloseTo(plateFit(plate, mine), 6);
        expect(belongsTo(there, moved(mine), others.map(moved))).toBe(belongsTo(plate, mine, others));
      }),
    );
  });

  it('is nobody’s when it lies outside every box', () => {
    fc.assert(
      fc.property(street, ({ mine, plate }) => {
        const away = mine.map((value, index) => value + (index % 2 === 0 ? 2000 : 0));
        const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = away;
        expect(belongsTo(plate, [x0, y0, x1, y1], [])).toBe(false);
      }),
    );
  });
});

describe('vehicles that overlap', () => {
  const near: Box = [500, 300, 1000, 700];
  const far: Box = [350, 200, 700, 500];

  it('leaves the nearer car its own plate', () => {
    expect(belongsTo(plateAt(640, 620, 100), near, [far])).toBe(true);
  });

  it('gives the farther car none that lies on the nearer one', () => {
    expect(belongsTo(plateAt(600, 460, 90), far, [near])).toBe(false);
  });

  it('does not take the farther car’s plate that shows in the corner of the nearer one’s box', () => {
    const plate = plateAt(560, 440, 70);
    expect(plateFit(plate, far)).toBeGreaterThan(plateFit(plate, near));
    expect(belongsTo(plate, near, [far])).toBe(false);
  });

  it('does not take a plate of which a good part lies outside the box', () => {
    expect(belongsTo(plateAt(505, 620, 100), near, [])).toBe(false);
  });

  it('holds a sign the width of the vehicle, text on its roof and steep lettering for no plate', () => {
    expect(plateFit(plateAt(750, 600, 400), near)).toBe(0);
    expect(plateFit(plateAt(750, 380, 100), near)).toBe(0);
    expect(plateFit(plateAt(750, 600, 100, 1.2), near)).toBe(0);
  });

  it('lets a vehicle found twice keep its plate', () => {
    expect(belongsTo(plateAt(640, 620, 100), near, [[495, 290, 1010, 720]])).toBe(true);
  });
});
