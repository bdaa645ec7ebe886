/** The party's counter through HTTP: what a code opens, what it does not, and what stands in the chain afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { destroyed } from '#core/destroyed.ts';
import { verifyPackage } from '#core/evidence/verify.ts';
import { incidentId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { CODE_ALPHABET } from '#core/party.ts';
import { openSigner } from '#platform/local/ed25519-signer.ts';
import { streamEntries, verifyAll } from '#platform/records/audit.ts';
import { putIncident, readIncident } from '#platform/records/incidents.ts';
import { makePartyCopy } from '../../functions/seal/copy-handler.ts';
import { buildPackage } from '../../functions/seal/package.ts';
import { brieflyParkedCar } from '../unit/evidence-samples.ts';
import { MINUTE, T0 } from '../unit/review-incident.ts';
import { type Office, openOffice } from './review-office.ts';

let office: Office;
let directory: string;
beforeEach(async () => {
  office = await openOffice();
  directory = mkdtempSync(join(tmpdir(), 'party-'));
});
afterEach(async () => {
  await office.close();
  rmSync(directory, { recursive: true, force: true });
});

const HERE = '203.0.113.7';
const pass = (ms: number) => office.clock.set(office.clock.now() + ms);

async function send(
  method: string,
  path: string,
  { token, body, address = HERE }: { token?: string; body?: unknown; address?: string } = {},
) {
  const response = await office.app.request(path, {
    method,
    headers: {
      'X-Test-Address': address,
      Accept: 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text === '' ? {} : JSON.parse(text), text };
}
const enter = (incident: string, code: string, address?: string) =>
  send('POST', '/v1/party/session', { body: { incident, code }, ...(address === undefined ? {} : { address }) });
const issue = async (id: string): Promise<string> =>
  (await office.ask('case', `POST /v1/violations/${id}/party-code`)).json.code;

/** A confirmed violation, and the session its party opened. */
async function confirmed(id: string, change: Partial<Incident> = {}) {
  await office.add(id, change);
  await office.confirm('anna', id);
  const code = await issue(id);
  const { json } = await enter(id, code);
  return { code, token: String(json.token) };
}
const chain = (id: string) => streamEntries(office.table, `incident/${id}`);
const actsOf = async (id: string) =>
  (await chain(id)).filter(({ actor }) => actor.kind === 'party').map(({ act }) => act);
const WRONG = 'AAAA-AAAA-AAAA';
const notice = { channel: 'sms', reference: 'r', sentAt: T0 + MINUTE, graceUntil: T0 + 6 * MINUTE };

describe('a query code', () => {
  it('has twelve characters that nobody takes for others, and is stored nowhere', async () => {
    await office.add('i1');
    await office.confirm('anna', 'i1');
    const code = await issue('i1');
    expect(code).toMatch(new RegExp(`^[${CODE_ALPHABET}]{4}-[${CODE_ALPHABET}]{4}-[${CODE_ALPHABET}]{4}$`));
    const rows = await office.table.query({ partition: 'party-code/i1', limit: 10 });
    const kept = JSON.stringify([rows.items, await chain('i1')]);
    for (const spelling of [code, code.replaceAll('-', '')]) expect(kept).not.toContain(spelling);
  });

  it('opens its case however it is typed', async () => {
    const { code } = await confirmed('i1');
    for (const typed of [code, code.toLowerCase(), code.replaceAll('-', ' '), ` ${code.replaceAll('-', '')} `])
      expect((await enter('i1', typed)).status).toBe(200);
  });

  it('issued anew revokes the old one and whoever is in with it', async () => {
    const { code, token } = await confirmed('i1');
    const next = await issue('i1');
    expect((await enter('i1', code)).json.code).toBe('party-code-refused');
    expect((await send('GET', '/v1/party/case', { token })).json.code).toBe('credentials-invalid');
    expect((await enter('i1', next)).status).toBe(200);
  });

  it('ends after half a year, its session after half an hour', async () => {
    const { code, token } = await confirmed('i1');
    pass(31 * MINUTE);
    expect((await send('GET', '/v1/party/case', { token })).status).toBe(401);
    pass(180 * 24 * 60 * MINUTE);
    expect((await enter('i1', code)).json.code).toBe('party-code-refused');
  });

  it('is issued to the case system only, and only where the party was told of the case', async () => {
    await office.add('i1');
    const asked = () => office.ask('case', 'POST /v1/violations/i1/party-code');
    expect((await asked()).json.code).toBe('violation-unknown');
    await office.confirm('anna', 'i1');
    expect((await office.ask('anna', 'POST /v1/violations/i1/party-code')).status).toBe(403);
    expect((await office.ask('network', 'POST /v1/violations/i1/party-code')).status).toBe(403);
    expect((await asked()).status).toBe(200);
    await office.add('i2', { notice });
    expect((await office.ask('case', 'POST /v1/violations/i2/party-code')).status).toBe(200);
  });

  it('is on record each time, and a copy is asked for with it', async () => {
    await confirmed('i1');
    await issue('i1');
    const issued = (await chain('i1')).filter(({ act }) => act === 'party-code.issued');
    expect(issued.map(({ facts }) => facts.number)).toEqual([1, 2]);
    expect(office.copies[0]).toEqual({ incidentId: 'i1' });
  });
});

