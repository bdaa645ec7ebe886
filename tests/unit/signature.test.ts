import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactSign, calculateJwkThumbprint, exportJWK, flattenedVerify, generateKeyPair, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attach, signDetached, verifyDetached } from '#core/evidence/jws.ts';
import { openSigner } from '#platform/local/ed25519-signer.ts';
import { openSecret } from '#platform/local/secret.ts';

let root: string;
let directories = 0;
const newDirectory = () => join(root, `${++directories}`);
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'kerbwatch-signer-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const payload = Buffer.from('e3b0c442  data/manifest.json\n');
const headerOf = (jws: string) => JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString());
const withHeader = (jws: string, header: object) =>
  `${Buffer.from(JSON.stringify(header)).toString('base64url')}..${jws.split('.')[2]}`;

describe('the signing key', () => {
  it('is created once, for its owner only, and is the same after a restart', async () => {
    const directory = newDirectory();
    const first = await (await openSigner(directory)).publicKey();
    expect(statSync(join(directory, 'signing-key.json')).mode & 0o777).toBe(0o600);
    expect(await (await openSigner(directory)).publicKey()).toEqual(first);
    expect(readdirSync(directory)).toEqual(['signing-key.json']);
  });

  it('is one when several open it for the first time at once', async () => {
    const directory = newDirectory();
    const signers = await Promise.all(Array.from({ length: 6 }, () => openSigner(directory)));
    const keys = await Promise.all(signers.map((signer) => signer.publicKey()));
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(1);
  });

  it('is named by its RFC 7638 thumbprint and published without its secret', async () => {
    const { keyId, jwk } = await (await openSigner(newDirectory())).publicKey();
    expect(jwk).toMatchObject({ kty: 'OKP', crv: 'Ed25519', kid: keyId });
    expect(jwk).not.toHaveProperty('d');
    expect(await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x: String(jwk.x) })).toBe(keyId);
  });

  for (const content of ['', '{', '{}', '{"kty":"RSA","d":"x","x":"y"}']) {
    it(`is refused when its file holds ${content === '' ? 'nothing' : content}`, async () => {
      const directory = newDirectory();
      await openSigner(directory);
      writeFileSync(join(directory, 'signing-key.json'), content);
      await expect(openSigner(directory)).rejects.toMatchObject({ code: 'signing-key-invalid' });
    });
  }

  it('is refused when its public half belongs to another key', async () => {
    const [one, other] = [newDirectory(), newDirectory()];
    await Promise.all([openSigner(one), openSigner(other)]);
    const read = (directory: string) => JSON.parse(readFileSync(join(directory, 'signing-key.json'), 'utf8'));
    writeFileSync(join(one, 'signing-key.json'), JSON.stringify({ ...read(one), x: read(other).x }));
    await expect(openSigner(one)).rejects.toMatchObject({ code: 'signing-key-invalid' });
  });
});

describe('a detached signature', () => {
  it('is checked with nothing but itself and the payload', async () => {
    const signer = await openSigner(newDirectory());
    const jws = await signer.signDetached(payload);
    expect(jws).toMatch(/^[\w-]+\.\.[\w-]+$/);
    expect(await verifyDetached(jws, payload)).toEqual({ ok: true, keyId: (await signer.publicKey()).keyId });
    expect(await verifyDetached(`${jws}\n`, payload)).toMatchObject({ ok: true });
  });

  it('is checked by another JWS implementation and by bare Ed25519', async () => {
    const jws = await (await openSigner(newDirectory())).signDetached(payload);
    const [header = '', , signature = ''] = jws.split('.');
    const { jwk } = headerOf(jws);
    const flattened = { protected: header, payload: payload.toString('base64url'), signature };
    await expect(flattenedVerify(flattened, await importJWK(jwk, 'EdDSA'))).resolves.toBeDefined();
    const signed = Buffer.from(`${header}.${payload.toString('base64url')}`);
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    expect(verify(null, signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('is to the byte what a JWS library makes', async () => {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const header = { alg: 'EdDSA', kid: 'name', jwk: await exportJWK(publicKey) };
    const sign = async (bytes: Uint8Array) =>
      new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, Uint8Array.from(bytes)));
    const ours = await signDetached(payload, { sign, publicKey: header.jwk, keyId: header.kid });
    const theirs = await new CompactSign(payload).setProtectedHeader(header).sign(privateKey);
    expect(attach(ours, payload)).toBe(theirs);
  });

  it('fails for a change of any single byte of the payload', async () => {
    const jws = await (await openSigner(newDirectory())).signDetached(payload);
    for (let at = 0; at < payload.length; at++) {
      const changed = Buffer.from(payload);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await verifyDetached(jws, changed)).toMatchObject({ ok: false });
    }
    expect(await verifyDetached(jws, payload.subarray(1))).toMatchObject({ ok: false });
  });

  it('fails for a signature or a key of another signer', async () => {
    const [one, other] = await Promise.all([openSigner(newDirectory()), openSigner(newDirectory())]);
    const [mine, theirs] = await Promise.all([one.signDetached(payload), other.signDetached(payload)]);
    expect(await verifyDetached(`${mine.split('.')[0]}..${theirs.split('.')[2]}`, payload)).toMatchObject({
      ok: false,
    });
    const claimed = { ...headerOf(mine), jwk: headerOf(theirs).jwk };
    expect(await verifyDetached(withHeader(mine, claimed), payload)).toEqual({
      ok: false,
      why: expect.stringContaining('thumbprint'),
    });
  });

  const headers: { what: string; change: (header: { jwk: object }) => object }[] = [
    { what: 'the algorithm none', change: (header) => ({ ...header, alg: 'none' }) },
    { what: 'another algorithm', change: (header) => ({ ...header, alg: 'HS256' }) },
    { what: 'no key', change: ({ jwk, ...header }) => header },
    { what: 'no key id', change: (header) => ({ ...header, kid: undefined }) },
    { what: 'a secret key', change: (header) => ({ ...header, jwk: { ...header.jwk, d: 'AAAA' } }) },
    { what: 'a key of another curve', change: (header) => ({ ...header, jwk: { ...header.jwk, crv: 'X25519' } }) },
  ];
  for (const { what, change } of headers) {
    it(`fails for a header with ${what}`, async () => {
      const jws = await (await openSigner(newDirectory())).signDetached(payload);
      expect(await verifyDetached(withHeader(jws, change(headerOf(jws))), payload)).toMatchObject({ ok: false });
    });
  }

  for (const text of ['', '.', '..', 'a.b.c', 'a..b.c', 'a..b', '{}..x', 'e30..x']) {
    it(`fails for the text ${JSON.stringify(text)}`, async () => {
      expect(await verifyDetached(text, payload)).toMatchObject({ ok: false });
    });
  }
});

describe('a secret', () => {
  it('has 32 bytes, for its owner only, and is the same for all who open it', async () => {
    const path = join(newDirectory(), 'link-secret');
    const secrets = await Promise.all(Array.from({ length: 5 }, () => openSecret(path)));
    expect(new Set(secrets.map((secret) => Buffer.from(secret).toString('hex'))).size).toBe(1);
    expect(readFileSync(path).length).toBe(32);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});
