/** The bundles themselves: that each starts from its folder alone, where nothing else of this repository is. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Arch, bundle, bundleBytes, type Folders, MOST_API_BYTES, MOST_BYTES } from '../../infra/aws/bundle.ts';
import { LAMBDA_NAMES, type LambdaName, lambdaSpec } from '../../infra/aws/lambdas.ts';

const run = promisify(execFile);
/** That of this machine, since the bundles are run. */
const arch: Arch = process.arch === 'arm64' ? 'arm64' : 'x86_64';
let outdir = '';
let folders: Folders<LambdaName>;

beforeAll(async () => {
  outdir = await mkdtemp(join(tmpdir(), 'kerbwatch-bundles-'));
  folders = await bundle({ arch, outdir: join(outdir, 'first') });
}, 240_000);
afterAll(() => rm(outdir, { recursive: true, force: true }));

const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();

async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const path of await filesOf(folder)) hash.update(`${path}\0`).update(await readFile(join(folder, path)));
  return hash.digest('hex');
}

/** In a process of its own that is given nothing of this one. */
const inFolder = (name: LambdaName, script: string) =>
  run(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folders[name],
    env: { PATH: process.env.PATH, HOME: outdir, TMPDIR: outdir },
  });

describe.each(LAMBDA_NAMES)('the bundle of %s', (name) => {
  it('exports its handler to a process that has nothing but the folder', async () => {
    const { stdout, stderr } = await inFolder(
      name,
      "const { handler } = await import('./index.mjs'); console.log(typeof handler);",
    );
    expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: 'function', stderr: '' });
  });

  it('is no larger than it may be', async () => {
    const isHeavy = lambdaSpec(name).parts.some((part) => part !== 'contract' && part !== 'site');
    expect(await bundleBytes(folders[name])).toBeLessThanOrEqual(isHeavy ? MOST_BYTES : MOST_API_BYTES);
  });
});

it('says nothing of the machine that made them', async () => {
  for (const name of LAMBDA_NAMES) {
    const code = await readFile(join(folders[name], 'index.mjs'), 'utf8');
    expect([process.cwd(), tmpdir()].filter((trace) => code.includes(trace))).toEqual([]);
  }
});

it('gives the same bytes again', async () => {
  const names = ['inspect', 'review', 'public'] as const;
  const again = await bundle({ names, arch, outdir: join(outdir, 'again') });
  for (const name of names) expect(await digestOf(again[name])).toBe(await digestOf(folders[name]));
});

it('holds the whole contract for whoever asks', async () => {
  const { paths } = JSON.parse(await readFile(join(folders.public, 'contract.json'), 'utf8'));
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/v1/violations', '/v1/review/queue', '/v1/public/keys']));
});

it('names what is missing in the environment', async () => {
  const { stdout } = await inFolder(
    'correlate',
    `const { handler } = await import('./index.mjs');
     await handler({ Records: [] }, { getRemainingTimeInMillis: () => 60_000 }).catch(({ code, message }) => console.log(code, message));`,
  );
  expect(stdout).toMatch(/^environment-incomplete .*KERBWATCH_TABLE/);
});

it('refuses what nobody asked an operator for, and repeats no value of it', async () => {
  const { stdout } = await inFolder(
    'operate',
    `const { handler } = await import('./index.mjs');
     await handler({ do: 'issue-token', by: '王工', name: 'x', scopes: ['all-of-them-secretly'], expiresAt: null })
       .catch(({ code, message }) => console.log(code, message));`,
  );
  expect(stdout).toMatch(/^command-invalid .*scopes\.0/);
  expect(stdout).not.toContain('secretly');
});
