/** 登录: a session for the console's cookie and for scripts' bearer header, one and the same. */
import { createRoute, z } from '@hono/zod-openapi';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { auditStream } from '#core/audit.ts';
import { refuse } from '#core/refusal.ts';
import { formatInstant } from '#core/time.ts';
import { commit } from '#platform/commit.ts';
import { type Access, credentialsOf, officerOf, SESSION_COOKIE } from '#platform/http/auth.ts';
import { actorOf, addressOf } from '#platform/http/caller.ts';
import type { EdgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN_OR_SESSION, GUARDED, json, jsonBody, printable, refusals } from '#platform/http/openapi.ts';
import type { Principal } from '#platform/identity.ts';
import { endOfJwt } from '#platform/issuer-identity.ts';
import { officer, officerPut, withPassword } from '#platform/records/officers.ts';
import { partsOfToken } from '#platform/records/secrets.ts';
import { officerOfPassword, officerOfSession, SESSION_MS, signIn, signOutWrites } from '#platform/records/sessions.ts';
import type { RegisterDependencies } from './change.ts';

const TAG = ['登录 Session'];
const SignInBody = z.object({
  account: printable(1, 40),
  password: z.string().min(1).max(256),
});
const PasswordBody = z.object({ current: z.string().min(1).max(256), next: z.string().min(1).max(256) });
const SessionView = z
  .object({
    kind: z.enum(['officer', 'machine']),
    id: z.string(),
    name: z.string(),
    unit: z.string().nullable(),
    roles: z.array(z.string()),
    scopes: z.array(z.string()),
    expiresAt: z.string().nullable(),
  })
  .openapi('Session');
const NewSession = SessionView.extend({
  token: z.string().openapi({ description: '脚本用：Authorization: Bearer；网页用同名 cookie' }),
}).openapi('NewSession');

/** @param secureCookies whether the site is served by TLS only */
export function sessionRoutes(
  app: EdgeApp,
  access: Access,
  { table, clock, secureCookies }: RegisterDependencies & { secureCookies: boolean },
): void {
  const anyone = [
    access.either({
      scopes: ['frames:write', 'violations:read', 'violations:ack', 'admin', 'audit:read'],
      roles: 'any',
    }),
  ];
  const cookie = { httpOnly: true, sameSite: 'Strict', path: '/', secure: secureCookies } as const;

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/session',
      tags: TAG,
      summary: '登录 Sign in',
      request: jsonBody(SignInBody),
      responses: {
        200: json(NewSession, '已登录 Signed in'),
        400: refusals('request-invalid'),
        401: refusals('sign-in-refused'),
        429: refusals('sign-in-throttled'),
      },
    }),
    async (c) => {
      const { account, password } = c.req.valid('json');
      const address = addressOf(c);
      const { token, officer: who, expiresAt, writes } = await signIn(table, clock, { account, password, address });
      await commit(table, async () => ({
        writes,
        acts: [
          {
            stream: auditStream.officer(who.id),
            at: clock.now(),
            actor: actorOf(who),
            act: 'officer.signed-in',
            subject: who.id,
            facts: { address },
          },
        ],
        result: undefined,
      }));
      setCookie(c, SESSION_COOKIE, token, { ...cookie, maxAge: SESSION_MS / 1000 });
      return c.json({ ...sessionView(who, expiresAt), token }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/session',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: anyone,
      summary: '我是谁 Who am I',
      responses: { 200: json(SessionView, '会话 Session'), ...GUARDED },
    }),
    async (c) => {
      const { token } = credentialsOf(c.req.header('Authorization'), getCookie(c, SESSION_COOKIE));
      const session = await officerOfSession(table, token, clock.now());
      return c.json(sessionView(c.get('principal'), session?.expiresAt ?? endOfJwt(token) ?? null), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/session',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: [access.role()],
      summary: '退出 Sign out',
      responses: { 204: { description: '已退出 Signed out' }, ...GUARDED, 409: refusals('session-elsewhere') },
    }),
    async (c) => {
      const who = officerOf(c.get('principal'));
      const { token } = credentialsOf(c.req.header('Authorization'), getCookie(c, SESSION_COOKIE));
      assertOurSession(token);
      const act = { stream: auditStream.officer(who.id), at: clock.now(), actor: actorOf(who) };
      await commit(table, async () => ({
        writes: signOutWrites(token),
        acts: [{ ...act, act: 'officer.signed-out', subject: who.id, facts: {} }],
        result: undefined,
      }));
      deleteCookie(c, SESSION_COOKIE, cookie);
      return c.body(null, 204);
    },
  );

  app.openapi(
    createRoute({
      method: 'put',
      path: '/v1/session/password',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: [access.role()],
      summary: '修改本人口令 Change my password',
      description: '使本人全部会话失效，须重新登录。',
      request: jsonBody(PasswordBody),
      responses: {
        204: { description: '已修改 Changed; sign in again' },
        400: refusals('request-invalid'),
        ...GUARDED,
        409: refusals('session-elsewhere'),
        422: refusals('password-weak', 'password-wrong'),
        429: refusals('sign-in-throttled'),
      },
    }),
    async (c) => {
      const who = officerOf(c.get('principal'));
      assertOurSession(credentialsOf(c.req.header('Authorization'), getCookie(c, SESSION_COOKIE)).token);
      const { current, next } = c.req.valid('json');
      const attempt = { account: who.id, password: current, address: addressOf(c) };
      if ((await officerOfPassword(table, clock, attempt)) === undefined) throw wrongPassword();
      await commit(table, async () => {
        const before = await officer(table, who.id);
        if (before === undefined) throw wrongPassword();
        const changed = await withPassword(before, next);
        const act = { stream: auditStream.officer(who.id), at: clock.now(), actor: actorOf(who) };
        return {
          writes: [officerPut(changed)],
          acts: [{ ...act, act: 'officer.password-changed', subject: who.id, facts: {} }],
          result: undefined,
        };
      });
      deleteCookie(c, SESSION_COOKIE, cookie);
      return c.body(null, 204);
    },
  );
}

/** What the city's identity provider signed in, only that can sign out. @throws {Refusal} `session-elsewhere` */
function assertOurSession(token: string): void {
  if (partsOfToken(token)?.kind === 'kws') return;
  throw refuse('session-elsewhere', 409, {
    expected: 'a session from POST /v1/session',
    received: 'a token of the identity provider',
    action:
      'Sign out, or change the password, where you signed in. An administrator locks an account at once: PUT /v1/officers.',
  });
}

function sessionView(who: Principal, expiresAt: number | null): z.infer<typeof SessionView> {
  const { kind, id, name } = who;
  return {
    ...{ kind, id, name },
    unit: who.kind === 'officer' ? who.unit : null,
    roles: who.kind === 'officer' ? [...who.roles] : [],
    scopes: who.kind === 'machine' ? [...who.scopes] : [],
    expiresAt: expiresAt === null ? null : formatInstant(expiresAt),
  };
}

const wrongPassword = () =>
  refuse('password-wrong', 422, {
    expected: 'your current password',
    received: 'another one',
    action: 'Try again, or ask an administrator to set a new one.',
  });
