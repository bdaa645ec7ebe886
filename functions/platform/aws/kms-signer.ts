/**
 * The Signer port with keys in KMS. The last key on record signs; a key that was deployed and not put on record yet
 * (kms-rotation.ts) waits.
 */
import type { KMSClient } from '@aws-sdk/client-kms';
import { signDetached, verifyDetached } from '#core/evidence/jws.ts';
import { Refusal, refuse } from '#core/refusal.ts';
import type { Instant } from '#core/time.ts';
import { type Clock, systemClock } from '../clock.ts';
import { type KeyRecord, keyInForce, readKeyChain, recordInvalid, signingKeysOf } from '../records/key-rotations.ts';
import type { Signer } from '../signer.ts';
import type { Table } from '../table.ts';
import { type KmsKey, kmsKey, kmsSign } from './kms-keys.ts';

export interface KmsSignerOptions {
  readonly client: KMSClient;
  /** ARNs, the oldest first. One that retired long ago may be left out: its public half is on record. */
  readonly keys: readonly string[];
  /** Where rotations are on record; without it the first key signs and no other. */
  readonly table?: Table | undefined;
  readonly clock?: Clock;
}

/**
 * @throws {Refusal} `signing-key-missing` where no key is named, and those of {@link kmsKey}
 * @example
 * const signer = await openKmsSigner({ client, keys: [arn], table });
 */
export async function openKmsSigner({ client, keys, table, clock = systemClock }: KmsSignerOptions): Promise<Signer> {
  const recorded = async () => (table === undefined ? [] : readKeyChain(table));
  const deployed = await deployedKeys(client, keys, await recorded());
  // Read anew each time: a rotation must be known to all before it takes effect.
  const chainNow = async () => chainOf(await recorded(), deployed);
  const inForce = async (at: Instant) => keyInForce(await chainNow(), at) ?? missing();
  return {
    async publicKey(at = clock.now()) {
      const { keyId, x } = await inForce(at);
      return { keyId, jwk: { ...jwkOf(x), kid: keyId, alg: 'EdDSA', use: 'sig' } };
    },
    keys: async () => signingKeysOf(await chainNow()),
    signDetached: async (payload, at = clock.now()) => signWithKms(client, await inForce(at), deployed, payload),
  };
}

/**
 * Of the keys that are named, the oldest first. A retired one may be disabled and say nothing any more: its record does.
 * @throws {Refusal} `signing-record-invalid` where a key and its record differ, and those of {@link kmsKey}
 */
export async function deployedKeys(
  client: KMSClient,
  arns: readonly string[],
  recorded: readonly KeyRecord[],
): Promise<readonly KmsKey[]> {
  return Promise.all(
    arns.map(async (arn) => {
      const record = recorded.find((key) => key.arn === arn);
      try {
        const key = await kmsKey(client, arn);
        if (record !== undefined && record.keyId !== key.keyId) throw recordInvalid();
        return key;
      } catch (error) {
        if (record !== undefined && error instanceof Refusal && error.code === 'signing-key-unusable') return record;
        throw error;
      }
    }),
  );
}

/** What is on record; before the first rotation, the first key that was deployed. */
export function chainOf(recorded: readonly KeyRecord[], deployed: readonly KmsKey[]): readonly KeyRecord[] {
  const [first] = deployed;
  if (recorded.length > 0) return recorded;
  return first === undefined ? missing() : [{ ...first, at: null, statement: null }];
}

/** By its thumbprint: the same key has another ARN in each region that it is replicated to. */
export async function signWithKms(
  client: KMSClient,
  { keyId, x }: Pick<KeyRecord, 'keyId' | 'x'>,
  deployed: readonly KmsKey[],
  payload: Uint8Array,
): Promise<string> {
  const arn = deployed.find((key) => key.keyId === keyId)?.arn ?? missing(keyId);
  const sign = (bytes: Uint8Array) => kmsSign(client, arn, bytes);
  const jws = await signDetached(payload, { sign, publicKey: jwkOf(x), keyId });
  // What we could not check ourselves is given to nobody.
  if ((await verifyDetached(jws, payload)).ok) return jws;
  throw refuse('signing-key-invalid', 500, {
    expected: 'a signature of KMS that its own public key verifies',
    received: 'one that it does not',
    action: 'Compare the key with its record; nothing was signed.',
  });
}

const jwkOf = (x: string) => ({ kty: 'OKP', crv: 'Ed25519', x });

function missing(keyId?: string): never {
  throw refuse('signing-key-missing', 500, {
    expected:
      keyId === undefined ? 'the ARN of a signing key' : `the ARN of the signing key ${keyId}, which is in force`,
    received: 'no such key among KERBWATCH_SIGNING_KEYS',
    action: 'Deploy again with it; a key may be left out only after another has taken its place.',
  });
}
