/** Makes what the templates define, on engines that run here: the table, buckets, queues, keys and secrets. */
import { CreateTableCommand, DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Assembly, Resource, Stack } from './assembly.ts';
import type { Names } from './iam-acts.ts';
import type { Resolver } from './intrinsics.ts';
import { type JsonObject, listOf, numberOf, objectOf, textOf } from './json.ts';
import type { Services } from './service-proxy.ts';

export interface Access {
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
}

export function clientsOf(services: Services, access: Access): Clients {
  const at = (endpoint: string | undefined) => ({ ...access, ...(endpoint === undefined ? {} : { endpoint }) });
  return {
    dynamodb: new DynamoDBClient(at(services.dynamodb)),
    s3: new S3Client({ ...at(services.s3), forcePathStyle: true }),
    sqs: new SQSClient(at(services.sqs)),
  };
}

export interface Entry {
  readonly stack: Stack;
  readonly id: string;
  readonly resource: Resource;
}

export interface QueueMade {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  /** Where this queue sends what it gives up. */
  readonly deadLettersArn: string | undefined;
}

/** What stands in for services that no engine here is; each gives the ARN of what it made. */
export interface Makers {
  signingKey(keySpec: string): string;
  secret(name: string, text: string): string;
}

export interface Made {
  readonly queues: readonly QueueMade[];
  readonly names: Names;
  /** Name of the one table. */
  readonly table: string;
}

/** Those of a type that are there, in the order of the templates. */
export const entriesOf = (assembly: Assembly, resolver: Resolver, type: string): Entry[] =>
  assembly.stacks.flatMap((stack) =>
    [...stack.resources]
      .filter(([, resource]) => resource.type === type && resolver.exists(stack, resource))
      .map(([id, resource]) => ({ stack, id, resource })),
  );

export async function makeResources(
  assembly: Assembly,
  resolver: Resolver,
  clients: Clients,
  { makers, suffix }: { makers: Makers; suffix: string },
): Promise<Made> {
  const entries = (type: string) => entriesOf(assembly, resolver, type);
  const some = (entry: Entry, ...names: string[]): JsonObject =>
    Object.fromEntries(names.map((name) => [name, resolver.resolve(entry.stack, entry.resource.properties[name])]));
  const made = ({ stack, id }: Entry, ref: string, attributes: Record<string, string>) =>
    resolver.made(stack, id, { ref, attributes });
  const arns = new Map<string, string>();
  let partitionAttribute = '';
  let table = '';

  for (const entry of entries('AWS::KMS::Key')) {
    const { KeySpec } = some(entry, 'KeySpec');
    // What encrypts is asked by the services alone, which do not here.
    const arn = KeySpec === undefined ? `arn:aws:kms:::key/${entry.id}` : makers.signingKey(textOf(KeySpec, 'KeySpec'));
    made(entry, arn.slice(arn.indexOf('/') + 1), { Arn: arn, KeyId: arn.slice(arn.indexOf('/') + 1) });
  }
  for (const entry of entries('AWS::SecretsManager::Secret')) {
    const { Name, SecretString } = some(entry, 'Name', 'SecretString');
    const arn = makers.secret(nameOf(Name, entry), textOf(SecretString ?? '{}', 'SecretString'));
    made(entry, arn, { Id: arn });
  }
  for (const entry of entries('AWS::DynamoDB::Table')) {
    const properties = some(entry, ...TABLE_PROPERTIES, 'TimeToLiveSpecification', 'TableName');
    const TableName = nameOf(properties.TableName, entry) + suffix;
    table = TableName;
    const { TableDescription } = await clients.dynamodb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        ...JSON.parse(JSON.stringify(some(entry, ...TABLE_PROPERTIES))),
      }),
    );
    const { AttributeName } = objectOf(properties.TimeToLiveSpecification);
    if (AttributeName !== undefined) {
      const TimeToLiveSpecification = { AttributeName: textOf(AttributeName, 'AttributeName'), Enabled: true };
      await clients.dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    }
    arns.set(TableName, TableDescription?.TableArn ?? '');
    const [hash] = TableDescription?.KeySchema ?? [];
    partitionAttribute = hash?.AttributeName ?? '';
    made(entry, TableName, {
      Arn: TableDescription?.TableArn ?? '',
      StreamArn: `${TableDescription?.TableArn}/stream`,
    });
  }
  for (const entry of entries('AWS::S3::Bucket')) {
    const Bucket = nameOf(some(entry, 'BucketName').BucketName, entry) + suffix;
    await makeBucket(clients.s3, Bucket, entry.resource.properties);
    const arn = `arn:aws:s3:::${Bucket}`;
    made(entry, Bucket, { Arn: arn, DomainName: `${Bucket}.s3`, RegionalDomainName: `${Bucket}.s3` });
  }
  const queues = await makeQueues(entries('AWS::SQS::Queue'), resolver, clients.sqs, suffix);
  for (const { url, arn } of queues) arns.set(url, arn);
  // Whatever is named by its ARN already is.
  return { queues, names: { arnOf: (name) => arns.get(name) ?? name, partitionAttribute }, table };
}

