import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IncidentState } from '#core/incident.ts';
import { DEFAULT_POLICY } from '#core/policy.ts';
import {
  type Case,
  type ClockMark,
  closedAt,
  isOver,
  keepingOfFrame,
  LONGEST_STEP_MS,
  SETTLE_MS,
  trustClock,
} from '#core/retention.ts';
import { DAY_MS, type Instant } from '#core/time.ts';
import { incident, T0 } from '../unit/review-incident.ts';

const UNDECIDED: readonly IncidentState[] = [
  'open',
  'pending',
  'second-review',
  'legal-review',
  'arbitration',
  'escalated',
  'objected',
];
const SETTLED: readonly IncidentState[] = ['rejected', 'educated', 'self-corrected', 'dissolved', 'withdrawn'];

const caseIn = (state: IncidentState, change: Partial<Case> = {}): Case => ({
  incident: incident({ state, updatedAt: T0 }),
  policy: DEFAULT_POLICY,
  held: false,
  reported: [],
  ...change,
});
const cases = fc.array(
  fc.record({
    state: fc.constantFrom<IncidentState>(...UNDECIDED, ...SETTLED, 'confirmed'),
    held: fc.boolean(),
    outcomes: fc.uniqueArray(fc.constantFrom('filed', 'decided', 'served', 'objected', 'cancelled')),
  }),
  { maxLength: 4 },
);
const days = fc.integer({ min: 0, max: 4000 });

describe('a frame', () => {
  it('stays as long as the longest of its cases, whatever their order', () => {
    fc.assert(
      fc.property(cases, days, (list, later) => {
        const citing = list.map(({ state, held, outcomes }) =>
          caseIn(state, { held, reported: outcomes.map((outcome) => ({ outcome, at: T0 })) }),
        );
        const now = T0 + later * DAY_MS;
        const over = isOver(keepingOfFrame({ capturedAt: T0 }, citing, DEFAULT_POLICY), now);
        expect(isOver(keepingOfFrame({ capturedAt: T0 }, citing.toReversed(), DEFAULT_POLICY), now)).toBe(over);
        const each = citing.map((one) => isOver(keepingOfFrame({ capturedAt: T0 }, [one], DEFAULT_POLICY), now));
        expect(over).toBe(later >= 30 && each.every((one) => one));
      }),
    );
  });

  it('of a case that is held, undecided or not served never goes', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom<IncidentState>(...UNDECIDED, 'confirmed'), (others, state) => {
        const citing = [caseIn(state), ...others.map((one) => caseIn(one.state))];
        const never = T0 + 10_000 * DAY_MS;
        expect(isOver(keepingOfFrame({ capturedAt: T0 }, citing, DEFAULT_POLICY), never)).toBe(false);
        const held = [caseIn('rejected', { held: true }), ...others.map((one) => caseIn(one.state))];
        expect(isOver(keepingOfFrame({ capturedAt: T0 }, held, DEFAULT_POLICY), never)).toBe(false);
      }),
    );
  });
});

describe('a violation is over', () => {
  const at = (outcome: string, day: number) => ({ outcome, at: T0 + day * DAY_MS });
  it.each<[string, readonly { outcome: string; at: Instant }[], number | null]>([
    ['when it was decided and served', [at('decided', 10), at('served', 14)], 14],
    ['not by a decision nobody was served', [at('decided', 10)], null],
    ['not because a case was filed', [at('filed', 1), at('served', 2)], null],
    ['when it was cancelled', [at('filed', 1), at('cancelled', 5)], 5],
  ])('%s', (_name, reported, day) => {
    expect(closedAt(incident({ state: 'confirmed' }), reported)).toBe(day === null ? null : T0 + day * DAY_MS);
  });
});

describe('a clock', () => {
  const rounds = fc.array(fc.integer({ min: 1000, max: LONGEST_STEP_MS }), { minLength: 1, maxLength: 40 });

  it('that goes steadily is always gone by', () => {
    fc.assert(
      fc.property(rounds, (steps) => {
        let mark: ClockMark | undefined;
        let now = T0;
        for (const step of steps) {
          const result = trustClock(mark, now);
          expect(result.trusted).toBe(true);
          mark = result.mark;
          now += step;
        }
      }),
    );
  });

  it('that leapt is not gone by until it went steadily for a day, nor once it is set right', () => {
    fc.assert(
      fc.property(
        rounds,
        fc.integer({ min: LONGEST_STEP_MS + 1, max: 4000 * DAY_MS }),
        fc.nat({ max: 39 }),
        (steps, leap, stop) => {
          let mark: ClockMark = trustClock(undefined, T0).mark;
          let right = T0;
          let wrong = T0 + leap;
          const leaptAt = wrong;
          for (const step of steps.slice(0, stop + 1)) {
            const result = trustClock(mark, wrong);
            expect(result.trusted).toBe(wrong - leaptAt >= SETTLE_MS);
            mark = result.mark;
            wrong += step;
            right += step;
          }
          // Set right again: what is young by the right time stays, and the next leap is noticed as the first was.
          const back = trustClock(mark, right);
          expect(back).toEqual({ mark: { at: right, leaptAt: null }, trusted: true });
          expect(trustClock(back.mark, right + LONGEST_STEP_MS + 1).trusted).toBe(false);
        },
      ),
    );
  });
});
