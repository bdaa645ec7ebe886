import { describe, expect, it } from 'vitest';
import type { Incident, Statement } from '#core/incident.ts';
import { dissolve, reopen, seal, selfCorrect, TRANSITIONS } from '#core/incident-machine.ts';
import { object, takeStatement } from '#core/objection.ts';
import { Refusal } from '#core/refusal.ts';
import { type DecisionCommand, decide, undo, withdraw } from '#core/review-decision.ts';
import { assertReleasable } from '#core/review-gate.ts';
import { DAY_MS } from '#core/time.ts';
import { ANNA, BO, command, heldBy, incident, LI, MINUTE, SUPERVISOR, T0 } from './review-incident.ts';

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
/** The code of the gate to release, or the state that passes. */
const gate = (subject: Incident) =>
  outcomeOf(() => {
    assertReleasable(subject);
    return subject;
  });
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

  it('is no legal reviewer', () => {
    expect(outcomeOf(() => asBo(first(), { roles: ['legal-reviewer'] }))).toBe('role-missing 403');
  });

  it('is nobody who saw what the first decided', () => {
    expect(outcomeOf(() => asBo(first(), { informed: true }))).toBe('not-blind 403');
  });

  it('reads the plate without the first: left out, it is what the frames voted', () => {
    const base = heldBy(ANNA, incident({ secondReview: true }));
    const corrected = decide(base, command(base, { plate: '浙A·8K3F3' }), NOW);
    expect(asBo(corrected).decisions.map(({ plate }) => plate)).toEqual(['浙A8K3F3', '浙A8K3F2']);
    expect(asBo(corrected).state).toBe('arbitration');
    expect(asBo(corrected, { plate: '浙a8k3f3' }).state).toBe('confirmed');
  });

  it.each<[string, Partial<DecisionCommand>]>([
    ['confirms another plate', { plate: '浙A·8K3F3' }],
    ['rejects', { outcome: 'reject', reason: 'duplicate' }],
    ['educates', { outcome: 'educate', reason: 'first-minor-corrected' }],
    ['escalates', { outcome: 'escalate' }],
    ['sends back', { outcome: 'send-back', note: '车牌请复核' }],
  ])('who %s differs from the first: that is for the arbiter', (_name, change) => {
    const differing = asBo(first(), change);
    expect({ state: differing.state, decisions: differing.decisions.length }).toEqual({
      state: 'arbitration',
      decisions: 2,
    });
  });

  it('is still needed after an escalation that nobody confirmed', () => {
    const base = heldBy(ANNA, incident({ secondReview: true }));
    const escalated = decide(base, command(base, { outcome: 'escalate' }), NOW);
    const held = heldBy(SUPERVISOR, escalated);
    const done = decide(held, command(held, { officer: SUPERVISOR, roles: ['supervisor'] }), NOW);
    expect(done.state).toBe('second-review');
  });
});