describe('guessing', () => {
  it('answers the same for a wrong code and for a case that does not exist', async () => {
    await confirmed('i1');
    const [wrong, unknown] = [await enter('i1', WRONG), await enter('i9', WRONG)];
    const same = ({ instance: _, ...problem }: Record<string, unknown>) => problem;
    expect(same(wrong.json)).toEqual(same(unknown.json));
    expect(wrong.status).toBe(401);
  });

  it('is slowed down after five tries from one place, for the right code too', async () => {
    const { code } = await confirmed('i1');
    for (let tries = 0; tries < 5; tries++) expect((await enter('i1', WRONG)).status).toBe(401);
    const refused = await enter('i1', code);
    expect([refused.status, refused.json.code]).toEqual([429, 'party-throttled']);
    expect(refused.json.retryAfterSeconds).toBeGreaterThan(200);
    expect((await enter('i1', code, '198.51.100.9')).status).toBe(200);
    pass(5 * MINUTE);
    expect((await enter('i1', code)).status).toBe(200);
  }, 30_000);

  it('of many cases from one place is slowed down, and so is one case from many places', async () => {
    await confirmed('i1');
    const from = (at: number) => `198.51.100.${at}`;
    const statuses = new Set<number>();
    for (let at = 0; at < 61; at++) statuses.add((await enter(`i${100 + at}`, WRONG, '192.0.2.1')).status);
    expect(statuses.has(429)).toBe(true);
    statuses.clear();
    for (let at = 0; at < 61; at++) statuses.add((await enter('i1', WRONG, from(at))).status);
    expect(statuses.has(429)).toBe(true);
  }, 120_000);
});

describe('a session', () => {
  it('of one case opens no other: it names none', async () => {
    const a = await confirmed('i1', { placeName: '甲地' });
    const b = await confirmed('i2', { placeName: '乙地' });
    expect((await send('GET', '/v1/party/case', { token: a.token })).json.place).toBe('甲地');
    expect((await send('GET', '/v1/party/case?incident=i2&id=i2', { token: a.token })).json.place).toBe('甲地');
    expect((await enter('i1', b.code)).status).toBe(401);
    expect(await actsOf('i2')).toEqual(['party.entered']);
  });

  it('opens nothing else in the house', async () => {
    const { token } = await confirmed('i1');
    for (const path of [
      '/v1/violations',
      '/v1/violations/i1',
      '/v1/violations/i1/package',
      '/v1/review/queue',
      '/v1/review/i1',
      '/v1/review/i1/package',
      '/v1/review/i1/audit',
    ])
      expect((await send('GET', path, { token })).status, path).toBe(401);
  });

  it('is no officer`s and no machine`s: their tokens open no case', async () => {
    await confirmed('i1');
    for (const token of ['anna', 'case', 'su'])
      expect((await send('GET', '/v1/party/case', { token })).status).toBe(401);
    expect((await send('GET', '/v1/party/case')).json.code).toBe('credentials-missing');
  });

  it('ends when its party leaves', async () => {
    const { token } = await confirmed('i1');
    expect((await send('DELETE', '/v1/party/session', { token })).status).toBe(204);
    expect((await send('GET', '/v1/party/case', { token })).status).toBe(401);
  });
});

