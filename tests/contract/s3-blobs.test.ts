/** The Blobs port on a real S3 gateway: Ceph 16, which keeps to S3 but for what the three reasons below say. */
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe } from 'vitest';
import { openS3Blobs } from '#platform/aws/s3-blobs.ts';
import { s3Client } from '#platform/aws/s3-client.ts';
import { environmentOf, hasS3Gateway, type S3Gateway, startS3Gateway } from '../aws/s3-gateway.ts';
import { blobsContract } from './blobs.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
const NO_CHECKSUMS = 'this gateway knows no x-amz-checksum-sha256, by which S3 refuses other bytes';
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
const NO_CONDITIONS = 'this gateway overlooks If-None-Match in buckets with versions, which S3 keeps in all';
const NO_LOCK = 'only a bucket with versions can lock its objects';

describe.skipIf(!hasS3Gateway)('S3 blobs', () => {
  let gateway: S3Gateway | undefined;
  beforeAll(async () => {
    gateway = await startS3Gateway();
    Object.assign(process.env, environmentOf(gateway));
  });
  afterAll(() => gateway?.stop());

  let stores = 0;
  /** Buckets of its own; those of evidence have versions and Object Lock, as the stack makes them. */
  async function openStore() {
    const client = s3Client();
    stores += 1;
    const buckets = { frames: `frames-${stores}`, evidence: `evidence-${stores}` };
    await client.send(new CreateBucketCommand({ Bucket: buckets.frames }));
    await client.send(new CreateBucketCommand({ Bucket: buckets.evidence, ObjectLockEnabledForBucket: true }));
    return { client, buckets, blobs: openS3Blobs({ client, buckets }), close: () => client.destroy() };
  }

  blobsContract('S3, a bucket without versions', openStore, {
    folder: 'contract',
    cannot: {
      'deletes nothing under a legal hold, and again once it is released': NO_LOCK,
      'never loses a blob whose hold was granted while somebody deleted it': NO_LOCK,
      'does what a list of keys, bytes and holds would, whatever is asked in whatever order': NO_LOCK,
      'refuses other bytes of the same length, and then still takes the right ones': NO_CHECKSUMS,
    },
  });
  blobsContract('S3, a bucket with versions and Object Lock', openStore, {
    folder: 'evidence',
    cannot: {
      'stores once what twenty callers send at the same time': NO_CONDITIONS,
      'lets one of twenty different contents win and refuses the others': NO_CONDITIONS,
      'never replaces what was stored meanwhile': NO_CONDITIONS,
      'refuses other bytes of the same length, and then still takes the right ones': NO_CHECKSUMS,
    },
  });
});
