/** The Identity port behind a Lambda authorizer: whoever calls was found before this function began, and stands in its event. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Identity } from '../identity.ts';
import type { Table } from '../table.ts';
import { principalOfContext } from './principal-context.ts';

const contexts = new AsyncLocalStorage<unknown>();

/** @param context `requestContext.authorizer.lambda`; nobody where there is none */
export const withCaller = <T>(context: unknown, work: () => T): T => contexts.run(context, work);

/** The token is the authorizer's business; outside of {@link withCaller} there is nobody. */
export const contextIdentity = (table: Table): Identity => ({
  authenticate: () => principalOfContext(contexts.getStore(), table),
});