/** Of a table what decides how it works here. */
const TABLE_PROPERTIES = ['AttributeDefinitions', 'KeySchema', 'GlobalSecondaryIndexes', 'LocalSecondaryIndexes'];
function toEnum<T extends string>(values: readonly T[], value: unknown): T {
  const found = values.find((one) => one === value);
  if (found === undefined) throw new Error(`Expected one of ${values.join(', ')}, found ${JSON.stringify(value)}`);
  return found;
}

/** As CloudFormation makes one up where the template gives none. */
const nameOf = (given: unknown, { stack, id }: Entry): string =>
  typeof given === 'string' ? given : `${stack.name}-${id}`.toLowerCase();

async function makeBucket(s3: S3Client, Bucket: string, properties: JsonObject): Promise<void> {
  const ObjectLockEnabledForBucket = properties.ObjectLockEnabled === true;
  await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket }));
  if (objectOf(properties.VersioningConfiguration).Status === 'Enabled' && !ObjectLockEnabledForBucket) {
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  const { Mode, Days } = objectOf(objectOf(objectOf(properties.ObjectLockConfiguration).Rule).DefaultRetention);
  if (Mode !== undefined) {
    const DefaultRetention = { Mode: toEnum(['GOVERNANCE', 'COMPLIANCE'], Mode), Days: numberOf(Days) };
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention } } as const;
    await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
  }
}

/** Those that others send their dead letters to come first. */
async function makeQueues(
  entries: readonly Entry[],
  resolver: Resolver,
  sqs: SQSClient,
  suffix: string,
): Promise<QueueMade[]> {
  const queues: QueueMade[] = [];
  const hasDeadLetters = ({ resource }: Entry) => resource.properties.RedrivePolicy !== undefined;
  for (const entry of entries.toSorted((a, b) => Number(hasDeadLetters(a)) - Number(hasDeadLetters(b)))) {
    const resolved = (name: string) => resolver.resolve(entry.stack, entry.resource.properties[name]);
    const name = nameOf(resolved('QueueName'), entry) + suffix;
    const redrive = objectOf(resolved('RedrivePolicy'));
    const attributes = Object.fromEntries(
      QUEUE_ATTRIBUTES.flatMap(([property, attribute]) => {
        const value = resolved(property);
        return value === undefined ? [] : [[attribute, typeof value === 'object' ? JSON.stringify(value) : `${value}`]];
      }),
    );
    const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    const arn = Attributes.QueueArn ?? '';
    const [deadLettersArn] = listOf([redrive.deadLetterTargetArn ?? null]);
    queues.push({ name, url, arn, deadLettersArn: typeof deadLettersArn === 'string' ? deadLettersArn : undefined });
    resolver.made(entry.stack, entry.id, { ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } });
  }
  return queues;
}

const QUEUE_ATTRIBUTES = [
  ['VisibilityTimeout', 'VisibilityTimeout'],
  ['MessageRetentionPeriod', 'MessageRetentionPeriod'],
  ['DelaySeconds', 'DelaySeconds'],
  ['RedrivePolicy', 'RedrivePolicy'],
] as const;
