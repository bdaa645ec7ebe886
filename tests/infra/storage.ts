/** What must never regress of what is stored, in every partition. */
import { describe, expect, it } from 'vitest';
import { ATTRIBUTES, INDEX_NAME, TTL_ATTRIBUTE } from '../../functions/platform/aws/dynamo-schema.ts';
import { QUEUES } from '../../infra/aws/lambdas.ts';
import { actionsOf, allResources, ofType, plain, resourceStatements, resourcesOf } from './policy.ts';
import type { Resource, Synthesised } from './synth.ts';

/** The one resource whose id begins so. */
function one(made: Synthesised, type: string, id: string): Resource {
  const found = ofType(made, type).filter((resource) => resource.id.startsWith(id));
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`Expected one ${type} ${id}, found ${found.length}`);
  return found[0];
}

export function describeStorage(made: Synthesised): void {
  describe('what is stored', () => {
    const buckets = ofType(made, 'AWS::S3::Bucket');
    const policyOf = ({ id }: Resource) =>
      ofType(made, 'AWS::S3::BucketPolicy')
        .filter(({ properties }) => plain(properties.Bucket) === `\${${id}}`)
        .flatMap(resourceStatements);

    it('is in no bucket that the public could be let into', () => {
      expect(buckets.length).toBeGreaterThanOrEqual(3);
      for (const { properties } of buckets) {
        expect(properties.PublicAccessBlockConfiguration).toEqual({
          ...{ BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
        });
      }
    });

    it('is in buckets that are encrypted, keep versions, and give up uploads that never ended', () => {
      for (const { properties } of buckets) {
        expect(properties).toMatchObject({
          BucketEncryption: { ServerSideEncryptionConfiguration: [expect.anything()] },
          VersioningConfiguration: { Status: 'Enabled' },
        });
        expect(JSON.stringify(properties.LifecycleConfiguration)).toContain('AbortIncompleteMultipartUpload');
      }
    });

    it('goes over TLS 1.2 at least, or not at all', () => {
      for (const bucket of buckets) {
        const denied = policyOf(bucket).filter(
          ({ Effect, Principal }) => Effect === 'Deny' && plain(Principal) === '{"AWS":"*"}',
        );
        expect(denied.map(({ Condition }) => Condition)).toEqual(
          expect.arrayContaining([
            { Bool: { 'aws:SecureTransport': 'false' } },
            { NumericLessThan: { 's3:TlsVersion': 1.2 } },
          ]),
        );
      }
      for (const type of ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy']) {
        for (const policy of ofType(made, type)) {
          expect(resourceStatements(policy).map(({ Condition }) => Condition)).toContainEqual({
            Bool: { 'aws:SecureTransport': 'false' },
          });
        }
      }
    });

    it('is encrypted by our key and no other, where it is evidence or a frame', () => {
      for (const id of ['Frames', 'Evidence']) {
        const bucket = one(made, 'AWS::S3::Bucket', id);
        expect(bucket.properties.BucketEncryption).toMatchObject({
          ServerSideEncryptionConfiguration: [
            { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
          ],
        });
        const denied = policyOf(bucket).filter(({ Sid = '' }) => Sid.startsWith('DenyOtherEncryption'));
        expect(denied.flatMap(({ Condition }) => Object.keys(Condition.StringNotEquals ?? {}))).toEqual([
          's3:x-amz-server-side-encryption',
          's3:x-amz-server-side-encryption-aws-kms-key-id',
        ]);
        // Without the header the bucket's own encryption holds: only a header that is there can be wrong.
        for (const { Condition } of denied) expect(Object.values(Condition.Null ?? {})).toEqual(['false']);
      }
    });

    it('is locked from the start where it is evidence', () => {
      const { mode, days } = made.settings.evidenceLock;
      expect(one(made, 'AWS::S3::Bucket', 'Evidence').properties).toMatchObject({
        ObjectLockEnabled: true,
        ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: mode.toUpperCase(), Days: days } } },
      });
    });

    it('can be held, and is not locked, where it is a frame', () => {
      const { ObjectLockEnabled, ObjectLockConfiguration } = one(made, 'AWS::S3::Bucket', 'Frames').properties;
      expect(ObjectLockEnabled).toBe(true);
      expect(ObjectLockConfiguration).toBeUndefined();
    });

    it('cannot be deleted past a lock by anybody', () => {
      for (const id of ['Frames', 'Evidence']) {
        const bypass = policyOf(one(made, 'AWS::S3::Bucket', id)).filter(({ Sid }) => Sid === 'DenyBypassOfLocks');
        expect(bypass).toHaveLength(1);
        expect(bypass[0]).toMatchObject({ Effect: 'Deny', Action: ['s3:BypassGovernanceRetention'], Condition: {} });
      }
      const allowed = allResources(made).filter(({ properties }) =>
        JSON.stringify(properties).includes('BypassGovernanceRetention'),
      );
      expect(allowed.every(({ type }) => type === 'AWS::S3::BucketPolicy')).toBe(true);
    });

    it('is told of to the queue of arrivals when it is an upload, which goes after two days if nobody takes it in', () => {
      const { NotificationConfiguration, LifecycleConfiguration } = one(made, 'AWS::S3::Bucket', 'Frames').properties;
      expect(NotificationConfiguration).toEqual({
        QueueConfigurations: [
          {
            Event: 's3:ObjectCreated:*',
            Queue: { 'Fn::GetAtt': [one(made, 'AWS::SQS::Queue', 'ArrivalsQueue').id, 'Arn'] },
            Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'uploads/' }] } },
          },
        ],
      });
      expect(LifecycleConfiguration).toMatchObject({
        Rules: expect.arrayContaining([
          expect.objectContaining({ Prefix: 'uploads/', ExpirationInDays: 2, Status: 'Enabled' }),
        ]),
      });
      // Whatever else lies there, no rule of the bucket lets go: retention is the program's.
      const rules = JSON.stringify(LifecycleConfiguration).match(/"ExpirationInDays"/g);
      expect(rules).toHaveLength(1);
    });

    it('is in a table with the names of its adapter, restorable to any second, encrypted', () => {
      const table = one(made, 'AWS::DynamoDB::Table', 'Table');
      expect(table.properties).toMatchObject({
        KeySchema: [
          { AttributeName: ATTRIBUTES.partition, KeyType: 'HASH' },
          { AttributeName: ATTRIBUTES.sort, KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: INDEX_NAME,
            KeySchema: [
              { AttributeName: ATTRIBUTES.indexPartition, KeyType: 'HASH' },
              { AttributeName: ATTRIBUTES.indexSort, KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
        TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
        BillingMode: 'PAY_PER_REQUEST',
      });
    });

    it('stays when a stack is deleted, but for the stage that is there to be thrown away', () => {
      const kept = made.settings.stage === 'dev' ? 'Delete' : 'Retain';
      const table = one(made, 'AWS::DynamoDB::Table', 'Table');
      expect(table.properties.DeletionProtectionEnabled).toBe(kept === 'Retain');
      for (const { deletionPolicy } of [table, ...buckets]) expect(deletionPolicy).toBe(kept);
      // A key is never thrown away: what it encrypted or signed goes with it.
      for (const { deletionPolicy } of ofType(made, 'AWS::KMS::Key')) expect(deletionPolicy).toBe('Retain');
    });

    it('is signed by Ed25519, with as many keys as were asked for, and encrypted by one that turns', () => {
      const keys = ofType(made, 'AWS::KMS::Key').map(({ properties }) => properties);
      const signing = keys.filter(({ KeyUsage }) => KeyUsage === 'SIGN_VERIFY');
      expect(signing.map(({ KeySpec }) => KeySpec)).toEqual(
        Array.from({ length: made.settings.signingKeys }, () => 'ECC_NIST_EDWARDS25519'),
      );
      expect(keys.filter(({ KeyUsage }) => KeyUsage === undefined)).toMatchObject([{ EnableKeyRotation: true }]);
    });

    it('waits in queues that are encrypted, each with dead letters of its own that stay for 14 days', () => {
      for (const name of QUEUES) {
        const id = `${name[0]?.toUpperCase()}${name.slice(1)}`;
        const queue = one(made, 'AWS::SQS::Queue', `${id}Queue`);
        const deadLetters = one(made, 'AWS::SQS::Queue', `${id}DeadLetters`);
        expect(queue.properties).toMatchObject({
          KmsMasterKeyId: expect.anything(),
          RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [deadLetters.id, 'Arn'] }, maxReceiveCount: 5 },
        });
        expect(deadLetters.properties).toMatchObject({
          KmsMasterKeyId: expect.anything(),
          MessageRetentionPeriod: 14 * 86_400,
        });
        // Letters of another queue, or those of this one elsewhere: neither.
        const { RedriveAllowPolicy } = deadLetters.properties;
        expect(RedriveAllowPolicy).toMatchObject({ redrivePermission: 'byQueue' });
        expect(JSON.stringify(RedriveAllowPolicy)).toContain(`:kerbwatch-${made.settings.stage}-${name}"`);
      }
    });

    it('is in a topic and logs that are encrypted, and logs that end', () => {
      for (const { properties } of ofType(made, 'AWS::SNS::Topic')) expect(properties.KmsMasterKeyId).toBeDefined();
      const logs = ofType(made, 'AWS::Logs::LogGroup');
      expect(logs.length).toBeGreaterThan(18);
      for (const { properties } of logs) {
        expect(properties).toMatchObject({ RetentionInDays: made.settings.logDays, KmsKeyId: expect.anything() });
      }
    });

    it('lets services of AWS in for this account only', () => {
      const open = allResources(made)
        .flatMap(resourceStatements)
        .filter(({ Effect, Principal }) => Effect === 'Allow' && JSON.stringify(Principal).includes('"Service"'))
        .filter(
          ({ Condition }) => !/aws:SourceAccount|aws:SourceArn|kms:EncryptionContext/.test(JSON.stringify(Condition)),
        );
      expect(
        open.map((statement) => `${statement.of.id}: ${actionsOf(statement)} on ${resourcesOf(statement)}`),
      ).toEqual([]);
    });
  });
}
