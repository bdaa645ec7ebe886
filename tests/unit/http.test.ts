import { createRoute, z } from '@hono/zod-openapi';
import { beforeEach, describe, expect, it } from 'vitest';
import { officerId } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import { accessControl, assertSameOrigin, credentialsOf, officerOf } from '#platform/http/auth.ts';
import { docsPage } from '#platform/http/docs-page.ts';
import { type EdgeApp, edgeApp, frontDoor } from '#platform/http/edge.ts';
import { jsonLog, type LogLine } from '#platform/http/log.ts';
import { json, jsonBody, serveContract } from '#platform/http/openapi.ts';
import type { Principal } from '#platform/identity.ts';
import { ConflictError } from '#platform/table.ts';

const SECRET = 'kwt_0123456789abcdef_secret';
let lines: LogLine[];
let app: EdgeApp;

beforeEach(() => {
  lines = [];
  app = frontDoor(edgeApp(), { log: (line) => lines.push(line) });
  const sub = edgeApp();
  sub.get('/refused/:plate', () => {
    throw refuse('camera-unknown', 404, {
      expected: 'a',
      received: 'b',
      action: 'c',
      data: { code: 'forged', hint: 1 },
    });
  });
  sub.get('/broken', () => {
    throw new TypeError(`cannot read 浙A12345 of ${SECRET}`);
  });
  sub.get('/overtaken', () => {
    throw new ConflictError([{ partition: 'p', sort: 's' }]);
  });
  sub.get('/page', (c) => c.html('<p>', 200, { 'Content-Security-Policy': "default-src 'none'" }));
  sub.openapi(
    createRoute({
      method: 'post',
      path: '/things',
      request: jsonBody(z.object({ name: z.string(), size: z.number().max(3) })),
      responses: { 200: json(z.object({ name: z.string() }), 'A thing') },
    }),
    (c) => c.json({ name: c.req.valid('json').name }, 200),
  );
  app.route('/', sub);
  serveContract(app, { version: '1', description: 'x' });
});

const problemOf = async (response: Response) => z.record(z.string(), z.unknown()).parse(await response.json());

describe('a failure', () => {
  it('that was foreseen is a problem document with its code, sentences and additions', async () => {
    const response = await app.request('/refused/x');
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(await problemOf(response)).toEqual({
      type: 'urn:kerbwatch:problem:camera-unknown',
      title: 'Camera unknown',
      status: 404,
      detail: 'Expected a, received b. c',
      instance: `urn:uuid:${response.headers.get('x-request-id')}`,
      code: 'camera-unknown',
      expected: 'a',
      received: 'b',
      action: 'c',
      hint: 1,
    });
  });

  it('that nobody foresaw tells a reference and nothing else, in the answer and in the log', async () => {
    const response = await app.request('/broken');
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ code: 'internal', reference: response.headers.get('x-request-id') });
    expect(lines).toMatchObject([{ event: 'request-failed', error: 'TypeError', route: '/broken' }, { status: 500 }]);
    for (const leak of ['浙A12345', SECRET, 'cannot read']) expect(text + JSON.stringify(lines)).not.toContain(leak);
    expect(text).not.toContain('at ');
  });

  it('of writers who kept overtaking each other asks to come again', async () => {
    const response = await app.request('/overtaken');
    expect(response.headers.get('retry-after')).toBe('1');
    expect([response.status, (await problemOf(response)).code]).toEqual([503, 'busy']);
  });

  it('to find the route is a problem document too', async () => {
    const response = await app.request('/nowhere');
    expect([response.status, (await problemOf(response)).code]).toEqual([404, 'route-unknown']);
  });

  it.each([
    { name: 'a field of the wrong type', body: '{"name":1,"size":1}', field: 'name' },
    { name: 'a number out of range', body: '{"name":"a","size":4}', field: 'size' },
    { name: 'a list instead of an object', body: '[]', field: 'json' },
  ])('to fit the schema names the field: $name', async ({ body, field }) => {
    const headers = { 'Content-Type': 'application/json' };
    const response = await app.request('/things', { method: 'POST', headers, body });
    const problem = await problemOf(response);
    expect([response.status, problem.code]).toEqual([400, 'request-invalid']);
    expect(problem.errors).toMatchObject([{ field }]);
  });

  it.each([
    { name: 'no JSON', type: 'application/json', body: '{', expected: 400 },
    { name: 'no body', type: 'application/json', body: '', expected: 400 },
    { name: 'JSON under another name', type: 'text/plain', body: '{"name":"a","size":1}', expected: 415 },
    { name: 'more JSON than anyone needs', type: 'application/json', body: `"${'x'.repeat(300_000)}"`, expected: 413 },
  ])('to send JSON: $name', async ({ type, body, expected }) => {
    const headers = { 'Content-Type': type, 'Content-Length': String(body.length) };
    expect((await app.request('/things', { method: 'POST', headers, body })).status).toBe(expected);
  });
});

