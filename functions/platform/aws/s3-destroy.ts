/**
 * Deleting that destroys. Where a bucket keeps versions, a plain delete lays a marker over them and destroys nothing:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
 */
import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { BlobHeldError } from '../blobs.ts';
import { isLocked, lookAt, type ObjectAddress, statusOf } from './s3-object.ts';

/**
 * The version that stands, and what comes to light under it; what somebody stores meanwhile stays. Keys are written once, so that
 * it takes two looks and a delete. For millions of frames a list of versions each would cost ten times as much; what somebody hid
 * by hand under a delete marker goes by the bucket's own rule for versions that are not current.
 * @throws {BlobHeldError}
 */
export async function destroyStanding(at: ObjectAddress, now: number): Promise<void> {
  let newest: number | undefined;
  for (;;) {
    const head = await lookAt(at);
    const storedAt = head?.LastModified?.getTime() ?? 0;
    newest ??= storedAt;
    if (head === undefined || storedAt > newest) return;
    await destroyVersion(at, head.VersionId, now);
  }
}

/**
 * Every version and every marker there is when it begins. The version that stands goes first: under a hold nothing goes. Markers
 * go last, so that nothing comes to light under them.
 * @throws {BlobHeldError}
 */
export async function destroyEveryVersion(at: ObjectAddress, now: number): Promise<void> {
  const standing: string[] = [];
  const others: string[] = [];
  const markers: string[] = [];
  let page: VersionPage | undefined = await versionsOf(at, {});
  while (page !== undefined) {
    standing.push(...page.standing);
    others.push(...page.others);
    markers.push(...page.markers);
    page = page.next === undefined ? undefined : await versionsOf(at, page.next);
  }
  for (const id of [...standing, ...others, ...markers]) await destroyVersion(at, id, now);
}

interface VersionPage {
  readonly standing: readonly string[];
  readonly others: readonly string[];
  readonly markers: readonly string[];
  readonly next: { readonly KeyMarker: string; readonly VersionIdMarker?: string } | undefined;
}

/** A key has one version, hardly ever more; what a list holds beyond is of its neighbours. */
const AT_ONCE = 50;

/** Of the keys that begin with this one, it comes first: whatever follows is of others. */
async function versionsOf(
  { client, bucket, key }: ObjectAddress,
  from: { KeyMarker?: string; VersionIdMarker?: string },
): Promise<VersionPage> {
  const page = await client.send(
    new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key, MaxKeys: AT_ONCE, ...from }),
  );
  const { Versions = [], DeleteMarkers = [], IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
  const own = (entries: readonly { Key?: string | undefined; VersionId?: string | undefined }[]) =>
    entries.flatMap(({ Key, VersionId }) => (Key === key && VersionId !== undefined ? [VersionId] : []));
  const version = NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker };
  return {
    standing: own(Versions.filter(({ IsLatest }) => IsLatest === true)),
    others: own(Versions.filter(({ IsLatest }) => IsLatest !== true)),
    markers: own(DeleteMarkers),
    next: IsTruncated === true && NextKeyMarker === key ? { KeyMarker: key, ...version } : undefined,
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
    const head = await lookAt(at, versionId);
    if (head !== undefined && isLocked(head, now)) throw held(key);
    throw error;
  }
}

const held = (key: string) =>
  new BlobHeldError(
    `Expected blob ${key} free of a legal hold and of a retention that is not over, found it held. Release the hold, or wait, before deleting.`,
  );
