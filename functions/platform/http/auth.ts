/**
 * Gates before the handlers: who is calling, and may they? 401 says "I do not know you", 403 "I know you, and no".
 * A gate puts the {@link Principal} into the context; a handler behind it reads it with `c.get('principal')`.
 */
import type { MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import type { CameraId } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import type { Identity, Officer, Principal, Role, Scope } from '../identity.ts';
import type { EdgeEnv } from './edge.ts';

export const SESSION_COOKIE = 'kerbwatch_session';

export interface Access {
  /** Machines with the scope, nobody else. */
  scope(scope: Scope): MiddlewareHandler<EdgeEnv>;
  /** Officers with one of the roles (any officer when none is named). */
  role(...roles: Role[]): MiddlewareHandler<EdgeEnv>;
  /** Machines with one of the scopes, or officers with one of the roles. */
  either(allowed: { scopes: readonly Scope[]; roles: readonly Role[] | 'any' }): MiddlewareHandler<EdgeEnv>;
}

/**
 * @example
 * const access = accessControl(identity);
 * const route = createRoute({ method: 'post', path: '/v1/zones', middleware: [access.either(ADMIN)], ... });
 */
export function accessControl(identity: Identity): Access {
  const gate =
    (allowed: { scopes: readonly Scope[]; roles: readonly Role[] | 'any' | 'none' }): MiddlewareHandler<EdgeEnv> =>
    async (c, next) => {
      const credentials = credentialsOf(c.req.header('Authorization'), getCookie(c, SESSION_COOKIE));
      const principal = await identity.authenticate(credentials.token);
      if (principal === undefined) throw unknownCaller(credentials.kind);
      if (credentials.kind === 'cookie' && !SAFE_METHODS.has(c.req.method))
        assertSameOrigin(c.req.raw.headers, c.get('publicOrigin') ?? new URL(c.req.url).host);
      if (!isAllowed(principal, allowed)) throw notAllowed(principal, allowed);
      c.set('principal', principal);
      await next();
    };
  return {
    scope: (scope) => gate({ scopes: [scope], roles: 'none' }),
    role: (...roles) => gate({ scopes: [], roles: roles.length === 0 ? 'any' : roles }),
    either: gate,
  };
}

/** Who may administer: a machine with scope `admin`, an officer with role `admin`. */
export const ADMIN = { scopes: ['admin'], roles: ['admin'] } as const satisfies Parameters<Access['either']>[0];

/** @throws {Refusal} `officer-needed` for machines: some acts are a person's. */
export function officerOf(principal: Principal): Officer {
  if (principal.kind === 'officer') return principal;
  throw refuse('officer-needed', 403, {
    expected: 'a signed-in officer',
    received: `the machine token ${principal.id}`,
    action: 'Sign in with POST /v1/session.',
  });
}

/** @throws {Refusal} `camera-not-bound` when a token may not speak for this camera. */
export function assertBoundTo(principal: Principal, camera: CameraId): void {
  if (principal.kind === 'machine' && (principal.cameras === '*' || principal.cameras.includes(camera))) return;
  throw refuse('camera-not-bound', 403, {
    expected: `a token bound to camera ${camera}`,
    received: `${principal.kind} ${principal.id}`,
    action: 'Use the token issued for this camera, or have this one bound to it: PUT /v1/tokens.',
  });
}

/** The bearer token, else the session cookie. Header first, so that a script in a browser decides for itself. */
export function credentialsOf(
  authorization: string | undefined,
  cookie: string | undefined,
): { kind: 'bearer' | 'cookie'; token: string } {
  const bearer = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(authorization ?? '')?.[1];
  if (bearer !== undefined) return { kind: 'bearer', token: bearer };
  if (authorization === undefined && cookie !== undefined && cookie !== '') return { kind: 'cookie', token: cookie };
  throw refuse('credentials-missing', 401, {
    expected: 'an Authorization: Bearer header or a session',
    received: authorization === undefined ? 'neither' : 'an Authorization header of another kind',
    action: 'Send the token of your system, or sign in with POST /v1/session.',
  });
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A cookie travels with requests other sites cause, so a write with a cookie must show where it comes from.
 * `SameSite=Strict` already keeps it home; this holds where a browser, a proxy or a sibling domain does not.
 *
 * @param ours the host the request names, or, where a proxy puts another there, the whole origin the browser sees, as an operator
 *   set it. Never from a header such as `X-Forwarded-Host`: whoever asks writes those.
 * @throws {Refusal} `cross-site`
 */
export function assertSameOrigin(headers: Headers, ours: string): void {
  const site = headers.get('Sec-Fetch-Site');
  const origin = headers.get('Origin');
  // Browsers send the first only over TLS and to localhost; a proxy that rewrites Host spoils the second.
  if (site === null ? origin !== null && [origin, hostOf(origin)].includes(ours) : site === 'same-origin') return;
  throw refuse('cross-site', 403, {
    expected: 'a write with a session cookie to come from our own pages',
    received: origin ?? site ?? 'no Origin and no Sec-Fetch-Site header',
    action: 'Scripts send the token from POST /v1/session as Authorization: Bearer instead of the cookie.',
  });
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function isAllowed(
  principal: Principal,
  { scopes, roles }: { scopes: readonly Scope[]; roles: readonly Role[] | 'any' | 'none' },
): boolean {
  if (principal.kind === 'machine') return principal.scopes.some((scope) => scopes.includes(scope));
  if (roles === 'any') return true;
  return roles !== 'none' && principal.roles.some((role) => roles.includes(role));
}

function unknownCaller(kind: 'bearer' | 'cookie') {
  return refuse('credentials-invalid', 401, {
    expected: 'a token that is known, unexpired and not revoked',
    received: kind === 'bearer' ? 'an unknown, expired or revoked token' : 'an expired or ended session',
    action:
      kind === 'bearer'
        ? 'People sign in again; machines have a token issued: POST /v1/tokens.'
        : 'Sign in again: POST /v1/session.',
  });
}

function notAllowed(
  principal: Principal,
  { scopes, roles }: { scopes: readonly Scope[]; roles: readonly Role[] | 'any' | 'none' },
) {
  const held = principal.kind === 'machine' ? principal.scopes : principal.roles;
  const asked = [
    ...scopes.map((scope) => `scope ${scope}`),
    ...(roles === 'none' ? [] : roles === 'any' ? ['an officer'] : roles.map((role) => `role ${role}`)),
  ];
  return refuse(principal.kind === 'machine' ? 'scope-missing' : 'role-missing', 403, {
    expected: asked.join(' or '),
    received: `${principal.kind} ${principal.id} with ${held.length === 0 ? 'nothing' : held.join(', ')}`,
    action: 'Use another account or token, or have the right granted.',
    data: principal.kind === 'machine' && scopes.length > 0 ? { scope: scopes.join(' ') } : {},
  });
}
