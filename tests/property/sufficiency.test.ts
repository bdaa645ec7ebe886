/** A sound case, and exactly one thing wrong with it: that requirement fails, alone, and nothing leads past it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Impairment } from '#core/camera-impairment.ts';
import { incidentId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { Refusal } from '#core/refusal.ts';
import { decide } from '#core/review-decision.ts';
import { assertReleasable } from '#core/review-gate.ts';
import { checkSufficiency, REQUIREMENTS } from '#core/sufficiency/check.ts';
import { blockers, type CaseFacts } from '#core/sufficiency/requirement.ts';
import { guardTable } from '#platform/guarded-table.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { auditWrites } from '#platform/records/audit.ts';
import { incidentKey, putIncident } from '#platform/records/incidents.ts';
import { CAMERA, RULE, ZONE } from '../unit/review-ground.ts';
import { ANNA, command, heldBy, MINUTE, T0 } from '../unit/review-incident.ts';
import {
  BESIDE,
  CAMERA_2,
  PLATE,
  plateAt,
  sighting,
  soundCase,
  withFrames,
  withSecondCamera,
  withSightings,
  withStay,
  ZONE_2,
} from '../unit/sufficiency/sound-case.ts';

const NOW = T0 + 20 * MINUTE;
const sound = soundCase();
const { sightings } = sound.incident.stay;
const { placeId } = sound.incident.stay;
const seconds = (min: number, max: number) => fc.integer({ min, max }).map((whole) => whole * 1000);
const notice = (change: object) => ({
  ...{ channel: 'webhook', reference: 'SMS-1', sentAt: T0 + MINUTE, graceUntil: T0 + 6 * MINUTE },
  ...change,
});
const asking = (found: ReturnType<typeof notice> | null): CaseFacts => ({
  ...sound,
  rules: [{ ...RULE, notice: { required: true, graceSeconds: 300 } }],
  incident: { ...sound.incident, notice: found },
});
const impaired = (kind: Impairment['kind'], before: number, after: number): CaseFacts =>
  withSecondCamera(sound, {
    impairments: [
      {
        ...{ cameraId: CAMERA_2.id, kind, facts: { zh: '写明', en: 'as written' } },
        ...{ from: T0 + 3 * MINUTE - before, to: T0 + 3 * MINUTE + after },
      },
    ],
  });

/** Each violation of a requirement, in whatever degree. */
const violations: Readonly<Record<string, fc.Arbitrary<CaseFacts>>> = {
  // Fewer than the bureau asks, which may ask for more than the standard.
  'two-panoramas': fc.integer({ min: 6, max: 20 }).map((least) => ({
    ...sound,
    policy: { ...sound.policy, panoramas: { ...sound.policy.panoramas, least } },
  })),
  interval: fc
    .tuple(seconds(1, 9), seconds(200, 600))
    .map(([short, later]) =>
      withSightings(sound, [sighting(CAMERA, T0), sighting(CAMERA, T0 + short), sighting(CAMERA_2, T0 + later)]),
    ),
  'permitted-stay': seconds(10, 179).map((lasting) =>
    withSightings(sound, [sighting(CAMERA, T0), sighting(CAMERA, T0 + lasting)]),
  ),
  resolution: fc
    .record({ width: fc.integer({ min: 320, max: 4000 }), height: fc.integer({ min: 240, max: 719 }), keep: fc.nat(4) })
    .map(({ width, height, keep }) => withFrames(sound, (_frame, index) => (index === keep ? {} : { width, height }))),
  'plate-legible': fc.subarray([0, 1, 2, 3, 4], { minLength: 1 }).map((wrong) =>
    withSightings(
      sound,
      sightings.map((one, index) => (wrong.includes(index) ? { ...one, plate: plateAt(BESIDE) } : one)),
    ),
  ),
  'continuity-proven': fc
    .oneof(
      fc.constant(null),
      fc.double({ min: 0, max: 0.8999, noNaN: true }).map((score) => ({ score, links: 3, weakest: null })),
    )
    .map((continuity) => withStay(sound, { continuity })),
  'dossier-valid': fc.oneof(
    seconds(-600, 300).map((after) => dossier({ technicalVerifiedUntil: T0 + 3 * MINUTE + after })),
    fc
      .constantFrom<Partial<NonNullable<typeof CAMERA.dossier>>>(
        { signInPlace: false },
        { publicationUrl: '' },
        { legalReviewNumber: '' },
        { publishedAt: T0 + 4 * MINUTE },
        { legalReviewedAt: T0 + 60 * MINUTE },
      )
      .map(dossier),
    fc
      .tuple(
        fc.constantFrom('view-moved', 'blurred', 'dark', 'blocked', 'declared' as const),
        seconds(0, 60),
        seconds(1, 60),
      )
      .map(([kind, before, after]) => impaired(kind, before, after)),
    fc.constant({ ...sound, incident: { ...sound.incident, grade: 'clue' as const } }),
  ),
  clock: fc.oneof(
    fc
      .tuple(fc.integer({ min: 1001, max: 90_000 }), fc.boolean(), fc.nat(4))
      .map(([off, behind, which]) =>
        withFrames(sound, (_frame, index) => (index === which ? { clockOffsetMs: behind ? -off : off } : {})),
      ),
    fc.tuple(seconds(0, 60), seconds(1, 60)).map(([before, after]) => impaired('clock-off', before, after)),
  ),
  'zone-in-force': fc.oneof(
    seconds(181, 600).map((after) => ({ ...sound, zones: [ZONE, { ...ZONE_2, effectiveFrom: T0 + after }] })),
    seconds(0, 480).map((after) => ({ ...sound, zones: [ZONE, { ...ZONE_2, effectiveTo: T0 + after }] })),
    fc.constant({ ...sound, zones: [ZONE] }),
  ),
  'rule-enforcing': fc.oneof(
    fc.constant({ ...sound, rules: [{ ...RULE, phase: 'warning' as const }] }),
    fc.constantFrom('09:31', '09:35', '09:40', '22:00').map((from) => ({
      ...sound,
      rules: [{ ...RULE, hours: [{ from, to: '23:00' }] }],
    })),
    seconds(1, 600).map((after) => ({ ...sound, rules: [{ ...RULE, effectiveFrom: T0 + after }] })),
    seconds(0, 600).map((after) => ({ ...sound, rules: [{ ...RULE, effectiveTo: T0 + after }] })),
  ),
  'no-permit': fc
    .tuple(seconds(0, 179), seconds(0, 179), fc.nat(600))
    .filter(([before, after]) => before + after < 180_000)
    .map(([before, after, beyond]) => {
      const [from, to] = [
        before === 0 ? T0 - beyond : T0 + before,
        after === 0 ? T0 + 10 * MINUTE + 1 + beyond : T0 + 10 * MINUTE - after,
      ];
      return {
        ...sound,
        permits: [{ id: 'P', placeId, subject: { plate: PLATE }, from, to, reason: '搬家', version: 1 }],
      };
    }),
  'once-per-act': fc
    .record({ state: fc.constantFrom('confirmed', 'objected' as const), by: seconds(-600, 600) })
    .map(({ state, by }) => ({
      ...sound,
      siblings: [
        {
          ...sound.incident,
          ...{ id: incidentId('other'), state },
          stay: { ...sound.incident.stay, sightings: [], firstSeen: T0 + by, lastSeen: T0 + 10 * MINUTE + by },
        },
      ],
    })),
  'notice-proven': fc.oneof(
    fc.constant(asking(null)),
    seconds(0, 299).map((grace) => asking(notice({ graceUntil: T0 + MINUTE + grace }))),
    seconds(541, 600).map((sentAfter) =>
      asking(notice({ sentAt: T0 + sentAfter, graceUntil: T0 + sentAfter + 300_000 })),
    ),
    seconds(1, 600).map((before) => asking(notice({ sentAt: T0 - before, graceUntil: T0 + 6 * MINUTE }))),
  ),
};

