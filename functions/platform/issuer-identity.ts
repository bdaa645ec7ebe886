/**
 * People whom the city's own identity provider signs in (an Amazon Cognito user pool, or any OpenID provider): their ID tokens are
 * checked here, as OpenID Connect Core 1.0, 3.1.3.7 asks, with the provider's public keys. Nothing is asked of it for a request.
 *
 * The ID token and not the access token: what is done is recorded with the name and the unit of who did it, and a Cognito access
 * token carries neither. https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
 */
import { createRemoteJWKSet, decodeJwt, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { refuse } from '#core/refusal.ts';
import type { Instant } from '#core/time.ts';
import type { Clock } from './clock.ts';
import { anyOf, type Identity, type Officer, ROLES } from './identity.ts';
import { tableIdentity } from './records/identities.ts';
import { accountId, officer } from './records/officers.ts';
import { SESSION_MS } from './records/sessions.ts';
import type { Table } from './table.ts';

export interface Issuer {
  /** As the `iss` of its tokens says it, to the letter. */
  readonly issuer: string;
  /** The client that people sign in to: the `aud` of the token. */
  readonly client: string;
}

/** @throws {Refusal} `issuer-invalid` when only one of the two is set */
export function issuerOf({
  KERBWATCH_ISSUER: issuer = '',
  KERBWATCH_CLIENT: client = '',
}: Readonly<Record<string, string | undefined>>): Issuer | undefined {
  if (issuer === '' && client === '') return undefined;
  if (issuer !== '' && client !== '') return { issuer, client };
  throw refuse('issuer-invalid', 500, {
    expected: 'both KERBWATCH_ISSUER and KERBWATCH_CLIENT, or neither',
    received: 'one of them',
    action: 'Set both: the issuer says who people are, the client for whom that was said.',
  });
}

/** Machines and built-in accounts by the table, and people by the issuer where there is one: the same on one machine and on AWS. */
export function identityOf(issuer: Issuer | undefined, deps: { table: Table; clock: Clock }): Identity {
  const known = tableIdentity(deps.table, deps.clock);
  return issuer === undefined ? known : anyOf(known, issuerIdentity(issuer, deps));
}

/** Of clocks against each other. */
const TOLERANCE_SECONDS = 5;
/** A key that the provider takes back is trusted no longer than this. */
const KEYS_KEPT_MS = 3_600_000;
/** Unknown keys cost the provider one question in this time, however many are named. */
const ASK_AGAIN_MS = 30_000;
const ANSWER_WITHIN_MS = 3_000;

/**
 * The officer's id is the account name, as for built-in accounts: whoever has both is one person, and no second officer to
 * himself. So an account name must never be given to another person: disable accounts, do not delete them. (`sub` could not be
 * reused, but would make two officers of one.) A disabled officer on record is locked out at once, whatever the token says.
 *
 * @throws {Refusal} `issuer-invalid`
 */
export function issuerIdentity(
  { issuer, client }: Issuer,
  { table, clock, askAgainMs = ASK_AGAIN_MS }: { table: Table; clock: Clock; askAgainMs?: number },
): Identity {
  const keyOf = keysOf(assertTrustworthy(issuer), askAgainMs);
  return {
    async authenticate(token) {
      if (!isJwt(token)) return undefined;
      const payload = await payloadOf(token, keyOf, { issuer, client, now: clock.now() });
      if (payload === undefined) return undefined;
      const who = personOf(payload, client);
      if (who === undefined) return undefined;
      return (await officer(table, who.id))?.enabled === false ? undefined : who;
    },
  };
}

/** When a token that was already found good ends. */
export function endOfJwt(token: string): Instant | undefined {
  const { exp } = isJwt(token) ? decodeJwt(token) : {};
  return exp === undefined ? undefined : exp * 1000;
}

const isJwt = (token: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);

/** What the token says once its signature, issuer, audience and times hold; undefined when one does not. */
async function payloadOf(
  token: string,
  keyOf: JWTVerifyGetKey,
  { issuer, client, now }: Issuer & { now: Instant },
): Promise<unknown> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keyOf, {
      ...{ issuer, audience: client, algorithms: ['RS256'], requiredClaims: ['exp', 'iat', 'sub'] },
      // No longer than a session of our own, whatever the provider was told.
      ...{ clockTolerance: TOLERANCE_SECONDS, maxTokenAge: SESSION_MS / 1000, currentDate: new Date(now) },
    });
    return protectedHeader.typ === undefined || /^jwt$/i.test(protectedHeader.typ) ? payload : undefined;
  } catch (error) {
    if (isFaultOfToken(error)) return undefined;
    throw unreachable(error);
  }
}

