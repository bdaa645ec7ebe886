/** People whom the city's identity provider signs in, through the doors of `register`. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatInstant } from '#core/time.ts';
import { type EdgeApp, edgeApp, frontDoor } from '#platform/http/edge.ts';
import { identityOf, issuerOf } from '#platform/issuer-identity.ts';
import { newOfficer, officerPut } from '#platform/records/officers.ts';
import { registerApp } from '../../functions/register/app.ts';
import { type Claims, startIssuer, type TestIssuer } from '../aws/issuer.ts';
import { bodyOf, type FrontOffice, MINUTE, NOW, openFrontOffice, refusalOf } from './front-office.ts';

const EXPIRY = NOW + 15 * MINUTE;
let provider: TestIssuer;
let office: FrontOffice;
let app: EdgeApp;

beforeAll(async () => {
  provider = await startIssuer();
});
afterAll(() => provider.close());
beforeEach(async () => {
  office = await openFrontOffice();
  const { table, blobs, clock } = office;
  const issuer = issuerOf({ KERBWATCH_ISSUER: provider.issuer, KERBWATCH_CLIENT: provider.client });
  app = frontDoor(edgeApp(), { log: () => undefined });
  app.route(
    '/',
    registerApp({ table, blobs, clock, identity: identityOf(issuer, { table, clock }), secureCookies: true }),
  );
});
afterEach(() => office.close());

const tokenOf = (changes: Claims = {}) =>
  provider.sign({
    ...{ iss: provider.issuer, aud: provider.client, sub: 's', token_use: 'id', 'cognito:username': 'wang.li' },
    ...{ name: '王莉', 'custom:unit': '蒋村中队', 'cognito:groups': ['admin'], iat: NOW / 1000, exp: EXPIRY / 1000 },
    ...changes,
  });
async function ask(method: string, path: string, token: string, json?: unknown): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  return app.request(path, { method, headers, ...(json === undefined ? {} : { body: JSON.stringify(json) }) });
}
const CHEN = { account: 'Chen.Hao', name: '陈浩', unit: '五常中队', roles: ['reviewer'], password: null };
const chen = () => tokenOf({ 'cognito:username': 'chen.hao', name: '陈浩', 'cognito:groups': ['reviewer'] });

describe('a person whom the identity provider signed in', () => {
  it('is told who one is, and until when', async () => {
    expect(await bodyOf(await ask('GET', '/v1/session', await tokenOf()))).toEqual({
      ...{ kind: 'officer', id: 'wang.li', name: '王莉', unit: '蒋村中队', roles: ['admin'], scopes: [] },
      expiresAt: formatInstant(EXPIRY),
    });
  });

  it('works by the roles of the groups', async () => {
    const asked = async (groups: string[]) =>
      (await ask('GET', '/v1/officers', await tokenOf({ 'cognito:groups': groups }))).status;
    expect([await asked(['admin']), await asked(['reviewer']), await asked([])]).toEqual([200, 403, 403]);
  });

  it.each([
    { method: 'DELETE', path: '/v1/session', json: undefined },
    { method: 'PUT', path: '/v1/session/password', json: { current: 'a', next: 'b' } },
  ])('signs out and changes the password where it signed in: $method $path', async ({ method, path, json }) => {
    expect(await refusalOf(await ask(method, path, await tokenOf(), json))).toEqual([409, 'session-elsewhere']);
  });

  it('is locked out at once by one entry in the register, and let in by another', async () => {
    const [admin, token] = [await tokenOf(), await chen()];
    const state = async () => (await ask('GET', '/v1/session', token)).status;
    const before = await state();
    const locked = await ask('POST', '/v1/officers', admin, { ...CHEN, enabled: false });
    const during = await state();
    const { account: _, password: __, ...fields } = CHEN;
    await ask('PUT', '/v1/officers/chen.hao', admin, { ...fields, enabled: true, version: 1 });
    expect([locked.status, before, during, await state()]).toEqual([201, 200, 401, 200]);
  });

  it('cannot lock itself out', async () => {
    const own = { ...CHEN, account: 'wang.li', enabled: false };
    expect(await refusalOf(await ask('POST', '/v1/officers', await tokenOf(), own))).toEqual([409, 'own-account']);
  });

  it('has no password that could be guessed', async () => {
    await ask('POST', '/v1/officers', await tokenOf(), CHEN);
    const tries = ['', 'null', '陈浩'].map((password) => ({ account: 'chen.hao', password: password || ' ' }));
    const answers = await Promise.all(tries.map((attempt) => ask('POST', '/v1/session', '', attempt)));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
  });

  it('may be given a password of its own later', async () => {
    const admin = await tokenOf();
    await ask('POST', '/v1/officers', admin, CHEN);
    const { account: _, ...fields } = { ...CHEN, password: '梧桐路十八号前的人行道' };
    await ask('PUT', '/v1/officers/chen.hao', admin, { ...fields, enabled: true, version: 1 });
    const answer = await ask('POST', '/v1/session', '', { account: 'chen.hao', password: fields.password });
    expect((await bodyOf(answer)).id).toBe('chen.hao');
  });
});

describe('built-in accounts and machines beside the identity provider', () => {
  it('sign in as ever', async () => {
    const password = '梧桐路十八号前的人行道';
    await office.table.write(officerPut(await newOfficer({ ...CHEN, roles: ['reviewer'], password })));
    const { token } = await bodyOf(await ask('POST', '/v1/session', '', { account: 'chen.hao', password }));
    const out = await ask('DELETE', '/v1/session', String(token));
    expect([out.status, (await ask('GET', '/v1/session', office.adminToken)).status]).toEqual([204, 200]);
  });
});

describe('an identity provider', () => {
  it.each([
    { name: 'is not asked for', environment: {}, expected: undefined },
    { name: 'is left out', environment: { KERBWATCH_ISSUER: '', KERBWATCH_CLIENT: '' }, expected: undefined },
    {
      name: 'is set',
      environment: { KERBWATCH_ISSUER: 'i', KERBWATCH_CLIENT: 'c' },
      expected: { issuer: 'i', client: 'c' },
    },
  ])('$name', ({ environment, expected }) => {
    expect(issuerOf(environment)).toEqual(expected);
  });

  it.each([{ KERBWATCH_ISSUER: 'i' }, { KERBWATCH_CLIENT: 'c' }])('is not half set: %j', (environment) => {
    expect(() => issuerOf(environment)).toThrow(/both/);
  });
});
