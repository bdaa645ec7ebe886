import type { MiddlewareHandler } from 'hono';
import type { EdgeEnv } from '#platform/http/edge.ts';

/** Where every member of the body is optional, sending nothing (announced as JSON or not) means `{}`. */
export const emptyBodyIsFine: MiddlewareHandler<EdgeEnv> = async (c, next) => {
  if ((await c.req.raw.clone().text()) === '') {
    const headers = new Headers(c.req.raw.headers);
    headers.set('Content-Type', 'application/json');
    headers.delete('Content-Length');
    c.req.raw = new Request(c.req.raw, { body: '{}', headers });
  }
  await next();
};
