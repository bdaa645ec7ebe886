/** What art. 33 would have an officer consider: never more than a hint, and never without all three. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PastIncident } from '#core/history.ts';
import { incidentId, placeId } from '#core/ids.ts';
import type { Incident, IncidentState, StayEnd } from '#core/incident.ts';
import { STATE_WORDS } from '#core/incident-machine.ts';
import { SELF_CORRECTED_MOST, SMALL_SHARE, suggest } from '#core/suggestion.ts';
import { incident, MINUTE, plateVote, T0 } from '../unit/review-incident.ts';
import { rule } from '../unit/stays/builders.ts';

const PERMITTED_SECONDS = 360;
const rules = [rule({ id: 'R1', permittedStaySeconds: PERMITTED_SECONDS })];
const policy = { firstTimeDays: 365 };
const STATES = Object.keys(STATE_WORDS).filter((name): name is IncidentState => name in STATE_WORDS);

const past = (state: IncidentState, index = 0): PastIncident => ({
  id: incidentId(`past-${index}`),
  type: 'sidewalk-parking',
  placeId: placeId('P1'),
  placeName: '梧桐路',
  firstSeen: T0 - index * MINUTE,
  state,
});
const histories = fc.array(fc.constantFrom(...STATES), { maxLength: 8 }).map((states) => states.map(past));
const ends = fc.constantFrom<StayEnd>(
  { kind: 'departed', seenFreeAt: T0 + 20 * MINUTE },
  { kind: 'replaced', by: T0 + 20 * MINUTE },
  { kind: 'boundary', at: T0 + 20 * MINUTE },
  { kind: 'ongoing' },
);
const cases = fc
  .record({
    seconds: fc.integer({ min: 10, max: 4 * PERMITTED_SECONDS }),
    end: ends,
    plate: fc.constantFrom(plateVote('浙A8K3F2'), null),
    isShop: fc.boolean(),
    share: fc.constantFrom(0.05, 0.2, 0.21, 0.9),
  })
  .map(({ seconds, end, plate, isShop, share }): Incident => {
    const { stay, ...rest } = incident();
    const lastSeen = T0 + seconds * 1000;
    if (!isShop) return { ...rest, stay: { ...stay, lastSeen, end, plate } };
    const shop = { type: 'street-trading', shop: '老王水果店', vehicleClass: null, occupiedShare: share } as const;
    return { ...rest, stay: { ...stay, ...shop, lastSeen, end, plate: null } };
  });

describe('a suggestion', () => {
  it('is made when it is the first time, minor and corrected, and only then; it says which one fails', () => {
    let made = 0;
    fc.assert(
      fc.property(cases, histories, (one, history) => {
        const { outcome, reason, first, minor, corrected } = suggest({ incident: one, history, rules, policy });
        const all = first.holds && minor.holds && corrected.holds;
        expect([outcome, reason]).toEqual(all ? ['educate', 'first-minor-corrected'] : [null, null]);
        if (all) made += 1;
        const { stay } = one;
        const had = (state: IncidentState) => history.filter((entry) => entry.state === state).length;
        const isKnown = stay.type === 'street-trading' || stay.plate !== null;
        expect(first.holds).toBe(
          isKnown && had('confirmed') === 0 && had('educated') === 0 && had('self-corrected') <= SELF_CORRECTED_MOST,
        );
        const isShort = stay.lastSeen - stay.firstSeen < 2 * PERMITTED_SECONDS * 1000;
        expect(minor.holds).toBe(isShort && (stay.occupiedShare ?? 0) <= SMALL_SHARE);
        expect(corrected.holds).toBe(stay.end.kind === 'departed' || stay.end.kind === 'replaced');
        for (const { facts } of [first, minor, corrected]) expect(facts.zh.length * facts.en.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
    expect(made).toBeGreaterThan(20);
  });

  it('does not depend on the order of the past, and no more past makes it kinder', () => {
    fc.assert(
      fc.property(cases, histories, histories, (one, history, more) => {
        const ask = (entries: readonly PastIncident[]) => suggest({ incident: one, history: entries, rules, policy });
        expect(ask(history.toReversed())).toEqual(ask(history));
        if (ask([...history, ...more]).outcome === 'educate') expect(ask(history).outcome).toBe('educate');
        if (ask(history).repeat) expect(ask([...history, ...more]).repeat).toBe(true);
      }),
    );
  });

  it('counts nothing that nobody decided, or that was taken back, against anybody', () => {
    const open = ['open', 'pending', 'second-review', 'escalated', 'objected', 'rejected', 'withdrawn'] as const;
    const end = { kind: 'departed', seenFreeAt: T0 + 7 * MINUTE } as const;
    const { stay, ...rest } = incident();
    const one = { ...rest, stay: { ...stay, lastSeen: T0 + 6 * MINUTE, end } };
    const { outcome, repeat } = suggest({ incident: one, history: open.map(past), rules, policy });
    expect([outcome, repeat]).toEqual(['educate', false]);
  });

  it('names a repeat offender', () => {
    expect(suggest({ incident: incident(), history: [past('confirmed')], rules, policy })).toMatchObject({
      outcome: null,
      repeat: true,
      first: { holds: false, facts: { zh: '365 天内：确认违法 1 件，教育 0 件，自行改正 0 件' } },
    });
  });

  it('takes what closed as self-corrected for corrected, though nobody saw it go', () => {
    const one = incident({ state: 'self-corrected' });
    expect(suggest({ incident: one, history: [], rules, policy }).corrected.holds).toBe(true);
  });

  it('is not made by a rule that is not on record', () => {
    expect(suggest({ incident: incident(), history: [], rules: [], policy }).minor.holds).toBe(false);
  });
});
