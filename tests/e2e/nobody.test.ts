/**
 * Every route of the contract, asked by nobody. On AWS no authorizer refuses for the functions
 * (docs/decisions/0042-who-answers-401.md), so a gate that somebody forgot would be a public route.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { EdgeApp } from '#platform/http/edge.ts';
import { localApp } from '../../infra/local/server.ts';
import { openStore, type Store } from '../../infra/local/store.ts';

const PUBLIC = [
  ...['get /v1/public/keys', 'get /v1/public/cameras', 'post /v1/session'],
  // Whom a case is about has no account: the plate and the code of the reminder are asked for.
  'post /v1/party/session',
];

const Contract = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ security: z.array(z.unknown()).default([]) }))),
});
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly isGuarded: boolean;
}

let folder: string;
let store: Store;
let app: EdgeApp;
let operations: Operation[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nobody-'));
  store = await openStore(folder, { baseUrl: 'http://localhost' });
  const counters = { framesInspected: 0, inspectionMsTotal: 0 };
  app = localApp({ store, log: () => undefined, counters, models: [], isSeeing: () => true, wake: () => undefined });
  const { paths } = Contract.parse(await (await app.request('/openapi.json')).json());
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({ method, path, isGuarded: security.length > 0 })),
  );
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const ask = async ({ method, path }: Operation, headers: Record<string, string>) => {
  const address = path.replaceAll(/\{[^}]+\}/g, 'x');
  const answer = await app.request(address, { method: method.toUpperCase(), headers });
  return { route: `${method} ${path}`, status: answer.status, code: codeOf(await answer.text()) };
};
const codeOf = (body: string): string | undefined =>
  body === '' ? undefined : z.object({ code: z.string().optional() }).parse(JSON.parse(body)).code;
/** The party's door has a gate of its own, behind the check of what is sent. */
const isOfParty = ({ path }: Operation) => path.startsWith('/v1/party/');

describe('nobody', () => {
  it('finds open what is meant for everybody, and nothing else', () => {
    const open = operations.filter(({ isGuarded }) => !isGuarded).map(({ method, path }) => `${method} ${path}`);
    expect(open.sort()).toEqual(PUBLIC.sort());
  });

  it.each([
    { name: 'without credentials', headers: {}, code: 'credentials-missing' },
    { name: 'with a token nobody issued', headers: { Authorization: 'Bearer x.y.z' }, code: 'credentials-invalid' },
  ])('$name is refused by every other route', async ({ headers, code }) => {
    const guarded = operations.filter((operation) => operation.isGuarded && !isOfParty(operation));
    const answers = await Promise.all(guarded.map((operation) => ask(operation, headers)));
    expect(answers.length).toBeGreaterThan(60);
    expect(answers.filter((answer) => answer.status !== 401 || answer.code !== code)).toEqual([]);
  });

  it('learns nothing at the door of the party', async () => {
    const guarded = operations.filter((operation) => operation.isGuarded && isOfParty(operation));
    const answers = await Promise.all(guarded.map((operation) => ask(operation, { Authorization: 'Bearer x.y.z' })));
    const isRefusal = ({ route, status }: (typeof answers)[number]) =>
      // Ending what was never begun is no error, and tells nothing.
      route === 'delete /v1/party/session' ? status === 204 : status === 401 || status === 400;
    expect(answers.filter((answer) => !isRefusal(answer))).toEqual([]);
  });
});
