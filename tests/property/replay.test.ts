/** What a replay predicts, held against what would have been seen and judged had the draft been in force. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box, Polygon, Rule, Zone } from '#core/camera.ts';
import { canonicalJson } from '#core/canonical-json.ts';
import { cameraId, ruleId, zoneId } from '#core/ids.ts';
import { compare, judgedBy } from '#core/replay/compare.ts';
import { type Draft, type LawVersions, withDraft } from '#core/replay/draft.ts';
import { lawAt, rejudge } from '#core/replay/rejudge.ts';
import type { Observation } from '#core/sighting.ts';
import { standingOf } from '#core/standing.ts';
import { incidentsOf } from '#core/stays/judge.ts';
import { staysOf } from '#core/violations/registry.ts';
import { at, car, day, frame, PLACE, rule, trading, zone } from '../unit/stays/builders.ts';

const SIZE = [1920, 1080] as const;
const clockOf = (minute: number) =>
  `${String(9 + Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

const polygon: fc.Arbitrary<Polygon> = fc
  .record({
    x: fc.integer({ min: 0, max: 1500 }),
    y: fc.integer({ min: 300, max: 900 }),
    w: fc.integer({ min: 150, max: 1500 }),
    h: fc.integer({ min: 100, max: 700 }),
    lean: fc.integer({ min: -200, max: 200 }),
  })
  .map(({ x, y, w, h, lean }) => [
    [x, y],
    [x + w, y],
    [x + w + lean, y + h],
    [x + lean, y + h],
  ]);
const box: fc.Arbitrary<Box> = fc
  .record({
    x: fc.integer({ min: 0, max: 1500 }),
    y: fc.integer({ min: 200, max: 800 }),
    w: fc.integer({ min: 120, max: 420 }),
    h: fc.integer({ min: 90, max: 260 }),
  })
  .map(({ x, y, w, h }) => [x, y, x + w, y + h]);
const stop = fc.record({
  box,
  from: fc.nat({ max: 40 }),
  minutes: fc.integer({ min: 1, max: 30 }),
  look: fc.nat({ max: 7 }),
  read: fc.boolean(),
});
const PLATES = ['浙A8K3F2', '苏E1B48W', '皖C50PN6', '沪DX773H', '京N2Q9V4', '粤B66M1E', '川A5T8R1', '渝D7M3K9'];

interface Street {
  polygons: readonly Polygon[];
  stops: readonly { box: Box; from: number; minutes: number; look: number; read: boolean }[];
}
const streets: fc.Arbitrary<Street> = fc.record({
  polygons: fc.array(polygon, { minLength: 1, maxLength: 3 }),
  stops: fc.array(stop, { minLength: 1, maxLength: 6 }),
});
const TYPES = ['sidewalk', 'legal_parking', 'road'] as const;

function lawOf({ polygons }: Street): LawVersions {
  const zones = polygons.map((drawn, index): Zone => {
    const type = TYPES[index] ?? 'road';
    return zone({ id: `z${index}`, type, polygon: drawn, ruleIds: type === 'sidewalk' ? [ruleId('parking')] : [] });
  });
  return { zones, rules: [rule(), trading()] };
}

/** The street as `inspect` sees it under a law. */
function seen({ stops }: Street, law: LawVersions): readonly Observation[] {
  return Array.from({ length: 60 }, (_, minute) => {
    const here = stops.filter(({ from, minutes }) => from <= minute && minute < from + minutes);
    const cars = here.map((one) =>
      car({ box: one.box, look: one.look, plate: one.read ? (PLATES[one.look] ?? null) : null }),
    );
    const { observation } = frame(clockOf(minute), { cars });
    const { zones, rules } = lawAt(law, observation);
    const vehicles = observation.vehicles.map((one) => ({
      ...one,
      ...standingOf(one.box, { zones, rules, imageSize: SIZE }),
    }));
    return { ...observation, vehicles };
  });
}

function incidents(observations: readonly Observation[], { zones, rules }: LawVersions) {
  const { placeDay, looks } = day([], { zones, rules });
  const whole = { ...placeDay, observations };
  return incidentsOf(staysOf(whole, looks), whole).map((stay) => judgedBy(stay, rules));
}
const again = (observations: readonly Observation[], law: LawVersions) =>
  observations.map((one) => rejudge(one, law, SIZE).observation);

const FROM = at('00:00');
const drafts: fc.Arbitrary<Draft> = fc.oneof(
  fc.record({ drawn: polygon, type: fc.constantFrom(...TYPES), which: fc.nat({ max: 3 }) }).map(
    ({ drawn, type, which }): Draft => ({
      zone: {
        ...{ id: zoneId(`z${which}`), cameraId: cameraId('CAM-01'), type, polygon: drawn, shop: null },
        ruleIds: type === 'sidewalk' ? [ruleId('parking')] : [],
      },
    }),
  ),
  fc
    .record({
      permittedStaySeconds: fc.integer({ min: 0, max: 1500 }),
      phase: fc.constantFrom<Rule['phase']>('warning', 'enforcing'),
      open: fc.boolean(),
    })
    .map(({ permittedStaySeconds, phase, open }): Draft => {
      const { version: _, effectiveFrom: __, effectiveTo: ___, ...fields } = rule();
      return { rule: { ...fields, permittedStaySeconds, phase, hours: open ? [] : [{ from: '09:10', to: '09:30' }] } };
    }),
);

describe('a replay', () => {
  it('of the law in force adds, loses and changes nothing', () => {
    fc.assert(
      fc.property(streets, (street) => {
        const law = lawOf(street);
        const stored = seen(street, law);
        expect(canonicalJson(again(stored, law))).toBe(canonicalJson(stored));
        const { added, lost, changed, kept } = compare(incidents(stored, law), incidents(again(stored, law), law));
        expect([added, lost, changed]).toEqual([[], [], []]);
        expect(kept).toHaveLength(incidents(stored, law).length);
      }),
      { numRuns: 60 },
    );
  });

  it('of a draft predicts, to the letter, what is judged once it is in force since the same instant', () => {
    let differing = 0;
    fc.assert(
      fc.property(streets, drafts, (street, draft) => {
        const law = lawOf(street);
        const drafted = withDraft(law, draft, PLACE, FROM);
        const stored = seen(street, law);
        const predicted = incidents('zone' in draft ? again(stored, drafted) : stored, drafted);
        const lived = incidents(seen(street, drafted), drafted);
        // A rule draft leaves the rule version of an observation alone: nothing asks for it.
        expect(canonicalJson(predicted)).toBe(canonicalJson(lived));
        const { added, lost, changed } = compare(incidents(stored, law), predicted);
        if (added.length + lost.length + changed.length > 0) differing += 1;
      }),
      { numRuns: 150 },
    );
    // Were every draft without effect, nothing would have been tested.
    expect(differing).toBeGreaterThan(20);
  });

  it('accounts for every incident of either side exactly once', () => {
    fc.assert(
      fc.property(streets, drafts, (street, draft) => {
        const law = lawOf(street);
        const drafted = withDraft(law, draft, PLACE, FROM);
        const [before, after] = [incidents(seen(street, law), law), incidents(seen(street, drafted), drafted)];
        const { added, lost, changed, kept } = compare(before, after);
        expect(lost.length + changed.length + kept.length).toBe(before.length);
        expect(added.length + changed.length + kept.length).toBe(after.length);
      }),
      { numRuns: 60 },
    );
  });
});
