/** What a recomputation may do to incidents on record, and what it may not. */
import { describe, expect, it } from 'vitest';
import { frameId, officerId, sightingId } from '#core/ids.ts';
import type { Incident, Stay } from '#core/incident.ts';
import { type Circumstances, reconcile } from '../../functions/correlate/reconcile.ts';
import { incident, MINUTE, plateVote, T0 } from './review-incident.ts';

const PATIENCE = 10 * MINUTE;
const circumstances: Circumstances = {
  models: () => [],
  placeName: '文一西路北侧人行道',
  jurisdiction: () => '五常中队',
  grade: () => 'evidence',
  phase: () => 'enforcing',
  secondReview: () => false,
  legalReview: () => false,
  graceMs: () => null,
  reviewWithinMs: 5 * 86_400_000,
  patienceMs: PATIENCE,
};
const NOW = T0 + 12 * MINUTE;
const run = (existing: Incident[], stays: Stay[], now = NOW) => reconcile(existing, stays, circumstances, now);

const { stay } = incident();
/** The same stay, one frame longer. */
const longer = (minutes: number): Stay => {
  const [first] = stay.sightings;
  if (first === undefined) throw new Error('Expected sightings');
  const added = {
    ...first,
    sightingId: sightingId('late'),
    frameId: frameId('late'),
    capturedAt: T0 + minutes * MINUTE,
  };
  return { ...stay, lastSeen: T0 + minutes * MINUTE, sightings: [...stay.sightings, added] };
};
const acts = (existing: Incident[], stays: Stay[], now = NOW) =>
  run(existing, stays, now).changes.map(({ act }) => act);

describe('a stay that outlasted its rule', () => {
  it('opens an incident with a number that says its day', () => {
    const [change] = run([], [stay]).changes;
    expect(change).toMatchObject({ act: 'incident.opened', replaces: null, incident: { state: 'open', version: 1 } });
    expect(change?.incident.id).toMatch(/^KW20260512-[0-9A-HJKMNP-TV-Z]{8}$/);
  });

  it('opens the same number whoever computes it', () => {
    const numbers = [run([], [stay]), run([], [stay], NOW + MINUTE)].map(({ changes }) => changes[0]?.incident.id);
    expect(new Set(numbers).size).toBe(1);
  });

  it('changes nothing when nothing is new', () => {
    expect(acts([incident({ state: 'open' })], [stay])).toEqual([]);
    expect(acts([incident()], [stay])).toEqual([]);
  });
});

describe('an incident nobody decided', () => {
  it('that is open follows its stay', () => {
    const [change] = run([incident({ state: 'open' })], [longer(11)]).changes;
    expect(change).toMatchObject({
      act: 'incident.updated',
      incident: { state: 'open', stay: { lastSeen: T0 + 11 * MINUTE } },
    });
  });

  it('that is sealed is not sealed again for every frame of a stay that goes on', () => {
    expect(run([incident()], [longer(11)])).toEqual({ changes: [], postponed: true });
  });

  it.each<[string, Stay, number]>([
    ['half as long again', longer(15), T0 + 16 * MINUTE],
    ['ended', { ...longer(11), end: { kind: 'departed', seenFreeAt: T0 + 12 * MINUTE } }, NOW],
    ['read otherwise', { ...longer(11), plate: plateVote('浙A8K3E2') }, NOW],
    ['without news for long', longer(11), T0 + 11 * MINUTE + PATIENCE],
  ])('that is sealed is taken back to be sealed anew when its stay is %s', (_, changed, now) => {
    const [change] = run([incident()], [changed], now).changes;
    expect(change).toMatchObject({ act: 'incident.updated', incident: { state: 'open' } });
  });

  it('dissolves when the frames no longer support it, and comes back with its number when they do', () => {
    const [gone] = run([incident()], []).changes;
    expect(gone).toMatchObject({ act: 'incident.dissolved', incident: { state: 'dissolved' } });
    const [back] = run(gone === undefined ? [] : [gone.incident], [stay]).changes;
    expect(back).toMatchObject({ act: 'incident.reopened', incident: { id: incident().id, state: 'open' } });
  });
});

