/**
 * One blob in one file: the bytes, then what is known of them, so that both appear in the same instant. Programs that
 * open a picture or a ZIP by its first bytes still open it.
 *
 * `bytes | JSON description | its length, uint32 big-endian | "KWBLOB01"`
 */
import { open, readFile } from 'node:fs/promises';
import { sha256Of } from '#core/ids.ts';
import { BlobCorruptError, type BlobInfo } from '../blobs.ts';
import { sha256 } from '../digest.ts';
import { systemCode } from './durable-files.ts';

const MAGIC = 'KWBLOB01';
const FOOT_BYTES = 4 + MAGIC.length;

export interface BlobDescription extends BlobInfo {
  readonly contentType: string;
}

/** What follows the bytes in the file. */
export function trailerOf(description: BlobDescription): Uint8Array {
  const json = Buffer.from(JSON.stringify(description));
  const foot = Buffer.alloc(FOOT_BYTES);
  foot.writeUInt32BE(json.length);
  foot.write(MAGIC, 4, 'latin1');
  return Buffer.concat([json, foot]);
}

/**
 * The whole blob, its hash checked.
 * @throws {BlobCorruptError}
 */
export async function readBlobFile(
  path: string,
  key: string,
): Promise<(BlobDescription & { content: Uint8Array<ArrayBuffer> }) | undefined> {
  let file: Buffer<ArrayBuffer>;
  try {
    file = await readFile(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const description = describe(file, file.length, key);
  const content = file.subarray(0, description.bytes);
  if (sha256(content) !== description.sha256) throw corrupt(key);
  return { ...description, content };
}

/**
 * What the file says of its blob, without reading the bytes.
 * @throws {BlobCorruptError} when it does not say it, or for another key
 */
export async function describeBlobFile(path: string, key: string): Promise<BlobDescription | undefined> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      // Keys have at most 1024 bytes: all descriptions fit into one read.
      const tail = Buffer.alloc(Math.min(size, 16_384));
      const { bytesRead } = await handle.read(tail, 0, tail.length, size - tail.length);
      return describe(tail.subarray(0, bytesRead), size, key);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** @param tail the end of the file, long enough for the description */
function describe(tail: Buffer, fileBytes: number, key: string): BlobDescription {
  const footAt = tail.length - FOOT_BYTES;
  if (footAt < 0 || tail.toString('latin1', footAt + 4) !== MAGIC) throw corrupt(key);
  const jsonBytes = tail.readUInt32BE(footAt);
  const description = jsonBytes > footAt ? undefined : parse(tail.toString('utf8', footAt - jsonBytes, footAt));
  if (description?.key !== key || description.bytes !== fileBytes - FOOT_BYTES - jsonBytes) throw corrupt(key);
  return description;
}

function parse(json: string): BlobDescription | undefined {
  try {
    const { key, bytes, sha256: hash, contentType } = JSON.parse(json);
    const whole = typeof key === 'string' && typeof hash === 'string' && typeof contentType === 'string';
    return whole && Number.isSafeInteger(bytes) ? { key, bytes, sha256: sha256Of(hash), contentType } : undefined;
  } catch {
    return undefined;
  }
}

const corrupt = (key: string) =>
  new BlobCorruptError(
    `Expected blob ${key} as it was stored, found its file changed. Restore the file from a backup; do not use it.`,
  );
