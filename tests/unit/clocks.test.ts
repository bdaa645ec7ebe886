import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alarmOf, type CaseProgress, type ClockId, clocksOf, nextAlarmAt, warnsAt } from '#core/clocks.ts';
import type { Incident } from '#core/incident.ts';
import { seal } from '#core/incident-machine.ts';
import { object } from '#core/objection.ts';
import { DEFAULT_POLICY } from '#core/policy.ts';
import { decide, withdraw } from '#core/review-decision.ts';
import { DAY_MS, type Instant } from '#core/time.ts';
import { ANNA, BO, command, incident, MINUTE, SUPERVISOR, T0 } from './review-incident.ts';

const SEALED = T0 + 20 * MINUTE;
const LAST_SEEN = T0 + 10 * MINUTE;
const sealed = (): Incident => {
  const { package: made, ...base } = incident({ state: 'open', package: null });
  return seal({ ...base, package: made }, incident().package!, SEALED);
};
const held = (base: Incident, officer = ANNA): Incident => ({
  ...base,
  lease: { officerId: officer.id, until: Number.MAX_SAFE_INTEGER },
});
const confirmed = (at: Instant, base = sealed()) => decide(held(base), command(base), at);
const progress = (decidedAt: Instant, ...outcomes: [string, Instant][]): CaseProgress => ({
  decidedAt,
  outcomes: outcomes.map(([outcome, at]) => ({ outcome, at })),
});
const clock = (id: ClockId, subject: Incident, entry: CaseProgress | null, now: Instant, policy = DEFAULT_POLICY) =>
  clocksOf(subject, entry, policy, now).find((candidate) => candidate.id === id);

describe('the clock of', () => {
  it.each<[string, ClockId, Incident, CaseProgress | null, Instant, object]>([
    [
      'a review runs five days from the seal',
      'review',
      sealed(),
      null,
      SEALED + DAY_MS,
      { state: 'running', startedAt: SEALED, dueAt: SEALED + 5 * DAY_MS, remaining: 4 * DAY_MS },
    ],
    ['a review on its last moment', 'review', sealed(), null, SEALED + 5 * DAY_MS, { state: 'running', remaining: 0 }],
    ['a review past it', 'review', sealed(), null, SEALED + 5 * DAY_MS + 1, { state: 'overdue', endedAt: null }],
    [
      'a review done in time',
      'review',
      confirmed(SEALED + DAY_MS),
      null,
      SEALED + 9 * DAY_MS,
      { state: 'met', endedAt: SEALED + DAY_MS, remaining: null },
    ],
    [
      'a review done late stays late',
      'review',
      confirmed(SEALED + 6 * DAY_MS),
      null,
      SEALED + 9 * DAY_MS,
      { state: 'overdue', endedAt: SEALED + 6 * DAY_MS },
    ],
    [
      'a decision runs ninety days from the confirmation',
      'decision',
      confirmed(SEALED),
      progress(SEALED),
      SEALED,
      { state: 'running', dueAt: SEALED + 90 * DAY_MS },
    ],
    [
      'a decision runs from the filing once that is known',
      'decision',
      confirmed(SEALED),
      progress(SEALED, ['filed', SEALED + 3 * DAY_MS]),
      SEALED + 91 * DAY_MS,
      { state: 'running', startedAt: SEALED + 3 * DAY_MS, remaining: 2 * DAY_MS },
    ],
    [
      'a decision ends with it',
      'decision',
      confirmed(SEALED),
      progress(SEALED, ['decided', SEALED + 30 * DAY_MS]),
      SEALED + 99 * DAY_MS,
      { state: 'met' },
    ],
    [
      'a decision stops when the case is cancelled',
      'decision',
      confirmed(SEALED),
      progress(SEALED, ['cancelled', SEALED + 30 * DAY_MS]),
      SEALED + 99 * DAY_MS,
      { state: 'stopped' },
    ],
    [
      'service runs seven days from the decision',
      'service',
      confirmed(SEALED),
      progress(SEALED, ['decided', SEALED + DAY_MS]),
      SEALED + 8 * DAY_MS + 1,
      { state: 'overdue', dueAt: SEALED + 8 * DAY_MS },
    ],
    [
      'service ends when it was served',
      'service',
      confirmed(SEALED),
      progress(SEALED, ['decided', SEALED + DAY_MS], ['served', SEALED + 2 * DAY_MS]),
      SEALED + 99 * DAY_MS,
      { state: 'met', endedAt: SEALED + 2 * DAY_MS },
    ],
    [
      'limitation runs two years from when it was last seen',
      'limitation',
      sealed(),
      null,
      SEALED,
      { state: 'running', startedAt: LAST_SEEN, dueAt: LAST_SEEN + 730 * DAY_MS },
    ],
    ['limitation is met by a confirmation', 'limitation', confirmed(SEALED), null, SEALED, { state: 'met' }],
    [
      'limitation stops with the case',
      'limitation',
      incident({ state: 'self-corrected' }),
      null,
      SEALED,
      { state: 'stopped' },
    ],
  ])('%s', (_name, id, subject, entry, now, expected) => {
    expect(clock(id, subject, entry, now)).toMatchObject(expected);
  });

  it('service starts with the decision, a review with the seal', () => {
    expect(clock('service', confirmed(SEALED), progress(SEALED), SEALED)).toBeUndefined();
    expect(clock('review', incident({ state: 'open', package: null }), null, SEALED)).toBeUndefined();
    expect(clock('decision', sealed(), null, SEALED)).toBeUndefined();
  });

  it('an objection runs as long as a review, from when it was raised, until it is answered', () => {
    const at = SEALED + 10 * DAY_MS;
    const objected = object(confirmed(SEALED), { id: 's', kind: 'object', text: '', at, by: 'party' }, at);
    expect(clock('objection', objected, null, at)).toMatchObject({ state: 'running', dueAt: at + 5 * DAY_MS });
    const by = { officer: BO, outcome: 'uphold' as const, note: '维持' };
    const answered = decide(held(objected, BO), command(objected, by), at + DAY_MS);
    expect(clock('objection', answered, null, at + 9 * DAY_MS)).toMatchObject({ state: 'met', endedAt: at + DAY_MS });
    expect(clock('review', objected, null, at)).toMatchObject({ state: 'met', endedAt: SEALED });
  });

  it('a withdrawn violation is due nothing any more', () => {
    const acting = { officer: SUPERVISOR, roles: ['supervisor'], reason: 'system-fault' as const, note: '' };
    const withdrawn = withdraw(confirmed(SEALED), acting, SEALED + DAY_MS);
    const decided = progress(SEALED, ['decided', SEALED]);
    expect(clock('service', withdrawn, decided, SEALED + 99 * DAY_MS)).toMatchObject({ state: 'stopped' });
  });

  it('a bureau may be stricter than the law', () => {
    const strict = { ...DEFAULT_POLICY, deadlines: { reviewDays: 2, decideDays: 30, serveDays: 3, limitDays: 365 } };
    expect(clock('review', sealed(), null, SEALED, strict)?.dueAt).toBe(SEALED + 2 * DAY_MS);
    expect(clock('decision', confirmed(SEALED), progress(SEALED), SEALED, strict)?.dueAt).toBe(SEALED + 30 * DAY_MS);
    expect(clock('limitation', sealed(), null, SEALED, strict)?.dueAt).toBe(LAST_SEEN + 365 * DAY_MS);
  });
});

