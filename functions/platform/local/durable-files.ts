/** Files that are whole or not there, on the disk before anybody is told so. */
import { randomUUID } from 'node:crypto';
import { readdirSync, statSync, unlinkSync } from 'node:fs';
import { link, open, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

/** `ENOENT`, `EEXIST`, ... of a system error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Makes created, renamed and removed names of a directory durable; Windows has no such call and needs none. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Creates a file that never shows half its content: written and flushed under another name, then linked to its own,
 * which fails when that is taken, whoever took it. Durable when it resolves, also when it resolves to false: the
 * winner may not have flushed the directory yet.
 *
 * @param staging a directory of the same file system
 * @returns false when the name is taken
 */
export async function createFile(
  path: string,
  parts: readonly Uint8Array[],
  { staging, mode = 0o640 }: { staging: string; mode?: number },
): Promise<boolean> {
  const temporary = join(staging, stagingName());
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      for (const part of parts) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const created = await linkUnlessTaken(temporary, path);
    await syncDirectory(dirname(path));
    return created;
  } finally {
    await unlinkIfThere(temporary);
  }
}

async function linkUnlessTaken(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

export async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Names its writer, so that a later process can tell a leftover from a file being written. */
const stagingName = () => `${process.pid}.${randomUUID()}.${hostname()}`;

/** No write takes as long. */
const LEFTOVER_AGE_MS = 3_600_000;

/** Removes what killed writers left in a staging directory, and nothing that a living one still writes. */
export function sweepStaging(staging: string): void {
  for (const name of readdirSync(staging)) {
    const path = join(staging, name);
    try {
      if (isLeftover(name, statSync(path).mtimeMs)) unlinkSync(path);
    } catch (error) {
      // Its writer finished in between.
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
}

function isLeftover(name: string, writtenAt: number): boolean {
  if (Date.now() - writtenAt > LEFTOVER_AGE_MS) return true;
  const [pid = '', , ...host] = name.split('.');
  // Process numbers of another machine or container say nothing here.
  if (host.join('.') !== hostname()) return false;
  // A restarted container gives the same number again: older than this process is not this process.
  if (Number(pid) === process.pid) return writtenAt < Date.now() - process.uptime() * 1000;
  return !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return systemCode(error) === 'EPERM';
  }
}