const FAULTS_OF_TOKENS = [
  ...[errors.JWTExpired, errors.JWTClaimValidationFailed, errors.JWTInvalid, errors.JWSInvalid],
  ...[errors.JWSSignatureVerificationFailed, errors.JOSEAlgNotAllowed, errors.JOSENotSupported],
  ...[errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys],
];
const isFaultOfToken = (error: unknown): boolean => FAULTS_OF_TOKENS.some((fault) => error instanceof fault);

const Words = z.string().trim().max(100);
/** Cognito's names first, then those of other providers (OpenID Connect Core 1.0, 5.1). */
const Person = z.object({
  // Cognito signs access tokens with the same keys.
  token_use: z.literal('id').optional(),
  // So does Keycloak, and says what a token is for here.
  typ: z.literal('ID').optional(),
  azp: z.string().optional(),
  'cognito:username': z.string().optional(),
  preferred_username: z.string().optional(),
  name: Words.optional(),
  'custom:unit': Words.optional(),
  unit: Words.optional(),
  'cognito:groups': z.array(z.string()).optional(),
  groups: z.array(z.string()).optional(),
});
/** As POST /v1/officers takes them: no other spelling becomes the same name. */
const ACCOUNT = /^[A-Za-z0-9][A-Za-z0-9_.-]{1,39}$/;

/** @throws {Refusal} `account-incomplete` */
function personOf(payload: unknown, client: string): Officer | undefined {
  const { success, data: person } = Person.safeParse(payload);
  if (!success || (person.azp !== undefined && person.azp !== client)) return undefined;
  const account = person['cognito:username'] ?? person.preferred_username ?? '';
  const name = person.name ?? '';
  const unit = person['custom:unit'] ?? person.unit ?? '';
  if (!ACCOUNT.test(account) || name === '' || unit === '') throw incomplete();
  const groups = person['cognito:groups'] ?? person.groups ?? [];
  return { kind: 'officer', id: accountId(account), name, unit, roles: ROLES.filter((role) => groups.includes(role)) };
}

/** Cognito's keys lie at a place that is documented; elsewhere the provider says where (OpenID Connect Discovery 1.0, 4). */
function keysOf(issuer: URL, askAgainMs: number): JWTVerifyGetKey {
  const options = { cacheMaxAge: KEYS_KEPT_MS, cooldownDuration: askAgainMs, timeoutDuration: ANSWER_WITHIN_MS };
  const wellKnown = (name: string) => new URL(`${issuer.href.replace(/\/$/, '')}/.well-known/${name}`);
  const open = async () => {
    const isCognito = issuer.hostname.startsWith('cognito-idp.');
    const place = isCognito ? wellKnown('jwks.json') : await discovered(issuer, wellKnown('openid-configuration'));
    return createRemoteJWKSet(place, options);
  };
  let opening: ReturnType<typeof open> | undefined;
  return async (header, token) => {
    opening ??= open();
    try {
      return await (await opening)(header, token);
    } catch (error) {
      // Keys that were found stay; a provider that did not say where they lie is asked again.
      await opening.catch(() => {
        opening = undefined;
      });
      throw error;
    }
  };
}

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

async function discovered(issuer: URL, address: URL): Promise<URL> {
  const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (!answer.ok) throw new Error(`The identity provider answered ${answer.status}`);
  const found = Discovery.parse(await answer.json());
  // 4.3: else one provider could speak for another.
  if (new URL(found.issuer).href !== issuer.href) throw new Error('The identity provider names another issuer');
  return assertTrustworthy(found.jwks_uri);
}

/** Keys that came over a line anybody may write to prove nothing. */
function assertTrustworthy(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isHere = url !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere)) return url;
  throw refuse('issuer-invalid', 500, {
    expected: 'the https address of an identity provider',
    received: url === undefined ? 'no address' : `an address by ${url.protocol}`,
    action: 'Set KERBWATCH_ISSUER as the iss of its tokens says it.',
  });
}

const incomplete = () =>
  refuse('account-incomplete', 403, {
    expected: 'an account with a name (2 to 40 letters, digits, ".", "_" or "-"), the name of the person and the unit',
    received: 'a token of the identity provider that lacks one of them',
    action: 'Have the account completed there: name and custom:unit.',
  });

const unreachable = (cause: unknown) =>
  refuse(
    'identity-provider-unreachable',
    503,
    {
      expected: 'the public keys of the identity provider',
      received: 'no answer that could be read',
      action: 'Send the same request again after Retry-After.',
      data: { retryAfterSeconds: 5 },
    },
    cause,
  );
