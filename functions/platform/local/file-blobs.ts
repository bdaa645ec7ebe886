/**
 * The Blobs port on a file system that has hard links.
 *
 * ```
 * objects/3f2/<SHA-256 of the key>   the blob (blob-file.ts)
 * holds/<SHA-256 of the key>         there while a legal hold is on
 * staging/  trash/                   on the way in and on the way out; swept on open
 * ```
 * Keys are hashed: no key leaves the directory, is too long, or differs from another only by case.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs';
import { access, link, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { refuse } from '#core/refusal.ts';
import { BlobConflictError, BlobHeldError, type BlobInfo, type Blobs } from '../blobs.ts';
import { type Clock, systemClock } from '../clock.ts';
import { sha256 } from '../digest.ts';
import { checkBlobKey } from '../limits.ts';
import { type BlobDescription, describeBlobFile, readBlobFile, trailerOf } from './blob-file.ts';
import { createFile, sweepStaging, syncDirectory, systemCode, unlinkIfThere } from './durable-files.ts';
import { type BlobGrant, signGrant, verifyGrant } from './signed-url.ts';

/** A blob never changes: nobody who opens its file by mistake can write to it. */
const READ_ONLY = 0o440;

export interface FileBlobs extends Blobs {
  /** What a link presigned here allows now. @throws {Refusal} `link-invalid`, `link-expired` */
  verify(request: { method: string; url: string }): BlobGrant;
  /** As `get`, with what is known of the blob. @throws {BlobCorruptError} */
  read(key: string): Promise<(BlobDescription & { content: Uint8Array<ArrayBuffer> }) | undefined>;
}

/**
 * @param secret signs the links; whoever has it can read and add blobs
 * @param baseUrl under which `serveBlobs` answers, without a slash at its end
 */
export function openFileBlobs(
  directory: string,
  { secret, baseUrl, clock = systemClock }: { secret: Uint8Array | string; baseUrl: string; clock?: Clock },
): FileBlobs {
  const folder = (name: string) => join(directory, name);
  for (const name of ['objects', 'holds', 'staging', 'trash']) mkdirSync(folder(name), { recursive: true });

  const nameOf = (key: string) => createHash('sha256').update(key).digest('hex');
  const objectFolder = (name: string) => join(folder('objects'), name.slice(0, 3));
  const objectPath = (name: string) => join(objectFolder(name), name);
  const holdPath = (name: string) => join(folder('holds'), name);

  sweepStaging(folder('staging'));
  sweepTrash();

  /** Finishes the deletions that a kill interrupted; a blob that is held meanwhile goes back to its place. */
  function sweepTrash(): void {
    for (const entry of readdirSync(folder('trash'))) {
      const [name = ''] = entry.split('.');
      if (existsSync(holdPath(name))) {
        ignoring(['EEXIST', 'ENOENT'], () => linkSync(join(folder('trash'), entry), objectPath(name)));
      }
      ignoring(['ENOENT'], () => unlinkSync(join(folder('trash'), entry)));
    }
  }

  const known = new Set<string>();
  async function makeDurably(path: string): Promise<void> {
    if (known.has(path)) return;
    await mkdir(path, { recursive: true });
    // The folders made on open may be as new as this one.
    const parents = known.size === 0 ? [dirname(directory), directory] : [];
    for (const parent of [...parents, folder('objects')]) await syncDirectory(parent);
    known.add(path);
  }

  async function putIfAbsent(key: string, bytes: Uint8Array, contentType: string) {
    checkBlobKey(key);
    const name = nameOf(key);
    const info: BlobInfo = { key, bytes: bytes.byteLength, sha256: sha256(bytes) };
    await makeDurably(objectFolder(name));
    const already = await describeBlobFile(objectPath(name), key);
    if (already === undefined) {
      const parts = [bytes, trailerOf({ ...info, contentType })];
      const stored = await createFile(objectPath(name), parts, { staging: folder('staging'), mode: READ_ONLY });
      if (stored) return { ...info, stored };
    } else {
      // Whoever stored it may not have come to flush the directory.
      await syncDirectory(objectFolder(name));
    }
    const standing = already ?? (await describeBlobFile(objectPath(name), key));
    if (standing !== undefined && standing.sha256 !== info.sha256) {
      throw new BlobConflictError(
        `Expected blob ${key} free or with SHA-256 ${info.sha256}, found ${standing.sha256}. Store other bytes under another key.`,
      );
    }
    // Deleted between the two looks: what the caller wants stored is not.
    if (standing === undefined) return putIfAbsent(key, bytes, contentType);
    return { ...info, stored: false };
  }

  async function remove(key: string): Promise<void> {
    checkBlobKey(key);
    const name = nameOf(key);
    if (await isThere(holdPath(name))) throw held(key);
    const trashed = join(folder('trash'), `${name}.${randomUUID()}`);
    try {
      await rename(objectPath(name), trashed);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return;
      throw error;
    }
    // A hold that came between the look and the rename wins.
    const holdCame = await isThere(holdPath(name));
    if (holdCame) await ignoringAsync(['EEXIST', 'ENOENT'], () => link(trashed, objectPath(name)));
    await syncDirectory(objectFolder(name));
    await unlinkIfThere(trashed);
    if (holdCame) throw held(key);
  }

  async function setLegalHold(key: string, hold: boolean): Promise<void> {
    checkBlobKey(key);
    const name = nameOf(key);
    if (hold) await createFile(holdPath(name), [Buffer.from(key)], { staging: folder('staging') });
    const there = await isThere(objectPath(name));
    if (!hold || !there) {
      await unlinkIfThere(holdPath(name));
      await syncDirectory(folder('holds'));
    }
    if (!there) {
      throw refuse('blob-unknown', 404, {
        expected: 'a key under which something is stored',
        received: 'another',
        action: 'Store the blob first.',
      });
    }
  }

  async function read(key: string) {
    checkBlobKey(key);
    return readBlobFile(objectPath(nameOf(key)), key);
  }

  return {
    putIfAbsent,
    delete: remove,
    setLegalHold,
    read,
    get: async (key) => (await read(key))?.content,
    async head(key) {
      checkBlobKey(key);
      const description = await describeBlobFile(objectPath(nameOf(key)), key);
      return description && { key, bytes: description.bytes, sha256: description.sha256 };
    },
    async presignGet(key, { expiresAt, fileName = null }: { expiresAt: number; fileName?: string | null }) {
      checkBlobKey(key);
      const grant: BlobGrant = { method: 'GET', key, expiresAt, fileName };
      return { method: 'GET', url: signGrant(grant, { secret, baseUrl }), headers: {}, expiresAt };
    },
    async presignPut(key, { expiresAt, bytes, sha256: hash, contentType }) {
      checkBlobKey(key);
      const grant: BlobGrant = { method: 'PUT', key, expiresAt, bytes, sha256: hash, contentType };
      const headers = { 'content-type': contentType };
      return { method: 'PUT', url: signGrant(grant, { secret, baseUrl }), headers, expiresAt };
    },
    verify: (request) => verifyGrant(request, { secret, now: clock.now() }),
  };
}

const held = (key: string) =>
  new BlobHeldError(`Expected blob ${key} free of a legal hold, found it held. Release the hold before deleting.`);

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function ignoring(codes: readonly string[], act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!codes.includes(systemCode(error) ?? '')) throw error;
  }
}

async function ignoringAsync(codes: readonly string[], act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!codes.includes(systemCode(error) ?? '')) throw error;
  }
}
