/** What an incident keeps of a long stay. */
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cameraId, frameId, ruleId, sightingId } from '#core/ids.ts';
import type { Stay, StaySighting } from '#core/incident.ts';
import { SIGHTINGS_KEPT, withKeptSightings } from '#core/stays/kept-sightings.ts';
import { incident, T0 } from '../review-incident.ts';

const { stay } = incident();
const [example] = stay.sightings;
if (example === undefined) throw new Error('Expected sightings');
const SECOND = 1000;
const CORNERS = [
  [482, 874],
  [579, 877],
  [578, 908],
  [481, 906],
] as const;

const seen = (at: number, change: Partial<StaySighting> = {}, camera = 'CAM-1'): StaySighting => ({
  ...example,
  sightingId: sightingId(`${camera}/${at}`),
  frameId: frameId(`${camera}/${at}`),
  cameraId: cameraId(camera),
  capturedAt: at,
  plate: null,
  ...change,
});
/** Seen every so many seconds for so many hours. */
const long = (
  everySeconds: number,
  hours: number,
  sight: (at: number, index: number) => StaySighting = (at) => seen(at),
) => {
  const sightings = Array.from({ length: (hours * 3600) / everySeconds }, (_, index) =>
    sight(T0 + index * everySeconds * SECOND, index),
  );
  return stayOf(sightings);
};
const stayOf = (sightings: readonly StaySighting[]): Stay => ({
  ...stay,
  sightings,
  firstSeen: sightings[0]?.capturedAt ?? 0,
  lastSeen: sightings.at(-1)?.capturedAt ?? 0,
});
const idsOf = ({ sightings }: Stay) => sightings.map((one) => one.sightingId);

describe('what an incident keeps of a long stay', () => {
  it('is all of a stay of usual length', () => {
    const usual = long(15, 4);
    expect(withKeptSightings(usual)).toBe(usual);
  });

  it('is a sighting every two minutes of a day seen every 15 s, the first and the last among them', () => {
    const kept = withKeptSightings(long(15, 24));
    expect(kept.sightings.length).toBeLessThanOrEqual(SIGHTINGS_KEPT);
    expect(kept.sightings.length).toBeGreaterThan(700);
    expect(kept.sightings[0]?.capturedAt).toBe(kept.firstSeen);
    expect(kept.sightings.at(-1)?.capturedAt).toBe(kept.lastSeen);
    const gaps = kept.sightings
      .slice(1)
      .map(({ capturedAt }, at) => capturedAt - (kept.sightings[at]?.capturedAt ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(120 * SECOND);
  });

  it('are sightings of every camera, zone version and rule version that the stay cites', () => {
    const kept = withKeptSightings(
      long(15, 24, (at, index) =>
        seen(
          at,
          {
            zone: { ...example.zone, version: index < 3 ? 1 : 2 },
            rule: { ruleId: ruleId(index === 4001 ? 'R2' : 'R1'), version: 1 },
          },
          index % 100 === 0 ? 'CAM-2' : 'CAM-1',
        ),
      ),
    );
    expect(new Set(kept.sightings.map((one) => one.cameraId)).size).toBe(2);
    expect(new Set(kept.sightings.map(({ zone }) => zone.version))).toEqual(new Set([1, 2]));
    expect(kept.sightings.some(({ rule }) => rule.ruleId === 'R2')).toBe(true);
  });

  it('has the surest plate of each camera, what its continuity rests on, and what it is told to', () => {
    const plate = { text: '浙A8K3F2', confidence: 0.5, corners: CORNERS };
    const whole = long(15, 24, (at, index) => seen(at, { plate: { ...plate, confidence: index === 777 ? 0.9 : 0.5 } }));
    const [best, from, to, about] = [777, 1001, 1002, 1235].map((index) => whole.sightings[index]!);
    const link = { score: 0.5, overlap: null, shift: null, appearance: null, spot: null, samePlate: null };
    const continuity = { score: 0.5, links: 5759, weakest: { ...link, from: from!.frameId, to: to!.frameId } };
    const kept = idsOf(withKeptSightings({ ...whole, continuity }, new Set([about!.sightingId])));
    for (const one of [best, from, to, about]) expect(kept).toContain(one!.sightingId);
    expect(idsOf(withKeptSightings(whole))).not.toContain(about!.sightingId);
  });

  it('was kept before, or is new, when the stay goes on', () => {
    const step = fc.constantFrom(5, 10, 15, 60);
    fc.assert(
      fc.property(step, fc.integer({ min: 2, max: 20 }), fc.integer({ min: 1, max: 8 }), (every, hours, more) => {
        const [before, after] = [long(every, hours), long(every, hours + more)];
        const [known, kept] = [new Set(idsOf(before)), new Set(idsOf(withKeptSightings(before)))];
        const old = idsOf(withKeptSightings(after)).filter((id) => known.has(id));
        expect(old.filter((id) => !kept.has(id))).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });

  it('fits into a row, read as raggedly as plates are read', () => {
    // A generator of its own: the test is the same every day.
    let state = 7;
    const chance = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const point = (x: number, y: number) => [x + chance(), y + chance()] as const;
    const kept = withKeptSightings(
      long(10, 24, (at) =>
        seen(at, {
          sightingId: sightingId(`CAM-1.${at}.${Math.floor(chance() * 2 ** 31)}${Math.floor(chance() * 2 ** 31)}/v0`),
          frameId: frameId(`CAM-1.${at}.${Math.floor(chance() * 2 ** 31)}${Math.floor(chance() * 2 ** 31)}`),
          box: [376 + chance(), 541 + chance(), 841 + chance(), 927 + chance()],
          plate: {
            text: '浙A8K3F2',
            confidence: chance(),
            corners: [point(482, 874), point(579, 877), point(578, 908), point(481, 906)],
            characters: [...'浙A8K3F2'].map((char) => ({
              char,
              confidence: chance(),
              alternatives: [{ char: '8', confidence: chance() }],
            })),
          },
        }),
      ),
    );
    expect(deflateSync(JSON.stringify(kept)).byteLength).toBeLessThan(350 * 1024);
  });
});
