import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemActor } from '#core/audit.ts';
import { verifyDetached } from '#core/evidence/jws.ts';
import { brokenRotations, isInForce, isNamedBy, publish, readPublishedKeys } from '#core/evidence/signing-keys.ts';
import { xOfSpki } from '#platform/aws/kms-keys.ts';
import { rotateKmsKey } from '#platform/aws/kms-rotation.ts';
import { openKmsSigner } from '#platform/aws/kms-signer.ts';
import { handClock } from '#platform/clock.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { streamEntries } from '#platform/records/audit.ts';
import type { Table } from '#platform/table.ts';
import { tableOf } from '#platform/table-rights.ts';
import { keysApp } from '../../../functions/seal/keys-app.ts';
import { failing } from '../../aws/json-service.ts';
import { type KmsForTests, startKms } from '../../aws/kms.ts';

let kms: KmsForTests;
beforeAll(async () => {
  kms = await startKms();
});
afterAll(() => kms.stop());

const JUNE = Date.parse('2026-06-01T00:00:00+08:00');
const MINUTE = 60_000;
const payload = Buffer.from('e3b0c442  data/manifest.json\n');
const code = (wanted: string) => expect.objectContaining({ code: wanted });

let clock: ReturnType<typeof handClock>;
let table: Table;
beforeEach(() => {
  clock = handClock(JUNE);
  table = openSqliteTable(':memory:', clock);
  kms.always(undefined);
});

const open = (keys: readonly string[]) => openKmsSigner({ client: kms.client, keys, table, clock });
const actor = systemActor('operate');
const rotate = (keys: readonly string[]) =>
  rotateKmsKey({ client: kms.client, keys, table: tableOf(table, 'operate'), clock, actor });

describe('a key in KMS', () => {
  it('signs in the form that a local key does, and the verifier of packages takes it', async () => {
    const signer = await open([kms.createKey()]);
    const { keyId, jwk } = await signer.publicKey();
    const jws = await signer.signDetached(payload);
    expect(await verifyDetached(jws, payload)).toEqual({ ok: true, keyId });
    const { kty, crv, x } = jwk;
    expect(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString()).toBe(
      JSON.stringify({ alg: 'EdDSA', kid: keyId, jwk: { kty, crv, x } }),
    );
    expect(jwk).toMatchObject({ kid: keyId, alg: 'EdDSA', use: 'sig' });
    expect(await signer.keys()).toEqual([{ keyId, x, from: null, until: null, statement: null }]);
  });

  it('of another kind is refused', async () => {
    await expect(open([kms.createKey('p256')])).rejects.toEqual(code('signing-key-invalid'));
  });

  it('is read from the one form its public half has, and from nothing like it', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const der = publicKey.export({ type: 'spki', format: 'der' });
    expect(xOfSpki(der)).toBe(publicKey.export({ format: 'jwk' }).x);
    for (let at = 0; at < 12; at++) {
      const changed = Uint8Array.from(der);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(xOfSpki(changed)).toBeUndefined();
    }
    expect(xOfSpki(der.subarray(1))).toBeUndefined();
    expect(xOfSpki(Buffer.concat([der, Buffer.of(0)]))).toBeUndefined();
  });

  it('signs up to what KMS takes at once, and is not even asked for more', async () => {
    const signer = await open([kms.createKey()]);
    const header = (await signer.signDetached(payload)).split('.')[0] ?? '';
    const most = Math.floor(((4096 - header.length - 1) * 3) / 4);
    const text = Buffer.alloc(most, 'x');
    expect(await verifyDetached(await signer.signDetached(text), text)).toMatchObject({ ok: true });
    const asked = kms.asked.length;
    await expect(signer.signDetached(Buffer.alloc(most + 1, 'x'))).rejects.toEqual(code('signed-text-too-long'));
    expect(kms.asked).toHaveLength(asked);
  });

  it('is asked again when KMS throttles or fails', async () => {
    const signer = await open([kms.createKey()]);
    kms.first(failing(400, 'ThrottlingException'), failing(503, 'KMSInternalException'));
    expect(await verifyDetached(await signer.signDetached(payload), payload)).toMatchObject({ ok: true });
  });

  const failures = [
    { status: 503, error: 'KMSInternalException', expected: 'signing-unavailable', is: 503 },
    { status: 400, error: 'ThrottlingException', expected: 'signing-unavailable', is: 503 },
    { status: 400, error: 'AccessDeniedException', expected: 'signing-denied', is: 500 },
    { status: 400, error: 'DisabledException', expected: 'signing-key-unusable', is: 500 },
    { status: 400, error: 'KMSInvalidStateException', expected: 'signing-key-unusable', is: 500 },
    { status: 400, error: 'NotFoundException', expected: 'signing-key-unusable', is: 500 },
  ];
  it.each(failures)('that answers $error says $expected', async ({ status, error, expected, is }) => {
    const signer = await open([kms.createKey()]);
    kms.always(failing(status, error));
    await expect(signer.signDetached(payload)).rejects.toMatchObject({ code: expected, status: is });
  });

  it('whose signature its own public key does not verify signs nothing', async () => {
    const signer = await open([kms.createKey()]);
    kms.first({ status: 200, body: { Signature: Buffer.alloc(64).toString('base64') } });
    await expect(signer.signDetached(payload)).rejects.toEqual(code('signing-key-invalid'));
  });

  it('has to be named', async () => {
    const signer = await open([]);
    await expect(signer.signDetached(payload)).rejects.toEqual(code('signing-key-missing'));
  });
});

