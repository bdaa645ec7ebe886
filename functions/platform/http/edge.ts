/**
 * What every HTTP door of the house has in common. A function exports a sub-app made by {@link edgeApp}; whoever
 * composes them (infra/local, a Lambda) puts {@link frontDoor} before the first of them.
 *
 * @example
 * const root = frontDoor(edgeApp(), { log });
 * root.route('/', acceptApp(dependencies));
 */
import { randomUUID } from 'node:crypto';
import { getConnInfo } from '@hono/node-server/conninfo';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { routePath } from 'hono/route';
import { refuse } from '#core/refusal.ts';
import type { Principal } from '../identity.ts';
import { type Log, stderrLog } from './log.ts';
import { invalidRequest, problemResponse, unknownRoute } from './problem.ts';

export interface EdgeEnv {
  Variables: {
    requestId: string;
    log: Log;
    /** Network address of the caller. */
    address: string;
    /** Where browsers find us, when an operator said so: `https://kerb.example`. */
    publicOrigin: string | undefined;
    /** Set by the gates of auth.ts. */
    principal: Principal;
  };
}
export type EdgeApp = OpenAPIHono<EdgeEnv>;

/** An app whose every failure is a problem document. */
export function edgeApp(): EdgeApp {
  const app: EdgeApp = new OpenAPIHono<EdgeEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.error, result.target);
    },
  });
  app.onError((error, c) => problemResponse(error, { requestId: requestId(c), log: logOf(c), route: safeRoute(c) }));
  app.notFound((c) =>
    problemResponse(unknownRoute(c.req.method, c.req.path), { requestId: requestId(c), log: logOf(c) }),
  );
  return app;
}

/** Numbers each request, sets the headers every answer carries, and writes one line of access log. */
export function frontDoor(
  app: EdgeApp,
  {
    log,
    addressOf = nodeAddress,
    publicOrigin,
  }: { log: Log; addressOf?: (c: Context<EdgeEnv>) => string; publicOrigin?: string | undefined },
): EdgeApp {
  const origin = publicOrigin === undefined ? undefined : originOf(publicOrigin);
  app.use(async (c, next) => {
    const id = randomUUID();
    const started = performance.now();
    c.set('requestId', id);
    c.set('log', log);
    c.set('address', addressOf(c));
    c.set('publicOrigin', origin);
    await next();
    const { headers } = c.res;
    headers.set('X-Request-Id', id);
    for (const [name, value] of Object.entries(SAFE_HEADERS)) if (!headers.has(name)) headers.set(name, value);
    log({
      level: c.res.status >= 500 ? 'error' : 'info',
      event: 'request',
      requestId: id,
      method: c.req.method,
      // The pattern, never the path or query: they may name a plate or a signed URL.
      route: safeRoute(c),
      status: c.res.status,
      ms: Math.round(performance.now() - started),
      principal: c.get('principal')?.id,
    });
  });
  app.use(async (c, next) => {
    // Pictures have limits of their own where they are read.
    const isJson = /\bjson\b/i.test(c.req.header('Content-Type') ?? '');
    return isJson ? limitJson(c, next) : next();
  });
  return app;
}

/** @throws {Refusal} `origin-invalid`: one that no browser sends would shut everybody out */
function originOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === '/') return url.origin;
  throw refuse('origin-invalid', 500, {
    expected: 'an origin as browsers write it, such as https://kerb.example',
    received: 'another address',
    action: 'Set KERBWATCH_ORIGIN without a path, or leave it out.',
  });
}

/** The largest legitimate one, a zone of 200 corners, has a fiftieth of this. */
const MAX_JSON_BYTES = 256 * 1024;
const limitJson = bodyLimit({
  maxSize: MAX_JSON_BYTES,
  onError: () => {
    throw refuse('body-too-large', 413, {
      expected: `at most ${MAX_JSON_BYTES} bytes of JSON`,
      received: 'more',
      action: 'Send less at once.',
    });
  },
});

/** The peer of the socket; behind a proxy the composer passes his own `addressOf`, since a header can be forged. */
function nodeAddress(c: Context<EdgeEnv>): string {
  try {
    return getConnInfo(c).remote.address ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

/** Whoever serves a page or a picture may set his own first; these fill the gaps. */
const SAFE_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const requestId = (c: Context<EdgeEnv>): string => c.get('requestId') ?? randomUUID();
const logOf = (c: Context<EdgeEnv>): Log => c.get('log') ?? stderrLog;
const safeRoute = (c: Context<EdgeEnv>): string => routePath(c, -1);
