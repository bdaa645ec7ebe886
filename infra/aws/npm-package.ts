/**
 * Files of one npm package, also of one made for another machine than this: that one is fetched by `npm pack` and must be what
 * package-lock.json says it is.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { refuse } from '#core/refusal.ts';
import { ROOT } from './root.ts';

/** Bytes by path within the package. */
export type PackageFiles = ReadonlyMap<string, Uint8Array>;

const Lock = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), integrity: z.string().optional() })),
});

/** @throws {Refusal} `package-unlocked`, `package-unlike-its-lock` */
export async function packageFiles(name: string): Promise<PackageFiles> {
  const installed = join(ROOT, 'node_modules', name);
  return existsSync(installed) ? filesUnder(installed) : untar(gunzipSync(await packed(name)));
}

async function filesUnder(folder: string): Promise<PackageFiles> {
  const files = new Map<string, Uint8Array>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length + 1), await readFile(path));
  }
  return files;
}

async function packed(name: string): Promise<Uint8Array> {
  const { version, integrity } =
    Lock.parse(JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'))).packages[`node_modules/${name}`] ??
    {};
  if (version === undefined || integrity === undefined) {
    throw refuse('package-unlocked', 500, {
      expected: `${name} with its version and integrity in package-lock.json`,
      received: 'none',
      action: 'Restore package-lock.json, or write it anew with all optional packages: npm install.',
    });
  }
  const cache = join(ROOT, 'node_modules', '.cache', 'kerbwatch');
  const file = join(cache, `${name.replaceAll('/', '-').replace('@', '')}-${version}.tgz`);
  if (!existsSync(file) || !matches(await readFile(file), integrity)) {
    await mkdir(cache, { recursive: true });
    // npm names the file as above.
    await promisify(execFile)('npm', ['pack', `${name}@${version}`, '--pack-destination', cache, '--silent'], {
      cwd: ROOT,
    });
  }
  const bytes = await readFile(file);
  if (matches(bytes, integrity)) return bytes;
  throw refuse('package-unlike-its-lock', 500, {
    expected: `${name} ${version} with ${integrity}`,
    received: 'other bytes from the registry',
    action: 'Find out who changed the package before anything is built of it.',
  });
}

const matches = (bytes: Uint8Array, integrity: string): boolean =>
  integrity === `sha512-${createHash('sha512').update(bytes).digest('base64')}`;

/** Regular files of a ustar archive, without the `package/` that npm puts before them (POSIX.1-1988, pax headers skipped). */
export function untar(tar: Uint8Array): PackageFiles {
  const files = new Map<string, Uint8Array>();
  const text = (from: number, length: number) => {
    const field = Buffer.from(tar.subarray(from, from + length));
    const end = field.indexOf(0);
    return field.toString('utf8', 0, end === -1 ? length : end);
  };
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const kind = text(at + 156, 1);
    const prefix = text(at + 345, 155);
    const path = `${prefix === '' ? '' : `${prefix}/`}${text(at, 100)}`;
    if (kind === '0' || kind === '') files.set(path.replace(/^[^/]+\//, ''), tar.slice(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
