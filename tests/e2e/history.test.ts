/** 以往记录: what the same vehicle or shop was found at before, as an officer sees it, and who looked at it. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeId } from '#core/ids.ts';
import type { Incident, IncidentState } from '#core/incident.ts';
import { STATE_WORDS } from '#core/incident-machine.ts';
import { DAY_MS } from '#core/time.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { history, historyWrites } from '#platform/records/history.ts';
import { putIncident } from '#platform/records/incidents.ts';
import { rulePut } from '#platform/records/rules.ts';
import { ANNA, incident, plateVote, T0 } from '../unit/review-incident.ts';
import { rule } from '../unit/stays/builders.ts';
import { type Office, openOffice } from './review-office.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

/** Decided without an officer's act: what happened before this test. */
const earlier = (name: string, days: number, change: Partial<Incident> = {}, stay: Partial<Incident['stay']> = {}) => {
  const base = incident({}, name);
  const at = T0 - days * DAY_MS;
  const moved = { ...base.stay, firstSeen: at, lastSeen: at + 600_000, ...stay };
  return office.add(name, { state: 'educated', ...change, stay: moved });
};
const look = async (id = 'i1') => (await office.ask('anna', `GET /v1/review/${id}`)).json;
const idsOf = ({ history: items }: { history: { id: string }[] }) => items.map(({ id }) => id);
const actsOf = async (id: string) => (await streamEntries(office.table, `incident/${id}`)).map(({ act }) => act);

describe('the history of a vehicle', () => {
  it('is what it was found at before, newest first, within the year that makes a first offence', async () => {
    await earlier('year-ago', 366);
    await earlier('spring', 60);
    await earlier('last-week', 7, { state: 'self-corrected' });
    await earlier('later', -1);
    await earlier('another-car', 3, {}, { plate: plateVote('浙A8K3F3') });
    await earlier('nothing-after-all', 2, { state: 'dissolved' });
    await earlier('a-shop', 2, {}, { type: 'street-trading', shop: '老王', plate: null });
    await office.add('i1');
    const seen = await look();
    expect(idsOf(seen)).toEqual(['last-week', 'spring']);
    expect(seen.history[0]).toEqual({
      id: 'last-week',
      type: 'sidewalk-parking',
      place: { id: 'P1', name: '文一西路北侧人行道' },
      firstSeen: '2026-05-05T09:30:00+08:00',
      state: 'self-corrected',
    });
    expect(seen.suggestion).toMatchObject({ outcome: null, first: { holds: false }, repeat: false });
  });

  it('comes with a claim too', async () => {
    await earlier('spring', 60);
    await office.add('i1');
    const { json } = await office.ask('anna', 'POST /v1/review/claim', { id: 'i1' });
    expect(idsOf(json.item)).toEqual(['spring']);
  });

  it('is looked up for judging only', async () => {
    await earlier('spring', 60);
    await office.add('i1', { state: 'educated' });
    expect(await look()).toMatchObject({ history: [], suggestion: null });
    expect(await actsOf('spring')).toEqual([]);
  });

  it('is a look at those cases, on their trails and on its own, without a plate', async () => {
    await earlier('spring', 60);
    await office.add('i1');
    await office.ask('anna', 'GET /v1/review/i1?reason=check');
    expect(await actsOf('i1')).toEqual(['incident.viewed', 'incident.history-viewed']);
    const [entry] = await streamEntries(office.table, 'incident/spring');
    expect(entry).toMatchObject({
      act: 'incident.viewed-as-history',
      actor: { kind: 'officer', id: 'anna' },
      facts: { unit: '五常中队', reason: 'check', for: 'i1' },
    });
    expect(JSON.stringify(entry)).not.toContain('8K3F2');
  });

  it('follows the plate that an officer corrects, and comes back when that is undone', async () => {
    await earlier('of-the-read-plate', 9);
    await earlier('of-the-true-plate', 8, {}, { plate: plateVote('浙A8K3F9') });
    const one = await office.add('i1');
    const past = async (plate: string) =>
      (
        await history(
          office.table,
          incident({ stay: { ...one.stay, plate: plateVote(plate), firstSeen: T0 + 1 } }, 'next'),
        )
      ).map(({ id }) => id);
    expect(await past('浙A8K3F2')).toEqual(['i1', 'of-the-read-plate']);
    expect((await office.confirm('anna', 'i1', { plate: '浙A·8K3F9' })).status).toBe(200);
    expect(await past('浙A8K3F2')).toEqual(['of-the-read-plate']);
    expect(await past('浙A8K3F9')).toEqual(['i1', 'of-the-true-plate']);
    await office.ask('anna', 'POST /v1/review/i1/undo');
    expect(await past('浙A8K3F2')).toEqual(['i1', 'of-the-read-plate']);
    expect(await past('浙A8K3F9')).toEqual(['of-the-true-plate']);
  });

  it('does not tell a second officer by its past which plate the first confirmed', async () => {
    await earlier('of-the-read-plate', 9);
    await earlier('of-the-true-plate', 8, {}, { plate: plateVote('浙A8K3F9') });
    await office.add('i1', { secondReview: true });
    await office.confirm('anna', 'i1', { plate: '浙A·8K3F9' });
    const { json } = await office.ask('bo', 'POST /v1/review/claim', { id: 'i1' });
    expect(idsOf(json.item)).toEqual(['of-the-read-plate']);
  });
});

