/**
 * Deleting that destroys. Where a bucket keeps versions, a plain delete lays a marker over them and destroys nothing:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
 */
import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { BlobHeldError } from '../blobs.ts';
import { isLocked, lookAt, type ObjectAddress, statusOf } from './s3-object.ts';

/**
 * Every version there is when it begins, and no marker over them; what somebody stores meanwhile stays. Nearly always there is one
 * version, which takes two looks and a delete: listing the versions of each key would cost ten times as much.
 * @throws {BlobHeldError}
 */
export async function destroyObject(at: ObjectAddress, now: number): Promise<void> {
  let newest: number | undefined;
  for (;;) {
    const found = await lookAt(at);
    if (found.kind === 'nothing') return;
    if (found.kind === 'hidden') return destroyHidden(at, now);
    const storedAt = found.head.LastModified?.getTime() ?? 0;
    newest ??= storedAt;
    if (storedAt > newest) return;
    await destroyVersion(at, found.head.VersionId, now);
  }
}

/** What lies under a delete marker, then the markers, so that nothing comes to light meanwhile. */
async function destroyHidden(at: ObjectAddress, now: number): Promise<void> {
  const versions: string[] = [];
  const markers: string[] = [];
  let from: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (from !== undefined) {
    const page: Awaited<ReturnType<typeof versionsFrom>> = await versionsFrom(at, from);
    versions.push(...page.versions);
    markers.push(...page.markers);
    from = page.next;
  }
  for (const id of [...versions, ...markers]) await destroyVersion(at, id, now);
}

/** Of the keys that begin with this one, it comes first: whatever follows is of others. */
async function versionsFrom(
  { client, bucket, key }: ObjectAddress,
  from: { KeyMarker?: string; VersionIdMarker?: string },
) {
  const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key, ...from }));
  const ids = (entries: readonly { Key?: string | undefined; VersionId?: string | undefined }[] = []) =>
    entries.flatMap(({ Key, VersionId }) => (Key === key && VersionId !== undefined ? [VersionId] : []));
  const isMore = page.IsTruncated === true && page.NextKeyMarker === key;
  return {
    // The latest one lies under no marker: somebody stored it meanwhile.
    versions: ids(page.Versions?.filter(({ IsLatest }) => IsLatest !== true)),
    markers: ids(page.DeleteMarkers),
    next: isMore
      ? {
          KeyMarker: key,
          ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }),
        }
      : undefined,
  };
}

/** Idempotent. A bucket that keeps no versions names none. */
async function destroyVersion(at: ObjectAddress, versionId: string | undefined, now: number): Promise<void> {
  const { client, bucket, key } = at;
  const version = versionId === undefined ? {} : { VersionId: versionId };
  try {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, ...version }));
  } catch (error) {
    if (statusOf(error) !== 403) throw error;
    // S3 refuses what is locked as it refuses who has no right: only the object tells which it was.
    const found = await lookAt(at, versionId);
    if (found.kind === 'standing' && isLocked(found.head, now)) throw held(key);
    throw error;
  }
}

const held = (key: string) =>
  new BlobHeldError(
    `Expected blob ${key} free of a legal hold and of a retention that is not over, found it held. Release the hold, or wait, before deleting.`,
  );
