/** A package sealed where a time-stamp authority is set: stamped, checkable with openssl, and nothing sealed without it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '#core/evidence/bag.ts';
import type { PackageInput } from '#core/evidence/package-input.ts';
import { timeStampRequest } from '#core/evidence/time-stamp-request.ts';
import { verifyPackage } from '#core/evidence/verify.ts';
import { httpTimeStamper } from '#platform/http-time-stamper.ts';
import { openSigner } from '#platform/local/ed25519-signer.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import type { Signer } from '#platform/signer.ts';
import { buildPackage } from '../../functions/seal/package.ts';
import { sealIncident } from '../../functions/seal/seal.ts';
import { brieflyParkedCar } from '../unit/evidence-samples.ts';
import { type Authority, openAuthority } from './authority.ts';
import {
  type Files,
  failed,
  filesOf,
  itemsAtFault,
  manifestOf,
  pack as packAt,
  rehash,
  resign,
  utf8,
} from './forging.ts';

const directory = mkdtempSync(join(tmpdir(), 'evidence-stamped-'));
let input: PackageInput;
let signer: Signer;
let authority: Authority;
let stranger: Authority;
let zip: Uint8Array;
let other: Uint8Array;

beforeAll(async () => {
  [input, signer, authority, stranger] = await Promise.all([
    brieflyParkedCar(),
    openSigner(join(directory, 'key')),
    openAuthority(),
    openAuthority(),
  ]);
  const timeStamper = stamper();
  zip = (await buildPackage(input, signer, timeStamper)).bytes;
  other = (await buildPackage({ ...input, revision: 2 }, signer, timeStamper)).bytes;
});
afterAll(async () => {
  await Promise.all([authority.close(), stranger.close()]);
  rmSync(directory, { recursive: true, force: true });
});

const stamper = () => httpTimeStamper({ url: authority.url, trust: authority.trust });
const pack = (files: Files) => packAt(files, input.sealedAt);
const stampOf = (files: Files, signing: Parameters<Authority['reply']>[1], by = authority) =>
  by.reply(timeStampRequest(Buffer.from(sha256Hex(files.get('signature.jws') ?? ''), 'hex'), Buffer.of(7)), signing);
const pinned = () => ({ tsaCa: authority.trust });

describe('a stamped package', () => {
  it('passes every check, the authority pinned', async () => {
    const checks = await verifyPackage(zip, pinned());
    expect(itemsAtFault(checks)).toEqual([]);
    expect(checks.find(({ id }) => id === 'time-stamp')).toMatchObject({
      ok: true,
      detail: expect.stringContaining('authority pinned'),
    });
  });

  it('says that nobody pinned the authority when nobody did', async () => {
    const stamp = (await verifyPackage(zip)).find(({ id }) => id === 'time-stamp');
    expect(stamp).toMatchObject({ ok: true, detail: expect.stringContaining('authority not pinned') });
  });

  it('names in its signed facts whom the stamp is of, and lists the stamp nowhere', () => {
    const files = filesOf(zip);
    expect(manifestOf(files).making.timeStamp).toEqual({ path: 'timestamp.tsr', authority: authority.url });
    for (const list of ['manifest-sha256.txt', 'tagmanifest-sha256.txt'])
      expect(new TextDecoder().decode(files.get(list))).not.toContain('timestamp.tsr');
  });

  it('is the same but for the stamp when it is made again', async () => {
    const again = filesOf((await buildPackage(input, signer, stamper())).bytes);
    for (const [path, bytes] of filesOf(zip))
      if (path !== 'timestamp.tsr') expect(sha256Hex(again.get(path) ?? ''), path).toBe(sha256Hex(bytes));
    expect(sha256Hex(again.get('timestamp.tsr') ?? '')).not.toBe(sha256Hex(filesOf(zip).get('timestamp.tsr') ?? ''));
  });

  it('is checked by openssl from its two files', () => {
    const files = filesOf(zip);
    for (const name of ['signature.jws', 'timestamp.tsr']) writeFileSync(join(directory, name), files.get(name) ?? '');
    const args = ['ts', '-verify', '-data', 'signature.jws', '-in', 'timestamp.tsr', '-CAfile', authority.caPath];
    expect(execFileSync('openssl', args, { cwd: directory, encoding: 'utf8', stdio: 'pipe' })).toContain('OK');
  });

  it('is checked on the command line against a file of certificates', () => {
    const path = join(directory, 'package.zip');
    writeFileSync(path, zip);
    const verify = (...args: string[]) =>
      spawnSync('node_modules/.bin/tsx', ['functions/seal/verify-cli.ts', path, ...args], { encoding: 'utf8' });
    expect(verify('--tsa-ca', authority.caPath)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('机构已核对'),
    });
    expect(verify('--tsa-ca', stranger.caPath)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('timestamp.tsr:'),
    });
    expect(verify('--tsa-ca', path)).toMatchObject({ status: 2 });
  });
});

describe('what nobody may do unnoticed', () => {
  const faultsOf = async (files: Files, options = {}) => {
    const checks = await verifyPackage(pack(files), options);
    const stamp = checks.find(({ id }) => id === 'time-stamp');
    return { ids: failed(checks), items: itemsAtFault(checks), stamp: stamp?.faults.map(({ en }) => en).join('; ') };
  };

  it('remove the stamp', async () => {
    const files = filesOf(zip);
    files.delete('timestamp.tsr');
    expect(await faultsOf(files)).toMatchObject({
      ids: ['files', 'time-stamp'],
      items: ['timestamp.tsr', 'timestamp.tsr'],
    });
  });

  it('put in the stamp of another package', async () => {
    const files = filesOf(zip).set('timestamp.tsr', filesOf(other).get('timestamp.tsr') ?? new Uint8Array());
    expect(await faultsOf(files)).toMatchObject({
      ids: ['time-stamp'],
      items: ['timestamp.tsr'],
      stamp: expect.stringContaining('another digest'),
    });
  });

  it('have it stamped with a certificate that was expired', async () => {
    const files = filesOf(zip);
    files.set('timestamp.tsr', await stampOf(files, 'expired'));
    expect(await faultsOf(files)).toMatchObject({
      ids: ['time-stamp'],
      items: ['timestamp.tsr'],
      stamp: expect.stringContaining('expired'),
    });
  });

  it('have it stamped by an authority of their own, once the right one is pinned', async () => {
    const files = filesOf(zip);
    files.set('timestamp.tsr', await stampOf(files, 'valid', stranger));
    expect(await faultsOf(files)).toMatchObject({ ids: [] });
    expect(await faultsOf(files, pinned())).toMatchObject({ ids: ['time-stamp'], items: ['timestamp.tsr'] });
  });

  it('seal anew what was stamped, even with the signing key', async () => {
    const files = filesOf(zip);
    const text = new TextDecoder().decode(files.get('data/manifest.json')).replaceAll('浙A·8K3F2', '浙A·8K3F3');
    files.set('data/manifest.json', utf8(text));
    expect(await faultsOf(await resign(rehash(files), signer))).toMatchObject({
      ids: ['time-stamp'],
      items: ['timestamp.tsr'],
    });
  });

  it('pass off a package without a stamp where an authority is pinned', async () => {
    const unstamped = (await buildPackage(input, signer)).bytes;
    expect(failed(await verifyPackage(unstamped))).toEqual([]);
    expect(itemsAtFault(await verifyPackage(unstamped, pinned()))).toEqual(['timestamp.tsr']);
  });

  it('date the sealing after the stamp', async () => {
    const { bytes } = await buildPackage({ ...input, sealedAt: Date.now() + 5_000 }, signer, stamper());
    expect(failed(await verifyPackage(bytes))).toEqual([]);
    const ahead = buildPackage({ ...input, sealedAt: Date.now() + 3_600_000 }, signer, stamper());
    await expect(ahead).rejects.toMatchObject({ code: 'time-stamp-unavailable' });
  });
});

it('stores nothing while the authority is out of reach, and seals when it is back', async () => {
  const folder = join(directory, 'blobs');
  const blobs = openFileBlobs(folder, { secret: 'only for this test', baseUrl: 'http://localhost' });
  authority.state.broken = 'down';
  const timeStamper = stamper();
  await expect(sealIncident(input, { blobs, signer, timeStamper })).rejects.toMatchObject({
    code: 'time-stamp-unavailable',
  });
  expect(readdirSync(join(folder, 'objects'))).toEqual([]);
  authority.state.broken = null;
  const { key } = await sealIncident(input, { blobs, signer, timeStamper });
  expect(failed(await verifyPackage((await blobs.get(key)) ?? new Uint8Array(), pinned()))).toEqual([]);
});
