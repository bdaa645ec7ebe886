/**
 * The Blobs port on S3 ({@link bucketOf} says which bucket). An object never changes: it is put on the condition that nothing is
 * there, with its SHA-256 beside it.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { refuse } from '#core/refusal.ts';
import { BlobConflictError, type BlobInfo, type Blobs } from '../blobs.ts';
import { type Clock, systemClock } from '../clock.ts';
import { sha256 } from '../digest.ts';
import { checkBlobKey } from '../limits.ts';
import { type BucketRole, bucketOf } from './s3-buckets.ts';
import { destroyEveryVersion, destroyStanding, holdStanding } from './s3-destroy.ts';
import { checksumOf, linkToRead, linkToWrite } from './s3-links.ts';
import { corrupt, digestOf, lookAt, nameOf, type ObjectAddress, statusOf } from './s3-object.ts';

/** How often a put that met another one, or a delete, begins anew. */
const MOST_TRIES = 6;
const FIRST_PAUSE_MS = 40;

export function openS3Blobs({
  client,
  buckets,
  clock = systemClock,
}: {
  client: S3Client;
  buckets: Readonly<Record<BucketRole, string>>;
  clock?: Clock;
}): Blobs {
  /** @throws {Refusal} `blob-key-invalid` */
  function addressOf(key: string): ObjectAddress {
    checkBlobKey(key);
    return { client, bucket: buckets[bucketOf(key)], key };
  }

  async function putIfAbsent(key: string, bytes: Uint8Array, contentType: string) {
    const at = addressOf(key);
    const info: BlobInfo = { key, bytes: bytes.byteLength, sha256: sha256(bytes) };
    // Frames are new nearly always. A package is large, and sealing repeats itself after a crash.
    let standing = bucketOf(key) === 'evidence' ? await describe(at) : undefined;
    for (let tries = 1; standing === undefined; tries++) {
      const outcome = await put(at, { ...info, content: bytes, contentType });
      if (outcome === 'stored') return { ...info, stored: true };
      if (outcome === 'taken') standing = await describe(at);
      if (standing !== undefined) break;
      // Deleted between the two looks, or under way by two at once.
      if (tries === MOST_TRIES) throw new Error(`Expected to store blob ${key}, met others at it ${tries} times.`);
      await pause(FIRST_PAUSE_MS * 2 ** tries * Math.random());
    }
    if (standing.sha256 !== info.sha256) {
      throw new BlobConflictError(
        `Expected blob ${key} free or with SHA-256 ${info.sha256}, found ${standing.sha256}. Store other bytes under another key.`,
      );
    }
    return { ...info, stored: false };
  }

  return {
    putIfAbsent,
    get: async (key) => read(addressOf(key)),
    head: async (key) => describe(addressOf(key)),
    delete: async (key) => {
      const destroy = bucketOf(key) === 'evidence' ? destroyEveryVersion : destroyStanding;
      await destroy(addressOf(key), clock.now());
    },
    setLegalHold: async (key, held) => {
      if (!(await holdStanding(addressOf(key), held))) throw unknown();
    },
    presignGet: async (key, { expiresAt, fileName }) =>
      linkToRead(addressOf(key), { expiresAt, fileName, now: clock.now() }),
    presignPut: async (key, wanted) => linkToWrite(addressOf(key), { ...wanted, now: clock.now() }),
  };
}

type Content = BlobInfo & { content: Uint8Array; contentType: string };

async function put(
  { client, bucket, key }: ObjectAddress,
  { content, contentType, sha256: digest }: Content,
): Promise<'stored' | 'taken' | 'busy'> {
  try {
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: content,
        ContentLength: content.byteLength,
        ContentType: contentType,
        IfNoneMatch: '*',
        Metadata: { sha256: digest },
        ChecksumSHA256: checksumOf(digest),
        // A bucket whose objects are locked from the start asks for it: API_PutObject, Content-MD5.
        ContentMD5: createHash('md5').update(content).digest('base64'),
      }),
    );
    return 'stored';
  } catch (error) {
    if (statusOf(error) === 412) return 'taken';
    if (statusOf(error) === 409) return 'busy';
    throw error;
  }
}

async function describe(at: ObjectAddress): Promise<BlobInfo | undefined> {
  const head = await lookAt(at);
  if (head === undefined) return undefined;
  const { ContentLength = 0, Metadata } = head;
  return { key: at.key, bytes: ContentLength, sha256: digestOf(at.key, Metadata) };
}

/**
 * The SDK asks again where no answer comes, and leaves alone a body that breaks off.
 * @throws {BlobCorruptError}
 */
async function read({ client, bucket, key }: ObjectAddress): Promise<Uint8Array | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      const { Body, Metadata } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const content = (await Body?.transformToByteArray()) ?? new Uint8Array();
      if (sha256(content) !== digestOf(key, Metadata)) throw corrupt(key);
      return content;
    } catch (error) {
      if (nameOf(error) === 'NoSuchKey') return undefined;
      if (!isConnectionLost(error) || tries === MOST_READS) throw error;
    }
  }
}

const MOST_READS = 3;
const isConnectionLost = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'TimeoutError' || ('code' in error && error.code === 'ECONNRESET'));

const unknown = () =>
  refuse('blob-unknown', 404, {
    expected: 'a key under which something is stored',
    received: 'another',
    action: 'Store the blob first.',
  });
