/** As race-blobs.ts, on the object store that the environment names. */
import { writeSync } from 'node:fs';
import { openS3Blobs } from '#platform/aws/s3-blobs.ts';
import { s3Client } from '#platform/aws/s3-client.ts';
import { BlobConflictError } from '#platform/blobs.ts';

const [bucket = '', name = ''] = process.argv.slice(2);
const blobs = openS3Blobs({ client: s3Client(), buckets: { frames: bucket, evidence: bucket } });

for (let key = 0; key < 60; key++) {
  try {
    await blobs.putIfAbsent(`race/${key}`, new Uint8Array(Buffer.from(name)), 'text/plain');
    writeSync(1, `${key}\n`);
  } catch (error) {
    if (!(error instanceof BlobConflictError)) throw error;
  }
}