describe('the case as its party sees it', () => {
  it('has the facts, the grounds, what was proven, the deadlines and its rights', async () => {
    const { token } = await confirmed('i1');
    const { json } = await send('GET', '/v1/party/case', { token });
    expect(json).toMatchObject({ incident: 'i1', state: 'confirmed', plate: '浙A·8K3F2', place: '文一西路北侧人行道' });
    expect(json.grounds[0].zh).toContain('第五十六条');
    expect(json.rules[0].zh).toContain('允许停留');
    expect(json.sufficiency.length).toBeGreaterThan(5);
    expect(json.deadlines.map(({ source }: { source: { zh: string } }) => source.zh)).toContain('行政处罚法第六十条');
    expect(json.rights.length).toBeGreaterThan(2);
    expect(json.decisions).toMatchObject([{ outcome: 'confirm', officerName: '安娜' }]);
  });

  it('tells nothing of what an officer thinks while others still judge', async () => {
    await office.add('i1', { notice, secondReview: true, graceMs: 5 * MINUTE });
    const { token } = (await enter('i1', await issue('i1'))).json;
    await office.confirm('anna', 'i1');
    expect((await readIncident(office.table, incidentId('i1')))?.incident.decisions).toHaveLength(1);
    const seen = [
      await send('GET', '/v1/party/case', { token }),
      await send('GET', '/v1/party/case/trail', { token }),
      await send('GET', '/v1/party/case/copy', { token }),
    ];
    for (const { text } of seen) expect(text).not.toMatch(/安娜|"confirm"|second-review: /);
    expect(seen[0]?.json.stateWords.zh).toContain('尚在审核');
    expect(seen[2]?.json.code).toBe('not-sealed');
  });

  it('says that it was withdrawn, and why', async () => {
    const { token } = await confirmed('i1');
    await office.ask('su', 'POST /v1/review/i1/withdraw', { reason: 'wrong-zone', note: '' });
    const { json } = await send('GET', '/v1/party/case', { token });
    expect(json.stateWords.zh).toContain('已撤回');
    expect(json.withdrawal.reasonWords.zh).toBe('区域错误');
  });
});

it('a case whose time is over is closed to everybody: no code is issued, none opens it', async () => {
  const { code, token } = await confirmed('i1');
  const stored = await readIncident(office.table, incidentId('i1'));
  if (stored === undefined) throw new Error('Expected the incident');
  await office.table.transact(putIncident(destroyed(stored.incident, 'evidence', T0), stored.incident));
  expect((await office.ask('case', 'POST /v1/violations/i1/party-code')).json.code).toBe('violation-unknown');
  expect((await send('GET', '/v1/party/case', { token })).status).toBe(401);
  const { json } = await enter('i1', code);
  expect((await send('GET', '/v1/party/case', { token: json.token ?? 'none' })).status).toBe(401);
});

describe('each look', () => {
  it('is in the chain as the party`s, with its network and no more, and the chain stays whole', async () => {
    const { token } = await confirmed('i1');
    await send('GET', '/v1/party/case', { token });
    await send('GET', '/v1/party/case/trail', { token });
    await send('GET', '/v1/party/case/copy', { token });
    expect(await actsOf('i1')).toEqual(['party.entered', 'party.viewed', 'party.trail-viewed', 'party.copy-asked']);
    const entries = (await chain('i1')).filter(({ actor }) => actor.kind === 'party');
    for (const { facts } of entries) expect(facts.network).toBe('203.0.113.0/24');
    expect(JSON.stringify(entries)).not.toContain(HERE);
    expect((await verifyAll(office.table)).ok).toBe(true);
  });

  it('of an officer or a system is what the party may see', async () => {
    const { token } = await confirmed('i1');
    await office.ask('bo', 'GET /v1/review/i1');
    await office.ask('case', 'GET /v1/violations/i1');
    const { json } = await send('GET', '/v1/party/case/trail', { token });
    const looks = json.items.filter(({ isLook }: { isLook: boolean }) => isLook);
    const by = looks.map(({ by: { words } }: { by: { words: { zh: string } } }) => words.zh);
    expect(by).toEqual(expect.arrayContaining(['执法人员 博', '业务系统 综合执法案件系统', '当事人（凭查询码）']));
  });
});

describe('what the party says', () => {
  const say = (token: string, kind: string, text: string) =>
    send('POST', '/v1/party/case/statements', { token, body: { kind, text } });

  it('is put on record once, and officers read it; its text is in no log', async () => {
    const { token } = await confirmed('i1');
    for (let times = 0; times < 2; times++) await say(token, 'defend', '车辆故障，\n已叫拖车。');
    const { json } = await office.ask('bo', 'GET /v1/review/i1');
    expect(json.statements).toMatchObject([{ kind: 'defend', text: '车辆故障，\n已叫拖车。', by: 'party' }]);
    expect(await actsOf('i1')).toEqual(['party.entered', 'party.defended', 'party.viewed', 'party.viewed']);
    expect(JSON.stringify(await chain('i1'))).not.toContain('拖车');
  });

  it('as an objection reaches the queue, where whoever decided cannot take it', async () => {
    const { token } = await confirmed('i1');
    await office.ask('case', 'GET /v1/violations?limit=10');
    expect((await say(token, 'object', '当时在装卸货物。')).json.state).toBe('objected');
    const queue = await office.ask('bo', 'GET /v1/review/queue?state=objected');
    expect(queue.json.items).toMatchObject([{ id: 'i1' }]);
    expect((await office.ask('anna', 'POST /v1/review/claim', { id: 'i1' })).json.code).toBe('same-officer');
    expect((await office.ask('bo', 'POST /v1/review/claim', { id: 'i1' })).json.item.statements).toHaveLength(1);
    expect((await office.ask('case', 'GET /v1/violations/i1')).json.outcomes).toMatchObject([{ outcome: 'objected' }]);
  });

  it('is refused when it is empty, endless, or more than a case can hold', async () => {
    const { token } = await confirmed('i1');
    expect((await say(token, 'state', '   ')).status).toBe(400);
    expect((await say(token, 'state', 'x'.repeat(5_001))).status).toBe(400);
    expect((await say(token, 'shout', 'x')).status).toBe(400);
    for (let at = 0; at < 40; at++) await say(token, 'state', `第 ${at} 条`);
    expect((await say(token, 'state', '再一条')).json.code).toBe('statements-full');
  }, 60_000);
});

