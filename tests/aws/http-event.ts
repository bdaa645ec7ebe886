/**
 * The event an HTTP API hands to a function, and the function's answer, payload format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isObject, type JsonObject, listOf, objectOf } from './json.ts';

export interface Call {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  /** `POST /v1/cameras/{cameraId}/frames` */
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly stage: string;
  readonly apiId: string;
}

/** What API Gateway leaves as text; any other body goes as base64. */
const AS_TEXT = /^(text\/|application\/(json|javascript|xml|.+\+json|.+\+xml|x-www-form-urlencoded))/i;

export function eventOf(call: Call, authorizer: JsonObject | undefined) {
  const { body } = call;
  const isText = AS_TEXT.test(call.request.headers['content-type'] ?? 'text/plain');
  return {
    ...commonOf(call, authorizer),
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html */
export function authorizerEventOf(call: Call, routeArn: string, identitySource: readonly string[]) {
  return { ...commonOf(call, undefined), type: 'REQUEST', routeArn, identitySource };
}

function commonOf({ request, routeKey, pathParameters, stage, apiId }: Call, authorizer: JsonObject | undefined) {
  const url = new URL(request.url ?? '/', 'http://unused');
  const { cookie, ...others } = request.headers;
  const headers = Object.entries(others).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]);
  const query = new Map<string, string>();
  for (const [name, value] of url.searchParams)
    query.set(name, query.has(name) ? `${query.get(name)},${value}` : value);
  const now = new Date();
  return {
    version: '2.0',
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookie === undefined ? {} : { cookies: cookie.split(/; */) }),
    headers: Object.fromEntries(headers),
    ...(query.size === 0 ? {} : { queryStringParameters: Object.fromEntries(query) }),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    requestContext: {
      accountId: '000000000000',
      apiId,
      ...(authorizer === undefined ? {} : { authorizer: { lambda: authorizer } }),
      domainName: request.headers.host ?? '',
      domainPrefix: apiId,
      http: {
        method: request.method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage,
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
  };
}

/** An answer without a status is the body of a 200. */
export function sendAnswer(response: ServerResponse, payload: unknown): void {
  if (!isObject(payload) || payload.statusCode === undefined) {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(payload));
    return;
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = payload;
  for (const [name, value] of Object.entries(objectOf(headers))) response.setHeader(name, String(value));
  if (cookies !== undefined) response.setHeader('Set-Cookie', listOf(cookies).map(String));
  const bytes = Buffer.from(typeof body === 'string' ? body : '', isBase64Encoded === true ? 'base64' : 'utf8');
  response.setHeader('Content-Length', bytes.length);
  response.writeHead(Number(statusCode)).end(bytes);
}
