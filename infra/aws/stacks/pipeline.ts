/** What works without being asked: the functions behind the queues, those of the clock, and the one of the operator. */
import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnEventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { LAMBDA_NAMES, type LambdaName, lambdaSpec, type QueueName, type Trigger } from '../lambdas.ts';
import { type House, idOf, lambdaOf } from './function.ts';
import { FOR_THIS_ACCOUNT } from './keys.ts';
import { stackProps } from './stack.ts';

export interface Pipeline {
  readonly stack: Stack;
  readonly functions: ReadonlyMap<LambdaName, LambdaFunction>;
  /** Rounds of the clock that could not even be started. */
  readonly lostTicks: Queue;
}

/**
 * What a message passes before it starts a Lambda. A change gate, which lets frames pass only where something moved, puts its
 * pattern or its window here: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html (what no pattern lets
 * through, Lambda deletes from the queue). None today: every frame counts.
 */
const GATES: Partial<
  Readonly<Record<QueueName, { readonly windowSeconds?: number; readonly patterns?: readonly string[] }>>
> = {};

export function pipelineStack(scope: Construct, house: House): Pipeline {
  const stack = new Stack(
    scope,
    'Pipeline',
    stackProps(house.settings, 'pipeline', 'from an upload to a sealed package, and the clock'),
  );
  const functions = new Map<LambdaName, LambdaFunction>();
  const lostTicks = new Queue(stack, 'LostTicks', {
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: house.storage.dataKey,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledge(lostTicks, {
    'AwsSolutions-SQS3': 'It is the queue of dead letters of the schedules; there is nothing behind it.',
  });
  for (const name of LAMBDA_NAMES) {
    const { trigger } = lambdaSpec(name);
    if (trigger.kind === 'http' || trigger.kind === 'authorizer' || trigger.kind === 'site') continue;
    const made = lambdaOf(stack, name, house);
    functions.set(name, made);
    if (trigger.kind === 'queue') feed(stack, name, made, house, trigger);
    if (trigger.kind === 'schedule')
      tick(stack, name, made, { ...house, lostTicks, everyMinutes: trigger.everyMinutes });
  }
  return { stack, functions, lostTicks };
}

function feed(
  scope: Construct,
  name: LambdaName,
  { functionName }: LambdaFunction,
  { storage }: House,
  { queue, batch, concurrency }: Extract<Trigger, { kind: 'queue' }>,
): void {
  const { windowSeconds, patterns = [] } = GATES[queue] ?? {};
  new CfnEventSourceMapping(scope, `${idOf(name)}Source`, {
    functionName,
    eventSourceArn: storage.queues[queue].queue.queueArn,
    batchSize: batch,
    // One message that fails takes none of the others back with it.
    functionResponseTypes: ['ReportBatchItemFailures'],
    scalingConfig: { maximumConcurrency: concurrency },
    ...(windowSeconds === undefined ? {} : { maximumBatchingWindowInSeconds: windowSeconds }),
    ...(patterns.length === 0 ? {} : { filterCriteria: { filters: patterns.map((pattern) => ({ pattern })) } }),
  });
}

function tick(
  scope: Construct,
  name: LambdaName,
  made: LambdaFunction,
  { settings, storage, lostTicks, everyMinutes }: House & { lostTicks: Queue; everyMinutes: number },
): void {
  // A round that could not start is not made up for: the next one does what it would have done.
  made.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
  const role = new Role(scope, `${idOf(name)}ScheduleRole`, {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: FOR_THIS_ACCOUNT }),
    description: `Kerbwatch ${settings.stage}: starts ${name}`,
    inlinePolicies: {
      start: new PolicyDocument({
        statements: [
          new PolicyStatement({ sid: 'Start', actions: ['lambda:InvokeFunction'], resources: [made.functionArn] }),
          new PolicyStatement({ sid: 'KeepLost', actions: ['sqs:SendMessage'], resources: [lostTicks.queueArn] }),
          // The scheduler writes as this role, into a queue that the data key encrypts.
          new PolicyStatement({
            sid: 'UseDataKey',
            actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
            resources: [storage.dataKey.keyArn],
            conditions: { StringLike: { 'kms:ViaService': `sqs.${settings.region}.*` } },
          }),
        ],
      }),
    },
  });
  new CfnSchedule(scope, `${idOf(name)}Schedule`, {
    name: `kerbwatch-${settings.stage}-${name}`,
    description: `Kerbwatch: ${name}, every ${everyMinutes} min`,
    scheduleExpression: everyMinutes === 1 ? 'rate(1 minute)' : `rate(${everyMinutes} minutes)`,
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: made.functionArn,
      roleArn: role.roleArn,
      retryPolicy: { maximumEventAgeInSeconds: 60 * Math.max(1, everyMinutes), maximumRetryAttempts: 3 },
      deadLetterConfig: { arn: lostTicks.queueArn },
    },
  });
}
