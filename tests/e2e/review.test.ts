import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeId } from '#core/ids.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { MINUTE, T0 } from '../unit/review-incident.ts';
import { type Office, openOffice } from './review-office.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

const acts = async (id: string) => (await streamEntries(office.table, `incident/${id}`)).map(({ act }) => act);

describe('the queue', () => {
  it('is ordered by deadline, then by how sure the machine is', async () => {
    const stay = (await office.add('late', { deadline: T0 + 900 * MINUTE })).stay;
    await office.add('unsure', { deadline: T0 + 100 * MINUTE, stay: { ...stay, score: 0.3 } });
    await office.add('sure', { deadline: T0 + 100 * MINUTE, stay: { ...stay, score: 0.8 } });
    const { json } = await office.ask('anna', 'GET /v1/review/queue');
    expect(json.items.map(({ id }: { id: string }) => id)).toEqual(['sure', 'unsure', 'late']);
  });

  it('is walked page by page, each item once, over all stages', async () => {
    for (let index = 0; index < 7; index++) {
      const state = index % 2 === 0 ? 'pending' : 'escalated';
      await office.add(`i${index}`, { deadline: T0 + ((index * 5) % 7) * MINUTE, state });
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await office.ask('anna', `GET /v1/review/queue?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.json.items.map(({ id }: { id: string }) => id));
      cursor = page.json.nextCursor;
    }
    expect(seen).toEqual(['i0', 'i3', 'i6', 'i2', 'i5', 'i1', 'i4']);
  });

  it.each([
    ['type=street-trading', ['stall']],
    ['place=P2', ['elsewhere']],
    ['place=P2&type=street-trading', []],
    ['jurisdiction=%E4%BB%93%E5%89%8D%E4%B8%AD%E9%98%9F', ['elsewhere']],
    ['state=escalated', ['hard']],
    ['state=pending&type=sidewalk-parking', ['plain', 'elsewhere']],
  ])('is filtered by %s', async (query, expected) => {
    const { stay } = await office.add('plain', { deadline: T0 });
    await office.add('stall', { stay: { ...stay, type: 'street-trading' } });
    await office.add('elsewhere', { stay: { ...stay, placeId: placeId('P2') }, jurisdiction: '仓前中队' });
    await office.add('hard', { state: 'escalated' });
    const { json } = await office.ask('anna', `GET /v1/review/queue?${query}`);
    expect(json.items.map(({ id }: { id: string }) => id)).toEqual(expected);
  });

  it('shows plates with their dot, times of Beijing and who has what in hand', async () => {
    await office.add('i1');
    await office.ask('bo', 'POST /v1/review/claim', { id: 'i1' });
    const { json } = await office.ask('anna', 'GET /v1/review/queue');
    expect(json.items[0]).toMatchObject({
      plate: '浙A·8K3F2',
      firstSeen: '2026-05-12T09:30:00+08:00',
      dwellSeconds: 600,
      lease: { officerId: 'bo', mine: false, until: '2026-05-12T09:55:00+08:00' },
    });
  });

  it('refuses a cursor it did not give', async () => {
    expect(await office.ask('anna', 'GET /v1/review/queue?cursor=abc')).toMatchObject({
      status: 400,
      json: { code: 'cursor-invalid' },
    });
  });

  it('is closed to machines', async () => {
    expect((await office.ask('case', 'GET /v1/review/queue')).status).toBe(403);
  });
});

describe('claiming', () => {
  it('gives the first free item with its facts and a lease', async () => {
    await office.add('i1');
    const { status, json } = await office.ask('anna', 'POST /v1/review/claim');
    expect(status).toBe(200);
    expect(json).toMatchObject({ item: { id: 'i1', state: 'pending', version: 1 }, lease: { version: 1 } });
    expect(json.lease.until).toBe('2026-05-12T09:55:00+08:00');
  });

  it('answers with nothing when nothing waits, with or without an empty JSON body', async () => {
    expect((await office.ask('anna', 'POST /v1/review/claim')).json).toEqual({ item: null, lease: null });
    const announced = await office.ask('anna', 'POST /v1/review/claim', undefined, {
      'Content-Type': 'application/json',
    });
    expect(announced.json).toEqual({ item: null, lease: null });
  });

  it('never gives one item to two officers, however many ask at once', async () => {
    await Promise.all(['i1', 'i2', 'i3'].map((name) => office.add(name)));
    const asked = Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? ('anna' as const) : ('bo' as const)));
    const answers = await Promise.all(asked.map((who) => office.ask(who, 'POST /v1/review/claim')));
    const given = answers.flatMap(({ json }) => (json.item === null ? [] : [json.item.id]));
    expect(given.toSorted()).toEqual(['i1', 'i2', 'i3']);
  });

  it('of an item in a colleague’s hands is refused, until the lease is over', async () => {
    await office.add('i1');
    await office.ask('anna', 'POST /v1/review/claim', { id: 'i1' });
    expect(await office.ask('bo', 'POST /v1/review/claim', { id: 'i1' })).toMatchObject({
      status: 409,
      json: { code: 'lease-held' },
    });
    office.clock.set(office.clock.now() + 11 * MINUTE);
    expect((await office.ask('bo', 'POST /v1/review/claim', { id: 'i1' })).status).toBe(200);
    expect((await office.ask('anna', 'POST /v1/review/i1/heartbeat')).json.code).toBe('lease-lost');
  });

  it('is limited: nobody piles items up', async () => {
    for (let index = 0; index < 6; index++) await office.add(`i${index}`);
    for (let index = 0; index < 5; index++) await office.ask('anna', 'POST /v1/review/claim');
    expect(await office.ask('anna', 'POST /v1/review/claim')).toMatchObject({
      status: 409,
      json: { code: 'lease-limit', held: ['i0', 'i1', 'i2', 'i3', 'i4'] },
    });
    await office.ask('anna', 'POST /v1/review/i2/release');
    expect((await office.ask('anna', 'POST /v1/review/claim')).status).toBe(200);
  });

  it('again by the same officer renews, and does not count twice', async () => {
    await office.add('i1');
    await office.ask('anna', 'POST /v1/review/claim', { id: 'i1' });
    office.clock.set(office.clock.now() + 5 * MINUTE);
    const { json } = await office.ask('anna', 'POST /v1/review/claim', { id: 'i1' });
    expect(json.lease.until).toBe('2026-05-12T10:00:00+08:00');
  });

  it('offers the second review to somebody else', async () => {
    await office.add('i1', { secondReview: true });
    await office.confirm('anna', 'i1');
    expect((await office.ask('anna', 'POST /v1/review/claim')).json.item).toBeNull();
    expect((await office.ask('anna', 'POST /v1/review/claim', { id: 'i1' })).json.code).toBe('same-officer');
    expect((await office.ask('bo', 'POST /v1/review/claim')).json.item).toMatchObject({
      id: 'i1',
      state: 'second-review',
    });
  });

  it('of an unknown item says so', async () => {
    expect(await office.ask('anna', 'POST /v1/review/claim', { id: 'nope' })).toMatchObject({
      status: 404,
      json: { code: 'incident-unknown' },
    });
  });
});

describe('a heartbeat', () => {
  it('keeps the item for longer and leaves its version alone', async () => {
    await office.add('i1');
    await office.ask('anna', 'POST /v1/review/claim');
    office.clock.set(office.clock.now() + 9 * MINUTE);
    const { json } = await office.ask('anna', 'POST /v1/review/i1/heartbeat');
    expect(json.lease).toEqual({ until: '2026-05-12T10:04:00+08:00', version: 1 });
  });
});

describe('deciding', () => {
  beforeEach(() => office.add('i1'));

  it('confirms and takes the item out of the queue', async () => {
    expect(await office.confirm('anna', 'i1')).toMatchObject({
      status: 200,
      json: { state: 'confirmed', version: 2, decisions: [{ officerName: '安娜', plate: '浙A·8K3F2' }] },
    });
    expect((await office.ask('anna', 'GET /v1/review/queue')).json.items).toEqual([]);
  });

  it('takes the plate the officer corrected', async () => {
    expect((await office.confirm('anna', 'i1', { plate: '浙A·8K3F3' })).json.plate).toBe('浙A·8K3F3');
  });

  it.each<[Record<string, unknown>, number, string]>([
    [{ outcome: 'reject' }, 422, 'reason-missing'],
    [{ version: 0 }, 409, 'version-stale'],
    [{ plate: '浙A·8K3' }, 422, 'plate-invalid'],
    [{ outcome: 'reject', reason: 'because' }, 400, 'request-invalid'],
    [{ outcome: 'delete' }, 400, 'request-invalid'],
    [{ outcome: 'send-back', note: '?' }, 409, 'state-conflict'],
  ])('%j is refused with %i %s, and changes nothing', async (change, status, code) => {
    expect(await office.confirm('anna', 'i1', change)).toMatchObject({ status, json: { code } });
    expect((await office.ask('anna', 'GET /v1/review/i1')).json).toMatchObject({ state: 'pending', version: 1 });
  });

  it('without the item in hand is refused', async () => {
    const decision = { outcome: 'confirm', version: 1 };
    expect((await office.ask('anna', 'POST /v1/review/i1/decision', decision)).json.code).toBe('lease-lost');
  });

  it('twice at once counts once', async () => {
    await office.ask('anna', 'POST /v1/review/claim', { id: 'i1' });
    const decision = { outcome: 'confirm', version: 1 };
    const answers = await Promise.all([1, 2].map(() => office.ask('anna', 'POST /v1/review/i1/decision', decision)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });

  it('can be taken back, and then the item waits again', async () => {
    await office.confirm('anna', 'i1');
    expect((await office.ask('anna', 'POST /v1/review/i1/undo')).json).toMatchObject({
      state: 'pending',
      decisions: [],
    });
    expect((await office.ask('anna', 'GET /v1/review/queue')).json.items).toHaveLength(1);
    expect((await office.confirm('anna', 'i1')).json.state).toBe('confirmed');
  });

  it('cannot be taken back once the case system pulled it; a supervisor withdraws it', async () => {
    await office.confirm('anna', 'i1');
    await office.ask('case', 'GET /v1/violations');
    expect(await office.ask('anna', 'POST /v1/review/i1/undo')).toMatchObject({
      status: 409,
      json: { code: 'already-released' },
    });
    const withdrawal = { reason: 'stolen-or-cloned', note: '车主报案' };
    expect((await office.ask('anna', 'POST /v1/review/i1/withdraw', withdrawal)).json.code).toBe('role-missing');
    expect((await office.ask('su', 'POST /v1/review/i1/withdraw', withdrawal)).json).toMatchObject({
      state: 'withdrawn',
      withdrawal: { reason: 'stolen-or-cloned', officerName: '苏' },
    });
  });
});

describe('the trail', () => {
  it('has every act and every look, with person, unit and reason', async () => {
    await office.add('i1');
    await office.ask('bo', 'GET /v1/review/i1?reason=%E5%A4%8D%E6%A0%B8');
    await office.confirm('anna', 'i1');
    await office.ask('anna', 'POST /v1/review/i1/undo');
    await office.ask('anna', 'POST /v1/review/claim', { id: 'i1' });
    await office.ask('anna', 'POST /v1/review/i1/release');
    await office.ask('bo', 'GET /v1/review/i1/package');
    expect(await acts('i1')).toEqual([
      'incident.viewed',
      'incident.claimed',
      'incident.decided',
      'incident.decision-undone',
      'incident.claimed',
      'incident.returned',
      'incident.package-fetched',
    ]);
    const [look] = await streamEntries(office.table, 'incident/i1');
    expect(look).toMatchObject({ actor: { kind: 'officer', id: 'bo' }, facts: { unit: '五常中队', reason: '复核' } });
  });

  it('records nothing for what was refused', async () => {
    await office.add('i1');
    await office.confirm('anna', 'i1', { outcome: 'reject' });
    expect(await acts('i1')).toEqual(['incident.claimed']);
  });

  it('is proved whole, and an edited entry is found', async () => {
    await office.add('i1');
    await office.confirm('anna', 'i1');
    expect((await office.ask('auditor', 'GET /v1/audit/verify')).json).toMatchObject({ ok: true, failures: [] });
    expect((await office.ask('su', 'GET /v1/audit/verify')).json.ok).toBe(true);
    expect((await office.ask('anna', 'GET /v1/audit/verify')).status).toBe(403);
    const [, decided] = await streamEntries(office.table, 'incident/i1');
    const key = { partition: 'audit/incident/i1', sort: 'entry/000000000002' };
    await office.table.write({
      kind: 'put',
      ...key,
      value: { ...decided, actor: { kind: 'officer', id: 'bo', name: '博' } },
      expect: 'present',
    });
    expect((await office.ask('auditor', 'GET /v1/audit/verify')).json).toMatchObject({
      ok: false,
      failures: [{ stream: 'incident/i1', seq: 2 }],
    });
  });
});

describe('the package', () => {
  it('opens by a signed URL without a token, and is the sealed bytes', async () => {
    const { package: sealed } = await office.add('i1');
    const { status, headers } = await office.ask('anna', 'GET /v1/review/i1/package');
    expect({ status, etag: headers.get('ETag') }).toEqual({ status: 302, etag: `"${sealed?.sha256}"` });
    const response = await office.app.request(headers.get('Location') ?? '');
    expect(await response.text()).toBe('package of i1');
  });
});
