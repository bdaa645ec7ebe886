import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { officerId } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import { type AuthorizerRequest, authorizeRequest } from '#platform/aws/authorizer.ts';
import { principalOfContext } from '#platform/aws/principal-context.ts';
import { systemClock } from '#platform/clock.ts';
import { accessControl } from '#platform/http/auth.ts';
import { edgeApp, frontDoor } from '#platform/http/edge.ts';
import type { Identity, Principal } from '#platform/identity.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'authorizer-'));
const table = openSqliteTable(join(folder, 'table.db'), systemClock);
afterAll(() => {
  table.close();
  rmSync(folder, { recursive: true });
});

const officer: Principal = { kind: 'officer', id: officerId('wang.li'), name: '王莉', unit: '蒋村中队', roles: [] };
/** Knows `good`, and is out of order for `ill`. */
const identity: Identity = {
  async authenticate(token) {
    if (token === 'ill') throw new Error('the table does not answer');
    if (token === 'incomplete')
      throw refuse('account-incomplete', 403, {
        expected: '姓名',
        received: 'b',
        action: 'c',
        data: { retryAfterSeconds: 5 },
      });
    return token === 'good' ? officer : undefined;
  },
};

const REQUESTS: readonly { name: string; request: AuthorizerRequest; knows: boolean }[] = [
  { name: 'a bearer token', request: { headers: { authorization: 'Bearer good' }, cookies: [] }, knows: true },
  { name: 'a session', request: { headers: {}, cookies: ['theme=dark', 'kerbwatch_session=good'] }, knows: true },
  {
    name: 'a session in the header',
    request: { headers: { cookie: 'a=b; kerbwatch_session=good' } },
    knows: true,
  },
  { name: 'an unknown token', request: { headers: { authorization: 'Bearer bad' }, cookies: [] }, knows: false },
  { name: 'nothing', request: { cookies: [] }, knows: false },
  {
    name: 'an unknown token before a good session',
    request: { headers: { authorization: 'Bearer bad' }, cookies: ['kerbwatch_session=good'] },
    knows: false,
  },
  {
    name: 'another kind of header before a good session',
    request: { headers: { authorization: 'Basic good' }, cookies: ['kerbwatch_session=good'] },
    knows: false,
  },
  { name: 'two tokens', request: { headers: { authorization: 'Bearer good,Bearer good' }, cookies: [] }, knows: false },
  {
    name: 'the first of two sessions',
    request: { headers: {}, cookies: ['kerbwatch_session=good', 'kerbwatch_session=bad'] },
    knows: true,
  },
];

describe('the authorizer', () => {
  it.each(REQUESTS)('lets $name pass and names the caller: $knows', async ({ request, knows }) => {
    const { isAuthorized, context } = await authorizeRequest(request, identity);
    expect(isAuthorized).toBe(true);
    expect(await principalOfContext(context, table)).toEqual(knows ? officer : undefined);
  });

  it('fails with whatever it asks: an outage makes nobody a stranger', async () => {
    await expect(authorizeRequest({ headers: { authorization: 'Bearer ill' }, cookies: [] }, identity)).rejects.toThrow(
      /table/,
    );
  });
});

describe('a gate behind the authorizer', () => {
  /** What a Lambda does: the context stands for the identity, the headers stay as they came. */
  const behind = async (request: AuthorizerRequest) => {
    const { context } = await authorizeRequest(request, identity);
    const access = accessControl({ authenticate: () => principalOfContext(context, table) });
    return answerOf(access, request);
  };
  const atHome = (request: AuthorizerRequest) => answerOf(accessControl(identity), request);

  async function answerOf(access: ReturnType<typeof accessControl>, { headers = {}, cookies }: AuthorizerRequest) {
    const app = frontDoor(edgeApp(), { log: () => undefined });
    app.get('/', access.role(), (c) => c.json(c.get('principal')));
    const sent = new Headers(Object.entries(headers).map(([name, value]) => [name, value ?? '']));
    if (cookies !== undefined && cookies.length > 0) sent.set('Cookie', cookies.join('; '));
    const response = await app.request('/', { headers: sent });
    const { instance, ...body } = JSON.parse(await response.text());
    return { status: response.status, retryAfter: response.headers.get('Retry-After'), body };
  }

  it.each([
    ...REQUESTS,
    {
      name: 'an account that is not complete',
      request: { headers: { authorization: 'Bearer incomplete' }, cookies: [] },
    },
  ])('answers $name as it would at home', async ({ request }) => {
    const answer = await behind(request);
    expect(answer).toEqual(await atHome(request));
    expect([200, 401, 403]).toContain(answer.status);
  });
});
