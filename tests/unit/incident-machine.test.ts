import { describe, expect, it } from 'vitest';
import type { Incident } from '#core/incident.ts';
import { dissolve, reopen, seal, selfCorrect, TRANSITIONS } from '#core/incident-machine.ts';
import { Refusal } from '#core/refusal.ts';
import { type DecisionCommand, decide, undo, withdraw } from '#core/review-decision.ts';
import { assertReleasable } from '#core/review-gate.ts';
import { ANNA, BO, command, heldBy, incident, MINUTE, SUPERVISOR, T0 } from './review-incident.ts';

const NOW = T0 + 20 * MINUTE;

/** The code of the refusal, or the state reached. */
function outcomeOf(act: () => Incident): string {
  try {
    return act().state;
  } catch (error) {
    if (error instanceof Refusal) return `${error.code} ${error.status}`;
    throw error;
  }
}
const sealed = (revision: number) => ({
  ...incident().package!,
  revision,
  sha256: `${revision}`.repeat(64).slice(0, 64),
});

describe('a decision', () => {
  it.each<[string, Partial<Incident>, Partial<DecisionCommand>, string]>([
    ['confirms', {}, {}, 'confirmed'],
    ['confirms into second review where the rule asks for two officers', { secondReview: true }, {}, 'second-review'],
    ['rejects with a reason', {}, { outcome: 'reject', reason: 'sign-unclear' }, 'rejected'],
    ['educates with a reason', {}, { outcome: 'educate', reason: 'first-minor-corrected' }, 'educated'],
    ['escalates without one', {}, { outcome: 'escalate' }, 'escalated'],
    ['needs a reason to reject', {}, { outcome: 'reject' }, 'reason-missing 422'],
    ['needs a reason to educate', {}, { outcome: 'educate' }, 'reason-missing 422'],
    ['needs a note for the reason other', {}, { outcome: 'reject', reason: 'other' }, 'note-missing 422'],
    ['cannot send back what nobody confirmed', {}, { outcome: 'send-back', note: 'x' }, 'state-conflict 409'],
    ['needs the version that stands', {}, { version: 0 }, 'version-stale 409'],
    ['needs the package that stands', {}, { packageSha256: 'cd'.repeat(32) }, 'package-stale 409'],
    ['needs a package at all', { package: null }, {}, 'not-sealed 409'],
    ['needs the role', {}, { roles: ['legal-reviewer'] }, 'role-missing 403'],
    ['needs a lease', { lease: null }, {}, 'lease-lost 409'],
    ['needs a lease that still runs', { lease: { officerId: ANNA.id, until: NOW } }, {}, 'lease-lost 409'],
    ['needs the lease to be the officer’s own', { lease: { officerId: BO.id, until: NOW + 1 } }, {}, 'lease-lost 409'],
    ['cannot confirm what a clue camera saw', { grade: 'clue' }, {}, 'grade-clue 422'],
    ['can reject what a clue camera saw', { grade: 'clue' }, { outcome: 'reject', reason: 'duplicate' }, 'rejected'],
    ['cannot confirm in a warning phase', { phase: 'warning' }, {}, 'phase-warning 422'],
    ['takes a corrected plate with its dot', {}, { plate: '浙a·d12345' }, 'confirmed'],
    ['refuses a plate with I or O', {}, { plate: '浙A·8O3F2' }, 'plate-invalid 422'],
    ['refuses a plate with a hole', {}, { plate: '浙A·8K3F' }, 'plate-invalid 422'],
    ['is impossible once rejected', { state: 'rejected' }, {}, 'state-conflict 409'],
    ['is impossible before it is sealed', { state: 'open' }, {}, 'state-conflict 409'],
    ['on an escalated item is the supervisor’s', { state: 'escalated' }, {}, 'role-missing 403'],
  ])('%s', (_name, change, by, expected) => {
    const base = heldBy(ANNA, incident());
    const subject = { ...base, ...change };
    expect(outcomeOf(() => decide(subject, command(subject, by), NOW))).toBe(expected);
  });

  it('needs a plate to confirm parking when no frame shows one', () => {
    const base = heldBy(ANNA, incident());
    const unread = { ...base, stay: { ...base.stay, plate: null } };
    expect(outcomeOf(() => decide(unread, command(unread), NOW))).toBe('plate-missing 422');
    expect(decide(unread, command(unread, { plate: '浙A·8K3F2' }), NOW).decisions[0]?.plate).toBe('浙A8K3F2');
  });

  it('needs no plate to confirm trading in the street', () => {
    const base = heldBy(ANNA, incident());
    const stall = { ...base, stay: { ...base.stay, type: 'street-trading' as const, plate: null } };
    expect(outcomeOf(() => decide(stall, command(stall), NOW))).toBe('confirmed');
  });

  it('names the current version to an officer with a stale one', () => {
    const subject = heldBy(ANNA, incident({ version: 7 }));
    expect(() => decide(subject, command(subject, { version: 5 }), NOW)).toThrow(
      expect.objectContaining({ facts: expect.objectContaining({ data: { version: 7, state: 'pending' } }) }),
    );
  });

  it('ends the lease, counts the version up and leaves the incident it was given untouched', () => {
    const before = heldBy(ANNA, incident());
    const after = decide(before, command(before), NOW);
    expect({ lease: after.lease, version: after.version, updatedAt: after.updatedAt }).toEqual({
      lease: null,
      version: 2,
      updatedAt: NOW,
    });
    expect(before.decisions).toEqual([]);
  });
});

