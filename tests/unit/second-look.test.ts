/** The second look on rendered frames (tests/samples): what truth says stands there stays, what does not goes. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Detector, loadDetector } from '../../functions/inspect/detect.ts';
import { confirmed } from '../../functions/inspect/second-look.ts';
import { sampleFrame } from '../e2e/composites.ts';
import { sampleZones } from './sample-zones.ts';

let detector: Detector;
beforeAll(async () => {
  detector = await loadDetector();
});

describe('the second look', () => {
  it.each([
    ['a_sidewalk_parking', '20260512T093530', 'car-parked'],
    ['b_second_camera', '20260512T093700', 'car-parked'],
    ['f_dusk_rain', '20260514T191200', 'van-parked'],
    ['g_two_cars', '20260515T084800', 'car-far'],
  ])('keeps a vehicle that stands on the sidewalk: %s %s %s', async (sequence, stamp, id) => {
    const { picture, boxOf } = await sampleFrame(sequence, stamp);
    const found = [{ label: 'car', score: 0.26, box: boxOf(id) }];
    expect(await confirmed(detector, picture, found, sampleZones(sequence))).toEqual(found);
  });

  it.each([
    ['a row of lit shop windows', 'f_dusk_rain', '20260514T190500', 'bus', [580, 144, 1159, 509]],
    ['empty paving', 'a_sidewalk_parking', '20260512T094600', 'car', [390, 542, 842, 920]],
    ['the roof of another car', 'g_two_cars', '20260515T084400', 'car', [709, 455, 991, 525]],
  ] as const)('drops %s', async (_, sequence, stamp, label, box) => {
    const { picture } = await sampleFrame(sequence, stamp);
    expect(await confirmed(detector, picture, [{ label, score: 0.6, box }], sampleZones(sequence))).toEqual([]);
  });

  it('asks nothing of what stands on the road or is no motor vehicle', async () => {
    const { picture } = await sampleFrame('a_sidewalk_parking', '20260512T094600');
    const found = [
      { label: 'car', score: 0.3, box: [1600, 500, 1900, 800] },
      { label: 'motorcycle', score: 0.3, box: [390, 542, 842, 920] },
      { label: 'person', score: 0.3, box: [390, 542, 542, 920] },
    ] as const;
    expect(await confirmed(detector, picture, found, sampleZones('a_sidewalk_parking'))).toEqual(found);
  });
});
