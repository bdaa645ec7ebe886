/**
 * A stand-in for S3's event notifications: an object that was put is told to the queue that the bucket's configuration names.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { ServiceCall } from './service-proxy.ts';

export interface NotificationRule {
  readonly bucket: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly queueUrl: string;
}

export interface S3Notifications {
  /** Told of every call that was answered. */
  answered(call: ServiceCall, status: number): Promise<void>;
  /** Loses the word of these keys; `false` for none. */
  lose(keys: ((key: string) => boolean) | false): void;
  /** Keys that were told of, and those that were lost. */
  readonly told: readonly string[];
  readonly lost: readonly string[];
}

/** Queries that make a PUT something else than a new object. */
const OTHER_PUT = /[?&](legal-hold|retention|tagging|acl|uploadId|partNumber|versioning|object-lock|lifecycle)\b/;

export function s3Notifications(rules: readonly NotificationRule[], sqs: SQSClient, region: string): S3Notifications {
  const told: string[] = [];
  const lost: string[] = [];
  let isLost: (key: string) => boolean = () => false;
  return {
    told,
    lost,
    lose(keys) {
      isLost = keys === false ? () => false : keys;
    },
    async answered({ service, method, path, body }, status) {
      if (service !== 's3' || method !== 'PUT' || status !== 200 || OTHER_PUT.test(path)) return;
      const [, bucket = '', ...rest] = new URL(path, 'http://unused').pathname.split('/');
      if (rest.length === 0) return;
      const key = decodeURIComponent(rest.join('/'));
      for (const rule of rules) {
        if (rule.bucket !== bucket || !key.startsWith(rule.prefix) || !key.endsWith(rule.suffix)) continue;
        if (isLost(key)) {
          lost.push(key);
          continue;
        }
        told.push(key);
        const message = notificationOf({ bucket, key, bytes: body.length, region });
        await sqs.send(new SendMessageCommand({ QueueUrl: rule.queueUrl, MessageBody: JSON.stringify(message) }));
      }
    },
  };
}

function notificationOf({
  bucket,
  key,
  bytes,
  region,
}: {
  bucket: string;
  key: string;
  bytes: number;
  region: string;
}) {
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: region,
        eventTime: new Date().toISOString(),
        eventName: 'ObjectCreated:Put',
        userIdentity: { principalId: 'AWS:TEST' },
        requestParameters: { sourceIPAddress: '127.0.0.1' },
        responseElements: { 'x-amz-request-id': 'TEST', 'x-amz-id-2': 'TEST' },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'test',
          bucket: { name: bucket, ownerIdentity: { principalId: 'TEST' }, arn: `arn:aws:s3:::${bucket}` },
          // Encoded as in a form.
          object: {
            key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'),
            size: bytes,
            sequencer: '0',
          },
        },
      },
    ],
  };
}
