/**
 * The party's counter: whoever a case is about enters its number and the code printed on the notice, and may look, fetch a
 * copy, state, defend and object. No account; a session opens one case and nothing else.
 *
 * @example
 * root.route('/', partyApp({ table, blobs, clock, identity, copies: queues.copy }));
 */
import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { refuse } from '#core/refusal.ts';
import { DAY_MS, formatInstant } from '#core/time.ts';
import { accessControl, credentialsOf } from '#platform/http/auth.ts';
import { addressOf } from '#platform/http/caller.ts';
import { type EdgeApp, type EdgeEnv, edgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN, GUARDED, json, jsonBody, refusals } from '#platform/http/openapi.ts';
import type { Identity, Machine } from '#platform/identity.ts';
import {
  CaseView,
  CodeView,
  CopyComing,
  CopyLink,
  SessionBody,
  SessionView,
  StatementBody,
  Trail,
  ViolationParam,
} from './schemas.ts';
import { type Counter, enter, fetchCopy, idOf, issueCode, leave, look, speak, trail, type Visitor } from './work.ts';

export interface PartyDependencies extends Pick<Counter, 'table' | 'blobs' | 'clock' | 'copies'> {
  identity: Identity;
  /** How long the URL of a copy works; 5 minutes by default. */
  linkMs?: number;
  /** How long a code works; 180 days by default: the six months in which a suit may be brought. */
  codeMs?: number;
}

const TAG = { tags: ['当事人 Party'], security: BY_TOKEN };
const ENTERED = { 401: refusals('credentials-missing', 'credentials-invalid') };
const PAGE = '/party.html';
const LOOK_AGAIN_SECONDS = 10;

export function partyApp({ identity, ...dependencies }: PartyDependencies): EdgeApp {
  const counter: Counter = { linkMs: 5 * 60_000, codeMs: 180 * DAY_MS, ...dependencies };
  const access = accessControl(identity);
  const app = edgeApp();

  app.openapi(
    createRoute({
      ...TAG,
      method: 'post',
      path: '/v1/violations/{id}/party-code',
      summary: '发放查询码：印于告知书，旧码即失效 Issue the query code of the party; the one before works no more',
      middleware: [access.scope('violations:ack')],
      request: { params: ViolationParam },
      responses: { ...GUARDED, 200: json(CodeView, 'Shown this once'), 404: refusals('violation-unknown') },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { code, expiresAt } = await issueCode(counter, machineOf(c), idOf(id));
      return c.json({ incident: id, code, expiresAt: formatInstant(expiresAt), path: PAGE }, 200);
    },
  );

  app.openapi(
    createRoute({
      tags: TAG.tags,
      method: 'post',
      path: '/v1/party/session',
      summary: '凭事件编号与查询码进入 Enter by number and code',
      request: jsonBody(SessionBody),
      responses: {
        200: json(SessionView, '30 minutes, this case only'),
        400: refusals('request-invalid'),
        401: refusals('party-code-refused'),
        429: refusals('party-throttled'),
      },
    }),
    async (c) => {
      const { incident, code } = c.req.valid('json');
      const entered = await enter(counter, { incident, code, address: addressOf(c) });
      return c.json({ ...entered, expiresAt: formatInstant(entered.expiresAt) }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'delete',
      path: '/v1/party/session',
      summary: '退出 Leave',
      responses: { ...ENTERED, 204: { description: '已退出 Left' } },
    }),
    async (c) => {
      await leave(counter, visitorOf(c));
      return c.body(null, 204);
    },
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'get',
      path: '/v1/party/case',
      summary: '本案事实、依据、审查结论、期限与陈述 The case: facts, grounds, proof, deadlines; the look is recorded',
      responses: { ...ENTERED, 200: json(CaseView, 'The case') },
    }),
    async (c) => c.json(await look(counter, visitorOf(c)), 200),
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'get',
      path: '/v1/party/case/trail',
      summary: '谁在何时处理或查看过 Who did or looked at what, and when',
      responses: { ...ENTERED, 200: json(Trail, 'Oldest first, this look the last') },
    }),
    async (c) => c.json({ items: await trail(counter, visitorOf(c)) }, 200),
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'get',
      path: '/v1/party/case/copy',
      summary: '当事人副本（他人已遮盖）：短时有效的地址 The redacted copy by a short-lived signed URL',
      description:
        '`Accept: application/json` answers with the URL, anything else redirects to it. 202 while it is being made.',
      responses: {
        ...ENTERED,
        200: json(CopyLink, 'The URL'),
        202: json(CopyComing, 'Being made'),
        302: { description: 'To the URL' },
        409: refusals('not-sealed'),
      },
    }),
    async (c) => {
      const fetched = await fetchCopy(counter, visitorOf(c));
      if (fetched.kind === 'making') {
        c.header('Retry-After', String(LOOK_AGAIN_SECONDS));
        return c.json({ state: 'making' as const, retryAfterSeconds: LOOK_AGAIN_SECONDS }, 202);
      }
      const { copy, link, fileName } = fetched;
      c.header('ETag', `"${copy.sha256}"`);
      c.header('Vary', 'Accept');
      if (!(c.req.header('Accept') ?? '').includes('application/json')) return c.redirect(link.url, 302);
      const { sha256, bytes } = copy;
      return c.json({ url: link.url, expiresAt: formatInstant(link.expiresAt), sha256, bytes, fileName }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'post',
      path: '/v1/party/case/statements',
      summary: '陈述、申辩、异议 State, defend or object',
      request: jsonBody(StatementBody),
      responses: {
        ...ENTERED,
        200: json(CaseView, 'On record'),
        400: refusals('request-invalid'),
        409: refusals('statements-full'),
        422: refusals('statement-invalid'),
      },
    }),
    async (c) => c.json(await speak(counter, visitorOf(c), c.req.valid('json')), 200),
  );

  return app;
}

/** @throws {Refusal} `credentials-missing` */
const visitorOf = (c: Context<EdgeEnv>): Visitor => ({
  token: credentialsOf(c.req.header('Authorization'), undefined).token,
  address: addressOf(c),
});

/** The gate let only machines through. */
function machineOf(c: Context<EdgeEnv>): Machine {
  const principal = c.get('principal');
  if (principal.kind === 'machine') return principal;
  throw refuse('scope-missing', 403, {
    expected: 'the token of a case system',
    received: 'a signed-in officer',
    action: 'Use a machine token with scope violations:ack.',
  });
}
