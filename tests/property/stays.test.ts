import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '#core/canonical-json.ts';
import { type IncidentId, incidentId, type SightingId } from '#core/ids.ts';
import type { Observation } from '#core/sighting.ts';
import { matchIncidents } from '#core/stays/identity.ts';
import { incidentsOf } from '#core/stays/judge.ts';
import { staysOf } from '#core/violations/registry.ts';
import { makeWorld, type Stop, type World } from './stays.world.ts';

/** Options rather than worlds: a counterexample is read on one line. */
const streets = fc.record({
  seed: fc.integer(),
  cameras: fc.integer({ min: 1, max: 3 }),
  stops: fc.integer({ min: 1, max: 8 }),
});

const staysOfSet = ({ placeDay, looks }: World, observations: readonly Observation[]) =>
  staysOf({ ...placeDay, observations }, looks);

const incidentsOfWorld = ({ placeDay, looks }: World) => incidentsOf(staysOf(placeDay, looks), placeDay);

describe('stays', () => {
  it('are the same for every order and repetition of the frames', () => {
    fc.assert(
      fc.property(streets, fc.array(fc.nat(), { maxLength: 40 }), fc.integer(), (street, again, seed) => {
        const world = makeWorld({ ...street, wellRead: false });
        const { observations } = world.placeDay;
        const repeated = [
          ...observations,
          ...again.flatMap((index) => observations[index % observations.length] ?? []),
        ];
        const mixed = repeated
          .map((observation, index) => ({ observation, key: Math.imul(index + 1, seed | 1) % 1009 }))
          .sort((a, b) => a.key - b.key)
          .map(({ observation }) => structuredClone(observation));
        expect(canonicalJson(staysOfSet(world, mixed))).toBe(canonicalJson(staysOfSet(world, observations)));
      }),
      { numRuns: 40 },
    );
  });

  it('never mix two cars, nor two stops of one car', () => {
    fc.assert(
      fc.property(streets, (street) => {
        const world = makeWorld({ ...street, wellRead: false });
        for (const stay of staysOfSet(world, world.placeDay.observations)) {
          const stops = new Set(stay.sightings.map(({ sightingId }) => world.stopOf.get(sightingId)));
          expect(stops.size).toBe(1);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('of well-read plates give each stop that was seen long enough exactly one incident, with its plate', () => {
    fc.assert(
      fc.property(streets, (street) => {
        const world = makeWorld({ ...street, wellRead: true });
        const found = incidentsOfWorld(world).map(({ plate, firstSeen, lastSeen }) => [
          plate?.text,
          firstSeen,
          lastSeen,
        ]);
        const expected = [...seen(world)]
          .filter(([, times]) => Math.max(...times) - Math.min(...times) >= 180_000)
          .map(([stop, times]) => [world.plates[stop.car], Math.min(...times), Math.max(...times)]);
        expect(found.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 80 },
    );
  });

  it('shorter than permitted never become an incident', () => {
    fc.assert(
      fc.property(streets, (street) => {
        const world = makeWorld({ ...street, wellRead: false });
        for (const { sightings } of incidentsOfWorld(world)) {
          const stop = world.stopOf.get(sightings[0]?.sightingId ?? ('' as SightingId));
          expect((stop?.to ?? 0) - (stop?.from ?? 0)).toBeGreaterThanOrEqual(180_000);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('keep one number an incident while frames come one by one in any order', () => {
    fc.assert(
      fc.property(streets, fc.integer(), (street, seed) => {
        const world = makeWorld({ ...street, wellRead: true });
        const arriving = world.placeDay.observations.toSorted(
          (a, b) => ((a.capturedAt * 31 + seed) % 997) - ((b.capturedAt * 31 + seed) % 997),
        );
        let known: { id: IncidentId; sightingIds: SightingId[] }[] = [];
        let issued = 0;
        for (let count = 10; count <= arriving.length + 9; count += 10) {
          const placeDay = { ...world.placeDay, observations: arriving.slice(0, count) };
          const stays = incidentsOf(staysOf(placeDay, world.looks), placeDay);
          const matched = matchIncidents(known, stays);
          known = stays.map((stay) => ({
            id: matched.get(stay) ?? incidentId(`incident-${issued++}`),
            sightingIds: stay.sightings.map(({ sightingId }) => sightingId),
          }));
          expect(new Set(known.map(({ id }) => id)).size).toBe(stays.length);
        }
        expect(known).toHaveLength(incidentsOfWorld(world).length);
      }),
      { numRuns: 20 },
    );
  });
});

/** When each stop was seen, by any camera. */
function seen({ placeDay, stopOf }: World): Map<Stop, number[]> {
  const times = new Map<Stop, number[]>();
  for (const { capturedAt, vehicles } of placeDay.observations) {
    for (const { id } of vehicles) {
      const stop = stopOf.get(id);
      if (stop !== undefined) times.set(stop, [...(times.get(stop) ?? []), capturedAt]);
    }
  }
  return times;
}
