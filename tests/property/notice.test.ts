/**
 * Dissuade first, as a world plays it: frames of a car that comes and goes, arriving in any order, with the clock's rounds in
 * between. Everything that decides is the real thing; only storage is a list.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SightingId } from '#core/ids.ts';
import type { Incident, Stay } from '#core/incident.ts';
import { selfCorrect } from '#core/incident-machine.ts';
import {
  assertReminded,
  belied,
  graceMsOf,
  noticeOfStay,
  noticeStage,
  outlasts,
  REMIND_WITHIN_MS,
  sentAtOf,
} from '#core/review-notice.ts';
import { incidentsOf } from '#core/stays/judge.ts';
import { staysOf } from '#core/violations/registry.ts';
import { type Circumstances, reconcile } from '../../functions/correlate/reconcile.ts';
import { incident, MINUTE, T0 } from '../unit/review-incident.ts';
import { car, day, frame, rule, type Shot } from '../unit/stays/builders.ts';

const GRACE_MS = 5 * MINUTE;
const asking = rule({ notice: { required: true, graceSeconds: GRACE_MS / 1000 } });
const circumstances: Circumstances = {
  models: () => [],
  placeName: '梧桐路 18 号',
  jurisdiction: () => '一中队',
  grade: () => 'evidence',
  phase: () => 'enforcing',
  secondReview: () => false,
  legalReview: () => false,
  graceMs: (stay) => graceMsOf({ stay }, [asking]),
  reviewWithinMs: 5 * 86_400_000,
  patienceMs: 10 * MINUTE,
};

/** What the house would do; `now` of each step is no earlier than what its frames show. */
function play(steps: readonly { shot: Shot; lateMs: number; gatewayIsUp: boolean }[]) {
  let incidents: readonly Incident[] = [];
  /** The last sighting each was about. */
  const messages: (SightingId | undefined)[] = [];
  const seen: Shot[] = [];
  const corrected = new Set<string>();
  let now = 0;
  for (const { shot, lateMs, gatewayIsUp } of steps) {
    now = Math.max(now, shot.observation.capturedAt + lateMs);
    seen.push(shot);
    const { changes } = reconcile(incidents, found(seen), circumstances, now);
    const byId = new Map(incidents.map((one) => [one.id, one]));
    for (const change of changes) byId.set(change.incident.id, change.incident);
    incidents = [...byId.values()].map((one) => {
      if (corrected.has(one.id)) expect(one.state).toBe('self-corrected');
      if (one.state !== 'open') return one;
      const stage = noticeStage(one, [asking], now);
      if (stage === 'corrected') {
        corrected.add(one.id);
        return selfCorrect(one, now);
      }
      if (stage === 'persists') return { ...one, state: 'pending' as const, version: one.version + 1 };
      if (stage !== 'due' || !gatewayIsUp) return one;
      const sentAt = sentAtOf(one, { answeredAt: now, acceptedAt: null });
      // The claim of this whole page: nobody is reminded twice of one stay.
      expect(one.stay.sightings.filter(({ sightingId }) => messages.includes(sightingId))).toEqual([]);
      const about = one.stay.sightings.at(-1)?.sightingId;
      messages.push(about);
      const reference = `sms-${messages.length}`;
      const notice = { channel: 'sms', reference, sentAt, graceUntil: sentAt + GRACE_MS, about: about! };
      return { ...one, notice, version: one.version + 1 };
    });
  }
  return { incidents, stays: found(seen) };
}

function found(shots: readonly Shot[]): Stay[] {
  const { placeDay, looks } = day(shots, { rules: [asking] });
  return incidentsOf(staysOf(placeDay, looks), placeDay);
}

const clock = (minute: number) => `09:${String(minute).padStart(2, '0')}`;
/** The car is there or not at some minutes of an hour, seen by one or two cameras. */
const shots = fc
  .uniqueArray(
    fc.record({
      minute: fc.integer({ min: 0, max: 59 }),
      there: fc.constantFrom(true, true, true, true, false),
      second: fc.boolean(),
    }),
    {
      selector: ({ minute }) => minute,
      minLength: 3,
      maxLength: 14,
    },
  )
  .map((looks) =>
    looks.map(({ minute, there, second }) =>
      frame(clock(minute), {
        camera: second ? 'CAM-02' : 'CAM-01',
        cars: there ? [car({ plate: '浙A8K3F2' })] : [],
      }),
    ),
  );
