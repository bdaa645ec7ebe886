import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { incidentId } from '#core/ids.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { releaseWrites } from '#platform/records/feed.ts';
import { putIncident, readIncident } from '#platform/records/incidents.ts';
import { type Office, openOffice } from './review-office.ts';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

const confirmed = async (...names: string[]) => {
  for (const name of names) {
    await office.add(name);
    await office.confirm('anna', name);
  }
};
const pull = async (cursor?: string, limit = 100) =>
  (await office.ask('case', `GET /v1/violations?limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`))
    .json;
const ids = (page: { items: { id: string }[] }) => page.items.map(({ id }) => id);

describe('the feed', () => {
  it('gives confirmed violations in the order of their numbers, with what the case system needs', async () => {
    await confirmed('i1');
    expect((await pull()).items).toEqual([
      {
        id: 'i1',
        seq: 1,
        state: 'confirmed',
        type: 'sidewalk-parking',
        plate: '浙A·8K3F2',
        place: { id: 'P1', name: '文一西路北侧人行道' },
        jurisdiction: '五常中队',
        zone: 'Z1',
        shop: null,
        firstSeen: '2026-05-12T09:30:00+08:00',
        lastSeen: '2026-05-12T09:40:00+08:00',
        dwellSeconds: 600,
        decidedAt: '2026-05-12T09:45:00+08:00',
        package: { sha256: createHash('sha256').update('package of i1').digest('hex'), bytes: 13 },
        withdrawnReason: null,
        withdrawnAt: null,
        caseNumber: null,
        outcomes: [],
      },
    ]);
  });

  it('always gives a cursor to go on from', async () => {
    const empty = await pull();
    expect(empty.items).toEqual([]);
    await confirmed('i1', 'i2', 'i3');
    const first = await pull(empty.nextCursor, 2);
    const second = await pull(first.nextCursor, 2);
    expect([ids(first), ids(second), ids(await pull(second.nextCursor))]).toEqual([['i1', 'i2'], ['i3'], []]);
  });

  it('never shows what was undone before the pull, and goes on behind it', async () => {
    await confirmed('i1', 'i2', 'i3');
    await office.ask('anna', 'POST /v1/review/i2/undo');
    const page = await pull();
    expect(page.items.map(({ id, seq }: { id: string; seq: number }) => [id, seq])).toEqual([
      ['i1', 1],
      ['i3', 3],
    ]);
    await office.confirm('anna', 'i2');
    expect(ids(await pull(page.nextCursor))).toEqual(['i2']);
  });

  it('fills its pages though many numbers were taken back', async () => {
    await confirmed('i1', 'i2', 'i3', 'i4', 'i5');
    for (const id of ['i1', 'i2', 'i3', 'i4']) await office.ask('anna', `POST /v1/review/${id}/undo`);
    expect(ids(await pull(undefined, 1))).toEqual(['i5']);
  });

  it('tells of a withdrawal under a new number, and shows each violation once to who starts over', async () => {
    await confirmed('i1', 'i2');
    const before = await pull();
    await office.ask('su', 'POST /v1/review/i1/withdraw', { reason: 'duplicate' });
    expect((await pull(before.nextCursor)).items).toMatchObject([
      { id: 'i1', seq: 3, state: 'withdrawn', withdrawnReason: 'duplicate' },
    ]);
    expect(ids(await pull())).toEqual(['i2', 'i1']);
  });

  it('refuses a cursor from the future', async () => {
    await confirmed('i1');
    expect(await office.ask('case', 'GET /v1/violations?cursor=7')).toMatchObject({
      status: 400,
      json: { code: 'cursor-ahead', head: 1 },
    });
  });

  it('is closed to officers and to other machines', async () => {
    expect((await office.ask('anna', 'GET /v1/violations')).status).toBe(403);
    expect((await office.ask('network', 'GET /v1/violations')).status).toBe(403);
  });

  it('records once that a violation was handed out', async () => {
    await confirmed('i1');
    await pull();
    await pull();
    const handed = (await streamEntries(office.table, 'incident/i1')).filter(
      ({ act }) => act === 'violation.handed-out',
    );
    expect(handed).toMatchObject([{ actor: { kind: 'machine', id: 'case-system' }, facts: { seq: 1 } }]);
  });
});

describe('the gate below every screen', () => {
  it.each([
    ['nobody decided', {}],
    ['a clue camera saw', { grade: 'clue' as const }],
    ['falls in a warning phase', { phase: 'warning' as const }],
    ['is not sealed', { package: null }],
  ])('lets nobody write a feed entry for what %s', async (_name, change) => {
    const stored = await office.add('i1');
    const forged = { ...stored, state: 'confirmed' as const, version: 2, ...change };
    await expect(releaseWrites(office.table, forged, stored, 0)).rejects.toThrow(/Expected/);
    expect(() => putIncident(forged, stored)).toThrow(/Expected/);
    expect(await pull()).toEqual({ items: [], nextCursor: '0' });
  });

  it('stops a decision that was put into the store from outside', async () => {
    await confirmed('i1');
    const real = (await readIncident(office.table, incidentId('i1')))?.incident;
    const stored = await office.add('i2');
    const forged = { ...stored, state: 'confirmed' as const, version: 2, decisions: real?.decisions ?? [] };
    // The confirmation is of another package.
    await expect(releaseWrites(office.table, forged, stored, 0)).rejects.toMatchObject({ code: 'not-reviewed' });
  });
});