describe('the arbiter', () => {
  const differing = (legalReview = false) => {
    const base = heldBy(ANNA, incident({ secondReview: true, legalReview }));
    const held = heldBy(BO, decide(base, command(base), NOW));
    return decide(held, command(held, { officer: BO, plate: '浙A8K3F3' }), NOW);
  };
  const asArbiter = (change: Partial<DecisionCommand>, base = differing()) => {
    const held = heldBy(SUPERVISOR, base);
    const by = { officer: SUPERVISOR, roles: ['supervisor'], plate: '浙A8K3F3', note: '放大后可辨末位为3' };
    return decide(held, command(held, { ...by, ...change }), NOW);
  };

  it.each<[string, Partial<DecisionCommand>, string]>([
    ['confirms, with a reason', {}, 'confirmed'],
    ['gives a reason', { note: '' }, 'reason-missing 422'],
    ['says which plate, where two stand', { plate: null }, 'plate-missing 422'],
    ['rejects', { outcome: 'reject', reason: 'image-unclear' }, 'rejected'],
    ['educates', { outcome: 'educate', reason: 'first-minor-corrected' }, 'educated'],
    ['sends back', { outcome: 'send-back' }, 'pending'],
    ['does not escalate further', { outcome: 'escalate' }, 'state-conflict 409'],
    ['is a supervisor', { roles: ['reviewer', 'legal-reviewer'] }, 'role-missing 403'],
  ])('%s', (_name, change, expected) => {
    expect(outcomeOf(() => asArbiter(change))).toBe(expected);
  });

  it.each([ANNA, BO])('took no part: not %j', (officer) => {
    const held = heldBy(officer, differing());
    const acting = { officer, roles: ['reviewer', 'supervisor'], note: '维持' };
    expect(outcomeOf(() => decide(held, command(held, acting), NOW))).toBe('same-officer 403');
  });

  it('leads to the legal review where one is asked for', () => {
    expect(asArbiter({}, differing(true)).state).toBe('legal-review');
  });

  it('settles what nobody can take back: a disagreement on record is decided', () => {
    const acting = { officer: BO, roles: ['reviewer', 'supervisor'], handedOut: false };
    expect(outcomeOf(() => undo(differing(), acting, NOW))).toBe('state-conflict 409');
  });

  it('makes both officers begin anew when sending back', () => {
    const held = heldBy(BO, asArbiter({ outcome: 'send-back' }));
    expect(decide(held, command(held, { officer: BO }), NOW).state).toBe('second-review');
  });
});

describe('the legal review', () => {
  const confirmed = (change: Partial<Incident> = {}) => {
    const base = heldBy(ANNA, incident({ legalReview: true, ...change }));
    return decide(base, command(base, { plate: '浙A8K3F3' }), NOW);
  };
  const asLi = (change: Partial<DecisionCommand> = {}, base = confirmed()) => {
    const held = heldBy(LI, base);
    return decide(held, command(held, { officer: LI, roles: ['legal-reviewer'], ...change }), NOW);
  };

  it.each<[string, Partial<DecisionCommand>, string]>([
    ['makes it a violation', {}, 'confirmed'],
    ['sends back with a word why', { outcome: 'send-back', note: '告知缺失' }, 'pending'],
    ['sends nothing back without', { outcome: 'send-back' }, 'reason-missing 422'],
    ['rejects with a reason', { outcome: 'reject', reason: 'sign-unclear' }, 'rejected'],
    ['does not educate', { outcome: 'educate', reason: 'first-minor-corrected' }, 'state-conflict 409'],
    ['does not change the plate', { plate: '浙A8K3F2' }, 'plate-disagrees 422'],
    ['is no supervisor’s without the role', { roles: ['supervisor', 'reviewer'] }, 'role-missing 403'],
    [
      'is another person’s than who judged the facts',
      { officer: ANNA, roles: ['legal-reviewer', 'reviewer'] },
      'same-officer 403',
    ],
  ])('%s', (_name, change, expected) => {
    const base = change.officer === undefined ? confirmed() : { ...confirmed(), lease: null };
    expect(
      outcomeOf(() => {
        const held = heldBy(change.officer ?? LI, base);
        return decide(held, command(held, { officer: LI, roles: ['legal-reviewer'], ...change }), NOW);
      }),
    ).toBe(expected);
  });

  it('comes after the second officer, who comes after the first', () => {
    const once = confirmed({ secondReview: true });
    const held = heldBy(BO, once);
    const twice = decide(held, command(held, { officer: BO, plate: '浙A8K3F3' }), NOW);
    expect([once.state, twice.state, asLi({}, twice).state]).toEqual(['second-review', 'legal-review', 'confirmed']);
    expect(asLi({}, twice).decisions.map(({ stage }) => stage)).toEqual(['first', 'second', 'legal']);
  });

  it('sends back to officers who begin anew, and is needed again', () => {
    const held = heldBy(BO, asLi({ outcome: 'send-back', note: '告知缺失' }));
    expect(decide(held, command(held, { officer: BO }), NOW).state).toBe('legal-review');
  });

  it('can be taken back by its officer', () => {
    const undone = undo(asLi(), { officer: LI, roles: ['legal-reviewer'], handedOut: false }, NOW);
    expect({ state: undone.state, decisions: undone.decisions.length }).toEqual({
      state: 'legal-review',
      decisions: 1,
    });
  });
});

