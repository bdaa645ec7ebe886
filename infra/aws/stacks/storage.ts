/** What is kept and what waits: buckets, the table, keys, the secret, queues. Everything else can be made anew around it. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { isDisposable, type Settings } from '../settings.ts';
import { type Buckets, bucketsOf, tellOfUploads } from './buckets.ts';
import { dataKeyOf, signingKeysOf } from './keys.ts';
import { letStorageTell, type Queues, queuesOf } from './queues.ts';
import { stackProps } from './stack.ts';
import { tableOf } from './table.ts';

export interface Storage {
  readonly stack: Stack;
  readonly dataKey: Key;
  /** Oldest first. */
  readonly signingKeys: readonly Key[];
  readonly buckets: Buckets;
  readonly table: Table;
  readonly queues: Queues;
  /** `{noticeUrl?, noticeSecret?, tsaUrl?, tsaCa?}`. */
  readonly settingsSecret: CfnSecret;
}

export function storageStack(scope: Construct, settings: Settings): Storage {
  const stack = new Stack(scope, 'Storage', stackProps(settings, 'storage', 'what is kept and what waits'));
  const dataKey = dataKeyOf(stack, settings);
  const signingKeys = signingKeysOf(stack, settings);
  const queues = queuesOf(stack, settings, dataKey);
  letStorageTell(queues.arrivals);
  const buckets = bucketsOf(stack, settings, dataKey);
  tellOfUploads(buckets.frames, queues.arrivals.queue);
  // Not the construct of the CDK: it writes `amazonaws.com` into the policy of the key, in China too.
  const settingsSecret = new CfnSecret(stack, 'Settings', {
    name: `kerbwatch/${settings.stage}/settings`,
    description: 'JSON {noticeUrl?, noticeSecret?, tsaUrl?, tsaCa?}: the message gateway and the time-stamp authority',
    kmsKeyId: dataKey.keyArn,
    // An operator writes it once; nothing here changes it again.
    secretString: '{}',
  });
  settingsSecret.applyRemovalPolicy(isDisposable(settings) ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN);
  acknowledge(settingsSecret, {
    'AwsSolutions-SMG4':
      'Addresses, and a secret that the message gateway of the city gave: who runs that gateway changes it, docs/operations.md says how.',
  });
  return { stack, dataKey, signingKeys, buckets, table: tableOf(stack, settings, dataKey), queues, settingsSecret };
}

/** Where signed links to pictures and packages lead. */
export const storageOrigins = ({ buckets: { frames, evidence } }: Pick<Storage, 'buckets'>): readonly string[] =>
  [frames, evidence].map(({ bucketRegionalDomainName }) => `https://${bucketRegionalDomainName}`);