describe('the second officer', () => {
  const first = () => {
    const base = heldBy(ANNA, incident({ secondReview: true }));
    return decide(base, command(base), NOW);
  };
  const asBo = (base: Incident, change: Partial<DecisionCommand> = {}) => {
    const held = heldBy(BO, base);
    return decide(held, command(held, { officer: BO, ...change }), NOW);
  };

  it('is another person', () => {
    const held = heldBy(ANNA, first());
    expect(outcomeOf(() => decide(held, command(held), NOW))).toBe('same-officer 403');
  });

  it('makes it a violation', () => {
    const done = asBo(first());
    expect(done.state).toBe('confirmed');
    expect(done.decisions.map(({ stage }) => stage)).toEqual(['first', 'second']);
  });

  it('signs as legal reviewer when that is the role', () => {
    expect(asBo(first(), { roles: ['legal-reviewer'] }).decisions[1]?.stage).toBe('legal');
  });

  it('cannot confirm another plate', () => {
    expect(outcomeOf(() => asBo(first(), { plate: '浙A·8K3F3' }))).toBe('plate-disagrees 422');
  });

  it('sends back with a word why, and both confirmations are needed again', () => {
    expect(outcomeOf(() => asBo(first(), { outcome: 'send-back' }))).toBe('reason-missing 422');
    const back = asBo(first(), { outcome: 'send-back', note: '车牌请复核' });
    expect(back.state).toBe('pending');
    expect(asBo(back).state).toBe('second-review');
  });

  it('is still needed after an escalation that nobody confirmed', () => {
    const base = heldBy(ANNA, incident({ secondReview: true }));
    const escalated = decide(base, command(base, { outcome: 'escalate' }), NOW);
    const held = heldBy(SUPERVISOR, escalated);
    const done = decide(held, command(held, { officer: SUPERVISOR, roles: ['supervisor'] }), NOW);
    expect(done.state).toBe('second-review');
  });
});

describe('undo', () => {
  const decided = (change: Partial<DecisionCommand> = {}, base = incident()) => {
    const held = heldBy(ANNA, base);
    return decide(held, command(held, change), NOW);
  };
  const byAnna = { officer: ANNA, roles: ['reviewer'], handedOut: false };

  it.each<[Partial<DecisionCommand>]>([
    [{}],
    [{ outcome: 'reject', reason: 'duplicate' }],
    [{ outcome: 'educate', reason: 'first-minor-corrected' }],
    [{ outcome: 'escalate' }],
  ])('restores the state before %j', (change) => {
    const undone = undo(decided(change), byAnna, NOW);
    expect({ state: undone.state, decisions: undone.decisions, version: undone.version }).toEqual({
      state: 'pending',
      decisions: [],
      version: 3,
    });
  });

  it('of a second confirmation leads back to second review', () => {
    const held = heldBy(BO, decided({}, incident({ secondReview: true })));
    const confirmed = decide(held, command(held, { officer: BO }), NOW);
    expect(undo(confirmed, { ...byAnna, officer: BO }, NOW).state).toBe('second-review');
  });

  it.each<[string, () => Incident, Parameters<typeof undo>[1], string]>([
    ['once the case system has it', () => decided(), { ...byAnna, handedOut: true }, 'already-released 409'],
    ['of a colleague’s decision', () => decided(), { ...byAnna, officer: BO }, 'not-your-decision 403'],
    ['with a stale version', () => decided(), { ...byAnna, version: 1 }, 'version-stale 409'],
    ['of nothing', () => incident(), byAnna, 'nothing-to-undo 409'],
    [
      'while a colleague has it open',
      () => heldBy(BO, decided({}, incident({ secondReview: true }))),
      byAnna,
      'lease-held 409',
    ],
  ])('is refused %s', (_name, subject, acting, expected) => {
    expect(outcomeOf(() => undo(subject(), acting, NOW))).toBe(expected);
  });

  it('of a colleague’s decision is the supervisor’s right', () => {
    expect(undo(decided(), { officer: SUPERVISOR, roles: ['supervisor'], handedOut: false }, NOW).state).toBe(
      'pending',
    );
  });
});