describe('an objection', () => {
  const violation = () => {
    const held = heldBy(ANNA, incident());
    return decide(held, command(held), NOW);
  };
  const statement = (change: Partial<Statement> = {}): Statement & { kind: 'object' } => ({
    ...{ id: 's1', text: '车辆当时在装卸货物', at: NOW, by: 'party' as const, ...change },
    kind: 'object',
  });
  const objected = () => object(violation(), statement(), NOW + MINUTE);
  const answer = (change: Partial<DecisionCommand>, officer = BO, base = objected()) => {
    const held = heldBy(officer, base);
    return decide(held, command(held, { officer, roles: ['reviewer'], ...change }), NOW + 2 * MINUTE);
  };

  it('brings a violation back into the queue, for five days', () => {
    expect(objected()).toMatchObject({
      state: 'objected',
      deadline: NOW + MINUTE + 5 * 24 * 60 * MINUTE,
      statements: [{ id: 's1', kind: 'object' }],
    });
  });

  it('leaves it releasable: it stays in the feed', () => {
    expect(assertReleasable(objected())).toEqual(assertReleasable(violation()));
  });

  it.each<[string, Partial<DecisionCommand>, string]>([
    ['is refused with a reason, and the violation stands', { outcome: 'uphold', note: '照片无装卸' }, 'confirmed'],
    ['is refused by confirming too', { outcome: 'confirm', note: '照片无装卸' }, 'confirmed'],
    ['is not refused without a reason', { outcome: 'uphold' }, 'reason-missing 422'],
    [
      'is met with a reason, and the violation is withdrawn',
      { outcome: 'sustain', reason: 'not-stationary' },
      'withdrawn',
    ],
    ['is met by rejecting too', { outcome: 'reject', reason: 'not-stationary' }, 'withdrawn'],
    ['is not met without a reason code', { outcome: 'sustain', note: '属实' }, 'reason-missing 422'],
    ['is not escalated', { outcome: 'escalate' }, 'state-conflict 409'],
    [
      'is no legal reviewer’s to answer',
      { outcome: 'uphold', note: 'x', roles: ['legal-reviewer'] },
      'role-missing 403',
    ],
  ])('%s', (_name, change, expected) => {
    expect(outcomeOf(() => answer(change))).toBe(expected);
  });

  it('goes to another person, also the second time', () => {
    expect(outcomeOf(() => answer({ outcome: 'uphold', note: 'x' }, ANNA))).toBe('same-officer 403');
    const again = object(answer({ outcome: 'uphold', note: 'x' }), statement({ id: 's2' }), NOW + 3 * MINUTE);
    expect(again.state).toBe('objected');
    expect(outcomeOf(() => answer({ outcome: 'uphold', note: 'x' }, BO, again))).toBe('same-officer 403');
    expect(outcomeOf(() => answer({ outcome: 'uphold', note: 'x' }, SUPERVISOR, again))).toBe('confirmed');
  });

  it('says who withdrew it and why, and passes the gate as withdrawn only', () => {
    const withdrawn = answer({ outcome: 'sustain', reason: 'not-stationary' });
    expect(withdrawn.withdrawal).toMatchObject({ officerId: BO.id, reason: 'not-stationary', at: NOW + 2 * MINUTE });
    expect(gate(withdrawn)).toBe('withdrawn');
    expect(gate({ ...withdrawn, state: 'confirmed' })).toBe('not-reviewed 409');
  });

  it('once answered is not taken back', () => {
    const acting = { officer: BO, roles: ['supervisor'], handedOut: false };
    expect(outcomeOf(() => undo(answer({ outcome: 'uphold', note: 'x' }), acting, NOW))).toBe('objection-answered 409');
  });

  it('is put on record once, however often it comes', () => {
    expect(object(objected(), statement(), NOW + 9 * MINUTE)).toEqual(objected());
  });

  it.each<[string, Statement['kind'], () => Incident]>([
    ['of somebody who only states', 'state', violation],
    ['of somebody who defends', 'defend', violation],
    ['before anybody decided', 'object', () => incident()],
    ['while another waits', 'object', objected],
  ])('a statement %s is heard and moves no state', (_name, kind, subject) => {
    const before = subject();
    const after = takeStatement(before, { ...statement({ id: 's9' }), kind }, NOW + MINUTE);
    expect({ state: after.state, version: after.version, last: after.statements?.at(-1) }).toEqual({
      state: before.state,
      version: before.version + 1,
      last: { ...statement({ id: 's9' }), kind },
    });
  });

  it('makes whoever is about to decide look again', () => {
    const held = heldBy(ANNA, incident());
    const seen = command(held);
    const heard = takeStatement(held, { ...statement(), kind: 'defend' }, NOW);
    expect(outcomeOf(() => decide(heard, seen, NOW))).toBe('version-stale 409');
    expect(heard.lease).toEqual(held.lease);
  });
});