describe('a second key that was deployed', () => {
  it('waits until it is put on record', async () => {
    const [first, second] = [kms.createKey(), kms.createKey()];
    const before = await (await open([first])).publicKey();
    const signer = await open([first, second]);
    expect(await signer.publicKey()).toEqual(before);
    expect(await signer.keys()).toHaveLength(1);
  });

  it('follows the first by a statement, and what is published holds together', async () => {
    const arns = [kms.createKey(), kms.createKey(), kms.createKey()];
    const signer = await open(arns);
    const [first, second] = [await rotate(arns), await rotate(arns)];
    if (first.done !== 'rotated' || second.done !== 'rotated') throw new Error('Expected two rotations');
    const response = await keysApp({ signer }).request('/v1/public/keys');
    const published = readPublishedKeys(await response.text());
    expect(published).toEqual(publish(await signer.keys()));
    expect(published.keys.map(({ kid }) => kid)).toEqual([first.retired, first.current, second.current]);
    expect(await brokenRotations(published)).toEqual([]);
    expect(await isNamedBy(published, first.retired, second.current)).toBe(true);
    expect(second.at).toBeGreaterThan(first.at);
  });

  it('signs what is made from the announced time on, and the first key what was made before', async () => {
    const arns = [kms.createKey(), kms.createKey()];
    const signer = await open(arns);
    const rotation = await rotate(arns);
    if (rotation.done !== 'rotated') throw new Error('Expected a rotation');
    expect(rotation.at).toBe(JUNE + 10 * MINUTE);
    const signedBy = async (at?: number) => {
      const check = await verifyDetached(await signer.signDetached(payload, at), payload);
      return check.ok ? check.keyId : check.why;
    };
    expect(await signedBy()).toBe(rotation.retired);
    // A signer that was opened before the rotation learns of it.
    clock.set(rotation.at);
    expect(await signedBy()).toBe(rotation.current);
    expect(await signedBy(rotation.at - 1)).toBe(rotation.retired);
    const { keys } = publish(await signer.keys());
    for (const at of [rotation.at - 1, rotation.at, rotation.at + MINUTE]) {
      const { keyId } = await signer.publicKey(at);
      expect(keys.filter((key) => isInForce(key, at)).map(({ kid }) => kid)).toEqual([keyId]);
    }
  });

  it('is put on record once, however often that is asked for', async () => {
    const arns = [kms.createKey(), kms.createKey()];
    const first = await rotate(arns);
    const keys = await (await open(arns)).keys();
    clock.set(JUNE + 30 * MINUTE);
    expect(await rotate(arns)).toEqual({ done: 'nothing', current: first.current });
    expect(await (await open(arns)).keys()).toEqual(keys);
    const acts = (await streamEntries(table, 'system')).map(({ act, subject }) => [act, subject]);
    expect(acts).toEqual([
      ['key.first-used', keys[0]?.keyId],
      ['key.rotated', keys[1]?.keyId],
    ]);
  });

  it('is put on record once by two who ask at the same time', async () => {
    const arns = [kms.createKey(), kms.createKey()];
    const [one, other] = await Promise.all([rotate(arns), rotate(arns)]);
    expect(one.current).toBe(other.current);
    const keys = await (await open(arns)).keys();
    expect(keys).toHaveLength(2);
    expect(await brokenRotations(publish(keys))).toEqual([]);
  });

  it('lets the first be disabled, and left out, once it has taken its place', async () => {
    const [first, second] = [kms.createKey(), kms.createKey()];
    const { current } = await rotate([first, second]);
    clock.set(JUNE + 60 * MINUTE);
    kms.disable(first);
    for (const arns of [[first, second], [second]]) {
      const signer = await open(arns);
      expect(await verifyDetached(await signer.signDetached(payload), payload)).toEqual({ ok: true, keyId: current });
      expect(await brokenRotations(publish(await signer.keys()))).toEqual([]);
      expect(await signer.keys()).toHaveLength(2);
    }
  });

  it('cannot be left out before that: nothing else may sign', async () => {
    const [first, second] = [kms.createKey(), kms.createKey()];
    await rotate([first, second]);
    const signer = await open([second]);
    await expect(signer.signDetached(payload)).rejects.toEqual(code('signing-key-missing'));
  });

  it('that nobody named on record stops all signing: who writes the table brings in no key', async () => {
    const [first, second] = [kms.createKey(), kms.createKey()];
    await rotate([first, second]);
    const signer = await open([first, second]);
    const row = { partition: 'signing-keys', sort: 'chain/0001' };
    const { x } = createPublicKey(generateKeyPairSync('ed25519').privateKey).export({ format: 'jwk' });
    const item = await table.get<object>(row);
    await table.write({ kind: 'put', ...row, value: { ...item?.value, x }, expect: 'any' });
    await expect(signer.signDetached(payload)).rejects.toEqual(code('signing-record-invalid'));
    await expect(signer.keys()).rejects.toEqual(code('signing-record-invalid'));
  });
});