function dossier(change: Partial<NonNullable<typeof CAMERA.dossier>>): CaseFacts {
  const { dossier: whole } = CAMERA_2;
  return withSecondCamera(sound, { camera: { ...CAMERA_2, dossier: whole === null ? null : { ...whole, ...change } } });
}

const codeOf = (act: () => unknown): string => {
  try {
    act();
    return 'done';
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
};

it('every requirement that blocks is violated here', () => {
  const blocking = REQUIREMENTS.filter((requirement) => requirement.blocking).map(({ id }) => id);
  expect(Object.keys(violations).sort()).toEqual(blocking.sort());
});

it('the sound case is confirmed and may leave', () => {
  const confirmed = confirmedWith(sound);
  expect(codeOf(() => assertReleasable(confirmed))).toBe('done');
});

function confirmedWith(facts: CaseFacts): Incident {
  const held = heldBy(ANNA, facts.incident);
  return decide(held, command(held, { sufficiency: checkSufficiency(facts) }), NOW);
}

describe.each(Object.entries(violations))('%s, violated in whatever degree', (id, arbitrary) => {
  it('fails alone, and is named', () => {
    fc.assert(
      fc.property(arbitrary, (facts) => {
        const report = checkSufficiency(facts);
        expect(report.findings.filter(({ answer }) => answer === 'fails').map((finding) => finding.id)).toEqual([id]);
        expect(blockers(report).map((finding) => finding.id)).toEqual([id]);
      }),
      { numRuns: 60 },
    );
  });

  it('is confirmed by no officer, released by no gate, stored by no writer', async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary, async (facts) => {
        const base: Incident = { ...facts.incident, grade: 'evidence' };
        const report = checkSufficiency(facts);
        // As a writer would forge it: decided by an officer, with the list as it is, with one that leaves it out, with none.
        const held = heldBy(ANNA, base);
        const confirm = () => decide(held, command(held, { sufficiency: report }), NOW);
        expect(codeOf(confirm)).toBe('evidence-insufficient');
        const honest = decide(held, command(held, { sufficiency: checkSufficiency(sound) }), NOW);
        const shortened = { ...report, findings: report.findings.filter((finding) => finding.id !== id) };
        const sqlite = openSqliteTable(':memory:', { now: () => NOW });
        const table = guardTable(sqlite);
        await table.transact(putIncident(base, null));
        for (const sufficiency of [report, shortened, { ...report, findings: [] }, null]) {
          const forged = { ...honest, sufficiency };
          expect(codeOf(() => assertReleasable(forged))).toBe('evidence-insufficient');
          const acts = await auditWrites(table, [
            {
              ...{ stream: `incident/${base.id}`, at: NOW, act: 'incident.decided', subject: base.id },
              actor: { kind: 'officer', ...ANNA },
              facts: { outcome: 'confirm', packageSha256: base.package?.sha256 ?? '' },
            },
          ]);
          const write = {
            ...{ kind: 'put' as const, ...incidentKey(base.id), value: forged, expect: { version: base.version } },
          };
          await expect(table.transact([write, ...acts])).rejects.toMatchObject({ code: 'evidence-insufficient' });
          expect(codeOf(() => putIncident(forged, base))).toBe('evidence-insufficient');
        }
        sqlite.close();
      }),
      { numRuns: 8 },
    );
  });
});
