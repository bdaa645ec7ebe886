/** The Signer port with a key of its own in a file. */
import { join } from 'node:path';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { signDetached } from '#core/evidence/jws.ts';
import { refuse } from '#core/refusal.ts';
import type { Signer } from '../signer.ts';
import { openOwnFile } from './secret.ts';

/**
 * Creates `signing-key.json` (RFC 7517, mode 0600) on the first call. Keep a copy of it: packages stay checkable without
 * it, but what is signed with a new key carries another key id.
 * @throws {Refusal} `signing-key-invalid`
 */
export async function openSigner(directory: string): Promise<Signer> {
  const file = await openOwnFile(join(directory, 'signing-key.json'), newKey);
  const secretKey = parseKey(file);
  const { kty, crv, x } = secretKey;
  const publicKey = { kty, crv, x };
  const privateKey = await importPrivate(secretKey);
  const keyId = await calculateJwkThumbprint(publicKey);
  return {
    publicKey: async () => ({ keyId, jwk: { ...publicKey, kid: keyId, alg: 'EdDSA', use: 'sig' } }),
    signDetached: (payload) => signDetached(payload, { privateKey, publicKey, keyId }),
  };
}

/** Fails also when the halves of the key do not belong together: what it signs nobody could check. */
async function importPrivate(secretKey: JWK): Promise<CryptoKey> {
  try {
    const key = await importJWK(secretKey, 'EdDSA');
    if (!(key instanceof Uint8Array)) return key;
  } catch (error) {
    throw keyRefusal(error);
  }
  throw keyRefusal();
}

async function newKey(): Promise<Uint8Array> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return Buffer.from(`${JSON.stringify(await exportJWK(privateKey))}\n`);
}

function parseKey(file: Uint8Array): JWK & { kty: 'OKP'; crv: 'Ed25519'; x: string; d: string } {
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(file).toString());
  } catch (error) {
    throw keyRefusal(error);
  }
  if (typeof key !== 'object' || key === null || !('x' in key) || !('d' in key)) throw keyRefusal();
  if (!('crv' in key) || key.crv !== 'Ed25519' || typeof key.x !== 'string' || typeof key.d !== 'string')
    throw keyRefusal();
  return { kty: 'OKP', crv: 'Ed25519', x: key.x, d: key.d };
}

const keyRefusal = (cause?: unknown) =>
  refuse(
    'signing-key-invalid',
    500,
    {
      expected: 'a private Ed25519 key (RFC 8037) in signing-key.json',
      received: 'a file of another content',
      action: 'Restore the file from its copy, or move it away to begin with a new key.',
    },
    cause,
  );
