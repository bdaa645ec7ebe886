/**
 * The routes of each HTTP Lambda, as its own app declares them: what API Gateway is given, and the contract of all of them. Nothing
 * here opens anything, and no model is loaded.
 *
 * @example
 * routesOf('accept'); // [{ method: 'GET', path: '/v1/frames/{frameId}', needsCaller: true }, ...]
 */
import { systemClock } from '#platform/clock.ts';
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';
import { type Contract31, contractOf } from '#platform/http/openapi.ts';
import { acceptApp } from '../../functions/accept/app.ts';
import { DEFAULT_LIMITS } from '../../functions/accept/limits.ts';
import { receiveApp } from '../../functions/accept/receive-app.ts';
import { partyApp } from '../../functions/party/app.ts';
import { registerApp } from '../../functions/register/app.ts';
import { releaseApp } from '../../functions/release/app.ts';
import { replayApp } from '../../functions/replay/app.ts';
import { reviewApp } from '../../functions/review/app.ts';
import { withdrawApp } from '../../functions/withdraw/app.ts';
import { CONTRACT } from '../common/contract.ts';
import { type HttpLambdaName, LAMBDA_NAMES, type LambdaName, lambdaSpec } from './lambdas.ts';
import { publicApp } from './run/public-app.ts';
import { NO_BLOBS, NO_QUEUE, NO_SIGNER, NO_TABLE, NOBODY, unopened } from './unopened.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As API Gateway writes it: `/v1/frames/{frameId}`. */
  readonly path: string;
  /** Whether the contract asks for credentials. */
  readonly needsCaller: boolean;
}

const store = { table: NO_TABLE, blobs: NO_BLOBS, clock: systemClock, identity: NOBODY };
const accepting = { ...store, queue: NO_QUEUE, limits: DEFAULT_LIMITS, log: () => undefined };

const APPS: Readonly<Record<HttpLambdaName, () => EdgeApp>> = {
  accept: () => acceptApp({ ...accepting, incidentsOfFrame: unopened }),
  receive: () => receiveApp(accepting),
  register: () => registerApp({ ...store, secureCookies: true }),
  review: () => reviewApp(store),
  release: () => releaseApp(store),
  party: () => partyApp({ ...store, copies: NO_QUEUE }),
  replay: () => replayApp({ ...store, inspect: unopened, looks: () => unopened }),
  withdraw: () => withdrawApp({ ...store, start: unopened }),
  public: () => publicApp({ signer: NO_SIGNER, contract: () => ({ info: { title: '', version: '' } }) }),
};

export const isHttp = (name: LambdaName): name is HttpLambdaName => lambdaSpec(name).trigger.kind === 'http';
export const HTTP_LAMBDA_NAMES: readonly HttpLambdaName[] = LAMBDA_NAMES.filter(isHttp);

export function routesOf(name: HttpLambdaName): readonly Route[] {
  const app = APPS[name]();
  const { paths = {} } = contractOf(app, CONTRACT);
  const routes = new Map<string, Route>();
  for (const { method, path } of app.routes) {
    if (!isMethod(method)) continue;
    // Hono writes `:id` where the contract writes `{id}`.
    const template = path.replaceAll(/:([A-Za-z]\w*)/g, '{$1}');
    const operation = paths[template]?.[LOWER[method]];
    routes.set(`${method} ${template}`, {
      method,
      path: template,
      needsCaller: (operation?.security?.length ?? 0) > 0,
    });
  }
  return [...routes.values()];
}

const LOWER = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;
/** Middleware for any method is no route. */
const isMethod = (method: string): method is Route['method'] => method in LOWER;

/** What `GET /openapi.json` answers: the routes of all Lambdas. */
export function wholeContract(): Contract31 {
  const app = edgeApp();
  for (const name of HTTP_LAMBDA_NAMES) app.route('/', APPS[name]());
  return contractOf(app, CONTRACT);
}
