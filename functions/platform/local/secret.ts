/** Files of secrets that a program makes for itself on its first run. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createFile, sweepStaging, systemCode } from './durable-files.ts';

/**
 * 32 random bytes that stay the same for as long as their file does; created on the first call, readable by the owner
 * only. Of several processes that start at once all get the same.
 */
export async function openSecret(path: string): Promise<Uint8Array> {
  return openOwnFile(path, () => randomBytes(32));
}

/** The content of a file; what `make` gives when there is no file yet. Mode 0600. */
export async function openOwnFile(path: string, make: () => Uint8Array | Promise<Uint8Array>): Promise<Uint8Array> {
  const known = await readFileIfThere(path);
  if (known !== undefined) return known;
  const content = await make();
  const staging = `${path}.new`;
  await mkdir(dirname(path), { recursive: true });
  // Again when another process that is through took the directory away in between.
  while (!(await createdIn(staging, path, content)));
  return readFile(path);
}

async function createdIn(staging: string, path: string, content: Uint8Array): Promise<boolean> {
  try {
    await mkdir(staging, { recursive: true, mode: 0o700 });
    sweepStaging(staging);
    await createFile(path, [content], { staging, mode: 0o600 });
    return true;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return false;
  } finally {
    await rmdir(staging).catch(() => {
      // Others still use it, or it is gone.
    });
  }
}

async function readFileIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
