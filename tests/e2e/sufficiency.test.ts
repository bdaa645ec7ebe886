/** What must be proven, at the desk: the list, the refusal, what an officer may still do, and what a bureau asks beyond the law. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson } from '#core/canonical-json.ts';
import { sha256Hex } from '#core/evidence/bag.ts';
import { readZip } from '#core/evidence/zip-read.ts';
import { placeId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { DEFAULT_POLICY } from '#core/policy.ts';
import { REQUIREMENTS } from '#core/sufficiency/check.ts';
import type { Identity } from '#platform/identity.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { readIncident } from '#platform/records/incidents.ts';
import { permitWrites } from '#platform/records/places.ts';
import { registerApp } from '../../functions/register/app.ts';
import { ANNA, incident, MINUTE, plateVote, T0 } from '../unit/review-incident.ts';
import { car, type FrameOptions, rule } from '../unit/stays/builders.ts';
import { type Office, openOffice } from './review-office.ts';
import { CAMERA, openStreet, PLATE, type Street } from './street.ts';

let office: Office;
let register: ReturnType<typeof registerApp>;
beforeEach(async () => {
  office = await openOffice();
  const identity: Identity = {
    authenticate: async (token) =>
      token === 'admin' || token === 'reader'
        ? {
            kind: 'machine',
            id: token,
            name: '管理',
            scopes: token === 'admin' ? ['admin'] : ['audit:read'],
            cameras: [],
          }
        : { kind: 'officer', ...ANNA, unit: '五常中队', roles: ['reviewer'] },
  };
  const { table, blobs, clock } = office;
  register = registerApp({ table, blobs, clock, identity, secureCookies: false });
});
afterEach(() => office.close());

const policies = async (request: string, body?: unknown, token = 'admin') => {
  const [method = 'GET', path = ''] = request.split(' ');
  const response = await register.request(`/v1/policies${encodeURI(path)}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: JSON.parse(await response.text()) };
};
const failing = ({ json }: { json: { findings?: { id: string }[] } }) => json.findings?.map(({ id }) => id);
const unread = (): Partial<Incident> => {
  const { stay } = incident();
  return { stay: { ...stay, plate: null } };
};

describe('the list at the desk', () => {
  it('is on the item: what was asked, the answer, the facts, the article', async () => {
    await office.add('i1');
    const { json } = await office.ask('anna', 'POST /v1/review/claim', { id: 'i1' });
    const { findings } = json.item.sufficiency;
    expect(findings.map(({ id }: { id: string }) => id)).toEqual(REQUIREMENTS.map(({ id }) => id));
    for (const { facts, source, words } of findings) {
      for (const { zh, en } of [facts, source, words]) expect(zh.length * en.length).toBeGreaterThan(0);
    }
  });

  it('refuses a confirmation with what fails and why, without a plate, and changes nothing', async () => {
    const { stay } = incident();
    const weak = { ...stay, plate: plateVote('浙A8K3F2'), continuity: { score: 0.4, links: 1, weakest: null } };
    const before = await office.add('i1', { stay: weak });
    const answer = await office.confirm('anna', 'i1');
    expect([answer.status, answer.json.code, failing(answer)]).toEqual([
      422,
      'evidence-insufficient',
      ['continuity-proven'],
    ]);
    expect(answer.json.findings[0].facts.zh).toContain('只有 40.0%');
    expect(answer.text).not.toContain('8K3F2');
    expect((await readIncident(office.table, before.id))?.incident.decisions).toEqual([]);
  });

  it.each(['reject', 'educate', 'escalate'])('leaves the officer free to %s what is not proven', async (outcome) => {
    const { stay } = incident();
    await office.add('i1', { stay: { ...stay, continuity: null } });
    const answer = await office.confirm('anna', 'i1', { outcome, reason: 'not-same-vehicle' });
    expect(answer.status).toBe(200);
  });

  it('takes a plate that the officer types, and asks permits of it', async () => {
    await office.add('i1', unread());
    const untyped = await office.confirm('anna', 'i1');
    expect(untyped.json.code).toBe('plate-missing');
    await office.table.transact(
      permitWrites({
        ...{ id: 'P1', placeId: placeId('P1'), subject: { plate: '浙A8K3F2' }, reason: '搬家', version: 1 },
        ...{ from: T0 - MINUTE, to: T0 + 60 * MINUTE },
      }),
    );
    const permitted = await office.confirm('anna', 'i1', { plate: '浙A·8K3F2' });
    expect([permitted.status, failing(permitted)]).toEqual([422, ['no-permit']]);
    const other = await office.confirm('anna', 'i1', { plate: '浙A·8K3F7' });
    expect([other.status, other.json.state]).toEqual([200, 'confirmed']);
  });

  it('stands with the violation, and its digest in the act of the decision', async () => {
    const { id } = await office.add('i1');
    expect((await office.confirm('anna', 'i1')).status).toBe(200);
    const stored = (await readIncident(office.table, id))?.incident.sufficiency;
    const act = (await streamEntries(office.table, 'incident/i1')).find((entry) => entry.act === 'incident.decided');
    expect(act?.facts.sufficiency).toEqual({
      policy: { jurisdiction: '*', version: 0 },
      answers: Object.fromEntries((stored?.findings ?? []).map((finding) => [finding.id, finding.answer])),
      sha256: sha256Hex(canonicalJson(stored)),
    });
  });
});

describe('what a bureau asks beyond the law', () => {
  const OWN = '五常中队';

  it.each([
    ['more panoramas', { panoramas: { least: 3 } }, ['two-panoramas']],
    ['larger panoramas', { panoramas: { width: 3840, height: 2160 } }, ['resolution']],
    ['a longer interval', { panoramas: { apartSeconds: 900 } }, ['interval']],
    ['a surer continuity', { continuityFrom: 0.995 }, ['continuity-proven']],
    ['a better clock', { clockWithinMs: 100 }, ['clock']],
  ])('is asked of the next confirmation: %s', async (_name, settings, missing) => {
    await office.add('i1');
    expect((await policies(`PUT /${OWN}`, { ...settings, version: 0 })).status).toBe(200);
    const refused = await office.confirm('anna', 'i1');
    expect([refused.status, failing(refused)]).toEqual([422, missing]);
    expect((await policies(`PUT /${OWN}`, { version: 1 })).status).toBe(200);
    expect((await office.confirm('anna', 'i1')).status).toBe(200);
  });

  it('is not asked of another squad', async () => {
    await office.add('i1');
    await policies('PUT /蒋村中队', { panoramas: { least: 3 }, version: 0 });
    expect((await office.confirm('anna', 'i1')).status).toBe(200);
  });

  it('is never less than the law: what is laxer is refused with the article, and nothing written', async () => {
    const lax = [
      { panoramas: { least: 1 } },
      { panoramas: { apartSeconds: 9 } },
      { panoramas: { width: 1279 } },
      { clockWithinMs: 1001 },
      { continuityFrom: 0.4 },
      { deadlines: { reviewDays: 6 } },
      { deadlines: { limitDays: 731 } },
      { retention: { negativeDays: 29 } },
    ];
    for (const settings of lax) {
      const { status, json } = await policies(`PUT /${OWN}`, { ...settings, version: 0 });
      expect([status, json.code, json.broken?.length]).toEqual([422, 'policy-unlawful', 1]);
    }
    expect((await policies('GET ')).json.items).toEqual([]);
  });

  it('is its own, else the common one, else the law’s', async () => {
    const holding = async () => (await policies(`GET /${OWN}`)).json;
    expect(await holding()).toEqual({ ...DEFAULT_POLICY });
    await policies('PUT /*', { continuityFrom: 0.95, version: 0 });
    expect(await holding()).toEqual({ ...DEFAULT_POLICY, continuityFrom: 0.95, version: 1 });
    await policies(`PUT /${OWN}`, { continuityFrom: 0.97, version: 0 });
    expect(await holding()).toEqual({ ...DEFAULT_POLICY, jurisdiction: OWN, continuityFrom: 0.97, version: 1 });
  });

  it('keeps every version, is changed by who saw the last one, and is on record', async () => {
    await policies(`PUT /${OWN}`, { panoramas: { least: 3 }, version: 0 });
    const late = await policies(`PUT /${OWN}`, { panoramas: { least: 4 }, version: 0 });
    expect([late.status, late.json.code]).toEqual([409, 'version-outdated']);
    await policies(`PUT /${OWN}`, { stages: { secondReview: true }, version: 1 });
    const { items } = (await policies('GET ')).json;
    expect(items.map(({ version, panoramas }: typeof DEFAULT_POLICY) => [version, panoramas.least])).toEqual([
      [1, 3],
      [2, 2],
    ]);
    const acts = (await streamEntries(office.table, 'system')).filter(({ act }) => act === 'policy.changed');
    expect(acts.map(({ subject, actor, facts }) => [subject, actor.id, facts.version])).toEqual([
      [OWN, 'admin', 1],
      [OWN, 'admin', 2],
    ]);
  });

  it('is set by administrators only, and whatever is no setting is refused', async () => {
    expect((await policies(`PUT /${OWN}`, { version: 0 }, 'reader')).status).toBe(403);
    expect((await policies(`PUT /${OWN}`, { version: 0 }, 'anna')).status).toBe(403);
    expect((await policies('GET ', undefined, 'anna')).status).toBe(200);
    expect((await policies(`PUT /${OWN}`, { pannoramas: { least: 3 }, version: 0 })).status).toBe(400);
    expect((await policies(`PUT /${OWN}`, { panoramas: { least: 2.5 }, version: 0 })).status).toBe(400);
  });
});

describe('on the street, from frame to officer', () => {
  let street: Street;
  afterEach(() => street.close());
  const parked: FrameOptions = { cars: [car({ plate: PLATE })] };
  const sealed = async () => {
    for (const time of ['09:00', '09:02', '09:05']) await street.see(time, parked);
    await street.see('09:06', { cars: [] });
    expect(await street.sealAll()).toEqual(['sealed']);
    const [incident] = await street.incidents();
    if (incident === undefined) throw new Error('Expected an incident');
    return incident;
  };

  it('a package carries the list as it was when sealed', async () => {
    street = await openStreet({ rules: [rule({})] });
    const { package: made } = await sealed();
    const { entries } = readZip((await street.blobs.get(made?.key ?? '')) ?? new Uint8Array());
    const file = entries.find(({ name }) => name.endsWith('data/manifest.json'));
    const { sufficiency } = JSON.parse(new TextDecoder().decode(file?.bytes));
    expect(sufficiency.policy).toEqual({ jurisdiction: '*', version: 0 });
    expect(sufficiency.findings.map(({ id }: { id: string }) => id)).toEqual(REQUIREMENTS.map(({ id }) => id));
    const facts = sufficiency.findings.map((finding: { facts: { zh: string } }) => finding.facts.zh);
    expect(facts).toContain('该地点没有号牌 浙A·8K3F2 的许可登记。');
  });

  it('a bureau that wants two officers gets two, of what opens from then on', async () => {
    street = await openStreet({ rules: [rule({})] });
    const wish = { stages: { secondReview: true }, version: 0 };
    const path = encodeURI(`/v1/policies/${CAMERA.jurisdiction}`);
    expect((await street.ask('admin', `PUT ${path}`, wish)).status).toBe(200);
    const { id } = await sealed();
    const { json } = await street.ask('reviewer', 'POST /v1/review/claim', { id });
    const decision = { outcome: 'confirm', version: json.lease.version };
    const answer = await street.ask('reviewer', `POST /v1/review/${id}/decision`, decision);
    expect([answer.status, answer.json.state]).toEqual([200, 'second-review']);
  });
});
