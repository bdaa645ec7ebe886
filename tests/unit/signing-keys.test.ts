import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyDetached } from '#core/evidence/jws.ts';
import {
  brokenRotations,
  isInForce,
  isNamedBy,
  publish,
  readPublishedKeys,
  readRotation,
} from '#core/evidence/signing-keys.ts';
import { handClock } from '#platform/clock.ts';
import { openSigner, rotateSigningKey } from '#platform/local/ed25519-signer.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { keysApp } from '../../functions/seal/keys-app.ts';
import { rotateKeys } from '../../infra/local/keys.ts';
import { openStore } from '../../infra/local/store.ts';

const root = mkdtempSync(join(tmpdir(), 'signing-keys-'));
let folders = 0;
let directory: string;
beforeEach(() => {
  folders += 1;
  directory = join(root, `${folders}`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const JUNE = Date.parse('2026-06-01T00:00:00+08:00');
const JULY = Date.parse('2026-07-01T00:00:00+08:00');
const idOf = async () => (await (await openSigner(directory)).publicKey()).keyId;
const published = async () => publish(await (await openSigner(directory)).keys());

describe('a signing key', () => {
  it('is in force from the beginning while there is no other', async () => {
    const [only, ...more] = await (await openSigner(directory)).keys();
    expect(more).toEqual([]);
    expect(only).toMatchObject({ keyId: await idOf(), from: null, until: null, statement: null });
  });

  it('names the one that follows it, and each is in force until the next is', async () => {
    const first = await idOf();
    const { retired, current: second } = await rotateSigningKey(directory, JUNE);
    const { current: third } = await rotateSigningKey(directory, JULY);
    expect(retired).toBe(first);
    const keys = await (await openSigner(directory)).keys();
    expect(keys.map(({ keyId, from, until }) => [keyId, from, until])).toEqual([
      [first, null, JUNE],
      [second, JUNE, JULY],
      [third, JULY, null],
    ]);
    expect(await readRotation(keys[1]?.statement ?? '')).toMatchObject({ retires: first, names: second });
    expect(await idOf()).toBe(third);
    expect(await brokenRotations(publish(keys))).toEqual([]);
  });

  it('signs no more once it is retired: its private half is gone', async () => {
    await openSigner(directory);
    const { d } = JSON.parse(readFileSync(join(directory, 'signing-key.json'), 'utf8'));
    await rotateSigningKey(directory, JUNE);
    const all = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
    expect(all.sort()).toEqual(['retired/0001.json', 'signing-key.json']);
    for (const name of all) expect(readFileSync(join(directory, name), 'utf8')).not.toContain(d);
    expect(statSync(join(directory, 'retired/0001.json')).mode & 0o222).toBe(0);
    expect(statSync(join(directory, 'signing-key.json')).mode & 0o777).toBe(0o600);
  });

  it('signs what stays valid under its own id', async () => {
    const payload = Buffer.from('tag manifest');
    const before = await openSigner(directory);
    const jws = await before.signDetached(payload);
    await rotateSigningKey(directory, JUNE);
    expect(await verifyDetached(jws, payload)).toEqual({ ok: true, keyId: (await before.publicKey()).keyId });
  });
});

describe('a rotation that was killed', () => {
  it('before the statement leaves the old key in use, and the next try goes on', async () => {
    await openSigner(directory);
    await rotateSigningKey(directory, JUNE);
    const second = await idOf();
    // A key that was made and not named.
    const other = join(root, `${folders}-other`);
    await openSigner(other);
    renameSync(join(other, 'signing-key.json'), join(directory, 'next-signing-key.json'));
    expect(await idOf()).toBe(second);
    await rotateSigningKey(directory, JULY);
    expect(await brokenRotations(await published())).toEqual([]);
    expect((await published()).keys).toHaveLength(3);
  });

  it('after the statement puts the new key in use when the folder is opened', async () => {
    const other = join(root, `${folders}-copy`);
    const first = await idOf();
    execFileSync('cp', ['-r', directory, other]);
    const { current } = await rotateSigningKey(directory, JUNE);
    // As it was the moment before the last rename.
    renameSync(join(directory, 'signing-key.json'), join(directory, 'next-signing-key.json'));
    renameSync(join(other, 'signing-key.json'), join(directory, 'signing-key.json'));
    expect(first).not.toBe(current);
    expect(await idOf()).toBe(current);
    expect(existsSync(join(directory, 'next-signing-key.json'))).toBe(false);
    expect(await brokenRotations(await published())).toEqual([]);
  });

  it('whose record was damaged is refused', async () => {
    await openSigner(directory);
    await rotateSigningKey(directory, JUNE);
    chmodSync(join(directory, 'retired/0001.json'), 0o600);
    writeFileSync(join(directory, 'retired/0001.json'), '{}');
    await expect(openSigner(directory)).rejects.toMatchObject({ code: 'signing-key-invalid' });
  });
});

describe('published keys', () => {
  it('are read back as they were written, and nothing else is', async () => {
    await openSigner(directory);
    await rotateSigningKey(directory, JUNE);
    const keys = await published();
    expect(readPublishedKeys(JSON.stringify(keys))).toEqual(keys);
    for (const text of ['', '[]', '{"keys":[{}],"rotations":[]}'])
      expect(() => readPublishedKeys(text)).toThrowError(expect.objectContaining({ code: 'keys-invalid' }));
  });

  it('hold together only as they were: another key, time or order breaks the statement', async () => {
    await openSigner(directory);
    await rotateSigningKey(directory, JUNE);
    const keys = await published();
    const [old, current] = keys.keys;
    if (old === undefined || current === undefined) throw new Error('Expected two keys');
    const broken = (changed: typeof keys.keys) => brokenRotations({ ...keys, keys: changed });
    expect(await broken([old, { ...current, x: old.x }])).toEqual([current.kid]);
    expect(await broken([old, { ...current, validFrom: '2026-05-01T00:00:00+08:00' }])).toEqual([current.kid]);
    expect(await broken([{ ...old, validUntil: null }, current])).toEqual([current.kid]);
    expect(await broken([current, old])).toEqual([old.kid]);
    expect(await isNamedBy(keys, old.kid, current.kid)).toBe(true);
    expect(await isNamedBy(keys, current.kid, old.kid)).toBe(false);
    expect([JUNE - 1, JUNE].map((at) => [isInForce(old, at), isInForce(current, at)])).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it('are given to everybody, private halves to nobody', async () => {
    const signer = await openSigner(directory);
    const response = await keysApp({ signer }).request('/v1/public/keys');
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(readPublishedKeys(text)).toEqual(publish(await signer.keys()));
    expect(text).not.toContain('"d"');
  });
});

describe('rotating the keys of a data folder', () => {
  it('records both keys in the audit trail, once', async () => {
    const clock = handClock(JUNE);
    const { retired, current } = await rotateKeys(directory, { clock, by: 'admin' });
    const store = await openStore(directory, { baseUrl: 'http://localhost', clock });
    const acts = (await streamEntries(store.table, 'system')).map(({ act, subject }) => [act, subject]);
    store.close();
    expect(acts).toEqual([
      ['key.first-used', retired],
      ['key.rotated', current],
    ]);
  });

  it('waits for nobody: while the server runs it is refused', async () => {
    const store = await openStore(directory, { baseUrl: 'http://localhost' });
    await expect(rotateKeys(directory, { clock: handClock(JUNE), by: 'admin' })).rejects.toMatchObject({
      code: 'folder-in-use',
    });
    store.close();
  });

  it('is a command', async () => {
    const run = (...args: string[]) =>
      execFileSync('node_modules/.bin/tsx', ['infra/local/keys-cli.ts', ...args], {
        encoding: 'utf8',
        env: { ...process.env, KERBWATCH_DATA: directory },
      });
    const before = readPublishedKeys(run('list', '--json'));
    const after = readPublishedKeys(run('rotate', '--json'));
    expect(after.keys.map(({ kid }) => kid)).toContain(before.keys[0]?.kid);
    expect(after.keys).toHaveLength(2);
    expect(run('list')).toContain('在用 in use');
  });
});
