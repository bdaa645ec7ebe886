/**
 * Deleting that destroys. Where a bucket keeps versions, a plain delete lays a marker over them and destroys nothing:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
 */
import { DeleteObjectCommand, ListObjectVersionsCommand, PutObjectLegalHoldCommand } from '@aws-sdk/client-s3';
import { BlobHeldError } from '../blobs.ts';
import { isLocked, lookAt, nameOf, type ObjectAddress, statusOf } from './s3-object.ts';

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
 * Every version and every marker there is when it begins.
 *
 * First the key is hidden under a marker, then the version is asked whether it is locked, then it goes. Whoever holds it looks, the
 * hold being on, whether it still stands ({@link holdStanding}). So one of the two sees the other, though S3 does not say that a
 * hold and a deletion under way know of each other; the gateway of the tests deletes what was held a moment before.
 * @throws {BlobHeldError} it stands, also when a deletion that died had left it hidden
 */
export async function destroyEveryVersion(at: ObjectAddress, now: number): Promise<void> {
  const { standing, others, markers } = await everyVersionOf(at);
  const [newest] = others;
  if (standing !== undefined) await hideAndDestroy(at, standing, now);
  else if (newest !== undefined && (await isVersionLocked(at, newest, now))) {
    for (const id of markers) await destroyVersion(at, id, now);
    throw held(at.key);
  }
  for (const id of [...others, ...markers]) await destroyVersion(at, id, now);
}

async function hideAndDestroy(at: ObjectAddress, standing: string, now: number): Promise<void> {
  if (await isVersionLocked(at, standing, now)) throw held(at.key);
  const { client, bucket, key } = at;
  const marker = await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  // A bucket without versions lays no marker: it is gone.
  if (marker.DeleteMarker !== true || marker.VersionId === undefined) return;
  try {
    if (await isVersionLocked(at, standing, now)) throw held(key);
    await destroyVersion(at, standing, now);
  } finally {
    // Whether it went or stands again.
    await destroyVersion(at, marker.VersionId, now);
  }
}

/**
 * Puts a legal hold on the version that stands, or lifts it.
 * @returns false when none stands, or it went meanwhile
 */
export async function holdStanding(at: ObjectAddress, hold: boolean): Promise<boolean> {
  const { client, bucket, key } = at;
  const standing = await lookAt(at);
  if (standing === undefined) return false;
  const version = standing.VersionId === undefined ? {} : { VersionId: standing.VersionId };
  const LegalHold = { Status: hold ? ('ON' as const) : ('OFF' as const) };
  try {
    await client.send(new PutObjectLegalHoldCommand({ Bucket: bucket, Key: key, ...version, LegalHold }));
  } catch (error) {
    if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return false;
    throw error;
  }
  if (!hold) return true;
  const after = await lookAt(at);
  return after !== undefined && after.VersionId === standing.VersionId;
}

/** Newest first. */
async function everyVersionOf(at: ObjectAddress) {
  let standing: string | undefined;
  const others: string[] = [];
  const markers: string[] = [];
  let page: VersionPage | undefined = await versionsOf(at, {});
  while (page !== undefined) {
    standing ??= page.standing[0];
    others.push(...page.others);
    markers.push(...page.markers);
    page = page.next === undefined ? undefined : await versionsOf(at, page.next);
  }
  return { standing, others, markers };
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
    if (await isVersionLocked(at, versionId, now)) throw held(key);
    throw error;
  }
}

async function isVersionLocked(at: ObjectAddress, versionId: string | undefined, now: number): Promise<boolean> {
  const head = await lookAt(at, versionId);
  return head !== undefined && isLocked(head, now);
}

const held = (key: string) =>
  new BlobHeldError(
    `Expected blob ${key} free of a legal hold and of a retention that is not over, found it held. Release the hold, or wait, before deleting.`,
  );
