import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Incident } from '#core/incident.ts';
import { dissolve, reopen, seal, selfCorrect } from '#core/incident-machine.ts';
import { Refusal } from '#core/refusal.ts';
import { decide, undo, withdraw } from '#core/review-decision.ts';
import { assertReleasable } from '#core/review-gate.ts';
import { confirmationsNeeded } from '#core/review-stages.ts';
import { ANNA, BO, incident, MINUTE, plateVote, SUPERVISOR, sufficient, T0 } from '../unit/review-incident.ts';

const people = [
  { officer: ANNA, roles: ['reviewer'] },
  { officer: BO, roles: ['legal-reviewer'] },
  { officer: SUPERVISOR, roles: ['supervisor'] },
  // Someone with every role may still not stand in for two people.
  { officer: ANNA, roles: ['reviewer', 'legal-reviewer', 'supervisor'] },
];
const person = fc.constantFrom(...people);
const outcome = fc.constantFrom(
  'confirm',
  'confirm',
  'confirm',
  'confirm',
  'confirm',
  'reject',
  'educate',
  'escalate',
  'send-back' as const,
);

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('work' as const),
      by: person,
      outcome,
      stale: fc.constantFrom(false, false, false, true),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('seal' as const), revision: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('undo' as const), by: person, handedOut: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), by: person }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('dissolve', 'reopen', 'self-correct' as const) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const beginning = fc.record({
  grade: fc.constantFrom('evidence', 'evidence', 'evidence', 'clue' as const),
  phase: fc.constantFrom('enforcing', 'enforcing', 'enforcing', 'warning' as const),
  secondReview: fc.boolean(),
  plate: fc.constantFrom(plateVote('浙A8K3F2'), null),
});

function start({ plate, ...change }: typeof beginning extends fc.Arbitrary<infer T> ? T : never): Incident {
  const fresh = incident({ ...change, state: 'open', package: null });
  return { ...fresh, stay: { ...fresh.stay, plate } };
}

/** One step; a refusal leaves everything as it is. */
function tried(subject: Incident, act: Step, now: number): Incident {
  try {
    switch (act.kind) {
      case 'seal': {
        const sha256 = String(act.revision).repeat(64);
        return seal(subject, { sha256, key: 'k', bytes: 1, revision: act.revision, sealedAt: now }, now);
      }
      case 'work': {
        const held = { ...subject, lease: { officerId: act.by.officer.id, until: now + MINUTE } };
        const version = subject.version - (act.stale ? 1 : 0);
        const packageSha256 = subject.package?.sha256 ?? '';
        const command = {
          ...act.by,
          outcome: act.outcome,
          reason: 'duplicate' as const,
          note: '',
          version,
          packageSha256,
          sufficiency: sufficient(subject),
        };
        return decide(held, command, now);
      }
      case 'undo':
        return undo(subject, { ...act.by, handedOut: act.handedOut }, now);
      case 'withdraw':
        return withdraw(subject, { ...act.by, reason: 'duplicate', note: '' }, now);
      case 'dissolve':
        return dissolve(subject, now);
      case 'reopen':
        return reopen(subject, now);
      case 'self-correct':
        return selfCorrect(subject, now);
    }
  } catch (error) {
    if (error instanceof Refusal) return subject;
    throw error;
  }
}

describe('whatever is tried on an incident, in whatever order', () => {
  it('it is confirmed only by as many people as the rule asks, on the package that stands, where the law allows', () => {
    let confirmed = 0;
    let confirmedTwice = 0;
    fc.assert(
      fc.property(beginning, fc.array(step, { minLength: 5, maxLength: 25, size: 'max' }), (from, steps) => {
        let subject = start(from);
        for (const [index, act] of steps.entries()) {
          const before = subject;
          subject = tried(before, act, T0 + index * MINUTE);
          if (subject !== before) expect(subject.version).toBe(before.version + 1);
          if (subject.state !== 'confirmed' && subject.state !== 'withdrawn') continue;
          const confirming = subject.decisions.filter(
            (decision) => decision.outcome === 'confirm' && decision.packageSha256 === subject.package?.sha256,
          );
          const officers = new Set(confirming.map(({ officerId }) => officerId));
          expect(officers.size).toBeGreaterThanOrEqual(confirmationsNeeded(subject));
          expect({ grade: subject.grade, phase: subject.phase }).toEqual({ grade: 'evidence', phase: 'enforcing' });
          expect(confirming.every(({ plate }) => plate !== null)).toBe(true);
          expect(() => assertReleasable(subject)).not.toThrow();
          confirmed += 1;
          if (subject.secondReview) confirmedTwice += 1;
        }
      }),
      { numRuns: 1000 },
    );
    // The property says nothing about runs that never get there: make sure that many did.
    expect(confirmed).toBeGreaterThan(20);
    expect(confirmedTwice).toBeGreaterThan(5);
  });

  it('an undone decision leaves what was before it', () => {
    fc.assert(
      fc.property(beginning, fc.array(step, { maxLength: 15 }), person, outcome, (from, steps, by, decided) => {
        const before = steps.reduce((subject, act, index) => tried(subject, act, T0 + index * MINUTE), start(from));
        const now = T0 + 60 * MINUTE;
        const decision = tried(before, { kind: 'work', by, outcome: decided, stale: false }, now);
        // A disagreement between officers is decided by the arbiter, not taken back.
        fc.pre(decision !== before && decision.state !== 'arbitration');
        const undone = undo(decision, { ...by, handedOut: false }, now);
        const { sufficiency: _, ...kept } = before;
        expect(undone).toEqual({ ...kept, lease: null, updatedAt: now, version: before.version + 2 });
      }),
      { numRuns: 300 },
    );
  });
});
