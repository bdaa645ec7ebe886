import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Refusal } from '#core/refusal.ts';
import { handClock } from '#platform/clock.ts';
import { anyOf, type Identity } from '#platform/identity.ts';
import { issuerIdentity } from '#platform/issuer-identity.ts';
import { openSqliteTable, type SqliteTable } from '#platform/local/sqlite-table.ts';
import { tableIdentity } from '#platform/records/identities.ts';
import { newOfficer, officerPut } from '#platform/records/officers.ts';
import { machineTokenPut, newMachineToken } from '#platform/records/tokens.ts';
import { type Claims, startIssuer, type TestIssuer } from '../../aws/issuer.ts';

const NOW = Date.parse('2026-05-12T09:30:00+08:00');
const SECONDS = NOW / 1000;
const clock = handClock(NOW);

let provider: TestIssuer;
let folder: string;
let table: SqliteTable;
let identity: Identity;

beforeAll(async () => {
  provider = await startIssuer();
});
afterAll(() => provider.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'issuer-'));
  table = openSqliteTable(join(folder, 'table.db'), clock);
  identity = issuerIdentity(provider, { table, clock, askAgainMs: 0 });
});
afterEach(() => {
  table.close();
  rmSync(folder, { recursive: true });
});

/** The ID token of a Cognito user pool. */
const claims = (changes: Claims = {}): Claims => ({
  iss: provider.issuer,
  aud: provider.client,
  sub: 'a3f1c2d4-0000-4000-8000-000000000001',
  token_use: 'id',
  'cognito:username': 'Wang.Li',
  'cognito:groups': ['reviewer'],
  name: '王莉',
  'custom:unit': '蒋村中队',
  iat: SECONDS - 60,
  exp: SECONDS + 900,
  ...changes,
});
const authenticate = async (changes?: Claims) => identity.authenticate(await provider.sign(claims(changes)));
const codeOf = (action: Promise<unknown>) =>
  action.then(
    () => 'no refusal',
    (error: unknown) => (error instanceof Refusal ? error.code : error),
  );

describe('a person signed in by the identity provider', () => {
  it('is an officer by account name, person, unit and groups', async () => {
    expect(await authenticate()).toEqual({
      kind: 'officer',
      id: 'wang.li',
      name: '王莉',
      unit: '蒋村中队',
      roles: ['reviewer'],
    });
  });

  it.each([
    { groups: ['admin', 'supervisor'], roles: ['supervisor', 'admin'] },
    { groups: ['reviewer', 'reviewer'], roles: ['reviewer'] },
    { groups: ['legal-reviewer', 'payroll', 'Admin', 'ADMIN', ' admin'], roles: ['legal-reviewer'] },
    { groups: [], roles: [] },
    { groups: undefined, roles: [] },
  ])('of the groups $groups has the roles $roles', async ({ groups, roles }) => {
    expect(await authenticate({ 'cognito:groups': groups })).toMatchObject({ roles });
  });

  it('is found by the names other providers use', async () => {
    const others = {
      token_use: undefined,
      'cognito:username': undefined,
      preferred_username: 'chen',
      'custom:unit': undefined,
    };
    const found = { 'cognito:groups': undefined, unit: '五常中队', groups: ['admin'], azp: provider.client };
    expect(await authenticate({ ...others, ...found })).toMatchObject({
      id: 'chen',
      unit: '五常中队',
      roles: ['admin'],
    });
  });

  it('is one person with the built-in account of the same name', async () => {
    const built = await newOfficer({ account: 'WANG.LI', name: '王莉', unit: '蒋村中队', roles: [], password: null });
    expect((await authenticate())?.id).toBe(built.id);
  });

  it('is locked out at once by a disabled officer on record, and let in again', async () => {
    const record = await newOfficer({ account: 'wang.li', name: '王莉', unit: '蒋村中队', roles: [], password: null });
    await table.write(officerPut({ ...record, enabled: false }));
    const locked = await authenticate();
    await table.write(officerPut({ ...record, enabled: true, version: 2 }));
    expect([locked, (await authenticate())?.kind]).toEqual([undefined, 'officer']);
  });

  it.each([
    { name: 'without the name of the person', changes: { name: undefined } },
    { name: 'without a unit', changes: { 'custom:unit': ' ' } },
    { name: 'with an account name that the register would not take', changes: { 'cognito:username': 'ｗang' } },
    { name: 'without an account name', changes: { 'cognito:username': undefined } },
  ])('is told that the account is incomplete $name', async ({ changes }) => {
    expect(await codeOf(authenticate(changes))).toBe('account-incomplete');
  });
});

