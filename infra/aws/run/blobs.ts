import { openS3Blobs } from '#platform/aws/s3-blobs.ts';
import { s3Client } from '#platform/aws/s3-client.ts';
import type { Blobs } from '#platform/blobs.ts';
import type { Home } from './home.ts';

/** Apart from home.ts, so that who needs no blobs has no client for them in its bundle. */
export function openBlobs(home: Home): Blobs {
  // Where a Lambda may touch one bucket only, the other is not named.
  const buckets = { frames: home.setting('frames') ?? '', evidence: home.setting('evidence') ?? '' };
  return openS3Blobs({ client: s3Client(), buckets, clock: home.clock });
}
