/**
 * The keys a bureau signs with, one after the other. Each key but the first is named by the one before it in a signed
 * statement, so that whoever trusts an old key can follow to the new one. What is published is a JWKS (RFC 7517) with the
 * time each key was in force.
 */
import { z } from 'zod';
import { refuse } from '#core/refusal.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import { attach, verifyAttached } from './jws.ts';

export interface SigningKey {
  /** RFC 7638 thumbprint. */
  readonly keyId: string;
  readonly x: string;
  /** Null for the first: in force from the beginning. */
  readonly from: Instant | null;
  /** Null while in force. */
  readonly until: Instant | null;
  /** The statement of the key before that names this one; null for the first. */
  readonly statement: string | null;
}

const ROTATION_SCHEMA = 'kerbwatch-key-rotation/1';
const InstantText = z.iso.datetime({ offset: true });
const Jwk = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() });

/** What the old key signs when it retires. */
const Rotation = z.object({
  schema: z.literal(ROTATION_SCHEMA),
  retires: z.string(),
  names: z.string(),
  key: Jwk,
  at: InstantText,
});

/** `keys.json`, `GET /v1/public/keys`. Oldest first. */
export const PublishedKeys = z.object({
  keys: z.array(
    Jwk.extend({
      kid: z.string(),
      alg: z.literal('EdDSA'),
      use: z.literal('sig'),
      validFrom: InstantText.nullable(),
      validUntil: InstantText.nullable(),
    }),
  ),
  /** Compact JWS, one for each key but the first. */
  rotations: z.array(z.string()),
});
export type PublishedKeys = z.infer<typeof PublishedKeys>;

/** @param sign of the key that retires: a detached JWS over bytes */
export async function rotationStatement(
  { retires, next, at }: { retires: string; next: { keyId: string; x: string }; at: Instant },
  sign: (payload: Uint8Array) => Promise<string>,
): Promise<string> {
  const key = { kty: 'OKP', crv: 'Ed25519', x: next.x };
  const facts = { schema: ROTATION_SCHEMA, retires, names: next.keyId, key, at: formatInstant(at) };
  const payload = new TextEncoder().encode(JSON.stringify(facts));
  return attach(await sign(payload), payload);
}

/** Undefined unless it is signed by the key that it says retires. */
export async function readRotation(statement: string) {
  const signed = await verifyAttached(statement);
  if (!signed.ok) return undefined;
  try {
    const rotation = Rotation.parse(JSON.parse(new TextDecoder().decode(signed.payload)));
    return rotation.retires === signed.keyId ? rotation : undefined;
  } catch {
    return undefined;
  }
}

export const publish = (keys: readonly SigningKey[]): PublishedKeys => ({
  keys: keys.map(({ keyId, x, from, until }) => ({
    ...{ kty: 'OKP' as const, crv: 'Ed25519' as const, x, kid: keyId, alg: 'EdDSA' as const, use: 'sig' as const },
    validFrom: from === null ? null : formatInstant(from),
    validUntil: until === null ? null : formatInstant(until),
  })),
  rotations: keys.flatMap(({ statement }) => statement ?? []),
});

/** @throws {Refusal} `keys-invalid` */
export function readPublishedKeys(text: string): PublishedKeys {
  try {
    return PublishedKeys.parse(JSON.parse(text));
  } catch (error) {
    throw refuse(
      'keys-invalid',
      422,
      {
        expected: 'the published keys of a bureau, as GET /v1/public/keys gives them',
        received: 'something else',
        action: 'Fetch the file anew.',
      },
      error,
    );
  }
}

/** Each key after the first must be named, with its time, by the one before. Empty when all is well. */
export async function brokenRotations({ keys, rotations }: PublishedKeys): Promise<string[]> {
  const statements = await Promise.all(rotations.map(readRotation));
  const broken: string[] = [];
  for (const [index, key] of keys.entries()) {
    const before = keys[index - 1];
    if (before === undefined) continue;
    const isNamed = statements.some(
      (statement) =>
        statement?.retires === before.kid &&
        statement.names === key.kid &&
        statement.key.x === key.x &&
        statement.at === key.validFrom &&
        statement.at === before.validUntil,
    );
    if (!isNamed) broken.push(key.kid);
  }
  return broken;
}

/** Whether a chain of statements leads from a key somebody trusts to another. */
export async function isNamedBy(keys: PublishedKeys, trusted: string, keyId: string): Promise<boolean> {
  const statements = await Promise.all(keys.rotations.map(readRotation));
  let reached = trusted;
  for (const _ of statements) {
    if (reached === keyId) return true;
    const next = statements.find((statement) => statement?.retires === reached);
    if (next === undefined) return false;
    reached = next.names;
  }
  return reached === keyId;
}

/** Half open: `[validFrom, validUntil)`. */
export function isInForce({ validFrom, validUntil }: PublishedKeys['keys'][number], at: Instant): boolean {
  return (validFrom === null || Date.parse(validFrom) <= at) && (validUntil === null || at < Date.parse(validUntil));
}
