/** What a call to a service asks the right for: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html */
import type { Act } from './iam-policy.ts';
import { type JsonObject, listOf, objectOf, textOf } from './json.ts';
import type { ServiceCall } from './service-proxy.ts';

export interface Names {
  /** ARN of a table, a queue by its address, a key or a secret by its id. */
  arnOf(name: string): string;
  /** Name of the attribute that a table's partition key is. */
  readonly partitionAttribute: string;
}

export function actsOf(call: ServiceCall, names: Names): Act[] {
  if (call.service === 's3') return s3Acts(call);
  const operation = String(call.headers['x-amz-target']).split('.')[1] ?? '';
  const parsed: unknown = JSON.parse(call.body.toString('utf8') || '{}');
  const body = objectOf(parsed);
  const on = (name: unknown, action: string): Act[] => [
    { action, resource: names.arnOf(textOf(name, `what ${action} is asked for`)), context: {} },
  ];
  switch (call.service) {
    case 'dynamodb':
      return dynamoActs(operation, body, names);
    case 'sqs':
      return on(body.QueueUrl, `sqs:${operation.replace(/Batch$/, '')}`);
    case 'kms':
      return on(body.KeyId, `kms:${operation}`);
    case 'secretsmanager':
      return on(body.SecretId, `secretsmanager:${operation}`);
    case 'rekognition':
      return [{ action: `rekognition:${operation}`, resource: '*', context: {} }];
  }
}

/** A transaction needs the right to each of its parts: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html */
const PARTS: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Delete: 'DeleteItem',
  Update: 'UpdateItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

function dynamoActs(operation: string, body: JsonObject, names: Names): Act[] {
  if (operation === 'TransactWriteItems' || operation === 'TransactGetItems') {
    return listOf(body.TransactItems).flatMap((item) =>
      Object.entries(objectOf(item)).flatMap(([part, stated]) =>
        dynamoActs(PARTS[part] ?? part, objectOf(stated), names),
      ),
    );
  }
  if (operation === 'BatchGetItem') {
    return Object.entries(objectOf(body.RequestItems)).flatMap(([TableName, asked]) =>
      listOf(objectOf(asked).Keys)
        .flatMap((Key) => dynamoActs('GetItem', { TableName, Key }, names))
        .map(asBatch),
    );
  }
  const table = names.arnOf(textOf(body.TableName, 'TableName'));
  const resource = typeof body.IndexName === 'string' ? `${table}/index/${body.IndexName}` : table;
  const key = objectOf(objectOf(body.Item ?? body.Key)[names.partitionAttribute]).S;
  const context: Act['context'] = typeof key === 'string' ? { 'dynamodb:LeadingKeys': [key] } : {};
  return [{ action: `dynamodb:${operation}`, resource, context }];
}

const asBatch = (act: Act): Act => ({ ...act, action: 'dynamodb:BatchGetItem' });

const SUBRESOURCES: readonly (readonly [string, string])[] = [
  ['legal-hold', 'ObjectLegalHold'],
  ['retention', 'ObjectRetention'],
  ['tagging', 'ObjectTagging'],
  ['acl', 'ObjectAcl'],
];

function s3Acts({ method, path, headers }: ServiceCall): Act[] {
  const url = new URL(path, 'http://unused');
  const [, bucket = '', ...rest] = url.pathname.split('/');
  const key = decodeURIComponent(rest.join('/'));
  const has = (name: string) => url.searchParams.has(name);
  const act = (name: string): Act => ({
    action: `s3:${name}`,
    resource: key === '' ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`,
    context: {},
  });
  if (key === '')
    return [act(has('versions') ? 'ListBucketVersions' : method === 'PUT' ? 'CreateBucket' : 'ListBucket')];
  const version = has('versionId') ? 'Version' : '';
  const [, part] = SUBRESOURCES.find(([name]) => has(name)) ?? [];
  if (part !== undefined) return [act(`${method === 'PUT' ? 'Put' : 'Get'}${part}`)];
  if (method === 'DELETE') return [act(`DeleteObject${version}`)];
  if (method !== 'PUT') return [act(`GetObject${version}`)];
  return [
    act('PutObject'),
    ...(headers['x-amz-object-lock-legal-hold'] === undefined ? [] : [act('PutObjectLegalHold')]),
    ...(headers['x-amz-object-lock-mode'] === undefined ? [] : [act('PutObjectRetention')]),
    ...(headers['x-amz-tagging'] === undefined ? [] : [act('PutObjectTagging')]),
  ];
}
