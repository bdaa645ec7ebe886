/** Races for keys of the object store that the environment names. */
import { openS3Blobs } from '#platform/aws/s3-blobs.ts';
import { s3Client } from '#platform/aws/s3-client.ts';
import { raceForKeys } from './racing-blobs.ts';

const [bucket = '', name = ''] = process.argv.slice(2);
await raceForKeys(openS3Blobs({ client: s3Client(), buckets: { frames: bucket, evidence: bucket } }), name);
