/** Deadlines as the clock of the house meets them: recorded once, shown to supervisors, silent once met. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { streamEntries } from '#platform/records/audit.ts';
import { tend } from '../../functions/tend/tend.ts';
import { MINUTE, T0 } from '../unit/review-incident.ts';
import { type Office, openOffice } from './review-office.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

const DAY = 24 * 60 * MINUTE;
const SEALED = T0 + 12 * MINUTE;

/** The house's clock comes round at an instant. */
async function round(at: number) {
  office.clock.set(at);
  return (await tend({ table: office.table, blobs: office.blobs }, at)).alarms;
}
const acts = async (id = 'i1') =>
  (await streamEntries(office.table, `incident/${id}`))
    .filter(({ act }) => act.startsWith('deadline.'))
    .map(({ act, facts }) => `${act} ${facts.clock}`);
const alarms = async () =>
  (await office.ask('su', 'GET /v1/review/alarms')).json.items.map(
    ({ id, level, clock }: { id: string; level: string; clock: { id: string } }) => `${id} ${clock.id} ${level}`,
  );
const report = (outcome: string, at: number) =>
  office.ask('case', 'POST /v1/violations/i1/outcome', { outcome, at: new Date(at).toISOString() });

describe('a review', () => {
  it('is warned of once, said overdue once, and silent when done', async () => {
    await office.add('i1');
    expect(await round(SEALED + DAY)).toEqual({ warnings: 0, overdue: 0, more: false });
    expect(await round(SEALED + 4 * DAY)).toEqual({ warnings: 1, overdue: 0, more: false });
    expect(await round(SEALED + 4 * DAY + MINUTE)).toEqual({ warnings: 0, overdue: 0, more: false });
    expect(await alarms()).toEqual(['i1 review warning']);
    expect(await round(SEALED + 5 * DAY + 1)).toEqual({ warnings: 0, overdue: 1, more: false });
    await round(SEALED + 6 * DAY);
    expect(await acts()).toEqual(['deadline.warning review', 'deadline.overdue review']);
    expect(await alarms()).toEqual(['i1 review overdue']);
    await office.confirm('anna', 'i1');
    expect(await alarms()).toEqual([]);
    await round(SEALED + 7 * DAY);
    expect(await alarms()).toEqual([]);
    expect((await office.ask('su', 'GET /v1/review/i1')).json.clocks).toMatchObject([
      { id: 'limitation', state: 'met' },
      { id: 'review', state: 'overdue', endedAt: '2026-05-18T09:42:00+08:00', remainingSeconds: null },
      { id: 'decision', state: 'running' },
    ]);
  });

  it('that nobody watched in time is said overdue at once, without a warning before', async () => {
    await office.add('i1');
    expect(await round(SEALED + 30 * DAY)).toMatchObject({ warnings: 0, overdue: 1 });
    expect(await acts()).toEqual(['deadline.overdue review']);
  });

  it('is recorded once by two that come round at the same time', async () => {
    await office.add('i1');
    office.clock.set(SEALED + 4 * DAY);
    const rounds = await Promise.all([1, 2, 3].map(() => round(SEALED + 4 * DAY)));
    expect(rounds.reduce((sum, { warnings }) => sum + warnings, 0)).toBe(1);
    expect(await acts()).toEqual(['deadline.warning review']);
  });

  it('shows its clock to the officer who opens it', async () => {
    await office.add('i1');
    office.clock.set(SEALED + DAY);
    const { clocks } = (await office.ask('anna', 'GET /v1/review/i1')).json;
    expect(clocks[1]).toEqual({
      id: 'review',
      words: { zh: '审核记录', en: 'review of the record' },
      source: { zh: '道路交通安全违法行为处理程序规定第19条', en: 'Procedure Provisions art. 19' },
      startedAt: '2026-05-12T09:42:00+08:00',
      warnsAt: '2026-05-16T09:42:00+08:00',
      dueAt: '2026-05-17T09:42:00+08:00',
      state: 'running',
      endedAt: null,
      remainingSeconds: (4 * DAY) / 1000,
    });
  });
});

describe('a case', () => {
  const CONFIRMED = SEALED + DAY;
  beforeEach(async () => {
    await office.add('i1');
    office.clock.set(CONFIRMED);
    await office.confirm('anna', 'i1');
    await office.ask('case', 'GET /v1/violations');
  });

  it('is to be decided within ninety days of its filing, and served within seven of its decision', async () => {
    await round(CONFIRMED);
    await report('filed', CONFIRMED + 10 * DAY);
    await round(CONFIRMED + 81 * DAY);
    expect(await acts()).toEqual([]);
    await round(CONFIRMED + 82 * DAY);
    expect(await acts()).toEqual(['deadline.warning decision']);
    office.clock.set(CONFIRMED + 90 * DAY);
    await report('decided', CONFIRMED + 90 * DAY);
    await round(CONFIRMED + 90 * DAY + MINUTE);
    expect(await alarms()).toEqual([]);
    await round(CONFIRMED + 97 * DAY + MINUTE);
    expect(await alarms()).toEqual(['i1 service overdue']);
    await report('served', CONFIRMED + 98 * DAY);
    await round(CONFIRMED + 98 * DAY);
    expect(await alarms()).toEqual([]);
    expect(await acts()).toEqual(['deadline.warning decision', 'deadline.overdue service']);
  });

  it('whose party objects is to be answered within five days', async () => {
    await round(CONFIRMED);
    office.clock.set(CONFIRMED + 20 * DAY);
    await report('objected', CONFIRMED + 20 * DAY);
    await round(CONFIRMED + 24 * DAY);
    expect(await alarms()).toEqual(['i1 objection warning']);
  });
});

describe('the alarms', () => {
  it('are the supervisor’s, and come page by page, what is due first first', async () => {
    for (const [index, id] of ['i3', 'i1', 'i2'].entries()) {
      const { package: made } = await office.add(`x${id}`, {});
      await office.add(id, { package: { ...made!, sealedAt: SEALED + index * MINUTE } });
    }
    await round(SEALED + 6 * DAY);
    expect((await office.ask('anna', 'GET /v1/review/alarms')).status).toBe(403);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { json } = await office.ask('su', `GET /v1/review/alarms?limit=2${query}`);
      expect(json.items.length).toBeLessThanOrEqual(2);
      seen.push(...json.items.map(({ id }: { id: string }) => id));
      cursor = json.nextCursor;
    } while (cursor !== null);
    expect(seen.slice(-2)).toEqual(['i1', 'i2']);
    expect(new Set(seen)).toEqual(new Set(['i1', 'i2', 'i3', 'xi1', 'xi2', 'xi3']));
    expect((await office.ask('su', 'GET /v1/review/alarms?cursor=x')).json.code).toBe('cursor-invalid');
  });

  it('name no plate', async () => {
    await office.add('i1');
    await round(SEALED + 6 * DAY);
    expect((await office.ask('su', 'GET /v1/review/alarms')).text).not.toContain('8K3F2');
  });
});
