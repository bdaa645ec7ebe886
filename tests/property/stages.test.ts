/** Whatever officers, the party, the program and the case system try, in whatever order, with whatever roles. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { officerId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import {
  type Act,
  dissolve,
  isInFeed,
  nextVersion,
  reopen,
  seal,
  selfCorrect,
  TRANSITIONS,
} from '#core/incident-machine.ts';
import { takeStatement } from '#core/objection.ts';
import { Refusal } from '#core/refusal.ts';
import { asSeenBy, discloses, knowsFirst } from '#core/review-blind.ts';
import { type DecisionCommand, decide, undo, withdraw } from '#core/review-decision.ts';
import { assertReleasable } from '#core/review-gate.ts';
import { standingConfirmations } from '#core/review-stages.ts';
import { isFrozen } from '../../functions/correlate/reconcile.ts';
import { incident, MINUTE, sufficient, T0 } from '../unit/review-incident.ts';

const PEOPLE = (
  [
    ['r1', 'reviewer'],
    ['r2', 'reviewer'],
    ['r3', 'reviewer'],
    ['l1', 'legal-reviewer'],
    ['l2', 'legal-reviewer', 'reviewer'],
    ['s1', 'supervisor'],
    ['s2', 'supervisor'],
    // Every role in one person stands for one person.
    ['all', 'reviewer', 'legal-reviewer', 'supervisor'],
  ] as const
).map(([id, ...roles]) => ({ officer: { id: officerId(id), name: id }, roles: [...roles] }));
type Person = (typeof PEOPLE)[number];

const ACTS: readonly Act[] = [...new Set(TRANSITIONS.map(({ act }) => act))];
const OUTCOMES: ReadonlySet<string> = new Set([
  ...['confirm', 'reject', 'educate', 'escalate', 'send-back', 'uphold', 'sustain'],
]);
const isOutcome = (act: string): act is DecisionCommand['outcome'] => OUTCOMES.has(act);

const step = fc.record({
  /** Mostly an act that the state lists, sometimes any. */
  listed: fc.nat({ max: 9 }),
  act: fc.nat(),
  by: fc.constantFrom(...PEOPLE),
  plate: fc.constantFrom('浙A8K3F2', '浙A8K3F2', '浙A8K3F3'),
  looks: fc.subarray(PEOPLE, { maxLength: 2 }),
  handedOut: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const needs = fc.record({ secondReview: fc.boolean(), legalReview: fc.boolean() });

/** What each person has been shown of others' decisions. */
interface World {
  incident: Incident;
  learntAt: Map<string, number>;
  shown: Map<string, Set<string>>;
}

function look(world: World, { officer }: Person, now: number): void {
  const seen = asSeenBy(world.incident, officer.id);
  if (discloses(seen, officer.id)) world.learntAt.set(officer.id, now);
  const keys = world.shown.get(officer.id) ?? new Set<string>();
  for (const { officerId: by, at } of seen.decisions) keys.add(`${by} ${at}`);
  world.shown.set(officer.id, keys);
}

function perform(
  { incident: subject, learntAt }: World,
  act: Act,
  { by, plate, handedOut }: Step,
  now: number,
): Incident {
  if (isOutcome(act)) {
    const held = { ...subject, lease: { officerId: by.officer.id, until: now + 1 } };
    return decide(
      held,
      {
        ...{ ...by, outcome: act, reason: 'duplicate', note: '', plate, version: subject.version },
        ...{ packageSha256: subject.package?.sha256 ?? '', sufficiency: sufficient(subject) },
        informed: knowsFirst(subject, learntAt.get(by.officer.id) ?? null),
      },
      now,
    );
  }
  switch (act) {
    case 'seal': {
      const sha256 = String(now % 10).repeat(64);
      return seal(subject, { sha256, key: 'k', bytes: 1, revision: 1, sealedAt: now }, now);
    }
    case 'revise': {
      const isPossible = (subject.state === 'open' || subject.state === 'pending') && !isFrozen(subject, now);
      return isPossible ? nextVersion(subject, { state: 'open' }, now) : subject;
    }
    case 'dissolve':
      return dissolve(subject, now);
    case 'reopen':
      return reopen(subject, now);
    case 'self-correct':
      return selfCorrect(subject, now);
    case 'undo':
      return undo(subject, { ...by, handedOut }, now);
    case 'withdraw':
      return withdraw(subject, { ...by, reason: 'duplicate', note: '' }, now);
    case 'object':
      return takeStatement(subject, { id: `${now}`, kind: 'object', text: '', at: now, by: 'party' }, now);
    default:
      throw new Error(`Expected an act that this test knows, received ${act}`);
  }
}

function tried(world: World, act: Act, one: Step, now: number): Incident {
  try {
    return perform(world, act, one, now);
  } catch (error) {
    if (error instanceof Refusal) return world.incident;
    throw error;
  }
}

