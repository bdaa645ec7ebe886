import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box } from '#core/camera.ts';
import type { Detection } from '../../functions/inspect/detect.ts';
import { mergeFindings, suppress } from '../../functions/inspect/merge.ts';

const IMAGE = [1920, 1080] as const;
const detection: fc.Arbitrary<Detection> = fc
  .record({
    label: fc.constantFrom('car', 'truck', 'bus', 'motorcycle', 'bicycle', 'person', 'chair'),
    score: fc.integer({ min: 20, max: 99 }).map((percent) => percent / 100),
    x: fc.integer({ min: 0, max: 1500 }),
    y: fc.integer({ min: 0, max: 800 }),
    width: fc.integer({ min: 20, max: 420 }),
    height: fc.integer({ min: 20, max: 280 }),
  })
  .map(({ label, score, x, y, width, height }) => ({ label, score, box: [x, y, x + width, y + height] }));
const key = ({ label, score, box }: Detection) => `${label} ${score} ${box}`;
const keys = (found: readonly Detection[]) => found.map(key).sort();

describe('suppressing detections of one thing', () => {
  it('gives the same whatever the order they were found in', () => {
    fc.assert(
      fc.property(
        fc
          .uniqueArray(detection, { maxLength: 14, selector: ({ box }) => box.join() })
          .chain((found) => fc.tuple(fc.constant(found), fc.shuffledSubarray(found, { minLength: found.length }))),
        ([found, shuffled]) => {
          expect(keys(suppress(shuffled))).toEqual(keys(suppress(found)));
        },
      ),
    );
  });
  it('never loses all of what was found, nor adds to it', () => {
    fc.assert(
      fc.property(fc.array(detection, { minLength: 1, maxLength: 14 }), (found) => {
        const kept = suppress(found);
        expect(kept.length).toBeGreaterThan(0);
        for (const one of kept) expect(found).toContain(one);
      }),
    );
  });
});

const car = (box: Box, score = 0.5, label = 'car'): Detection => ({ label, score, box });

describe('one vehicle', () => {
  it('that is now a car, now a truck, is one', () => {
    expect(suppress([car([100, 100, 300, 250], 0.4), car([104, 96, 310, 252], 0.5, 'truck')])).toHaveLength(1);
  });
  it('is not counted again by its bonnet', () => {
    expect(suppress([car([100, 100, 300, 250]), car([110, 170, 290, 248], 0.3)])).toHaveLength(1);
  });
  it('and the scooter before it are two, not three with a car pieced together from both', () => {
    const scooter = car([100, 200, 250, 290], 0.6, 'motorcycle');
    const whole = car([100, 80, 330, 240], 0.43);
    expect(suppress([scooter, whole, car([100, 130, 255, 285], 0.26)])).toEqual([scooter, whole]);
  });
  it('is not a scooter taken for a car', () => {
    const scooter = car([100, 200, 250, 290], 0.6, 'motorcycle');
    expect(suppress([scooter, car([101, 196, 252, 290], 0.33)])).toEqual([scooter]);
  });
  it('is not a scooter that one look takes for a car a little surer than another for a scooter', () => {
    const scooter = car([210, 431, 349, 585], 0.52, 'motorcycle');
    expect(suppress([scooter, car([206, 457, 346, 586], 0.55)])).toEqual([scooter]);
  });
  it('stays one where its like of a scooter is much weaker', () => {
    const whole = car([210, 431, 349, 585], 0.6);
    expect(suppress([car([206, 457, 346, 586], 0.25, 'motorcycle'), whole])).toEqual([whole]);
  });
});

describe('two cars one behind the other', () => {
  it('stay two, though one box around both scores higher', () => {
    const [near, far] = [car([100, 240, 300, 420], 0.28), car([110, 100, 290, 230], 0.3)];
    expect(keys(suppress([near, far, car([98, 95, 302, 425], 0.32, 'bus')]))).toEqual(keys([near, far]));
  });
});

describe('findings of two crops', () => {
  const overview: Box = [0, 100, 1920, 1080];
  const detail: Box = [500, 150, 1500, 570];
  it('give one vehicle where one of them cuts it', () => {
    const whole = car([900, 480, 1200, 700], 0.4);
    const cut = car([905, 482, 1198, 569], 0.6);
    const merged = mergeFindings(
      [
        { crop: overview, detections: [whole] },
        { crop: detail, detections: [cut] },
      ],
      IMAGE,
    );
    expect(merged).toEqual([whole]);
  });
  it('keep the cut one where what another shows whole is only a piece of it', () => {
    const cut: Detection = { label: 'motorcycle', score: 0.34, box: [554, 424, 813, 569] };
    const piece: Detection = { label: 'motorcycle', score: 0.2, box: [676, 409, 774, 548] };
    const merged = mergeFindings(
      [
        { crop: overview, detections: [piece] },
        { crop: detail, detections: [cut] },
      ],
      IMAGE,
    );
    expect(merged).toContain(cut);
  });
  it('keep what only a cut box shows', () => {
    const cut = car([905, 482, 1198, 569], 0.6);
    expect(mergeFindings([{ crop: detail, detections: [cut] }], IMAGE)).toEqual([cut]);
  });
  it('call nothing cut at the border of the frame', () => {
    const atBorder = car([1700, 700, 1920, 1080], 0.4);
    const inside = car([1702, 702, 1918, 1075], 0.5);
    expect(mergeFindings([{ crop: overview, detections: [atBorder, inside] }], IMAGE)).toEqual([inside]);
  });
});
