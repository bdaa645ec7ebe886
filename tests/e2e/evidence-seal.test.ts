import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '#core/evidence/bag.ts';
import type { PackageInput } from '#core/evidence/package-input.ts';
import { BlobHeldError, type Blobs } from '#platform/blobs.ts';
import { openSigner } from '#platform/local/ed25519-signer.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import type { Signer } from '#platform/signer.ts';
import { sealIncident } from '../../functions/seal/seal.ts';
import { brieflyParkedCar } from '../unit/evidence-samples.ts';

const directory = mkdtempSync(join(tmpdir(), 'evidence-seal-'));
let input: PackageInput;
let blobs: Blobs;
let signer: Signer;

beforeAll(async () => {
  input = await brieflyParkedCar();
  signer = await openSigner(join(directory, 'key'));
  blobs = openFileBlobs(join(directory, 'blobs'), { secret: 'only for this test', baseUrl: 'http://localhost' });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('sealing an incident', () => {
  it('stores the package under its incident, revision and hash, and returns what the incident records', async () => {
    const sealed = await sealIncident(input, { blobs, signer });
    const stored = await blobs.get(sealed.key);
    expect(sealed.key).toBe(`evidence/KW-20260512-000017/1-${sealed.sha256}.zip`);
    expect(sha256Hex(stored ?? '')).toBe(sealed.sha256);
    expect(sealed).toMatchObject({ bytes: stored?.length, revision: 1, sealedAt: input.sealedAt });
  });

  it('holds the package against deletion', async () => {
    const { key } = await sealIncident(input, { blobs, signer });
    await expect(blobs.delete(key)).rejects.toBeInstanceOf(BlobHeldError);
  });

  it('gives the same package when it is done again', async () => {
    const first = await sealIncident(input, { blobs, signer });
    expect(await sealIncident(input, { blobs, signer })).toEqual(first);
  });

  it('leaves the earlier package as it is when a later revision is sealed', async () => {
    const first = await sealIncident(input, { blobs, signer });
    const second = await sealIncident({ ...input, revision: 2 }, { blobs, signer });
    expect(second.key).not.toBe(first.key);
    expect(sha256Hex((await blobs.get(first.key)) ?? '')).toBe(first.sha256);
  });
});

describe('npm run verify', () => {
  const verify = (...args: string[]) =>
    spawnSync('node_modules/.bin/tsx', ['functions/seal/verify-cli.ts', ...args], { encoding: 'utf8' });
  const path = join(directory, 'package.zip');

  it('exits 0 for a whole package and names its signing key', async () => {
    const { key } = await sealIncident(input, { blobs, signer });
    writeFileSync(path, (await blobs.get(key)) ?? '');
    const { keyId } = await signer.publicKey();
    const { status, stdout } = verify(path, '--key', keyId);
    expect(status).toBe(0);
    expect(stdout).toContain(keyId);
    expect(stdout).not.toContain('No key was pinned');
    expect(verify(path).stdout).toContain('No key was pinned');
    expect(stdout).not.toContain('✗');
  });

  it('exits 1 for a changed one and says which file, as JSON too', async () => {
    const { key } = await sealIncident(input, { blobs, signer });
    const bytes = Uint8Array.from((await blobs.get(key)) ?? []);
    const at = Buffer.from(bytes).indexOf('%PDF-') + 500;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const { status, stdout } = verify(path, '--json');
    const report: { ok: boolean; checks: { ok: boolean; id: string; faults: { item: string }[] }[] } =
      JSON.parse(stdout);
    expect(status).toBe(1);
    expect(report.ok).toBe(false);
    expect(report.checks.find(({ id }) => id === 'payload-hashes')?.faults.map(({ item }) => item)).toEqual([
      'data/evidence.pdf',
    ]);
  });

  it('exits 2 when there is nothing to check', () => {
    expect(verify(join(directory, 'nowhere.zip')).status).toBe(2);
    expect(verify().status).toBe(2);
  });
});
