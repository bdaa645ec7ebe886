import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createFile, systemCode } from './durable-files.ts';

/**
 * 32 random bytes that stay the same for as long as their file does; created on the first call, readable by the owner
 * only. Of several processes that start at once all get the same.
 */
export async function openSecret(path: string): Promise<Uint8Array> {
  return openOwnFile(path, () => randomBytes(32));
}

/** The content of a file; what `make` gives when there is no file yet. Mode 0600. */
export async function openOwnFile(path: string, make: () => Uint8Array | Promise<Uint8Array>): Promise<Uint8Array> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  const known = await readFileIfThere(path);
  if (known !== undefined) return known;
  await createFile(path, [await make()], { staging: directory, mode: 0o600 });
  return readFile(path);
}

async function readFileIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
