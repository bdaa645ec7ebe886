/**
 * Who is calling, on the way from the authorizer to the function: the `context` of a Lambda authorizer's simple response, which
 * API Gateway hands on as `requestContext.authorizer.lambda`. No client can write there.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 *
 * @example
 * // authorizer                                        // function
 * return { isAuthorized: true, context:                const principal = await principalOfContext(
 *   principalContext(principal) };                       event.requestContext.authorizer?.lambda, table);
 */
import { z } from 'zod';
import { cameraId, officerId } from '#core/ids.ts';
import { Refusal, refuse } from '#core/refusal.ts';
import { type Principal, ROLES, SCOPES } from '../identity.ts';
import { machineToken } from '../records/tokens.ts';
import type { Table } from '../table.ts';

/** Strings only: they pass every home of this payload, access logs included. */
export interface PrincipalContext {
  /** ASCII JSON of the principal, `null` for an unknown caller. */
  readonly principal: string;
  /** ASCII JSON of why it could not be told who calls; only then. */
  readonly refusal?: string;
  /** For the access log: `$context.authorizer.id`; `-` for an unknown caller. */
  readonly id: string;
}

/**
 * A token may be bound to a thousand cameras. What an authorizer may answer is not documented for HTTP APIs and 8 KB for REST
 * APIs; past half of that the cameras stay on record, where the function reads them.
 */
const MAX_BYTES = 4096;
const ON_RECORD = 'on-record';

/** @param caller a refusal where it could not be told who calls: the function answers it, as it would at home */
export function principalContext(caller: Principal | Refusal | undefined): PrincipalContext {
  if (caller === undefined) return { principal: 'null', id: '-' };
  if (caller instanceof Refusal) {
    const { code, status, facts } = caller;
    return { principal: 'null', id: '-', refusal: asciiJson({ code, status, facts }) };
  }
  const whole = asciiJson(caller);
  const fits = whole.length <= MAX_BYTES || caller.kind === 'officer';
  return { principal: fits ? whole : asciiJson({ ...caller, cameras: ON_RECORD }), id: caller.id };
}

/**
 * Undefined for an unknown caller, and where no authorizer stood before the route: whoever is not named is nobody.
 * @throws {Refusal} why it could not be told who calls
 * @throws {Error} for a context of another make: better no answer than a guess
 */
export async function principalOfContext(context: unknown, table: Table): Promise<Principal | undefined> {
  if (context === undefined || context === null) return undefined;
  const { principal, refusal } = Context.parse(context);
  if (refusal !== undefined) {
    const { code, status, facts } = Refused.parse(JSON.parse(refusal));
    throw refuse(code, status, facts);
  }
  const carried = Carried.parse(JSON.parse(principal));
  if (carried === null) return undefined;
  if (carried.kind === 'officer') return { ...carried, id: officerId(carried.id) };
  if (carried.cameras !== ON_RECORD) return { ...carried, cameras: bound(carried.cameras) };
  const record = await machineToken(table, carried.id);
  return record === undefined ? undefined : { ...carried, cameras: record.cameras };
}

const Context = z.object({ principal: z.string(), refusal: z.string().optional() });
const Refused = z.object({
  code: z.string(),
  status: z.number().int(),
  facts: z.object({
    expected: z.string(),
    received: z.string(),
    action: z.string(),
    data: z.record(z.string(), z.unknown()).default({}),
  }),
});
const Carried = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('officer'),
      id: z.string().min(1),
      name: z.string(),
      unit: z.string(),
      roles: z.array(z.enum(ROLES)),
    }),
    z.object({
      kind: z.literal('machine'),
      id: z.string().min(1),
      name: z.string(),
      scopes: z.array(z.enum(SCOPES)),
      cameras: z.union([z.literal('*'), z.literal(ON_RECORD), z.array(z.string())]),
    }),
  ])
  .nullable();

const bound = (cameras: '*' | readonly string[]) => (cameras === '*' ? cameras : cameras.map(cameraId));

/** Names are Chinese; what carries them need not know more than ASCII. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
