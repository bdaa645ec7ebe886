/**
 * A stand-in for API Gateway's HTTP API: takes real requests, finds the route of the template, asks the authorizer, calls the
 * function. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readBody } from './http-body.ts';
import { authorizerEventOf, type Call, eventOf, sendAnswer } from './http-event.ts';
import { isObject, type JsonObject, objectOf } from './json.ts';
import type { Lambda } from './lambda-runtime.ts';
import { onLoopback } from './loopback.ts';

export interface Route {
  /** `POST /v1/cameras/{cameraId}/frames`, `ANY /v1/{proxy+}`, `$default` */
  readonly key: string;
  readonly lambda: Lambda;
  readonly authorizer: Authorizer | undefined;
}

export interface Authorizer {
  readonly lambda: Lambda;
  /** `$request.header.Authorization`; every one has to be there, or nobody is asked. */
  readonly identitySources: readonly string[];
  /** How long an answer is kept for the same identity. */
  readonly keptSeconds: number;
}

export interface HttpApiSettings {
  readonly routes: readonly Route[];
  /** `arn:aws:execute-api:region:account:api` */
  readonly arn: string;
  readonly apiId: string;
  readonly stage: string;
}

export interface HttpApi {
  readonly url: string;
  close(): Promise<void>;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const LONGEST_MS = 30_000;

export async function startHttpApi(settings: HttpApiSettings): Promise<HttpApi> {
  const matchers = settings.routes.map((route) => ({ route, match: matcherOf(route.key) }));
  const allowed = allowance();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://unused').pathname;
    const found = matchers
      .flatMap(({ route, match }) => match(request.method ?? 'GET', path).map((hit) => ({ route, ...hit })))
      .toSorted((a, b) => b.rank - a.rank)[0];
    if (found === undefined) return refuse(response, 404, 'Not Found');
    const { route, pathParameters } = found;
    const body = await readBody(request);
    if (body.length > MAX_BODY_BYTES) return refuse(response, 413, 'Request Entity Too Large');
    const { stage, apiId, arn } = settings;
    const call: Call = { request, body, routeKey: route.key, pathParameters, stage, apiId };
    let context: JsonObject | undefined;
    if (route.authorizer !== undefined) {
      const said = await allowed(route.authorizer, call, `${arn}/${stage}/${request.method}${path}`);
      if (said.kind === 'unknown') return refuse(response, 401, 'Unauthorized');
      if (said.kind === 'denied') return refuse(response, 403, 'Forbidden');
      if (said.kind === 'failed') return refuse(response, 500, 'Internal Server Error');
      context = said.context;
    }
    const outcome = await Promise.race([route.lambda.invoke(eventOf(call, context)), late()]);
    if (outcome === 'late') return refuse(response, 503, 'Service Unavailable');
    if (outcome.kind !== 'answered') return refuse(response, 500, 'Internal Server Error');
    sendAnswer(response, outcome.payload);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => refuse(response, 500, 'Internal Server Error'));
  });
  return onLoopback(server);
}

const refuse = (response: ServerResponse, status: number, message: string): void => {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ message }));
};

const late = () => new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), LONGEST_MS).unref());

interface Hit {
  readonly pathParameters: Record<string, string>;
  /** The most specific route wins: a full match before `{proxy+}` before `$default`, a method before `ANY`. */
  readonly rank: number;
}

function matcherOf(key: string): (method: string, path: string) => Hit[] {
  if (key === '$default') return () => [{ pathParameters: {}, rank: 0 }];
  const [method = '', template = ''] = key.split(' ');
  const isGreedy = template.endsWith('+}');
  const pattern = template.replaceAll(/\{([^}+]+)(\+?)\}/g, (_, name: string, plus: string) =>
    plus === '+' ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`,
  );
  const expression = new RegExp(`^${pattern}$`);
  const fixed = template.split('/').filter((part) => !part.startsWith('{')).length;
  const rank = (isGreedy ? 1_000 : 2_000) + fixed * 10 + (method === 'ANY' ? 0 : 1);
  return (asked, path) => {
    const groups = expression.exec(path)?.groups ?? (expression.test(path) ? {} : undefined);
    if (groups === undefined || (method !== 'ANY' && method !== asked)) return [];
    const pathParameters = Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
    return [{ pathParameters, rank }];
  };
}

type Said =
  | { readonly kind: 'allowed'; readonly context: JsonObject }
  | { readonly kind: 'denied' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'failed' };

function allowance() {
  const kept = new Map<string, { said: Said; until: number }>();
  return async (authorizer: Authorizer, call: Call, routeArn: string): Promise<Said> => {
    const { lambda, identitySources, keptSeconds } = authorizer;
    const identity = identitySources.map((source) => identityOf(source, call.request));
    const known = identity.filter((value): value is string => value !== undefined && value !== '');
    if (known.length < identity.length) return { kind: 'unknown' };
    const key = JSON.stringify([lambda.name, known]);
    const earlier = kept.get(key);
    if (keptSeconds > 0 && earlier !== undefined && earlier.until > Date.now()) return earlier.said;
    const said = await ask(lambda, authorizerEventOf(call, routeArn, known));
    if (said.kind === 'allowed' || said.kind === 'denied')
      kept.set(key, { said, until: Date.now() + keptSeconds * 1_000 });
    return said;
  };
}

async function ask(lambda: Lambda, event: unknown): Promise<Said> {
  const outcome = await lambda.invoke(event);
  // A function that throws just this word asks for 401.
  if (outcome.kind === 'failed' && outcome.errorMessage === 'Unauthorized') return { kind: 'unknown' };
  if (outcome.kind !== 'answered' || !isObject(outcome.payload)) return { kind: 'failed' };
  const { isAuthorized, context } = outcome.payload;
  if (typeof isAuthorized !== 'boolean') return { kind: 'failed' };
  return isAuthorized ? { kind: 'allowed', context: objectOf(context) } : { kind: 'denied' };
}

function identityOf(source: string, request: IncomingMessage): string | undefined {
  const name = /^\$request\.header\.(.+)$/.exec(source)?.[1];
  if (name === undefined) throw new Error(`Identity source ${source} is not one this stand-in knows`);
  const value = request.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(',') : value;
}
