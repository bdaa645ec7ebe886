/** An app of the house as API Gateway calls it: HTTP API, payload 2.0. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { officerId } from '#core/ids.ts';
import { httpHandler, MOST_BODY_BYTES, sourceAddress } from '#platform/aws/http-event.ts';
import { contextIdentity } from '#platform/aws/identity-context.ts';
import { principalContext } from '#platform/aws/principal-context.ts';
import { accessControl } from '#platform/http/auth.ts';
import { edgeApp, frontDoor } from '#platform/http/edge.ts';
import type { Officer } from '#platform/identity.ts';
import { NO_TABLE } from '../../../infra/aws/unopened.ts';
import { MAX_PAYLOAD_BYTES } from '../../aws/lambda-environment.ts';

const OFFICER: Officer = { kind: 'officer', id: officerId('li'), name: '李四', unit: '一中队', roles: ['reviewer'] };

const Answer = z.object({
  statusCode: z.number(),
  body: z.string(),
  isBase64Encoded: z.boolean(),
  headers: z.record(z.string(), z.string()),
  cookies: z.array(z.string()).optional(),
});

interface Asked {
  method?: string;
  path: string;
  query?: string;
  headers?: Record<string, string>;
  cookies?: string[];
  body?: Uint8Array;
  /** What the authorizer found; undefined where none stands before the route. */
  authorizer?: unknown;
}

const eventOf = ({ method = 'GET', path, query = '', headers = {}, cookies = [], body, authorizer }: Asked) => {
  const event: APIGatewayProxyEventV2 & { requestContext: { authorizer?: unknown } } = {
    ...{ version: '2.0', routeKey: '$default', rawPath: path, rawQueryString: query, cookies },
    headers: { host: 'api.example', ...headers },
    requestContext: {
      ...{ accountId: '', apiId: '', domainName: 'api.example', domainPrefix: '', requestId: '', routeKey: '' },
      ...{ stage: '$default', time: '', timeEpoch: 0 },
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.7', userAgent: '' },
      ...(authorizer === undefined ? {} : { authorizer: { lambda: authorizer } }),
    },
    ...(body === undefined ? {} : { body: Buffer.from(body).toString('base64') }),
    isBase64Encoded: body !== undefined,
  };
  return JSON.parse(JSON.stringify(event));
};

function house() {
  const app = frontDoor(edgeApp(), { log: () => undefined, addressOf: sourceAddress });
  const access = accessControl(contextIdentity(NO_TABLE));
  app.get('/who', access.role(), (c) => c.json({ name: c.get('principal').name }));
  app.get('/from', (c) => c.text(c.get('address')));
  app.post('/bytes', async (c) => c.body(await c.req.arrayBuffer(), 200, { 'Content-Type': 'image/jpeg' }));
  app.get('/cookies', (c) => {
    c.header('Set-Cookie', 'a=1', { append: true });
    c.header('Set-Cookie', 'b=2', { append: true });
    return c.text(c.req.header('Cookie') ?? '');
  });
  app.get('/query', (c) => c.json({ at: c.req.query('at') }));
  const handler = httpHandler(app);
  return async (asked: Asked) => Answer.parse(await handler(eventOf(asked), Object.create(null)));
}

describe('an app behind an HTTP API', () => {
  const ask = house();
  const BEARER = { authorization: 'Bearer whatever-the-authorizer-read' };

  it('knows whom the authorizer found, by name', async () => {
    const { statusCode, body } = await ask({ path: '/who', headers: BEARER, authorizer: principalContext(OFFICER) });
    expect({ statusCode, body: JSON.parse(body) }).toEqual({ statusCode: 200, body: { name: '李四' } });
  });

  it.each([
    ['the authorizer found nobody', principalContext(undefined)],
    ['no authorizer stands before the route', undefined],
  ])('knows nobody where %s, whatever the token says', async (_, authorizer) => {
    const { statusCode, body } = await ask({ path: '/who', headers: BEARER, authorizer });
    expect(statusCode).toBe(401);
    expect(JSON.parse(body).code).toBe('credentials-invalid');
  });

  it('keeps two callers apart who come at once', async () => {
    const other = { ...OFFICER, id: officerId('wang'), name: '王五' };
    const answers = await Promise.all(
      [OFFICER, other, OFFICER].map((who) => ask({ path: '/who', headers: BEARER, authorizer: principalContext(who) })),
    );
    expect(answers.map(({ body }) => JSON.parse(body).name)).toEqual(['李四', '王五', '李四']);
  });

  it('takes and gives bytes as they are', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    const answer = await ask({
      ...{ method: 'POST', path: '/bytes', body: bytes },
      headers: { 'content-type': 'image/jpeg' },
    });
    expect(answer.isBase64Encoded).toBe(true);
    expect(Buffer.from(answer.body, 'base64')).toEqual(Buffer.from(bytes));
  });

  it('takes the address from the connection, not from a header anybody may write', async () => {
    const { body } = await ask({ path: '/from', headers: { 'x-forwarded-for': '198.51.100.1' } });
    expect(body).toBe('203.0.113.7');
  });

  it('gets cookies that stand apart, and sets several', async () => {
    const { body, cookies } = await ask({ path: '/cookies', cookies: ['x=1', 'y=2'] });
    expect({ body, cookies }).toEqual({ body: 'x=1; y=2', cookies: ['a=1', 'b=2'] });
  });

  it('reads the query as it was sent', async () => {
    const { body } = await ask({ path: '/query', query: 'at=2026-05-12T09%3A30%3A00%2B08%3A00' });
    expect(JSON.parse(body).at).toBe('2026-05-12T09:30:00+08:00');
  });
});

it('the largest body that is taken fits into an event of Lambda', () => {
  const event = eventOf({
    ...{ method: 'POST', path: '/v1/cameras/CAM-01/frames', body: new Uint8Array(MOST_BODY_BYTES) },
    headers: Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`x-${at}`, 'h'.repeat(1000)])),
    authorizer: principalContext(OFFICER),
  });
  expect(JSON.stringify(event).length).toBeLessThan(MAX_PAYLOAD_BYTES);
});