describe('the copy', () => {
  /** A real package behind the incident, and whoever makes copies. */
  async function withPackage(id: string) {
    const signer = await openSigner(join(directory, 'key'));
    const { bytes, sha256 } = await buildPackage(await brieflyParkedCar(), signer);
    const key = `evidence/${id}/1-${sha256}.zip`;
    await office.blobs.putIfAbsent(key, bytes, 'application/zip');
    const sealed = { sha256, key, bytes: bytes.length, revision: 1, sealedAt: T0 + 12 * MINUTE };
    const session = await confirmed(id, { package: sealed });
    const make = () =>
      makePartyCopy(
        {
          ...{ table: office.table, blobs: office.blobs, clock: office.clock, signer, systemVersion: 'test' },
          privacy: async () => ({
            imageSize: [1920, 1080],
            regions: [{ kind: 'face', source: 'face', box: [100, 100, 180, 180], score: 1 }],
            models: [],
          }),
        },
        incidentId(id),
      );
    return { ...session, sealed, make };
  }

  it('is made once, however often it is asked for, and is what the link gives; the package never is', async () => {
    const { token, sealed, make } = await withPackage('i1');
    const coming = await send('GET', '/v1/party/case/copy', { token });
    expect([coming.status, coming.json.state]).toEqual([202, 'making']);
    const [first, second] = [await make(), await make()];
    expect(second).toEqual(first);
    const { status, json } = await send('GET', '/v1/party/case/copy', { token });
    expect([status, json.sha256]).toEqual([200, first?.sha256]);
    const path = new URL(json.url);
    const fetched = await office.app.request(`${path.pathname}${path.search}`);
    const bytes = new Uint8Array(await fetched.arrayBuffer());
    expect((await verifyPackage(bytes)).filter(({ ok }) => !ok)).toEqual([]);
    const other = await office.app.request(`/blobs/${sealed.key}${path.search}`);
    expect(other.status).toBe(403);
    expect((await office.app.request(`/blobs/${sealed.key}`)).status).toBe(403);
    expect((await chain('i1')).filter(({ act }) => act === 'party-copy.made')).toHaveLength(1);
  }, 60_000);

  it('is asked for once in a while, however often somebody looks whether it is there', async () => {
    const { token } = await withPackage('i1');
    const looked = async () => {
      for (let at = 0; at < 3; at++)
        expect((await send('GET', '/v1/party/case/copy', { token })).json.state).toBe('making');
      return office.copies.length;
    };
    expect(await looked()).toBe(1);
    pass(3 * MINUTE);
    expect(await looked()).toBe(2);
  }, 60_000);

  it('is made anew when a decision on it is another', async () => {
    const { make } = await withPackage('i1');
    const first = await make();
    await office.ask('anna', 'POST /v1/review/i1/undo', {});
    expect(await make()).toBeUndefined();
    await office.confirm('bo', 'i1');
    expect((await make())?.key).not.toBe(first?.key);
  }, 60_000);

  it('is made for nobody while officers judge, nor of a case its party was not told of', async () => {
    const { make } = await withPackage('i1');
    const stored = await readIncident(office.table, incidentId('i1'));
    if (stored === undefined) throw new Error('Expected the incident');
    const untold: Incident = { ...stored.incident, id: incidentId('i2'), state: 'pending', decisions: [], version: 1 };
    await office.table.transact(putIncident(untold, null));
    const all = { ...office, signer: await openSigner(join(directory, 'key')), systemVersion: 'test' };
    const never = { ...all, privacy: () => Promise.reject(new Error('Expected nobody to look')) };
    expect(await makePartyCopy(never, untold.id)).toBeUndefined();
    expect(await make()).toBeDefined();
  }, 60_000);
});