describe('an alarm', () => {
  const at = (now: Instant) => alarmOf(clock('review', sealed(), null, now)!, now);
  it.each<[string, Instant, ReturnType<typeof alarmOf>]>([
    ['is silent at first', SEALED + 4 * DAY_MS - 1, null],
    ['warns from four fifths of the time on', SEALED + 4 * DAY_MS, 'warning'],
    ['still warns at the last moment', SEALED + 5 * DAY_MS, 'warning'],
    ['says overdue after it', SEALED + 5 * DAY_MS + 1, 'overdue'],
  ])('%s', (_name, now, expected) => {
    expect(at(now)).toBe(expected);
  });

  it('is silent of what ended, however late', () => {
    const late = SEALED + 8 * DAY_MS;
    expect(alarmOf(clock('review', confirmed(late), null, late)!, late)).toBeNull();
  });

  it('whoever looks when told to misses none: between two looks nothing changes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 800 * DAY_MS }), fc.nat({ max: 800 * DAY_MS }), (from, step) => {
        const now = SEALED + from;
        const clocks = clocksOf(sealed(), null, DEFAULT_POLICY, now);
        const next = nextAlarmAt(clocks, now);
        const levels = (when: Instant) =>
          clocksOf(sealed(), null, DEFAULT_POLICY, when).map((one) => alarmOf(one, when));
        expect(next === null || next > now).toBe(true);
        const before = next === null ? now + step : Math.min(now + step, next - 1);
        expect(levels(before)).toEqual(levels(now));
        if (next !== null) expect(levels(next)).not.toEqual(levels(now));
      }),
    );
  });

  it('warns before it is due', () => {
    for (const one of clocksOf(sealed(), progress(SEALED, ['decided', SEALED]), DEFAULT_POLICY, SEALED)) {
      expect(warnsAt(one)).toBeGreaterThan(one.startedAt);
      expect(warnsAt(one)).toBeLessThan(one.dueAt);
    }
  });
});
