/**
 * 最小权限: what the role of a Lambda may do, from its line in lambdas.ts. Writing into the table is bound to the partitions that
 * `RIGHTS` (platform/table-rights.ts) names, so that on AWS no code, ours or not, goes past what {@link tableOf} keeps at home.
 */
import { Aws } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { INDEX_NAME } from '#platform/aws/dynamo-schema.ts';
import { type FunctionName, RIGHTS, type Right } from '#platform/table-rights.ts';
import { foldersOf, roleOf } from './environment.ts';
import { type BlobFolder, type LambdaName, type LambdaSpec, lambdaSpec, QUEUES, type QueueName } from './lambdas.ts';

export interface Granted {
  readonly region: string;
  readonly table: Pick<Table, 'tableArn'>;
  readonly buckets: { readonly frames: Bucket; readonly evidence: Bucket };
  readonly dataKey: IKey;
  readonly signingKeys: readonly IKey[];
  readonly settingsSecret: Pick<CfnSecret, 'ref'>;
  readonly queues: Readonly<Record<QueueName, { readonly queue: IQueue; readonly deadLetters: IQueue }>>;
  readonly rekognition: boolean;
}

/** Where AWS knows no resource to name: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrekognition.html */
export const WITHOUT_RESOURCE = ['rekognition:DetectFaces', 'rekognition:DetectText'] as const;

export function rightsOf(name: LambdaName, granted: Granted): PolicyStatement[] {
  const spec = lambdaSpec(name);
  if (spec.trigger.kind === 'site') return [];
  return [
    ...tableRights(spec, granted),
    ...blobRights(spec, granted),
    ...queueRights(spec, granted),
    ...keyRights(spec, granted),
    ...(spec.readsSettings === true
      ? [
          allow('ReadSettings', {
            actions: ['secretsmanager:GetSecretValue'],
            resources: [granted.settingsSecret.ref],
          }),
        ]
      : []),
    ...(spec.asksRekognition === true && granted.rekognition
      ? [allow('AskRekognition', { actions: [...WITHOUT_RESOURCE], resources: ['*'] })]
      : []),
  ];
}

/** Right of the list -> pattern of IAM: `incident/` -> `incident/*`. */
export const leadingKeyOf = (right: Right): string => (right.endsWith('/') ? `${right}*` : right);

export const leadingKeysOf = (names: readonly FunctionName[]): string[] =>
  [...new Set(names.flatMap((name): readonly Right[] => RIGHTS[name]))].sort().map(leadingKeyOf);

function tableRights({ writesAs }: LambdaSpec, { table }: Granted): PolicyStatement[] {
  return [
    allow('ReadTable', {
      // Asking whether something stands is reading: a transaction may check what its function never writes.
      actions: ['dynamodb:ConditionCheckItem', 'dynamodb:GetItem', 'dynamodb:Query'],
      resources: [table.tableArn],
    }),
    allow('ReadIndex', { actions: ['dynamodb:Query'], resources: [`${table.tableArn}/index/${INDEX_NAME}`] }),
    ...(writesAs.length === 0
      ? []
      : [
          allow('WriteOwnPartitions', {
            actions: ['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
            resources: [table.tableArn],
            // For all values of none it would hold: a call that names no partition is refused.
            conditions: {
              'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': leadingKeysOf(writesAs) },
              Null: { 'dynamodb:LeadingKeys': 'false' },
            },
          }),
        ]),
  ];
}

/** What functions/platform/aws/s3-*.ts call. */
const BLOB_ACTIONS = {
  reads: ['s3:GetObject'],
  // Whoever finds a key taken reads what lies there: the same bytes are no error.
  writes: ['s3:GetObject', 's3:PutObject'],
  // Versions and nothing else: a plain delete only hides. Why one was refused, its hold and its retention tell.
  deletes: [
    ...(['s3:DeleteObjectVersion', 's3:GetObject', 's3:GetObjectVersion'] as const),
    ...(['s3:GetObjectLegalHold', 's3:GetObjectRetention'] as const),
  ],
  holds: ['s3:GetObject', 's3:GetObjectLegalHold', 's3:PutObjectLegalHold'],
} as const satisfies Readonly<Record<keyof LambdaSpec['blobs'], readonly string[]>>;

