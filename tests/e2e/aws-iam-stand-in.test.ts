/** The stand-in for IAM: it has to refuse, or the tests of the bundles prove nothing about their rights. */
import { describe, expect, it } from 'vitest';
import { actsOf } from '../aws/iam-acts.ts';
import { isAllowed, isLike, type Statement } from '../aws/iam-policy.ts';
import type { Service, ServiceCall } from '../aws/service-proxy.ts';

const TABLE = 'arn:aws:dynamodb:r:a:table/T';
const allow = (actions: string[], resources: string[], conditions: Statement['conditions'] = []): Statement => ({
  ...{ effect: 'Allow', actions, resources, conditions },
});
const OWN_PARTITIONS: Statement['conditions'] = [
  { operator: 'ForAllValues:StringLike', key: 'dynamodb:LeadingKeys', values: ['frame/*'] },
  { operator: 'Null', key: 'dynamodb:LeadingKeys', values: ['false'] },
];
const put = (key?: string) => ({
  ...{ action: 'dynamodb:PutItem', resource: TABLE },
  context: key === undefined ? {} : { 'dynamodb:LeadingKeys': [key] },
});

describe('a role', () => {
  it.each([
    ['what is named', [allow(['dynamodb:PutItem'], [TABLE])], true],
    ['what a pattern covers', [allow(['dynamodb:Put*'], ['arn:aws:dynamodb:*'])], true],
    ['no other action', [allow(['dynamodb:GetItem'], [TABLE])], false],
    ['no other resource', [allow(['dynamodb:PutItem'], [`${TABLE}2`])], false],
    ['nothing without a word', [], false],
    ['nothing that is denied', [allow(['*'], ['*']), { ...allow(['*'], ['*']), effect: 'Deny' as const }], false],
  ])('allows %s', (_, statements, expected) => {
    expect(isAllowed(statements, put('frame/1'))).toBe(expected);
  });

  it('bound to partitions allows those and no call that names none', () => {
    const bound = [allow(['dynamodb:PutItem'], [TABLE], OWN_PARTITIONS)];
    expect(isAllowed(bound, put('frame/1'))).toBe(true);
    expect(isAllowed(bound, put('incident/1'))).toBe(false);
    expect(isAllowed(bound, put())).toBe(false);
  });

  it('matches patterns as IAM does: no sign of an expression means anything but * and ?', () => {
    expect(isLike('a.b/c', 'a.b/*')).toBe(true);
    expect(isLike('axb/c', 'a.b/*')).toBe(false);
    expect(isLike('ab', 'a?')).toBe(true);
  });
});

describe('a call asks for', () => {
  const names = { arnOf: (name: string) => `arn:${name}`, partitionAttribute: 'pk' };
  const acts = (service: Service, target: string, body: unknown) => {
    const headers = { 'x-amz-target': `X.${target}` };
    const call: ServiceCall = { service, method: 'POST', path: '/', headers, body: Buffer.from(JSON.stringify(body)) };
    return actsOf(call, names).map(({ action, resource, context }) => [
      action,
      resource,
      Object.values(context).flat(),
    ]);
  };
  const s3 = (method: string, path: string, headers = {}) =>
    actsOf({ service: 's3', method, path, headers, body: Buffer.of() }, names).map(({ action, resource }) => [
      ...[action, resource],
    ]);

  it('every part of a transaction', () => {
    const TransactItems = [
      { Put: { TableName: 'T', Item: { pk: { S: 'frame/1' } } } },
      { ConditionCheck: { TableName: 'T', Key: { pk: { S: 'camera/1' } } } },
    ];
    expect(acts('dynamodb', 'TransactWriteItems', { TransactItems })).toEqual([
      ['dynamodb:PutItem', 'arn:T', ['frame/1']],
      ['dynamodb:ConditionCheckItem', 'arn:T', ['camera/1']],
    ]);
  });

  it('an index by its own name', () => {
    expect(acts('dynamodb', 'Query', { TableName: 'T', IndexName: 'I' })).toEqual([
      ['dynamodb:Query', 'arn:T/index/I', []],
    ]);
  });

  it('a queue by its address, several messages as one', () => {
    expect(acts('sqs', 'SendMessageBatch', { QueueUrl: 'Q' })).toEqual([['sqs:SendMessage', 'arn:Q', []]]);
  });

  it('objects, their versions, holds and what lies in a bucket', () => {
    expect(s3('GET', '/b/a%20b?x-id=GetObject')).toEqual([['s3:GetObject', 'arn:aws:s3:::b/a b']]);
    expect(s3('PUT', '/b/k?legal-hold')).toEqual([['s3:PutObjectLegalHold', 'arn:aws:s3:::b/k']]);
    expect(s3('PUT', '/b/k', { 'x-amz-object-lock-mode': 'GOVERNANCE' }).map(([action]) => action)).toEqual([
      ...['s3:PutObject', 's3:PutObjectRetention'],
    ]);
    expect(s3('DELETE', '/b/k?versionId=1')).toEqual([['s3:DeleteObjectVersion', 'arn:aws:s3:::b/k']]);
    expect(s3('GET', '/b?versions&prefix=k')).toEqual([['s3:ListBucketVersions', 'arn:aws:s3:::b']]);
  });
});
