/**
 * The Signer port with keys of its own in a folder.
 *
 * ```
 * signing-key.json        the private key in use (RFC 7517), mode 0600
 * next-signing-key.json   the one to come, while a rotation is under way
 * retired/0001.json       public halves of the keys before, each with the statement by which it named the next
 * ```
 * The private half of a retired key is destroyed: nothing can be signed with it, or dated back, any more.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { type Sign, signDetached } from '#core/evidence/jws.ts';
import { readRotation, rotationStatement, type SigningKey } from '#core/evidence/signing-keys.ts';
import { refuse } from '#core/refusal.ts';
import type { Instant } from '#core/time.ts';
import type { Signer } from '../signer.ts';
import { createFile, syncDirectory } from './durable-files.ts';
import { openOwnFile } from './secret.ts';

const IN_USE = 'signing-key.json';
const NEXT = 'next-signing-key.json';
const RETIRED = 'retired';

const Retired = z.object({ keyId: z.string(), x: z.string(), until: z.number().int(), statement: z.string() });
type Retired = z.infer<typeof Retired>;

/**
 * Makes a key on the first call. Keep a copy of it: packages stay checkable without it, but what is signed with a new key
 * carries another key id.
 * @throws {Refusal} `signing-key-invalid`
 */
export async function openSigner(directory: string): Promise<Signer> {
  await finishRotation(directory);
  const { publicKey, keyId, sign } = await readKey(await openOwnFile(join(directory, IN_USE), newKey));
  const retired = retiredKeys(directory);
  const last = retired.at(-1);
  const current = { keyId, x: publicKey.x, from: last?.until ?? null, until: null, statement: last?.statement ?? null };
  const before = retired.map(
    ({ keyId: id, x, until }, at): SigningKey => ({
      ...{ keyId: id, x, until },
      from: retired[at - 1]?.until ?? null,
      statement: retired[at - 1]?.statement ?? null,
    }),
  );
  return {
    publicKey: async () => ({ keyId, jwk: { ...publicKey, kid: keyId, alg: 'EdDSA', use: 'sig' } }),
    keys: async () => [...before, current],
    signDetached: (payload) => signDetached(payload, { sign, publicKey, keyId }),
  };
}

/**
 * 更换签名密钥: a new key, which the old one names in a statement before it is destroyed. Nothing else may sign meanwhile.
 * Killed anywhere, the next `openSigner` finds the old key or the new one, and never neither.
 */
export async function rotateSigningKey(directory: string, now: Instant): Promise<{ retired: string; current: string }> {
  const signer = await openSigner(directory);
  const { keyId, jwk } = await signer.publicKey();
  const next = await readKey(await openOwnFile(join(directory, NEXT), newKey));
  const statement = await rotationStatement(
    { retires: keyId, next: { keyId: next.keyId, x: next.publicKey.x }, at: now },
    (payload) => signer.signDetached(payload),
  );
  const folder = join(directory, RETIRED);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const number = `${retiredKeys(directory).length + 1}`.padStart(4, '0');
  const record: Retired = { keyId, x: String(jwk.x), until: now, statement };
  const content = [Buffer.from(`${JSON.stringify(record)}\n`)];
  const isFirst = await createFile(join(folder, `${number}.json`), content, { staging: directory, mode: 0o440 });
  if (!isFirst) throw keyRefusal();
  await finishRotation(directory);
  return { retired: keyId, current: next.keyId };
}

/** Puts the key in use that the last retired one named. */
async function finishRotation(directory: string): Promise<void> {
  const last = retiredKeys(directory).at(-1);
  const path = join(directory, NEXT);
  if (last === undefined || !existsSync(path)) return;
  const next = await readKey(await readFile(path));
  // One that was made and not named yet waits for the rotation to be tried again.
  if ((await readRotation(last.statement))?.names !== next.keyId) return;
  await rename(path, join(directory, IN_USE));
  await syncDirectory(directory);
}

/** Oldest first. */
function retiredKeys(directory: string): Retired[] {
  const folder = join(directory, RETIRED);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  try {
    return names.sort().map((name) => Retired.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
  } catch (error) {
    throw keyRefusal(error);
  }
}

async function readKey(file: Uint8Array) {
  const secretKey = parseKey(file);
  const { kty, crv, x } = secretKey;
  const publicKey = { kty, crv, x };
  return { publicKey, sign: signWith(await importPrivate(secretKey)), keyId: await calculateJwkThumbprint(publicKey) };
}

const signWith =
  (privateKey: CryptoKey): Sign =>
  async (bytes) =>
    new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, Uint8Array.from(bytes)));

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
