/** Puts bytes of its own under sixty keys, against others doing the same; prints the keys it won. */
import { writeSync } from 'node:fs';
import { BlobConflictError, type Blobs } from '#platform/blobs.ts';

export async function raceForKeys(blobs: Blobs, name: string): Promise<void> {
  for (let key = 0; key < 60; key++) {
    try {
      await blobs.putIfAbsent(`race/${key}`, new Uint8Array(Buffer.from(name)), 'text/plain');
      writeSync(1, `${key}\n`);
    } catch (error) {
      if (!(error instanceof BlobConflictError)) throw error;
    }
  }
}
