/** The contract as the code states it: `GET /openapi.json` for programs, `GET /docs` for people. */
import { z } from '@hono/zod-openapi';
import { type Contract, docsPage } from './docs-page.ts';
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
    description: `拒绝 Refused: ${codes.map((code) => `\`${code}\``).join(', ')}`,
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

/**
 * Text that a person can read and every store can keep, without blanks around it: no control characters, no half characters (lone surrogates).
 * A refinement, not a pattern: the contract generator writes patterns with flags wrongly.
 */
export const printable = (min: number, max: number) =>
  z
    .string()
    .trim()
    .min(min)
    .max(max)
    .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), `${min} to ${max} printable characters`);

/** An instant as JSON carries it. */
export const InstantText = z
  .string()
  .openapi({ format: 'date-time', example: '2026-05-12T09:30:00+08:00', description: 'ISO 8601 with its offset' });

export interface ContractInfo {
  version: string;
  description: string;
}

/** The contract of everything `app` serves. */
export function contractOf(app: EdgeApp, info: ContractInfo): Contract31 {
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
  const contract = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Kerbwatch 非现场执法', ...info },
    servers: [{ url: '/' }],
  });
  return { ...contract, paths: nameOperations(contract.paths ?? {}) };
}

/** Mounts it, for programs and for people. */
export function serveDocument(app: EdgeApp, document: () => Contract): void {
  app.get('/openapi.json', (c) => c.json(document()));
  app.get('/docs', (c) => c.html(docsPage(document())));
}

/** Mounts the contract of everything `app` serves; call it after the last `route`. */
export function serveContract(app: EdgeApp, info: ContractInfo): void {
  let contract: Contract31 | undefined;
  serveDocument(app, () => {
    contract ??= contractOf(app, info);
    return contract;
  });
}

/** Client generators name their functions by `operationId`: `postCamerasByCameraIdFrames`. */
function nameOperations(paths: NonNullable<Contract31['paths']>): NonNullable<Contract31['paths']> {
  const named: NonNullable<Contract31['paths']> = {};
  for (const [path, item] of Object.entries(paths)) {
    named[path] = { ...item };
    for (const method of ['get', 'post', 'put', 'patch', 'delete'] as const) {
      const operation = item[method];
      if (operation !== undefined) named[path][method] = { operationId: operationId(method, path), ...operation };
    }
  }
  return named;
}
export type Contract31 = ReturnType<EdgeApp['getOpenAPI31Document']>;

function operationId(method: string, path: string): string {
  const words = path.split('/').filter((segment) => segment !== '' && segment !== 'v1');
  const names = words.map((word) => {
    const name = word
      .replaceAll(/[{}]/g, '')
      .replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string = '') => next.toUpperCase());
    return `${word.startsWith('{') ? 'By' : ''}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  });
  return `${method}${names.join('')}`;
}
