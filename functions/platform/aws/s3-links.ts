/**
 * Links to S3 that carry their own permission: signed by query parameters, Signature Version 4.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { base64Of, bytesOfHex } from '#core/bytes.ts';
import type { Sha256 } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import type { Instant } from '#core/time.ts';
import { attachment } from '../attachment.ts';
import type { SignedRequest } from '../blobs.ts';
import type { ObjectAddress } from './s3-object.ts';

/** S3 takes no longer one. A link also ends with the credentials that signed it: those of a Lambda last for hours. */
const LONGEST_SECONDS = 7 * 86_400;

export async function linkToRead(
  { client, bucket, key }: ObjectAddress,
  { expiresAt, fileName, now }: { expiresAt: Instant; fileName?: string | undefined; now: Instant },
): Promise<SignedRequest> {
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(fileName === undefined ? {} : { ResponseContentDisposition: attachment(fileName) }),
  });
  const validity = validityOf(expiresAt, now);
  return {
    method: 'GET',
    url: await getSignedUrl(client, command, validity.signing),
    headers: {},
    expiresAt: validity.endsAt,
  };
}

/**
 * Everything that the upload is bound to is a signed header, which its sender has to send: S3 refuses others as badly signed, and by
 * the checksum other bytes. The SDK would move them into the address, where S3 overlooks the checksum and the condition.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 *
 * The length is signed too. Every HTTP client sends it of a body that it has whole, and browsers let nobody else set it.
 */
export async function linkToWrite(
  { client, bucket, key }: ObjectAddress,
  wanted: { expiresAt: Instant; bytes: number; sha256: Sha256; contentType: string; now: Instant },
): Promise<SignedRequest> {
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    ContentType: wanted.contentType,
    ContentLength: wanted.bytes,
    ChecksumSHA256: checksumOf(wanted.sha256),
    Metadata: { sha256: wanted.sha256 },
    IfNoneMatch: '*',
  });
  const headers = {
    'content-type': wanted.contentType,
    'if-none-match': '*',
    'x-amz-checksum-sha256': checksumOf(wanted.sha256),
    'x-amz-meta-sha256': wanted.sha256,
  };
  const validity = validityOf(wanted.expiresAt, wanted.now);
  const url = await getSignedUrl(client, command, {
    ...validity.signing,
    signableHeaders: new Set(['content-type']),
    unhoistableHeaders: new Set(Object.keys(headers)),
  });
  return { method: 'PUT', url, headers, expiresAt: validity.endsAt };
}

/** As S3 writes checksums. */
export const checksumOf = (sha256: Sha256): string => base64Of(bytesOfHex(sha256) ?? new Uint8Array());

/** Links are signed for whole seconds from the moment of signing: they end at the second before `expiresAt` is over. */
function validityOf(expiresAt: Instant, now: Instant) {
  const [signedAt, endsAt] = [Math.floor(now / 1000), Math.floor(expiresAt / 1000)];
  const seconds = endsAt - signedAt;
  if (seconds < 1 || seconds > LONGEST_SECONDS) {
    throw refuse('link-expiry-invalid', 500, {
      expected: `a link that is valid for 1 to ${LONGEST_SECONDS} seconds`,
      received: `${seconds}`,
      action: 'Ask for another expiry.',
    });
  }
  return { signing: { signingDate: new Date(signedAt * 1000), expiresIn: seconds }, endsAt: endsAt * 1000 };
}
