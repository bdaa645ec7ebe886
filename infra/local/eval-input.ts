/** What `eval` reads, and the one way it says that something cannot be read. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { type Refusal, refuse } from '#core/refusal.ts';
import { decodeFrame, type Raster } from '../../functions/inspect/raster.ts';

/** @param action what to do; by default, where the forms are described */
export const unreadable = (
  expected: string,
  received: string,
  cause?: unknown,
  action = 'Correct it, or name another folder; the forms are in docs/api.md.',
): Refusal => refuse('eval-unreadable', 400, { expected, received, action }, cause);

/** Names in a folder, in order. @throws {Refusal} `eval-unreadable` */
export async function namesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw unreadable(`a folder ${directory}`, reasonOf(cause), cause);
  });
  return names.sort();
}

/** Parsed by `schema`; a mistake is named with its path in the file. @throws {Refusal} `eval-unreadable` */
export async function readJson<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
  const text = await readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(`${path} to be JSON`, reasonOf(cause), cause);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the document' : issue.path.join('.');
  throw unreadable(`${path} in the documented form`, `${where}: ${issue?.message ?? 'something else'}`, parsed.error);
}

/** @throws {Refusal} `eval-unreadable` */
export const readText = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(`a readable file ${path}`, reasonOf(cause), cause);
  });

/** @throws {Refusal} `eval-unreadable` */
export async function readPicture(directory: string, file: string): Promise<Raster> {
  const path = join(directory, file);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(`a picture ${path}`, reasonOf(cause), cause);
  });
  return decodeFrame(bytes).catch((cause: unknown) => {
    throw unreadable(`${path} to be a picture`, `${bytes.length} bytes that do not decode`, cause);
  });
}

/** `no such file or folder` rather than a system call's name. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause) {
    if (cause.code === 'ENOENT') return 'no such file or folder';
    if (cause.code === 'ENOTDIR') return 'a file';
    if (cause.code === 'EISDIR') return 'a folder';
  }
  return cause instanceof Error ? cause.message : String(cause);
}
