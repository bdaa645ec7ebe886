/** The handler of an HTTP Lambda: the same doors and gates as at home, behind API Gateway and its authorizer. */
import type { LambdaContext, LambdaEvent } from 'hono/aws-lambda';
import { type HttpHandler, httpHandler, sourceAddress } from '#platform/aws/http-event.ts';
import { contextIdentity } from '#platform/aws/identity-context.ts';
import { type EdgeApp, edgeApp, frontDoor } from '#platform/http/edge.ts';
import type { Identity } from '#platform/identity.ts';
import type { HttpLambdaName } from '../lambdas.ts';
import { type Home, openHome } from './home.ts';
import { once } from './once.ts';

/**
 * @example
 * export const handler = serve('release', (home, identity) =>
 *   releaseApp({ table: home.table(), blobs: openBlobs(home), clock: home.clock, identity }),
 * );
 */
export function serve(name: HttpLambdaName, make: (home: Home, identity: Identity) => EdgeApp): HttpHandler {
  const open = once(() => {
    const home = openHome(name);
    const door = frontDoor(edgeApp(), {
      log: home.log,
      addressOf: sourceAddress,
      publicOrigin: home.setting('origin'),
    });
    // Who asks for nobody needs no table.
    const identity: Identity = { authenticate: (token) => contextIdentity(home.table()).authenticate(token) };
    door.route('/', make(home, identity));
    return httpHandler(door);
  });
  return (event: LambdaEvent, context: LambdaContext) => open()(event, context);
}
