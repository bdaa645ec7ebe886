/**
 * Two buckets for what the program keeps (functions/platform/aws/s3-buckets.ts says what lies where), one for who looked at them.
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  CfnBucket,
  HttpMethods,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { CfnQueuePolicy, type IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { isDisposable, type Settings } from '../settings.ts';
import { FOR_THIS_ACCOUNT } from './keys.ts';

export interface Buckets {
  readonly frames: Bucket;
  readonly evidence: Bucket;
  readonly accessLogs: Bucket;
}

export const PRIVATE = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
} as const satisfies BucketProps;

export function bucketsOf(scope: Construct, settings: Settings, key: IKey): Buckets {
  const removalPolicy = isDisposable(settings) ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
  const accessLogs = new Bucket(scope, 'AccessLogs', {
    ...PRIVATE,
    removalPolicy,
    // Of a bucket that logs go to, S3 takes no other: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    encryption: BucketEncryption.S3_MANAGED,
    versioned: true,
    lifecycleRules: [
      {
        expiration: Duration.days(settings.logDays),
        noncurrentVersionExpiration: Duration.days(1),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
  });
  const kept = {
    ...PRIVATE,
    ...{ removalPolicy, versioned: true },
    ...{ encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true },
    // The page reads by signed links, which end after minutes; without one nobody gets anything, whatever page it is on.
    cors: [
      { allowedMethods: [HttpMethods.GET, HttpMethods.HEAD], allowedOrigins: ['*'], allowedHeaders: [], maxAge: 300 },
    ],
  } as const satisfies BucketProps;

  const frames = new Bucket(scope, 'Frames', {
    ...kept,
    // No default: how long a frame stays is the program's to say. It lets a prosecutor hold one at the store itself.
    objectLockEnabled: true,
    lifecycleRules: [
      // Taken in within minutes, or by the sweep of `resume`; what is left was refused or never announced.
      { id: 'uploads-never-taken-in', prefix: 'uploads/', expiration: Duration.days(2) },
      {
        id: 'what-was-deleted',
        noncurrentVersionExpiration: Duration.days(settings.noncurrentDays),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
        expiredObjectDeleteMarker: true,
      },
    ],
  });
  const evidence = new Bucket(scope, 'Evidence', {
    ...kept,
    objectLockDefaultRetention: lockOf(settings),
    lifecycleRules: [
      {
        id: 'what-was-deleted',
        // A version under a lock or a hold stays, whatever this says.
        noncurrentVersionExpiration: Duration.days(1),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
        expiredObjectDeleteMarker: true,
      },
    ],
  });
  logAccess(frames, accessLogs, 'frames/');
  logAccess(evidence, accessLogs, 'evidence/');
  for (const bucket of [frames, evidence]) {
    denyOtherEncryption(bucket, key);
    denyBypass(bucket);
  }
  return { frames, evidence, accessLogs };
}

const lockOf = ({ evidenceLock: { mode, days } }: Settings): ObjectLockRetention =>
  mode === 'compliance'
    ? ObjectLockRetention.compliance(Duration.days(days))
    : ObjectLockRetention.governance(Duration.days(days));

/** Without the headers the bucket's own encryption holds; with them, nothing but its key. */
function denyOtherEncryption(bucket: Bucket, key: IKey): void {
  const headers = {
    's3:x-amz-server-side-encryption': 'aws:kms',
    's3:x-amz-server-side-encryption-aws-kms-key-id': key.keyArn,
  };
  for (const [index, [header, value]] of Object.entries(headers).entries()) {
    bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: `DenyOtherEncryption${index + 1}`,
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects('*')],
        conditions: { StringNotEquals: { [header]: value }, Null: { [header]: 'false' } },
      }),
    );
  }
}

/**
 * Nobody deletes past a lock, the administrators of the account included: the lock ends before any retention rule does, so the
 * program never has to. Who must, by order of a court, first takes this statement out, and the trail of the account says who did.
 */
function denyBypass(bucket: Bucket): void {
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'DenyBypassOfLocks',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:BypassGovernanceRetention'],
      resources: [bucket.arnForObjects('*')],
    }),
  );
}

/**
 * By the bucket's own property. The construct of the CDK would bring a Lambda of its own, which may set the notifications of every
 * bucket in the account.
 */
export function tellOfUploads(bucket: Bucket, queue: IQueue): void {
  resourceOf(bucket).notificationConfiguration = {
    queueConfigurations: [
      {
        event: 's3:ObjectCreated:*',
        queue: queue.queueArn,
        filter: { s3Key: { rules: [{ name: 'prefix', value: 'uploads/' }] } },
      },
    ],
  };
  // S3 tries to send before it believes: the queue must let it in by then.
  for (const policy of queue.node.findAll().filter((child) => child instanceof CfnQueuePolicy))
    bucket.node.addDependency(policy);
}

/** Who looked, beside what the program itself writes into its trail: also whoever went past the program. */
export function logAccess(bucket: Bucket, accessLogs: Bucket, prefix: string): void {
  resourceOf(bucket).loggingConfiguration = { destinationBucketName: accessLogs.bucketName, logFilePrefix: prefix };
  accessLogs.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [accessLogs.arnForObjects(`${prefix}*`)],
      conditions: FOR_THIS_ACCOUNT,
    }),
  );
}

export function resourceOf({ node: { defaultChild } }: Bucket): CfnBucket {
  if (defaultChild instanceof CfnBucket) return defaultChild;
  throw new Error('Expected a bucket to be one of CloudFormation');
}
