/** One Lambda of the list, with a role, a log and an environment of its own. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { z } from 'zod';
import type { BucketRole } from '#platform/aws/s3-buckets.ts';
import { SYSTEM_VERSION } from '../../common/version.ts';
import { acknowledge } from '../acknowledge.ts';
import { environmentOf, foldersOf, type Places, roleOf } from '../environment.ts';
import { type LambdaName, lambdaSpec } from '../lambdas.ts';
import { logRights, rightsOf } from '../rights.ts';
import { isDisposable, type Settings } from '../settings.ts';
import { type Storage, storageOrigins } from './storage.ts';

/** The bundle of each; tests give an empty folder. */
export type CodeProvider = (name: LambdaName) => Code;

export interface House {
  readonly settings: Settings;
  readonly storage: Storage;
  readonly code: CodeProvider;
  readonly origin: string;
  readonly issuer: Places['issuer'];
}

/** One round of the clock at a time: two would only get in each other's way. */
const ALONE: readonly LambdaName[] = ['tend'];

export function lambdaOf(scope: Construct, name: LambdaName, house: House): LambdaFunction {
  const { settings, storage, code } = house;
  const { memoryMb, timeoutSeconds } = lambdaSpec(name);
  const id = idOf(name);
  const logGroupName = `/kerbwatch/${settings.stage}/${name}`;
  const logGroup = logOf(scope, `${id}Log`, logGroupName, house);
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `Kerbwatch ${settings.stage}: ${name}`,
    inlinePolicies: {
      [name]: new PolicyDocument({
        statements: [
          logRights(logGroupName, settings.region),
          ...rightsOf(name, { ...storage, region: settings.region, rekognition: settings.rekognition }),
        ],
      }),
    },
  });
  acknowledge(role, wildcardsOf(name, logGroupName, house));
  const made = new LambdaFunction(scope, id, {
    functionName: `kerbwatch-${settings.stage}-${name}`,
    description: `Kerbwatch ${SYSTEM_VERSION}: ${name}`,
    runtime: Runtime.NODEJS_22_X,
    architecture: settings.arch === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
    handler: 'index.handler',
    code: code(name),
    ...{ role, logGroup, memorySize: memoryMb, timeout: Duration.seconds(timeoutSeconds) },
    tracing: settings.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
    environment: environmentOf(name, placesOf(house)),
    ...(ALONE.includes(name) ? { reservedConcurrentExecutions: 1 } : {}),
  });
  acknowledge(made, { 'AwsSolutions-L1': NOT_THE_NEWEST_NODE });
  return made;
}

const NOT_THE_NEWEST_NODE =
  'Node 22 is supported until April 2027, and the bundles are tested on it; the one after comes with a release of its own.';

/** As another stack names a bucket of the storage. */
const Imported = z.object({ 'Fn::ImportValue': z.string() });
const exportOf = ({ stack, buckets }: Storage, role: BucketRole): string =>
  Imported.parse(stack.resolve(stack.exportValue(buckets[role].bucketArn)))['Fn::ImportValue'];

/** Each wildcard there is in a role, and why. */
function wildcardsOf(name: LambdaName, logGroupName: string, { settings, storage }: House): Record<string, string> {
  const spec = lambdaSpec(name);
  const folders = foldersOf(spec).map((folder): [string, string] => [
    `Resource::${exportOf(storage, roleOf(folder))}/${folder}/*`,
    `Keys under ${folder}/ are named by what they hold; the folder is all that can be known before.`,
  ]);
  const asks = spec.asksRekognition === true && settings.rekognition;
  const everything = [
    ...(asks ? ['Rekognition knows no resource to name for what it is asked.'] : []),
    ...(settings.tracing ? ['X-Ray knows no resource to name for a trace.'] : []),
  ];
  const wildcards: [finding: string, reason: string][] = [
    ...folders,
    [
      `Resource::arn:<AWS::Partition>:logs:${settings.region}:<AWS::AccountId>:log-group:${logGroupName}:*`,
      'Streams of the log group of this function; Lambda names them.',
    ],
    ...(everything.length === 0 ? [] : [['Resource::*', everything.join(' ')] satisfies [string, string]]),
  ];
  return Object.fromEntries(wildcards.map(([finding, reason]) => [`AwsSolutions-IAM5[${finding}]`, reason]));
}

export function logOf(
  scope: Construct,
  id: string,
  logGroupName: string,
  { settings, storage }: Pick<House, 'settings' | 'storage'>,
) {
  return new LogGroup(scope, id, {
    logGroupName,
    retention: settings.logDays satisfies RetentionDays,
    encryptionKey: storage.dataKey,
    removalPolicy: isDisposable(settings) ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  });
}

/** `withdraw-run` -> `WithdrawRun`. */
export const idOf = (name: LambdaName): string =>
  name
    .split('-')
    .map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    .join('');

function placesOf({ settings, storage, origin, issuer }: House): Places {
  const { buckets, table, signingKeys, settingsSecret, queues } = storage;
  return {
    stage: settings.stage,
    table: table.tableName,
    frames: buckets.frames.bucketName,
    evidence: buckets.evidence.bucketName,
    signingKeys: signingKeys.map(({ keyArn }) => keyArn),
    settings: settingsSecret.ref,
    queue: (name) => ({ url: queues[name].queue.queueUrl, deadLettersUrl: queues[name].deadLetters.queueUrl }),
    ...{ origin, issuer, rekognition: settings.rekognition, storageOrigins: storageOrigins(storage) },
  };
}