function blobRights(spec: LambdaSpec, { buckets }: Granted): PolicyStatement[] {
  const of = (kind: keyof typeof BLOB_ACTIONS): readonly BlobFolder[] => spec.blobs[kind] ?? [];
  const objects = (['reads', 'writes', 'deletes', 'holds'] as const)
    .filter((kind) => of(kind).length > 0)
    .map((kind) =>
      allow(`Blobs${kind[0]?.toUpperCase()}${kind.slice(1)}`, {
        actions: [...BLOB_ACTIONS[kind]],
        resources: of(kind).map((folder) => buckets[roleOf(folder)].arnForObjects(`${folder}/*`)),
      }),
    );
  const roles = (folders: readonly BlobFolder[]) => [...new Set(folders.map(roleOf))].sort();
  const listed = roles(foldersOf(spec));
  // Of frames only the version that stands is destroyed: s3-destroy.ts.
  const emptied = roles(of('deletes')).filter((role) => role === 'evidence');
  return [
    ...objects,
    // Without it S3 answers 403, not 404, for what is not there:
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    ...(listed.length === 0
      ? []
      : [
          allow('TellMissingFromForbidden', {
            actions: ['s3:ListBucket'],
            resources: listed.map((role) => buckets[role].bucketArn),
          }),
        ]),
    ...(emptied.length === 0
      ? []
      : [
          allow('FindVersions', {
            actions: ['s3:ListBucketVersions'],
            resources: emptied.map((role) => buckets[role].bucketArn),
          }),
        ]),
  ];
}

function queueRights({ trigger, sends }: LambdaSpec, { queues }: Granted): PolicyStatement[] {
  const working = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
  return [
    ...(sends.length === 0
      ? []
      : [
          allow('SendOn', {
            actions: ['sqs:SendMessage'],
            resources: sends.map((name) => queues[name].queue.queueArn),
          }),
        ]),
    ...(trigger.kind === 'queue'
      ? [allow('Work', { actions: working, resources: [queues[trigger.queue].queue.queueArn] })]
      : []),
    ...(trigger.kind === 'operator'
      ? [
          allow('SeeQueues', {
            actions: ['sqs:GetQueueAttributes'],
            resources: QUEUES.map((name) => queues[name].queue.queueArn),
          }),
          allow('HandleDeadLetters', {
            actions: working,
            resources: QUEUES.map((name) => queues[name].deadLetters.queueArn),
          }),
        ]
      : []),
  ];
}

/** The data key only by the services that store with it; nobody decrypts with it by hand. */
function keyRights({ signs }: LambdaSpec, { dataKey, signingKeys, region }: Granted): PolicyStatement[] {
  const last = signingKeys.at(-1);
  const via = ['dynamodb', 's3', 'secretsmanager', 'sqs'].map((service) => `${service}.${region}.*`);
  return [
    allow('UseDataKey', {
      // Whoever calls DynamoDB uses the table's key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
      actions: [
        ...['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt'],
        ...['kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
      ],
      resources: [dataKey.keyArn],
      conditions: { StringLike: { 'kms:ViaService': via } },
    }),
    ...(signs === undefined || last === undefined
      ? []
      : [allow('ShowKeys', { actions: ['kms:GetPublicKey'], resources: signingKeys.map((key) => key.keyArn) })]),
    ...(signs === true && last !== undefined
      ? [allow('Sign', { actions: ['kms:Sign'], resources: [last.keyArn] })]
      : []),
  ];
}

const allow = (sid: string, props: PolicyStatementProps): PolicyStatement => new PolicyStatement({ sid, ...props });

/** A function writes into a log group that is there already, and only its own. */
export const logRights = (logGroupName: string, region: string): PolicyStatement =>
  allow('WriteOwnLog', {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [`arn:${Aws.PARTITION}:logs:${region}:${Aws.ACCOUNT_ID}:log-group:${logGroupName}:*`],
  });
