import { BlobConflictError, type Blobs } from '#platform/blobs.ts';

/**
 * What is there already, and differs, was left by other models or another version of the program that was ended between
 * these bytes and the observation they belong to. The frame is not inspected yet, so nobody relies on them.
 */
export async function keepDerived(blobs: Blobs, key: string, bytes: Uint8Array): Promise<void> {
  try {
    await blobs.putIfAbsent(key, bytes, 'application/octet-stream');
  } catch (error) {
    if (!(error instanceof BlobConflictError)) throw error;
    await blobs.delete(key);
    await blobs.putIfAbsent(key, bytes, 'application/octet-stream');
  }
}
