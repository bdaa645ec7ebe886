/**
 * Who is calling, found once before the functions: a Lambda authorizer of an HTTP API, payload 2.0, simple response. It lets
 * everybody pass and names the caller; the gate of each route (platform/http/auth.ts) refuses, with the problem document that
 * the contract promises. Why: docs/decisions/0042-who-answers-401.md.
 */
import type { APIGatewaySimpleAuthorizerWithContextResult as Answer } from 'aws-lambda';
import { parse } from 'hono/utils/cookie';
import { Refusal } from '#core/refusal.ts';
import { credentialsOf, SESSION_COOKIE } from '../http/auth.ts';
import type { Identity, Principal } from '../identity.ts';
import { type PrincipalContext, principalContext } from './principal-context.ts';

/** API Gateway writes names of headers in lower case and puts cookies apart from them. */
export interface AuthorizerRequest {
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  readonly cookies?: readonly string[] | undefined;
}

/**
 * Nothing but a refusal becomes an answer: when storage fails, this fails, API Gateway answers 500, and the caller tries again.
 */
export async function authorizeRequest(
  event: AuthorizerRequest,
  identity: Identity,
): Promise<Answer<PrincipalContext>> {
  return { isAuthorized: true, context: principalContext(await callerOf(event, identity)) };
}

async function callerOf(event: AuthorizerRequest, identity: Identity): Promise<Principal | Refusal | undefined> {
  try {
    const { token } = credentialsOf(event.headers?.authorization, cookieOf(event));
    return await identity.authenticate(token);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // The gate reads the same headers and says so itself; a route without a gate needs no credentials.
    return error.code === 'credentials-missing' ? undefined : error;
  }
}

/** As the function reads it: the same parser, the same order. */
function cookieOf({ headers, cookies }: AuthorizerRequest): string | undefined {
  return parse(cookies?.join('; ') ?? headers?.cookie ?? '', SESSION_COOKIE)[SESSION_COOKIE];
}
