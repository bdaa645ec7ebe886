/**
 * An app of the house behind an HTTP API: payload 2.0, bytes in base64 both ways.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
import type { Context } from 'hono';
import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda';
import { z } from 'zod';
import type { EdgeApp, EdgeEnv } from '../http/edge.ts';
import { withCaller } from './identity-context.ts';

/**
 * A Lambda takes 6 MB of event, in which bytes take four thirds of their length, beside headers and what API Gateway adds.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MOST_BODY_BYTES = 4_500_000;

/** As hono's adapter hands it on. */
const Bindings = z.object({ requestContext: z.object({ http: z.object({ sourceIp: z.string() }) }) });

/** Who opened the connection to API Gateway, for `frontDoor`; a header can be forged. */
export function sourceAddress(c: Context<EdgeEnv>): string {
  return Bindings.safeParse(c.env).data?.requestContext.http.sourceIp ?? 'unknown';
}

/** What an authorizer found; without one there is nothing. */
const Authorized = z.object({
  requestContext: z.object({ authorizer: z.object({ lambda: z.unknown() }).partial().optional() }),
});

export type HttpHandler = (event: LambdaEvent, context: LambdaContext) => Promise<unknown>;

export function httpHandler(app: EdgeApp): HttpHandler {
  const answer = handle(app);
  return (event, context) =>
    withCaller(Authorized.parse(event).requestContext.authorizer?.lambda, () => answer(event, context));
}