describe('a token is nobody', () => {
  it.each<{ name: string; changes: Claims | (() => Claims) }>([
    { name: 'of another pool of the same provider', changes: () => ({ iss: `${provider.home}/other-pool` }) },
    { name: 'of another issuer', changes: { iss: 'https://cognito-idp.example/pool' } },
    { name: 'whose issuer ends in a slash more', changes: () => ({ iss: `${provider.issuer}/` }) },
    { name: 'without an issuer', changes: { iss: undefined } },
    { name: 'for another client', changes: { aud: 'client-of-payroll' } },
    { name: 'for no client', changes: { aud: undefined } },
    { name: 'given to another client for us', changes: { azp: 'client-of-payroll' } },
    {
      name: 'for access, not of a person',
      changes: () => ({ token_use: 'access', aud: undefined, client_id: provider.client }),
    },
    { name: 'for access that names us as its audience', changes: { token_use: 'access' } },
    { name: 'for access, of a provider that says so in the claims', changes: { token_use: undefined, typ: 'Bearer' } },
    { name: 'that is expired', changes: { exp: SECONDS - 6 } },
    { name: 'that never expires', changes: { exp: undefined } },
    { name: 'that nobody can say the age of', changes: { iat: undefined } },
    { name: 'older than a shift', changes: { iat: SECONDS - 13 * 3600 } },
    { name: 'from the future', changes: { iat: SECONDS + 60 } },
    { name: 'not yet valid', changes: { nbf: SECONDS + 6 } },
    { name: 'without a subject', changes: { sub: undefined } },
    { name: 'whose groups are a word', changes: { 'cognito:groups': 'admin' } },
  ])('$name', async ({ changes }) => {
    expect(await authenticate(typeof changes === 'function' ? changes() : changes)).toBeUndefined();
  });

  it.each<{ name: string; forge: () => Promise<string> }>([
    {
      name: 'signed by another key of the same name',
      forge: async () => provider.sign(claims(), { by: await provider.foreignKey() }),
    },
    { name: 'signed with the public key as a secret', forge: () => provider.signWithPublicKey(claims()) },
    { name: 'not signed', forge: async () => `${encoded({ alg: 'none' })}.${encoded(claims())}.` },
    { name: 'said to need no signature', forge: async () => `${encoded({ alg: 'none' })}.${encoded(claims())}.AAAA` },
    { name: 'with other claims under the signature', forge: async () => swapped(await provider.sign(claims())) },
    { name: 'of another type', forge: () => provider.sign(claims(), { header: { typ: 'at+jwt' } }) },
    { name: 'that is no token', forge: async () => 'a.b.c' },
    {
      name: 'of a machine',
      forge: async () => newMachineToken({ name: 'm', scopes: [], cameras: '*', expiresAt: null }, NOW).token,
    },
  ])('$name', async ({ forge }) => {
    expect(await identity.authenticate(await forge())).toBeUndefined();
  });

  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const swapped = (token: string) => {
    const [header, , signature] = token.split('.');
    return `${header}.${encoded(claims({ 'cognito:groups': ['admin'] }))}.${signature}`;
  };
});

describe('clocks', () => {
  it.each([
    { name: 'expired within the tolerance', changes: { exp: SECONDS - 4 } },
    { name: 'valid within the tolerance', changes: { nbf: SECONDS + 4 } },
  ])('may differ a little: $name', async ({ changes }) => {
    expect(await authenticate(changes)).toBeDefined();
  });
});

describe('the keys of the provider', () => {
  let others: TestIssuer;
  beforeEach(async () => {
    others = provider;
    provider = await startIssuer();
    identity = issuerIdentity(provider, { table, clock, askAgainMs: 0 });
  });
  afterEach(async () => {
    await provider.close();
    provider = others;
  });

  it('are fetched once for many tokens', async () => {
    for (let at = 0; at < 3; at += 1) await authenticate();
    expect(provider.asked).toEqual(['/pool/.well-known/openid-configuration', '/keys']);
  });

  it('may change: a new one is found when it is published, an old one still holds', async () => {
    const old = await provider.sign(claims());
    await authenticate();
    await provider.rotate();
    const unpublished = await authenticate();
    provider.publish();
    expect(unpublished).toBeUndefined();
    expect(await authenticate()).toBeDefined();
    expect(await identity.authenticate(old)).toBeDefined();
  });

  it('are not asked for again and again because tokens name unknown ones', async () => {
    const patient = issuerIdentity(provider, { table, clock });
    await patient.authenticate(await provider.sign(claims()));
    for (let at = 0; at < 5; at += 1)
      await patient.authenticate(await provider.sign(claims(), { header: { kid: `made-up-${at}` } }));
    expect(provider.asked.filter((path) => path === '/keys')).toHaveLength(1);
  });

  it('that cannot be had are no fault of the token: come again', async () => {
    provider.setDown(true);
    const whileDown = await codeOf(authenticate());
    provider.setDown(false);
    expect([whileDown, (await authenticate())?.kind]).toEqual(['identity-provider-unreachable', 'officer']);
  });

  it.each([
    { name: 'of a provider that speaks for another', path: 'impostor' },
    { name: 'on a line anybody may write to', path: 'careless' },
  ])('are not taken: $name', async ({ path }) => {
    const issuer = `${provider.home}/${path}`;
    const misled = issuerIdentity({ issuer, client: provider.client }, { table, clock });
    expect(await codeOf(misled.authenticate(await provider.sign(claims({ iss: issuer }))))).toBe(
      'identity-provider-unreachable',
    );
  });

  it.each(['http://idp.example/pool', 'idp.example', 'ftp://127.0.0.1/pool'])(
    'are looked for at no address like %s',
    (issuer) => {
      expect(() => issuerIdentity({ issuer, client: 'c' }, { table, clock })).toThrow(/https address/);
    },
  );
});

describe('identities together', () => {
  it('know machines by the table and people by the provider', async () => {
    const both = anyOf(tableIdentity(table, clock), identity);
    const { token, record } = newMachineToken({ name: 'm', scopes: ['admin'], cameras: '*', expiresAt: null }, NOW);
    await table.write(machineTokenPut(record));
    const kinds = [await both.authenticate(token), await both.authenticate(await provider.sign(claims()))];
    expect(kinds.map((who) => who?.kind)).toEqual(['machine', 'officer']);
    expect(await both.authenticate('kwt_0123456789abcdef_x')).toBeUndefined();
  });
});
