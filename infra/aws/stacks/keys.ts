/** The keys: one encrypts whatever is stored or waits, the others sign packages and roots of the trail. */
import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Settings } from '../settings.ts';

/** Of a principal of AWS itself: only what it does for this account, or another's bucket could reach in. */
export const FOR_THIS_ACCOUNT = { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } as const;

export function dataKeyOf(scope: Construct, { stage, region }: Settings): Key {
  const key = new Key(scope, 'DataKey', {
    description: `Kerbwatch ${stage}: frames, evidence, table, queues, logs`,
    alias: `kerbwatch-${stage}-data`,
    enableKeyRotation: true,
    rotationPeriod: Duration.days(365),
    pendingWindow: Duration.days(30),
    // Whatever it encrypted is lost with it.
    removalPolicy: RemovalPolicy.RETAIN,
  });
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html: the principal is regional.
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'LogsOfThisAccount',
      principals: [new ServicePrincipal(`logs.${region}.${Aws.URL_SUFFIX}`)],
      actions: [
        'kms:Encrypt',
        'kms:Decrypt',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
        'kms:GenerateDataKey',
        'kms:DescribeKey',
      ],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': `arn:${Aws.PARTITION}:logs:${region}:${Aws.ACCOUNT_ID}:log-group:*`,
        },
      },
    }),
  );
  // S3 tells the queue of arrivals, CloudWatch the topic of alarms; both write into what this key encrypts.
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
  for (const [sid, service] of [
    ['ArrivalsFromS3', 's3'],
    ['AlarmsFromCloudWatch', 'cloudwatch'],
  ] as const) {
    key.addToResourcePolicy(
      new PolicyStatement({
        sid,
        principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
        actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
        resources: ['*'],
        conditions: FOR_THIS_ACCOUNT,
      }),
    );
  }
  return key;
}

/** Oldest first; the last one signs. Ed25519 as on one machine, so that packages of both homes are verified alike. */
export function signingKeysOf(scope: Construct, { stage, signingKeys }: Settings): Key[] {
  return Array.from(
    { length: signingKeys },
    (_, index) =>
      new Key(scope, `SigningKey${index + 1}`, {
        description: `Kerbwatch ${stage}: signs evidence, key ${index + 1}`,
        alias: `kerbwatch-${stage}-signing-${index + 1}`,
        keySpec: KeySpec.ECC_NIST_EDWARDS25519,
        keyUsage: KeyUsage.SIGN_VERIFY,
        pendingWindow: Duration.days(30),
        removalPolicy: RemovalPolicy.RETAIN,
      }),
  );
}