describe('the history of a shop', () => {
  it('is by its name at its place', async () => {
    const shop = { type: 'street-trading', shop: '老王水果店', plate: null, vehicleClass: null } as const;
    await earlier('here', 5, {}, shop);
    await earlier('namesake-elsewhere', 5, {}, { ...shop, placeId: placeId('P2') });
    await office.add('i1', { stay: { ...incident().stay, ...shop, occupiedShare: 0.1 } });
    expect(idsOf(await look())).toEqual(['here']);
  });
});

describe('a suggestion', () => {
  it('to educate is a hint with its three reasons; the item still waits for a person', async () => {
    await office.table.write({ ...rulePut(rule({ id: 'R1', permittedStaySeconds: 360 })), expect: 'any' });
    const end = { kind: 'departed', seenFreeAt: T0 + 11 * 60_000 } as const;
    const one = await office.add('i1', { stay: { ...incident().stay, end } });
    expect((await look()).suggestion).toMatchObject({
      outcome: 'educate',
      reason: 'first-minor-corrected',
      first: { holds: true, facts: { zh: '365 天内：确认违法 0 件，教育 0 件，自行改正 0 件' } },
      minor: { holds: true, facts: { zh: '停留 10 分 0 秒，允许 6 分 0 秒' } },
      corrected: { holds: true },
      source: { zh: '《行政处罚法》第三十三条第一款' },
    });
    expect((await office.ask('anna', 'GET /v1/review/queue')).json.items.map(({ id }: { id: string }) => id)).toEqual([
      one.id,
    ]);
  });
});

describe('what an incident writes', () => {
  const states = fc.constantFrom(
    ...Object.keys(STATE_WORDS).filter((name): name is IncidentState => name in STATE_WORDS),
  );
  const version = fc.record({
    state: states,
    plate: fc.constantFrom('浙A8K3F2', '浙A8K3F9', null),
    confirmed: fc.constantFrom('浙A8K3F2', '苏E1B48W', null),
    minute: fc.integer({ min: 0, max: 3 }),
  });

  it('is at most two rows of history, one of them standing, and no plate in their keys', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(version, { minLength: 1, maxLength: 6 }), async (versions) => {
        const rows = new Map<string, unknown>();
        let previous: Incident | null = null;
        for (const { state, plate, confirmed, minute } of versions) {
          const base = incident({ state });
          const decisions = confirmed === null ? [] : [decisionOn(confirmed)];
          const stay = { ...base.stay, plate: plate === null ? null : plateVote(plate), firstSeen: T0 + minute };
          const next: Incident = { ...base, decisions, stay };
          const writes = historyWrites(next, previous);
          expect(writes.length).toBeLessThanOrEqual(2);
          for (const write of writes) {
            const key = `${write.partition} ${write.sort}`;
            expect(key).not.toMatch(/8K3F|1B48W/);
            if (write.kind === 'put') rows.set(key, write.value);
            else rows.delete(key);
          }
          // What the first officer confirmed does not count until the second has decided.
          const known = state === 'second-review' ? plate : (plate ?? confirmed);
          const isRemembered = state !== 'dissolved' && known !== null;
          expect([...rows.values()]).toEqual(isRemembered ? [expect.objectContaining({ id: 'i1', state })] : []);
          previous = next;
        }
      }),
    );
  });

  it('stays within the bound that correlation counts on', () => {
    const base = incident();
    const next = {
      ...base,
      version: 2,
      jurisdiction: '仓前中队',
      stay: { ...base.stay, plate: plateVote('浙A8K3F9') },
    };
    expect(putIncident(next, base).length).toBeLessThanOrEqual(12);
  });
});

const decisionOn = (plate: string): Incident['decisions'][number] => ({
  ...{ officerId: ANNA.id, officerName: ANNA.name, stage: 'first', outcome: 'confirm', reason: null, note: '' },
  ...{ plate, at: T0, packageSha256: 'ab'.repeat(32) },
});
