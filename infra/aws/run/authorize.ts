/** Who calls: before every route that asks for a caller. It refuses nobody (docs/decisions/0042-who-answers-401.md). */
import { authorizeRequest } from '#platform/aws/authorizer.ts';
import { identityOf, issuerOf } from '#platform/issuer-identity.ts';
import { openHome } from './home.ts';
import { once } from './once.ts';

const identity = once(() => {
  const { table, clock } = openHome('authorize');
  return identityOf(issuerOf(process.env), { table: table(), clock });
});

export const handler = (event: Parameters<typeof authorizeRequest>[0]) => authorizeRequest(event, identity());