/** As frames come: in order, or with some held up, or all mixed. */
const nearlyInOrder = (all: readonly Shot[]) => {
  const sorted = all.toSorted((a, b) => a.observation.capturedAt - b.observation.capturedAt);
  const held = fc
    .shuffledSubarray(sorted, { maxLength: 2 })
    .map((late) => [...sorted.filter((one) => !late.includes(one)), ...late]);
  return fc.oneof(held, fc.shuffledSubarray(sorted, { minLength: sorted.length }));
};
const world = shots.chain((all) =>
  nearlyInOrder(all).chain((order) =>
    fc.tuple(
      ...order.map((shot) =>
        fc.record({
          shot: fc.constant(shot),
          lateMs: fc.constantFrom(0, 1_000, 4 * MINUTE, 20 * MINUTE),
          gatewayIsUp: fc.constantFrom(true, true, false),
        }),
      ),
    ),
  ),
);

describe('in every world', () => {
  it('nobody is reminded twice of one stay, and nothing reaches an officer unwarned or before the grace is over', () => {
    let pending = 0;
    fc.assert(
      fc.property(world, (steps) => {
        for (const one of play(steps).incidents) {
          if (one.state !== 'pending') continue;
          pending += 1;
          const { notice } = one;
          if (notice == null) throw new Error('Expected a notice');
          expect(notice.graceUntil - notice.sentAt).toBeGreaterThanOrEqual(GRACE_MS);
          expect(one.stay.lastSeen).toBeGreaterThan(notice.graceUntil);
          // It was sent during this very stay: who left and came back was reminded anew.
          expect(one.stay.sightings.map(({ sightingId }) => sightingId)).toContain(notice.about);
        }
      }),
      { numRuns: 300 },
    );
    // Otherwise this proves nothing.
    expect(pending).toBeGreaterThan(20);
  });

  it('what closed as self-corrected stays closed, and says so when a late frame belies it', () => {
    fc.assert(
      fc.property(world, (steps) => {
        const { incidents, stays } = play(steps);
        for (const one of incidents) {
          if (one.state !== 'self-corrected' || one.notice == null) continue;
          const ids = new Set(one.stay.sightings.map(({ sightingId }) => sightingId));
          const heirs = stays.filter(({ sightings }) => sightings.some(({ sightingId }) => ids.has(sightingId)));
          const { graceUntil, about } = one.notice;
          // The stay it was sent in: a notice of another one says nothing of this.
          const shown = heirs.some(
            ({ lastSeen, sightings }) =>
              lastSeen > graceUntil && sightings.some(({ sightingId }) => sightingId === about),
          );
          if (shown) expect(one.lateFrames.contradicts).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('whoever was closed as gone, and was there after the grace by a frame that came too late, is marked and left alone', () => {
    const late = fc
      .record({ free: fc.integer({ min: 11, max: 59 }), noted: fc.constantFrom(3, 4) })
      .chain((one) => fc.integer({ min: one.noted + 6, max: one.free - 1 }).map((held) => ({ ...one, held })));
    fc.assert(
      fc.property(late, ({ free, noted, held }) => {
        const there = (minute: number) => frame(clock(minute), { cars: [car({ plate: '浙A8K3F2' })] });
        const step = (shot: Shot) => ({ shot, lateMs: 0, gatewayIsUp: true });
        const { incidents } = play([there(0), there(noted), frame(clock(free)), there(held)].map(step));
        expect(incidents.map(({ state, lateFrames }) => [state, lateFrames.contradicts])).toEqual([
          ['self-corrected', true],
        ]);
      }),
      { numRuns: 60 },
    );
  });
});

const NOW = T0 + 60 * MINUTE;
const minutes = fc.integer({ min: -120, max: 240 }).map((minute) => NOW + minute * MINUTE);

describe('when a notice counts as sent', () => {
  it('is never before its answer, nor before what it is about was seen, whatever clocks say', () => {
    fc.assert(
      fc.property(minutes, fc.option(minutes), minutes, (answeredAt, acceptedAt, lastSeen) => {
        const { stay } = incident();
        const sentAt = sentAtOf({ stay: { ...stay, lastSeen } }, { answeredAt, acceptedAt });
        expect(sentAt).toBeGreaterThanOrEqual(answeredAt);
        expect(sentAt).toBeGreaterThanOrEqual(lastSeen);
        if (acceptedAt !== null) expect(sentAt).toBeGreaterThanOrEqual(acceptedAt);
      }),
    );
  });

  it('is when the gateway took it where it is slow, but not in another year', () => {
    const { stay } = incident();
    expect(sentAtOf({ stay }, { answeredAt: NOW, acceptedAt: NOW + 3 * MINUTE })).toBe(NOW + 3 * MINUTE);
    expect(sentAtOf({ stay }, { answeredAt: NOW, acceptedAt: NOW + 400 * 86_400_000 })).toBe(NOW);
    expect(sentAtOf({ stay }, { answeredAt: NOW, acceptedAt: 0 })).toBe(NOW);
  });
});

describe('the stage', () => {
  const rules = [{ ...asking, id: incident().stay.sightings[0]!.rule.ruleId }];
  const sentAt = T0 + 11 * MINUTE;
  const notice = { channel: 'sms', reference: 'sms-1', sentAt, graceUntil: sentAt + GRACE_MS };
  const at11 = (change: Partial<Stay>, noticed = true, now = T0 + 11 * MINUTE) => {
    const base = incident();
    return noticeStage({ stay: { ...base.stay, ...change }, notice: noticed ? notice : null }, rules, now);
  };

  it.each<[string, Partial<Stay>, boolean, number, string]>([
    ['unwarned and there', {}, false, 11, 'due'],
    ['unwarned and last seen long ago', {}, false, 11 + REMIND_WITHIN_MS / MINUTE, 'stale'],
    ['unwarned and gone', { end: { kind: 'departed', seenFreeAt: T0 + 11 * MINUTE } }, false, 11, 'corrected'],
    ['unwarned at the end of the day', { end: { kind: 'boundary', at: T0 + 11 * MINUTE } }, false, 11, 'corrected'],
    ['warned', {}, true, 12, 'running'],
    ['warned and not seen since', {}, true, 600, 'running'],
    ['warned and gone in time', { end: { kind: 'departed', seenFreeAt: T0 + 14 * MINUTE } }, true, 14, 'corrected'],
    [
      'warned and its spot taken by another',
      { end: { kind: 'replaced', by: T0 + 14 * MINUTE } },
      true,
      14,
      'corrected',
    ],
    [
      'warned, gone some time after the grace',
      { end: { kind: 'departed', seenFreeAt: T0 + 30 * MINUTE } },
      true,
      30,
      'corrected',
    ],
    ['seen at the last moment of the grace', { lastSeen: T0 + 16 * MINUTE }, true, 40, 'running'],
    ['seen after the grace', { lastSeen: T0 + 16 * MINUTE + 1 }, true, 17, 'persists'],
    [
      'seen after the grace, then gone',
      { lastSeen: T0 + 17 * MINUTE, end: { kind: 'departed', seenFreeAt: T0 + 18 * MINUTE } },
      true,
      18,
      'persists',
    ],
    ['seen after the grace by a camera whose clock runs ahead', { lastSeen: T0 + 17 * MINUTE }, true, 13, 'running'],
    [
      'warned, and the day ends within the grace',
      { end: { kind: 'boundary', at: T0 + 13 * MINUTE } },
      true,
      14,
      'running',
    ],
    [
      'warned, the day ended, the grace too',
      { end: { kind: 'boundary', at: T0 + 13 * MINUTE } },
      true,
      17,
      'corrected',
    ],
  ])('of one %s', (_name, change, noticed, minute, expected) => {
    expect(at11(change, noticed, T0 + minute * MINUTE)).toBe(expected);
  });

  it('is none where no rule that was cited asks, and due when the rule has come to ask', () => {
    const base = incident();
    const [first, second] = base.stay.sightings;
    const silent = { ...rules[0]!, notice: { required: false } as const };
    const changed = { ...rules[0]!, version: 2 };
    expect(noticeStage(base, [silent, changed], sentAt)).toBe('none');
    const later = { ...second!, rule: { ruleId: changed.id, version: 2 } };
    const across = { ...base, stay: { ...base.stay, sightings: [first!, later] } };
    expect(noticeStage(across, [silent, changed], sentAt)).toBe('due');
  });

  it('of a stay does not take over the notice of an earlier one', () => {
    const { stay } = incident();
    const [first, last] = stay.sightings;
    const about = { ...notice, about: last!.sightingId };
    expect(noticeOfStay(stay, [{ notice: null }, { notice: about }])).toBe(about);
    expect(noticeOfStay({ ...stay, sightings: [first!] }, [{ notice: about }])).toBeNull();
    const cameBack = { stay: { ...stay, sightings: [first!] }, notice: about };
    expect(noticeStage(cameBack, rules, sentAt)).toBe('due');
    expect(() => assertReminded({ ...incident(cameBack), graceMs: GRACE_MS })).toThrow('a notice on record');
  });

  it('of stays that turn out to be one is by the grace that ends last, in whatever order', () => {
    const longer = { ...notice, reference: 'sms-2', graceUntil: notice.graceUntil + MINUTE };
    for (const order of [
      [notice, longer],
      [longer, notice],
    ]) {
      expect(
        noticeOfStay(
          incident().stay,
          order.map((one) => ({ notice: one })),
        ),
      ).toBe(longer);
    }
  });

  it('belies nothing but a self-corrected incident seen after its grace', () => {
    const seen = { ...incident().stay, lastSeen: notice.graceUntil + 1 };
    expect(outlasts(seen, notice)).toBe(true);
    expect(belied({ state: 'self-corrected', notice }, [seen])).toBe(true);
    expect(belied({ state: 'self-corrected', notice }, [{ ...seen, lastSeen: notice.graceUntil }])).toBe(false);
    expect(belied({ state: 'rejected', notice }, [seen])).toBe(false);
  });
});
