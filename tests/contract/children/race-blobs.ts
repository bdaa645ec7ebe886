/** Puts bytes of its own under sixty keys, against others doing the same; prints the keys it won. */
import { writeSync } from 'node:fs';
import { BlobConflictError } from '#platform/blobs.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';

const [directory = '', name = ''] = process.argv.slice(2);
const blobs = openFileBlobs(directory, { secret: 'test', baseUrl: 'http://localhost' });

for (let key = 0; key < 60; key++) {
  try {
    await blobs.putIfAbsent(`race/${key}`, new Uint8Array(Buffer.from(name)), 'text/plain');
    writeSync(1, `${key}\n`);
  } catch (error) {
    if (!(error instanceof BlobConflictError)) throw error;
  }
}