/** Walks, and calls `visit` for every step that changed something. */
function walk(
  start: typeof needs extends fc.Arbitrary<infer T> ? T : never,
  steps: readonly Step[],
  visit: (before: Incident, act: Act, after: Incident, one: Step, world: World) => void,
): void {
  const world: World = {
    incident: incident({ ...start, state: 'open', package: null }),
    learntAt: new Map(),
    shown: new Map(),
  };
  for (const [index, one] of steps.entries()) {
    const now = T0 + (index + 20) * MINUTE;
    const before = world.incident;
    const possible = TRANSITIONS.filter(({ from }) => from === before.state).map(({ act }) => act);
    const acts = one.listed > 0 && possible.length > 0 ? possible : ACTS;
    const act = acts[one.act % acts.length] ?? 'seal';
    const after = tried(world, act, one, now);
    // On an objection `confirm` and `reject` are other words for what stands on record.
    const said = isOutcome(act) ? (after.decisions.at(-1)?.outcome ?? act) : act;
    if (after !== before) visit(before, said, after, one, world);
    world.incident = after;
    // The answer to an act is a look too.
    for (const person of after === before ? one.looks : [one.by, ...one.looks]) look(world, person, now);
  }
}

const WALKS = fc.array(step, { minLength: 20, maxLength: 40, size: 'max' });
const DETERMINISTIC = { numRuns: 4_000, seed: 20260512 };

describe('on whatever walk', () => {
  it('every change of state is one the table lists, and every one it lists happens', () => {
    const listed = new Set(TRANSITIONS.flatMap(({ from, act, to }) => to.map((state) => `${from} ${act} ${state}`)));
    const walked = new Set<string>();
    fc.assert(
      fc.property(needs, WALKS, (start, steps) => {
        walk(start, steps, (before, act, after) => {
          // Statements of the party are heard in every state; only the objection to a violation moves it.
          if (act === 'object' && before.state === after.state) return;
          walked.add(`${before.state} ${act} ${after.state}`);
        });
      }),
      DETERMINISTIC,
    );
    expect([...walked].toSorted()).toEqual([...listed].toSorted());
  }, 120_000);

  it('nothing is a violation without the officers, the blindness and the legal review it needs', () => {
    const reached = { plain: 0, second: 0, legal: 0, both: 0 };
    fc.assert(
      fc.property(needs, WALKS, (start, steps) => {
        walk(start, steps, (_before, _act, after) => {
          if (!isInFeed(after.state)) return;
          const standing = standingConfirmations(after);
          const officers = standing.filter(({ stage }) => stage !== 'legal').map(({ officerId: id }) => id);
          expect(new Set(officers).size).toBe(officers.length);
          expect(officers.length).toBeGreaterThanOrEqual(start.secondReview ? 2 : 1);
          const judged = new Set(
            after.decisions.filter(({ stage }) => stage !== 'legal').map(({ officerId: id }) => id),
          );
          const legal = standing.filter(({ stage }) => stage === 'legal');
          expect(legal.length).toBe(start.legalReview ? 1 : 0);
          for (const { officerId: id } of legal) {
            expect(['l1', 'l2', 'all']).toContain(id);
            // Who answers an objection comes after, and may be anybody who decided nothing.
            const before = after.decisions.filter(({ stage, at }) => stage !== 'legal' && at < (legal[0]?.at ?? 0));
            expect(before.map((decision) => decision.officerId)).not.toContain(id);
          }
          expect(judged.size).toBeGreaterThanOrEqual(start.secondReview ? 2 : 1);
          expect(() => assertReleasable(after)).not.toThrow();
          const kind = start.secondReview
            ? start.legalReview
              ? 'both'
              : 'second'
            : start.legalReview
              ? 'legal'
              : 'plain';
          reached[kind] += 1;
        });
      }),
      DETERMINISTIC,
    );
    for (const count of Object.values(reached)) expect(count).toBeGreaterThan(5);
  }, 120_000);

  it('no second officer was ever shown what the first decided', () => {
    let seconds = 0;
    fc.assert(
      fc.property(WALKS, (steps) => {
        walk({ secondReview: true, legalReview: true }, steps, (before, act, _after, { by }, { shown }) => {
          if (before.state !== 'second-review' || !isOutcome(act)) return;
          const first = standingConfirmations(before).at(-1);
          expect(shown.get(by.officer.id)?.has(`${first?.officerId} ${first?.at}`) ?? false).toBe(false);
          seconds += 1;
        });
      }),
      { numRuns: 1_500 },
    );
    expect(seconds).toBeGreaterThan(100);
  }, 120_000);

  it('an objection is answered by somebody who decided nothing before', () => {
    let answers = 0;
    fc.assert(
      fc.property(needs, WALKS, (start, steps) => {
        walk(start, steps, (before, act, _after, { by }) => {
          if (act !== 'uphold' && act !== 'sustain') return;
          expect(before.decisions.map(({ officerId: id }) => id)).not.toContain(by.officer.id);
          answers += 1;
        });
      }),
      { numRuns: 1_500 },
    );
    expect(answers).toBeGreaterThan(20);
  }, 120_000);

  it('undo gives back the state before the decision, and nothing that was handed out or answered', () => {
    const before = new Map<string, Incident['state']>();
    let undone = 0;
    fc.assert(
      fc.property(needs, WALKS, (start, steps) => {
        before.clear();
        walk(start, steps, (from, act, after, one) => {
          const last = from.decisions.at(-1);
          if (isOutcome(act)) before.set(`${after.decisions.length} ${after.decisions.at(-1)?.at}`, from.state);
          if (act !== 'undo') return;
          expect(after.state).toBe(before.get(`${from.decisions.length} ${last?.at}`));
          expect(after.decisions).toEqual(from.decisions.slice(0, -1));
          expect([one.handedOut, last?.stage === 'objection']).toEqual([false, false]);
          undone += 1;
        });
      }),
      { numRuns: 1_500 },
    );
    expect(undone).toBeGreaterThan(100);
  }, 120_000);
});