describe('one violation', () => {
  it('is read by its id', async () => {
    await confirmed('i1');
    expect((await office.ask('case', 'GET /v1/violations/i1')).json).toMatchObject({ id: 'i1', seq: 1 });
    expect((await office.ask('anna', 'POST /v1/review/i1/undo')).json.code).toBe('already-released');
  });

  it('is unknown before it is confirmed and after it was undone', async () => {
    await office.add('i1');
    expect((await office.ask('case', 'GET /v1/violations/i1')).json.code).toBe('violation-unknown');
    await office.confirm('anna', 'i1');
    await office.ask('anna', 'POST /v1/review/i1/undo');
    expect((await office.ask('case', 'GET /v1/violations/i1')).status).toBe(404);
    expect((await office.ask('case', 'GET /v1/violations/i1/package')).status).toBe(404);
  });
});

describe('the package', () => {
  beforeEach(() => confirmed('i1'));
  const sha256 = createHash('sha256').update('package of i1').digest('hex');

  it('is redirected to, by a URL that needs no token and ends', async () => {
    const { status, headers } = await office.ask('case', 'GET /v1/violations/i1/package');
    expect({ status, etag: headers.get('ETag') }).toEqual({ status: 302, etag: `"${sha256}"` });
    const url = headers.get('Location') ?? '';
    expect(await (await office.app.request(url)).text()).toBe('package of i1');
    office.clock.set(office.clock.now() + 6 * 60_000);
    expect((await office.app.request(url)).status).toBeGreaterThanOrEqual(400);
  });

  it('is named by JSON to who asks for JSON', async () => {
    const { status, json } = await office.ask('case', 'GET /v1/violations/i1/package', undefined, {
      Accept: 'application/json',
    });
    expect({ status, sha256: json.sha256, bytes: json.bytes }).toEqual({ status: 200, sha256, bytes: 13 });
    expect(await (await office.app.request(json.url)).text()).toBe('package of i1');
  });

  it('is not sent again to who has it', async () => {
    const { status } = await office.ask('case', 'GET /v1/violations/i1/package', undefined, {
      'If-None-Match': `"${sha256}"`,
    });
    expect(status).toBe(304);
  });
});

describe('an acknowledgement', () => {
  beforeEach(() => confirmed('i1'));

  it('binds one case number; the same again changes nothing, another is refused', async () => {
    const ack = (caseNumber: string) => office.ask('case', 'POST /v1/violations/i1/ack', { caseNumber });
    expect((await ack('2026-001')).json).toMatchObject({ caseNumber: '2026-001' });
    expect((await ack('2026-001')).status).toBe(200);
    expect(await ack('2026-002')).toMatchObject({
      status: 409,
      json: { code: 'case-number-taken', caseNumber: '2026-001' },
    });
    const acks = (await streamEntries(office.table, 'incident/i1')).filter(
      ({ act }) => act === 'violation.acknowledged',
    );
    expect(acks).toHaveLength(1);
  });

  it('of two at once with different numbers, one wins', async () => {
    const answers = await Promise.all(
      ['A', 'B'].map((caseNumber) => office.ask('case', 'POST /v1/violations/i1/ack', { caseNumber })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });

  it('survives a withdrawal', async () => {
    await office.ask('case', 'POST /v1/violations/i1/ack', { caseNumber: '2026-001' });
    await office.ask('su', 'POST /v1/review/i1/withdraw', { reason: 'duplicate' });
    expect((await office.ask('case', 'GET /v1/violations/i1')).json).toMatchObject({
      state: 'withdrawn',
      caseNumber: '2026-001',
    });
  });
});

describe('an outcome', () => {
  it('is recorded in order, repeated reports once', async () => {
    await confirmed('i1');
    const report = (body: Record<string, unknown>) => office.ask('case', 'POST /v1/violations/i1/outcome', body);
    await report({ outcome: 'filed', at: '2026-05-13T09:00:00+08:00' });
    await report({ outcome: 'filed', at: '2026-05-13T09:00:00+08:00' });
    expect((await report({ outcome: 'objected', note: '当事人提出异议' })).json.outcomes).toEqual([
      { outcome: 'filed', at: '2026-05-13T09:00:00+08:00', note: '' },
      { outcome: 'objected', at: '2026-05-12T09:45:00+08:00', note: '当事人提出异议' },
    ]);
    expect((await report({ outcome: 'lost' })).status).toBe(400);
    expect((await report({ outcome: 'filed', at: 'yesterday' })).json.code).toBe('time-invalid');
  });
});

describe('the reconciliation of a day', () => {
  it('counts what was handed out and gives a digest both sides can compute', async () => {
    await confirmed('i1', 'i2', 'i3');
    const page = await pull(undefined, 2);
    await office.ask('case', 'POST /v1/violations/i1/ack', { caseNumber: '1' });
    const lines = page.items.map(
      ({ seq, id, state, package: sealed }: { seq: number; id: string; state: string; package: { sha256: string } }) =>
        `${seq} ${id} ${state} ${sealed.sha256}\n`,
    );
    expect((await office.ask('case', 'GET /v1/violations/reconciliation?day=2026-05-12')).json).toEqual({
      day: '2026-05-12',
      confirmed: 2,
      withdrawn: 0,
      acknowledged: 1,
      waiting: 1,
      firstSeq: 1,
      lastSeq: 2,
      digest: createHash('sha256').update(lines.join('')).digest('hex'),
    });
    expect((await office.ask('case', 'GET /v1/violations/reconciliation?day=2026-05-13')).json.confirmed).toBe(0);
  });
});
