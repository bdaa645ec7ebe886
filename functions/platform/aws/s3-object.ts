/** One object of S3: where it lies, what is known of it, what an answer of S3 means. */
import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { type Sha256, sha256Of } from '#core/ids.ts';
import { BlobCorruptError } from '../blobs.ts';

export interface ObjectAddress {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
}

/**
 * Undefined where nothing stands. S3 answers 403 in place of 404 to whoever may not list the bucket:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export async function lookAt(
  { client, bucket, key }: ObjectAddress,
  versionId?: string,
): Promise<HeadObjectCommandOutput | undefined> {
  const version = versionId === undefined ? {} : { VersionId: versionId };
  try {
    return await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ...version }));
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

export const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

/** Its code, as `NoSuchKey`. */
export const nameOf = (error: unknown): string | undefined =>
  error instanceof S3ServiceException ? error.name : undefined;

/** S3 answers nobody whose clock differs by more. */
const SKEW_MS = 15 * 60_000;

/** Whether a hold, or a retention that is not over by anybody's clock, keeps it. Shown only to who may read both. */
export const isLocked = (head: HeadObjectCommandOutput, now: number): boolean =>
  head.ObjectLockLegalHoldStatus === 'ON' || (head.ObjectLockRetainUntilDate?.getTime() ?? 0) > now - SKEW_MS;

/**
 * The SHA-256 that an object came with.
 * @throws {BlobCorruptError} when it says none: nobody stored it through the port
 */
export function digestOf(key: string, metadata: Readonly<Record<string, string>> | undefined): Sha256 {
  const digest = metadata?.sha256;
  if (digest === undefined || !/^[0-9a-f]{64}$/.test(digest)) throw corrupt(key);
  return sha256Of(digest);
}

export const corrupt = (key: string) =>
  new BlobCorruptError(
    `Expected blob ${key} as it was stored, found its bytes or its SHA-256 changed. Restore it from a backup; do not use it.`,
  );