describe('limitation', () => {
  const LAST_SEEN = T0 + 10 * MINUTE;
  const late = (after: number, limitDays?: number) => {
    const now = LAST_SEEN + after;
    const base = { ...incident(), lease: { officerId: ANNA.id, until: now + MINUTE } };
    return outcomeOf(() => decide(base, command(base, limitDays === undefined ? {} : { limitDays }), now));
  };
  it.each<[string, number, number | undefined, string]>([
    ['on the last day', 730 * DAY_MS, undefined, 'confirmed'],
    ['a moment later', 730 * DAY_MS + 1, undefined, 'limitation-passed 422'],
    ['past what the bureau sets for itself', 365 * DAY_MS + 1, 365, 'limitation-passed 422'],
  ])('%s: %i ms', (_name, after, limitDays, expected) => {
    expect(late(after, limitDays)).toBe(expected);
  });

  it('is seen by the gate too', () => {
    const held = heldBy(ANNA, incident());
    const confirmed = decide(held, command(held), NOW);
    const aged = { ...confirmed, stay: { ...confirmed.stay, lastSeen: NOW - 731 * DAY_MS } };
    expect(gate(aged)).toBe('limitation-passed 422');
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

  it('leads to confirmed only by a confirmation, and back to it by an objection refused', () => {
    const ways = TRANSITIONS.filter(({ to }) => to.includes('confirmed')).map(({ from, act }) => `${from} ${act}`);
    expect(new Set(ways)).toEqual(
      new Set([
        ...['pending', 'second-review', 'arbitration', 'legal-review', 'escalated'].map((from) => `${from} confirm`),
        'objected uphold',
      ]),
    );
  });

  it('has one line for an act in a state', () => {
    const lines = TRANSITIONS.map(({ from, act }) => `${from} ${act}`);
    expect(new Set(lines).size).toBe(lines.length);
  });

  it('counts the days of a review from the first seal, whatever is sealed anew', () => {
    const once = seal(incident({ state: 'open', package: null }), sealed(1), NOW, { reviewMs: 60 * MINUTE });
    expect(once.deadline).toBe(NOW + 60 * MINUTE);
    expect(seal(once, sealed(2), NOW + MINUTE, { reviewMs: 60 * MINUTE }).deadline).toBe(NOW + 60 * MINUTE);
  });
});

describe('the gate to release', () => {
  const confirmed = () => {
    const held = heldBy(ANNA, incident());
    return decide(held, command(held), NOW);
  };

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
    expect(gate({ ...confirmed(), ...change })).toBe(expected);
  });

  it('stops two confirmations of one person', () => {
    const once = confirmed();
    expect(gate({ ...once, secondReview: true, decisions: [...once.decisions, ...once.decisions] })).toBe(
      'not-reviewed 409',
    );
  });

  it('stops a confirmation followed by a rejection', () => {
    const once = confirmed();
    const rejection = { ...once.decisions[0]!, outcome: 'reject' as const, reason: 'duplicate' as const };
    expect(gate({ ...once, decisions: [...once.decisions, rejection] })).toBe('not-reviewed 409');
  });
});
