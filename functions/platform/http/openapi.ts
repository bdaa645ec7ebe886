/** The contract as the code states it: `GET /openapi.json` for programs, `GET /docs` for people. */
import { z } from '@hono/zod-openapi';
import { docsPage } from './docs-page.ts';
import type { EdgeApp } from './edge.ts';
import { Problem } from './problem.ts';

/** A response entry of `createRoute` for JSON. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

/** A compulsory JSON body. Compulsory matters: without it a missing body would pass unvalidated. */
export function jsonBody<T extends z.ZodType>(schema: T, description = '') {
  return { body: { required: true as const, description, content: { 'application/json': { schema } } } };
}

/** A refusal of `createRoute`'s responses; `codes` are what `code` may say. */
export function refusals(...codes: readonly string[]) {
  return {
    description: `Refused: ${codes.map((code) => `\`${code}\``).join(', ')}`,
    content: { 'application/problem+json': { schema: Problem } },
  };
}

/** What every guarded route may answer. */
export const GUARDED = {
  401: refusals('credentials-missing', 'credentials-invalid'),
  403: refusals('scope-missing', 'role-missing', 'cross-site'),
};

/** Of `security` in `createRoute`. */
export const BY_TOKEN = [{ token: [] }];
export const BY_TOKEN_OR_SESSION = [{ token: [] }, { session: [] }];

/** An instant as JSON carries it. */
export const InstantText = z
  .string()
  .openapi({ format: 'date-time', example: '2026-05-12T09:30:00+08:00', description: 'ISO 8601 with its offset' });

/** Mounts the contract of everything `app` serves; call it after the last `route`. */
export function serveContract(app: EdgeApp, info: { version: string; description: string }): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: '机器令牌，或登录后取得的会话令牌',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'kerbwatch_session',
    description: '登录会话（POST /v1/session）',
  });
  const document = () =>
    app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: { title: 'Kerbwatch 非现场执法', ...info },
      servers: [{ url: '/' }],
    });
  app.get('/openapi.json', (c) => c.json(document()));
  app.get('/docs', (c) => c.html(docsPage(document())));
}