describe('every answer', () => {
  it('carries a request id and headers that keep a browser from harm', async () => {
    const { headers } = await app.request('/nowhere');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it('keeps the stricter header a page has set itself', async () => {
    expect((await app.request('/page')).headers.get('content-security-policy')).toBe("default-src 'none'");
  });

  it('leaves one line that names the route, not what was asked', async () => {
    await app.request('/refused/浙A12345?plate=浙A12345', { headers: { Authorization: `Bearer ${SECRET}` } });
    expect(lines).toMatchObject([{ level: 'info', event: 'request', route: '/refused/:plate', status: 404 }]);
    expect(JSON.stringify(lines)).not.toMatch(/12345|secret/);
  });

  it('is one line of JSON with its time', () => {
    const written: string[] = [];
    jsonLog(
      (line) => written.push(line),
      () => 0,
    )({ level: 'info', event: 'x', text: 'a\nb' });
    expect(written).toEqual(['{"at":"1970-01-01T00:00:00.000Z","level":"info","event":"x","text":"a\\nb"}\n']);
  });
});

describe('the gates', () => {
  const machine: Principal = { kind: 'machine', id: 'm', name: 'm', scopes: ['violations:read'], cameras: [] };
  const officer: Principal = { kind: 'officer', id: officerId('o'), name: 'o', unit: 'u', roles: ['reviewer'] };
  const gated = (principal: Principal | undefined) => {
    const access = accessControl({ authenticate: async () => principal });
    const doors = edgeApp();
    doors.get('/scope', access.scope('violations:read'), (c) => c.text(c.get('principal').id));
    doors.get('/role', access.role('supervisor', 'reviewer'), (c) => c.text('in'));
    doors.get('/officer', access.role(), (c) => c.text('in'));
    doors.get('/either', access.either({ scopes: ['admin'], roles: ['admin'] }), (c) => c.text('in'));
    doors.get('/person', access.either({ scopes: ['violations:read'], roles: 'any' }), (c) =>
      c.text(officerOf(c.get('principal')).name),
    );
    return async (path: string) => (await doors.request(path, { headers: { Authorization: 'Bearer x' } })).status;
  };

  it('let each in where he may go, and nobody anywhere else', async () => {
    const paths = ['/scope', '/role', '/officer', '/either', '/person'];
    const tour = async (principal: Principal | undefined) => {
      const ask = gated(principal);
      return Promise.all(paths.map(ask));
    };
    expect(await tour(undefined)).toEqual([401, 401, 401, 401, 401]);
    expect(await tour(machine)).toEqual([200, 403, 403, 403, 403]);
    expect(await tour(officer)).toEqual([403, 200, 200, 403, 200]);
    expect(await tour({ ...machine, scopes: ['admin'] })).toEqual([403, 403, 403, 200, 403]);
  });

  it('say with a 403 which scope is missing', async () => {
    const access = accessControl({ authenticate: async () => machine });
    const doors = edgeApp();
    doors.get('/', access.scope('frames:write'), (c) => c.text('in'));
    const response = await doors.request('/', { headers: { Authorization: 'Bearer x' } });
    expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="frames:write"');
  });

  it('take the bearer token before the cookie, and never fall back to the cookie for a header they cannot read', () => {
    expect(credentialsOf('Bearer abc', 'cookie')).toEqual({ kind: 'bearer', token: 'abc' });
    expect(credentialsOf(undefined, 'cookie')).toEqual({ kind: 'cookie', token: 'cookie' });
    expect(() => credentialsOf('Basic abc', 'cookie')).toThrow(/another kind/);
    expect(() => credentialsOf(undefined, undefined)).toThrow(/neither/);
  });

  it.each([
    { headers: { Origin: 'https://kerb.example' }, allowed: true },
    { headers: { 'Sec-Fetch-Site': 'same-origin' }, allowed: true },
    { headers: { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://public.example' }, allowed: true },
    { headers: { 'Sec-Fetch-Site': 'same-site', Origin: 'https://kerb.example' }, allowed: false },
    { headers: { Origin: 'https://kerb.example.evil.example' }, allowed: false },
    { headers: { Origin: 'https://kerb.example:8443' }, allowed: false },
    { headers: { Origin: 'null' }, allowed: false },
    { headers: { 'Sec-Fetch-Site': 'none' }, allowed: false },
    { headers: {}, allowed: false },
  ])('a write with a cookie from $headers: $allowed', ({ headers, allowed }) => {
    const check = () => assertSameOrigin(new Headers(Object.entries(headers)), 'kerb.example');
    if (allowed) expect(check).not.toThrow();
    else expect(check).toThrow(/session cookie/);
  });

  describe('behind a proxy that puts its own host in the place of ours', () => {
    const write = async (headers: Record<string, string>, publicOrigin?: string) => {
      const doors = frontDoor(edgeApp(), { log: () => undefined, publicOrigin });
      doors.post('/', accessControl({ authenticate: async () => officer }).role(), (c) => c.text('in'));
      const sent = { Cookie: 'kerbwatch_session=x', Host: 'api.internal', ...headers };
      return (await doors.request('https://api.internal/', { method: 'POST', headers: sent })).status;
    };
    it.each([
      { headers: { Origin: 'https://kerb.example' }, status: 200 },
      { headers: { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://kerb.example' }, status: 200 },
      { headers: { Origin: 'http://kerb.example' }, status: 403 },
      { headers: { Origin: 'https://kerb.example:8443' }, status: 403 },
      { headers: { Origin: 'https://evil.kerb.example' }, status: 403 },
      // The proxy's own name is nobody's page.
      { headers: { Origin: 'https://api.internal' }, status: 403 },
      { headers: { Origin: 'null' }, status: 403 },
      { headers: { Origin: 'https://evil.example', 'X-Forwarded-Host': 'evil.example' }, status: 403 },
      { headers: { Origin: 'https://evil.example', Host: 'evil.example' }, status: 403 },
      { headers: { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://kerb.example' }, status: 403 },
      { headers: {}, status: 403 },
    ])('a write with a cookie from $headers: $status', async ({ headers, status }) => {
      expect(await write(headers, 'https://kerb.example')).toBe(status);
    });

    it('nobody is let in by a header that says where we are', async () => {
      expect(await write({ Origin: 'https://evil.example', 'X-Forwarded-Host': 'evil.example' })).toBe(403);
    });

    it.each(['kerb.example', 'https://kerb.example/console', ''])('%j is no origin', (publicOrigin) => {
      expect(() => frontDoor(edgeApp(), { log: () => undefined, publicOrigin })).toThrow(/origin/);
    });
  });
});

describe('the contract', () => {
  it('is OpenAPI 3.1 made of the schemas', async () => {
    const document = await problemOf(await app.request('/openapi.json'));
    expect(document.openapi).toBe('3.1.0');
    expect(document).toHaveProperty(['paths', '/things', 'post', 'requestBody', 'required'], true);
  });

  it('can be read by people: Chinese first, nothing fetched from elsewhere, no script', async () => {
    const response = await app.request('/docs');
    const page = await response.text();
    expect(page).toContain('<html lang="zh-CN">');
    expect(page).toContain('/things');
    expect(page).not.toMatch(/<script|src=|https?:\/\/|@import/);
  });

  it('shows what schemas say as text, whatever it is', () => {
    const page = docsPage({
      info: { title: '<img src=x onerror=alert(1)>', version: '1' },
      paths: { '/<b>': { get: { summary: '"<script>"', responses: {} } } },
    });
    expect(page).not.toMatch(/<img|<script>|\/<b>/);
  });
});