describe('withdrawal', () => {
  const confirmed = () => {
    const held = heldBy(ANNA, incident());
    return decide(held, command(held), NOW);
  };
  const bySupervisor = { officer: SUPERVISOR, roles: ['supervisor'], reason: 'stolen-or-cloned' as const, note: '' };

  it('keeps the decisions and says who, when and why', () => {
    const withdrawn = withdraw(confirmed(), bySupervisor, NOW + MINUTE);
    expect(withdrawn.state).toBe('withdrawn');
    expect(withdrawn.decisions).toHaveLength(1);
    expect(withdrawn.withdrawal).toMatchObject({
      officerId: SUPERVISOR.id,
      reason: 'stolen-or-cloned',
      at: NOW + MINUTE,
    });
  });

  it.each<[string, () => Incident, Partial<Parameters<typeof withdraw>[1]>, string]>([
    ['by a reviewer', confirmed, { roles: ['reviewer'] }, 'role-missing 403'],
    ['without a reason', confirmed, { reason: null }, 'reason-missing 422'],
    ['of what is no violation', () => incident(), {}, 'state-conflict 409'],
  ])('is refused %s', (_name, subject, change, expected) => {
    expect(outcomeOf(() => withdraw(subject(), { ...bySupervisor, ...change }, NOW))).toBe(expected);
  });
});

describe('the machine', () => {
  it('seals an open incident, and again with more frames while nobody has judged', () => {
    const once = seal(incident({ state: 'open', package: null }), sealed(1), NOW);
    expect(once).toMatchObject({ state: 'pending', package: { revision: 1 }, version: 2 });
    expect(seal(once, sealed(2), NOW)).toMatchObject({ state: 'pending', package: { revision: 2 }, version: 3 });
  });

  it('never exchanges a package that somebody judged', () => {
    const held = heldBy(ANNA, incident({ secondReview: true }));
    const judged = decide(held, command(held), NOW);
    expect(outcomeOf(() => seal(judged, sealed(2), NOW))).toBe('state-conflict 409');
  });

  it('dissolves and self-corrects only what nobody decided', () => {
    const held = heldBy(ANNA, incident());
    const decided = decide(held, command(held), NOW);
    expect(outcomeOf(() => dissolve(incident(), NOW))).toBe('dissolved');
    expect(outcomeOf(() => selfCorrect(incident({ state: 'open' }), NOW))).toBe('self-corrected');
    expect(outcomeOf(() => dissolve(decided, NOW))).toBe('state-conflict 409');
    expect(outcomeOf(() => selfCorrect(decided, NOW))).toBe('state-conflict 409');
  });

  it('reopens a dissolved incident without its package', () => {
    expect(reopen(dissolve(incident(), NOW), NOW)).toMatchObject({ state: 'open', package: null });
  });

  it('leads to confirmed only by a confirmation', () => {
    const ways = Object.values(TRANSITIONS).flatMap((acts) =>
      Object.entries(acts)
        .filter(([, to]) => to === 'confirmed')
        .map(([act]) => act),
    );
    expect(new Set(ways)).toEqual(new Set(['confirm']));
  });
});

describe('the gate to release', () => {
  const confirmed = () => {
    const held = heldBy(ANNA, incident());
    return decide(held, command(held), NOW);
  };
  const code = (subject: Incident) =>
    outcomeOf(() => {
      assertReleasable(subject);
      return subject;
    });

  it('lets a reviewed, sealed incident of evidence cameras and an enforcing rule pass', () => {
    expect(assertReleasable(confirmed())).toMatchObject({ plate: '浙A8K3F2', decidedAt: NOW });
  });

  it.each<[string, Partial<Incident>, string]>([
    ['nobody decided', { decisions: [] }, 'not-reviewed 409'],
    ['is not confirmed', { state: 'pending' }, 'state-conflict 409'],
    ['comes from a clue camera', { grade: 'clue' }, 'grade-clue 422'],
    ['comes from a switched-off camera', { grade: 'off' }, 'grade-clue 422'],
    ['falls in a warning phase', { phase: 'warning' }, 'phase-warning 422'],
    ['is not sealed', { package: null }, 'not-sealed 409'],
    ['was confirmed on another package', { package: sealed(2) }, 'not-reviewed 409'],
    ['needs a second officer', { secondReview: true }, 'not-reviewed 409'],
  ])('stops one that %s', (_name, change, expected) => {
    expect(code({ ...confirmed(), ...change })).toBe(expected);
  });

  it('stops two confirmations of one person', () => {
    const once = confirmed();
    expect(code({ ...once, secondReview: true, decisions: [...once.decisions, ...once.decisions] })).toBe(
      'not-reviewed 409',
    );
  });

  it('stops a confirmation followed by a rejection', () => {
    const once = confirmed();
    const rejection = { ...once.decisions[0]!, outcome: 'reject' as const, reason: 'duplicate' as const };
    expect(code({ ...once, decisions: [...once.decisions, rejection] })).toBe('not-reviewed 409');
  });
});
