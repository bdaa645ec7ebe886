/** The queues between the functions, each with its dead letters. */
import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { LAMBDA_NAMES, lambdaSpec, type QueueName } from '../lambdas.ts';
import type { Settings } from '../settings.ts';
import { FOR_THIS_ACCOUNT } from './keys.ts';

export interface QueuePair {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}
export type Queues = Readonly<Record<QueueName, QueuePair>>;

/**
 * Of a message nobody could work off. At least five, or a burst that Lambda throttles buries messages unread:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const MOST_DELIVERIES = 5;
const LONGEST = Duration.days(14);

export function queuesOf(scope: Construct, { stage }: Settings, key: IKey): Queues {
  const common = {
    ...{ encryption: QueueEncryption.KMS, encryptionMasterKey: key, dataKeyReuse: Duration.hours(1) },
    ...{ enforceSSL: true, retentionPeriod: LONGEST },
  } as const;
  const pair = (name: QueueName): QueuePair => {
    const id = `${name[0]?.toUpperCase()}${name.slice(1)}`;
    const queueName = `kerbwatch-${stage}-${name}`;
    // Each names the other; a name of its own lets the first be told before it is there.
    const queueArn = Stack.of(scope).formatArn({ service: 'sqs', resource: queueName });
    const deadLetters = new Queue(scope, `${id}DeadLetters`, {
      ...common,
      queueName: `${queueName}-dead-letters`,
      redriveAllowPolicy: {
        redrivePermission: RedrivePermission.BY_QUEUE,
        sourceQueues: [Queue.fromQueueArn(scope, `${id}Source`, queueArn)],
      },
    });
    const queue = new Queue(scope, `${id}Queue`, {
      ...{ ...common, queueName },
      visibilityTimeout: Duration.seconds(6 * consumerTimeout(name)),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: MOST_DELIVERIES },
    });
    return { queue, deadLetters };
  };
  return {
    arrivals: pair('arrivals'),
    inspect: pair('inspect'),
    correlate: pair('correlate'),
    seal: pair('seal'),
    copy: pair('copy'),
    withdraw: pair('withdraw'),
  };
}

/** Six times the function's: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
function consumerTimeout(name: QueueName): number {
  const consumers = LAMBDA_NAMES.map(lambdaSpec).filter(
    ({ trigger }) => trigger.kind === 'queue' && trigger.queue === name,
  );
  return Math.max(...consumers.map(({ timeoutSeconds }) => timeoutSeconds));
}

/** By account and not by bucket: the bucket comes after the policy that lets it write, and its name with it. */
export function letStorageTell({ queue }: QueuePair): void {
  queue.addToResourcePolicy(
    new PolicyStatement({
      sid: 'ArrivalsFromS3',
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: FOR_THIS_ACCOUNT,
    }),
  );
}
