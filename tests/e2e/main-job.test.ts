/** The main job as its users have it: the program started on an empty folder, then every interface over HTTP. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyPackage } from '#core/evidence/verify.ts';
import { normalizePlate } from '#core/plates/plate.ts';
import { call, type RunningHouse, signIn, startHouse } from './house.ts';

interface Row {
  id: string;
  type: string;
  plate: string | null;
  firstSeen: string;
  lastSeen: string;
  version: number;
}

const EXPECTED = [
  ['sidewalk-parking', '浙A8K3F2', '2026-05-12T09:32:30+08:00', '2026-05-12T09:43:30+08:00'],
  ['sidewalk-parking', '浙A7C2H9', '2026-05-15T08:44:00+08:00', '2026-05-15T08:52:00+08:00'],
  ['sidewalk-parking', '浙AF68205', '2026-05-14T19:08:00+08:00', '2026-05-14T19:17:00+08:00'],
  ['sidewalk-parking', null, '2026-05-15T08:44:00+08:00', '2026-05-15T08:52:00+08:00'],
  ['street-trading', null, '2026-05-13T10:06:00+08:00', '2026-05-13T10:35:00+08:00'],
];

let folder: string;
let house: RunningHouse;
let reviewer: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerbwatch-main-job-'));
  house = await startHouse(folder);
  await house.printed(/试一试 Try/, 240_000);
  reviewer = await signIn(house, 'reviewer');
}, 260_000);

afterAll(async () => {
  await house?.stop();
  await rm(folder, { recursive: true, force: true });
});

const queue = async (): Promise<Row[]> => {
  const { body } = await call(house.baseUrl, 'GET', '/v1/review/queue?limit=100', { token: reviewer });
  return body.items as Row[];
};

describe('a first run on an empty folder', () => {
  it('leaves exactly the incidents the samples show in the review queue, each sealed', async () => {
    const rows = await queue();
    const found = rows.map(({ type, plate, firstSeen, lastSeen }) => [
      type,
      plate === null ? null : normalizePlate(plate),
      firstSeen,
      lastSeen,
    ]);
    expect(found.sort()).toEqual(EXPECTED.toSorted());
  });

  it('tells a person what to do next: the incidents, the address, accounts and tokens', async () => {
    const { accounts, tokens } = await house.credentials();
    const output = house.output();
    expect(output).toContain('5 起事件等待审核');
    expect(output).toContain('浙A·8K3F2');
    for (const { account, password } of accounts) expect(output).toMatch(new RegExp(`${account}\\s+${password}`));
    for (const { token } of Object.values(tokens)) expect(output).toContain(token);
  });

  it('shows what became of a frame', async () => {
    const { tokens } = await house.credentials();
    const [row] = (await queue()).filter(({ plate }) => plate === '浙A·8K3F2');
    const detail = await call(house.baseUrl, 'GET', `/v1/review/${row?.id}`, { token: reviewer });
    const [picture] = detail.body.pictures as { frameId: string }[];
    const { status, body } = await call(house.baseUrl, 'GET', `/v1/frames/${picture?.frameId}`, {
      token: tokens.camera.token,
    });
    expect(status).toBe(200);
    expect(body.state).toBe('inspected');
    expect(body.incidents).toContainEqual(expect.objectContaining({ id: row?.id }));
  });

  it('keeps the audit trail whole', async () => {
    const supervisor = await signIn(house, 'supervisor');
    const { body } = await call(house.baseUrl, 'GET', '/v1/audit/verify', { token: supervisor });
    expect(body).toMatchObject({ ok: true, failures: [] });
  });
});

describe('from the queue to the case system', () => {
  it('a claimed and confirmed incident is pulled with its package, verified and acknowledged once', async () => {
    const { tokens } = await house.credentials();
    const cases = tokens.case.token;
    const [row] = (await queue()).filter(({ plate }) => plate === '浙A·8K3F2');
    const id = String(row?.id);

    expect((await call(house.baseUrl, 'GET', '/v1/violations', { token: cases })).body.items).toEqual([]);
    const claim = await call(house.baseUrl, 'POST', '/v1/review/claim', { token: reviewer, body: { id } });
    expect(claim.status).toBe(200);
    const { version } = claim.body.lease as { version: number };
    const decision = await call(house.baseUrl, 'POST', `/v1/review/${id}/decision`, {
      token: reviewer,
      body: { outcome: 'confirm', version },
    });
    expect(decision.status).toBe(200);

    const { body: page } = await call(house.baseUrl, 'GET', '/v1/violations', { token: cases });
    expect(page.items).toEqual([
      expect.objectContaining({ id, state: 'confirmed', plate: '浙A·8K3F2', zone: expect.anything() }),
    ]);
    const again = await call(house.baseUrl, 'GET', `/v1/violations?cursor=${page.nextCursor}`, { token: cases });
    expect(again.body.items).toEqual([]);

    const download = await fetch(new URL(`/v1/violations/${id}/package`, house.baseUrl), {
      headers: { Authorization: `Bearer ${cases}` },
    });
    const path = join(folder, 'pulled.zip');
    await writeFile(path, Buffer.from(await download.arrayBuffer()));
    const checks = await verifyPackage(await readFile(path));
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.length).toBeGreaterThan(5);

    const ack = (caseNumber: string) =>
      call(house.baseUrl, 'POST', `/v1/violations/${id}/ack`, { token: cases, body: { caseNumber } });
    expect((await ack('A-2026-1')).status).toBe(200);
    expect((await ack('A-2026-1')).status).toBe(200);
    expect(await ack('A-2026-2')).toMatchObject({ status: 409, body: { code: 'case-number-taken' } });
  });

  it('a rejected incident never reaches the feed', async () => {
    const { tokens } = await house.credentials();
    const [row] = (await queue()).filter(({ type }) => type === 'street-trading');
    const claim = await call(house.baseUrl, 'POST', '/v1/review/claim', { token: reviewer, body: { id: row?.id } });
    const { version } = claim.body.lease as { version: number };
    const rejected = await call(house.baseUrl, 'POST', `/v1/review/${row?.id}/decision`, {
      token: reviewer,
      body: { outcome: 'reject', reason: 'legal-bay-or-permit', version },
    });
    expect(rejected.status).toBe(200);
    const { body } = await call(house.baseUrl, 'GET', '/v1/violations', { token: tokens.case.token });
    expect((body.items as Row[]).map(({ id }) => id)).not.toContain(row?.id);
  });
});

describe('a second start', () => {
  it('resumes: nothing is played twice, decisions stand, the same accounts work', async () => {
    const before = (await queue()).map(({ id }) => id).sort();
    await house.stop();
    house = await startHouse(folder);
    await house.printed(/试一试 Try/);
    expect(house.output()).not.toContain('首次运行');
    expect((await queue()).map(({ id }) => id).sort()).toEqual(before);
  });
});
