import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifestText, parseManifest } from '#core/evidence/bag.ts';
import { chooseKeyFrames, KEY_FRAME_LIMIT } from '#core/evidence/key-frames.ts';
import { readZip } from '#core/evidence/zip-read.ts';
import { writeZip } from '#core/evidence/zip-write.ts';
import { cameraId, frameId, ruleId, sightingId, zoneId } from '#core/ids.ts';
import type { StaySighting } from '#core/incident.ts';

const sighting = fc
  .record({
    at: fc.integer({ min: 0, max: 50 }),
    camera: fc.constantFrom('CAM-1', 'CAM-2', 'CAM-3'),
    confidence: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(
    ({ at, camera, confidence }): StaySighting => ({
      sightingId: sightingId(`S-${camera}-${at}`),
      frameId: frameId(`F-${camera}-${at}`),
      cameraId: cameraId(camera),
      capturedAt: at * 10_000,
      box: [0, 0, 10, 10],
      plate:
        confidence === null
          ? null
          : {
              text: '浙A8K3F2',
              confidence,
              corners: [
                [1, 1],
                [5, 1],
                [5, 3],
                [1, 3],
              ],
            },
      zone: { zoneId: zoneId('sidewalk'), version: 1 },
      rule: { ruleId: ruleId('R-1'), version: 1 },
    }),
  );
const sightings = fc.uniqueArray(sighting, { selector: ({ frameId: id }) => id, minLength: 1, maxLength: 60 });

describe('the key frames of a stay', () => {
  it('do not depend on the order of its sightings', () => {
    fc.assert(
      fc.property(
        sightings.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          expect(chooseKeyFrames(shuffled)).toEqual(chooseKeyFrames(all));
        },
      ),
    );
  });

  it('are at most eight, in time order, each frame once, the first and the last among them', () => {
    fc.assert(
      fc.property(sightings, (all) => {
        const chosen = chooseKeyFrames(all);
        const times = chosen.map(({ sighting: { capturedAt } }) => capturedAt);
        expect(chosen.length).toBeGreaterThan(0);
        expect(chosen.length).toBeLessThanOrEqual(KEY_FRAME_LIMIT);
        expect(new Set(chosen.map(({ sighting: { frameId: id } }) => id)).size).toBe(chosen.length);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(times[0]).toBe(Math.min(...all.map(({ capturedAt }) => capturedAt)));
        expect(times.at(-1)).toBe(Math.max(...all.map(({ capturedAt }) => capturedAt)));
      }),
    );
  });

  it('hold the surest plate of each camera', () => {
    fc.assert(
      fc.property(sightings, (all) => {
        const chosen = chooseKeyFrames(all).map(({ sighting: one }) => one);
        for (const camera of new Set(all.map(({ cameraId: id }) => id))) {
          const own = (list: readonly StaySighting[]) =>
            Math.max(
              -1,
              ...list.filter(({ cameraId: id }) => id === camera).map(({ plate }) => plate?.confidence ?? -1),
            );
          expect(own(chosen)).toBe(own(all));
        }
      }),
    );
  });
});

const entries = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-z0-9]{1,8}(\/[A-Za-z0-9._-]{1,8}[a-z]){0,2}$/),
    bytes: fc.uint8Array({ maxLength: 300 }),
  }),
  { selector: ({ name }) => name, maxLength: 12 },
);
const at = Date.parse('2026-05-12T09:48:30+08:00');

describe('the container of a package', () => {
  it('gives back what was put in, whatever the order it was put in', () => {
    fc.assert(
      fc.property(
        entries.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const zip = writeZip(all, at);
          const read = readZip(zip);
          expect(read.problems).toEqual([]);
          expect(new Map(read.entries.map(({ name, bytes }) => [name, [...bytes]]))).toEqual(
            new Map(all.map(({ name, bytes }) => [name, [...bytes]])),
          );
          expect(Buffer.compare(writeZip(shuffled, at), zip)).toBe(0);
        },
      ),
    );
  });

  it('never makes the reader throw, whatever bytes it gets', () => {
    fc.assert(
      fc.property(entries, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }), (all, changes) => {
        const zip = writeZip(all, at);
        for (const [where, value] of changes) zip[where % zip.length] = value;
        expect(() => readZip(zip)).not.toThrow();
      }),
    );
  });
});

it('a manifest of hashes reads back as it was written', () => {
  fc.assert(
    fc.property(entries, (all) => {
      fc.pre(all.length > 0);
      expect([...(parseManifest(manifestText(all))?.keys() ?? [])].sort()).toEqual(all.map(({ name }) => name).sort());
    }),
  );
});
