import { describe, expect, it } from 'vitest';
import { incidentId, sightingId } from '#core/ids.ts';
import type { Stay } from '#core/incident.ts';
import { contradicts, matchIncidents } from '#core/stays/identity.ts';
import { car, frame, type read, stays } from './builders.ts';

const A = '浙A8K3F2';
const shot = (clock: string, plate: Parameters<typeof read>[0] = A) => frame(clock, { cars: [car({ plate })] });
const idsOf = (stay: Stay) => stay.sightings.map((sighting) => sighting.sightingId);
const known = (id: string, sightingIds: readonly string[]) => ({
  id: incidentId(id),
  sightingIds: sightingIds.map(sightingId),
});

describe('a recomputed stay', () => {
  const [before] = stays([shot('09:00'), shot('09:04')]);
  const [longer] = stays([shot('09:00'), shot('09:04'), shot('09:08')]);
  const [first, second] = stays([
    shot('09:00'),
    shot('09:02'),
    frame('09:03'),
    shot('09:04'),
    shot('09:08'),
    shot('09:12'),
  ]);

  it('keeps the number of its incident', () => {
    const matched = matchIncidents([known('one', idsOf(before!))], [longer!]);
    expect([...matched.values()]).toEqual(['one']);
  });

  it('that shares nothing with any incident is new', () => {
    const matched = matchIncidents([known('one', ['other'])], [longer!]);
    expect([...matched.values()]).toEqual([null]);
  });

  it('cut in two leaves the number with the larger part, whatever the order', () => {
    const whole = known('one', [...idsOf(first!), ...idsOf(second!)]);
    for (const parts of [
      [first!, second!],
      [second!, first!],
    ]) {
      const matched = matchIncidents([whole], parts);
      expect(matched.get(second!)).toBe('one');
      expect(matched.get(first!)).toBeNull();
    }
  });

  it('made of two incidents continues the one it shares more with', () => {
    const [a, b, c] = idsOf(longer!);
    const existing = [known('small', [c!]), known('large', [a!, b!])];
    expect(matchIncidents(existing, [longer!]).get(longer!)).toBe('large');
    expect(matchIncidents(existing.toReversed(), [longer!]).get(longer!)).toBe('large');
  });
});

describe('a decided stay', () => {
  const decided = stays([shot('09:00'), shot('09:04'), shot('09:08')])[0]!;

  it.each([
    ['that goes on longer', stays([shot('09:00'), shot('09:04'), shot('09:08'), shot('09:20')]), false],
    ['that was seen in more frames', stays([shot('09:00'), shot('09:02'), shot('09:04'), shot('09:08')]), false],
    ['that is no incident any more', [], true],
    ['cut by a departure', stays([shot('09:00'), shot('09:04'), frame('09:06'), shot('09:08')]), true],
    [
      'whose plate turned out another',
      stays(['09:00', '09:04', '09:08'].map((clock) => shot(clock, '浙A8K3F7'))),
      true,
    ],
    [
      'whose plate is no longer sure',
      stays(['09:00', '09:04', '09:08'].map((clock) => frame(clock, { cars: [car()] }))),
      false,
    ],
  ])('%s: contradicted %s', (_case, incidents, expected) => {
    expect(contradicts(decided, incidents)).toBe(expected);
  });
});
