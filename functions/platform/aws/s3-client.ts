import { S3Client } from '@aws-sdk/client-s3';

const CONNECTION_MS = 2_000;
/** Until the answer begins; the largest blob takes seconds. */
const REQUEST_MS = 20_000;
/** Of a body that stopped half way. */
const SILENCE_MS = 10_000;

/**
 * One for a process. Region, credentials and address come from the environment.
 *
 * Checksums are the adapter's own: a SHA-256 goes with every put, and what comes back is checked against it. The SDK's default, a
 * CRC of everything, would be bound into links to write, of a body nobody has yet.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-dataintegrity.html
 */
export const s3Client = (): S3Client =>
  new S3Client({
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 4,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: CONNECTION_MS,
      requestTimeout: REQUEST_MS,
      socketTimeout: SILENCE_MS,
      throwOnRequestTimeout: true,
    },
  });
