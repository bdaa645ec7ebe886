/**
 * One Ed25519 key in KMS (`ECC_NIST_EDWARDS25519`, `SIGN_VERIFY`): its public half, and what it signs. The private half never leaves.
 * https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
 */
import { GetPublicKeyCommand, type KMSClient, KMSServiceException, SignCommand } from '@aws-sdk/client-kms';
import { calculateJwkThumbprint } from 'jose';
import { base64urlOf, sameBytes } from '#core/bytes.ts';
import { type Refusal, refuse } from '#core/refusal.ts';

export interface KmsKey {
  readonly arn: string;
  /** RFC 7638 thumbprint. */
  readonly keyId: string;
  /** RFC 8037. */
  readonly x: string;
}

/** RFC 8410: SubjectPublicKeyInfo of an Ed25519 key is these twelve bytes and the 32 of the key. */
const SPKI_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);
const SPKI_BYTES = SPKI_PREFIX.length + 32;
const SIGNATURE_BYTES = 64;
/** Ed25519 hashes twice, so KMS has to be given all that is signed: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html */
const MOST_SIGNED_BYTES = 4096;

/** @throws {Refusal} `signing-key-invalid`, `signing-denied`, `signing-key-unusable`, `signing-unavailable` */
export async function kmsKey(client: KMSClient, arn: string): Promise<KmsKey> {
  const { PublicKey: der } = await client.send(new GetPublicKeyCommand({ KeyId: arn })).catch(asRefusal);
  const x = der === undefined ? undefined : xOfSpki(der);
  if (x === undefined) {
    throw refuse('signing-key-invalid', 500, {
      expected: 'a key of KMS with the spec ECC_NIST_EDWARDS25519',
      received: 'a key of another kind',
      action: 'Name the ARNs of Ed25519 keys in KERBWATCH_SIGNING_KEYS.',
    });
  }
  return { arn, x, keyId: await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x }) };
}

/** @returns undefined for anything but an Ed25519 key in the one form it has */
export function xOfSpki(der: Uint8Array): string | undefined {
  if (der.length !== SPKI_BYTES || !sameBytes(der.subarray(0, SPKI_PREFIX.length), SPKI_PREFIX)) return undefined;
  return base64urlOf(der.subarray(SPKI_PREFIX.length));
}

/** @throws {Refusal} `signed-text-too-long`, `signing-denied`, `signing-key-unusable`, `signing-unavailable` */
export async function kmsSign(client: KMSClient, arn: string, bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length > MOST_SIGNED_BYTES) {
    throw refuse('signed-text-too-long', 500, {
      expected: `at most ${MOST_SIGNED_BYTES} bytes to be signed at once, as KMS takes them`,
      received: `${bytes.length} bytes`,
      action: 'Sign a list of hashes in the place of what is long.',
    });
  }
  const { Signature: signature } = await client
    .send(new SignCommand({ KeyId: arn, Message: bytes, MessageType: 'RAW', SigningAlgorithm: 'ED25519_SHA_512' }))
    .catch(asRefusal);
  if (signature?.length === SIGNATURE_BYTES) return signature;
  throw unavailable(`a signature of ${signature?.length ?? 0} bytes`);
}

/** What no waiting heals, each with what an operator does about it. */
const LASTING: Readonly<Record<string, { code: string; received: string; action: string }>> = {
  AccessDeniedException: {
    ...{ code: 'signing-denied', received: 'AccessDenied' },
    action:
      'Let the role of this function use the signing key: kms:Sign and kms:GetPublicKey, in its policy and in the key`s.',
  },
  NotFoundException: {
    ...{ code: 'signing-key-unusable', received: 'no such key' },
    action: 'Correct the ARNs in KERBWATCH_SIGNING_KEYS.',
  },
  DisabledException: {
    ...{ code: 'signing-key-unusable', received: 'a key that is disabled' },
    action: 'Enable the key in KMS.',
  },
  KMSInvalidStateException: {
    ...{ code: 'signing-key-unusable', received: 'a key that is about to be deleted, or not there yet' },
    action: 'Cancel its deletion in KMS.',
  },
};

function asRefusal(error: unknown): never {
  const name = error instanceof KMSServiceException ? error.name : undefined;
  const lasting = name === undefined ? undefined : LASTING[name];
  if (lasting === undefined) throw unavailable(error instanceof Error ? error.name : 'no answer', error);
  const { code, ...facts } = lasting;
  throw refuse(code, 500, { expected: 'KMS to let this function use its signing key', ...facts }, error);
}

const unavailable = (received: string, cause?: unknown): Refusal =>
  refuse(
    'signing-unavailable',
    503,
    {
      expected: 'a signature from KMS',
      received,
      action: 'It is tried again with the next delivery; nothing is sealed without it.',
    },
    cause,
  );