describe('an incident in an officer’s hands, or decided', () => {
  const leased = incident({ lease: { officerId: officerId('anna'), until: NOW + MINUTE } });
  const confirmed = incident({ state: 'confirmed' });

  it.each([
    ['claimed', leased],
    ['confirmed', confirmed],
    ['rejected', incident({ state: 'rejected' })],
  ])('is not rewritten while %s: late frames are noted on it', (_, frozen) => {
    const [change, ...more] = run([frozen], [longer(11)]).changes;
    expect(more).toEqual([]);
    expect(change?.act).toBe('incident.late-frames');
    expect(change?.incident.stay).toEqual(frozen.stay);
    expect(change?.incident.state).toBe(frozen.state);
    expect(change?.incident.lateFrames.contradicts).toBe(false);
  });

  it('is marked when late frames speak against it', () => {
    const [change] = run([confirmed], []).changes;
    expect(change).toMatchObject({
      act: 'incident.late-frames',
      incident: { state: 'confirmed', lateFrames: { contradicts: true } },
    });
  });

  it('is noted once: the same frames again change nothing', () => {
    const [change] = run([confirmed], [longer(11)]).changes;
    expect(acts(change === undefined ? [] : [change.incident], [longer(11)])).toEqual([]);
  });

  it('keeps what late frames split off from becoming a second incident of one act', () => {
    const [first, second] = stay.sightings;
    if (first === undefined || second === undefined) throw new Error('Expected two sightings');
    const pieces = [first, second].map((sighting) => ({ ...stay, sightings: [sighting] }));
    expect(acts([confirmed], pieces)).toEqual(['incident.late-frames']);
  });

  it('is free again when the lease has run out', () => {
    expect(acts([leased], [longer(20)], NOW + 9 * MINUTE)).toEqual(['incident.updated']);
  });
});

describe('a stay of a day, seen every 15 seconds', () => {
  const [first] = stay.sightings;
  if (first === undefined) throw new Error('Expected sightings');
  const seenFor = (hours: number, from = 0): Stay => {
    const sightings = Array.from({ length: (hours - from) * 240 }, (_, index) => {
      const at = T0 + from * 3_600_000 + index * 15_000;
      return { ...first, sightingId: sightingId(`s${at}`), frameId: frameId(`f${at}`), capturedAt: at };
    });
    return {
      ...stay,
      sightings,
      firstSeen: sightings[0]?.capturedAt ?? T0,
      lastSeen: sightings.at(-1)?.capturedAt ?? T0,
    };
  };
  const opened = (found: Stay): Incident => {
    const [change] = run([], [found]).changes;
    if (change === undefined) throw new Error('Expected an incident');
    return change.incident;
  };

  it('is an incident that keeps a thousand sightings at most, and goes on as the same one', () => {
    const known = opened(seenFor(20));
    expect(known.stay.sightings.length).toBeLessThanOrEqual(1001);
    const { changes } = run([known], [seenFor(24)]);
    expect(changes).toMatchObject([{ act: 'incident.updated', incident: { id: known.id } }]);
    expect(acts([known], [seenFor(20)])).toEqual([]);
  });

  it('is not contradicted by its own frames once it is decided, and only what came after them is late', () => {
    const decided: Incident = { ...opened(seenFor(20)), state: 'confirmed' };
    expect(acts([decided], [seenFor(20)])).toEqual([]);
    const [change] = run([decided], [seenFor(24)]).changes;
    expect(change).toMatchObject({ act: 'incident.late-frames', incident: { lateFrames: { contradicts: false } } });
    const old = new Set(seenFor(20).sightings.map(({ frameId: id }) => id));
    expect(change?.incident.lateFrames.frameIds.filter((id) => old.has(id))).toEqual([]);
    expect(change?.incident.lateFrames.frameIds.length).toBeGreaterThan(100);
  });

  it('still knows the reminder that was sent when it was shorter', () => {
    const known = opened(seenFor(3));
    const about = known.stay.sightings.at(-1)?.sightingId;
    const sentAt = known.stay.lastSeen;
    const notice = { channel: 'log', reference: 'N1', sentAt, graceUntil: sentAt + MINUTE, ...(about && { about }) };
    const [change] = run([{ ...known, notice }], [seenFor(24)]).changes;
    expect(change?.incident.notice).toEqual(notice);
    expect(change?.incident.stay.sightings.map((one) => one.sightingId)).toContain(about);
  });
});
