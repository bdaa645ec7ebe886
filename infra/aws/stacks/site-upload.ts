/** Puts the files of the site into their bucket when they change. The CDK's own function does it, with rights that we wrote. */
import { Aws, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { logRights } from '../rights.ts';
import type { Settings } from '../settings.ts';
import { resourceOf } from './buckets.ts';
import { logOf } from './function.ts';
import type { Storage } from './storage.ts';

export function uploadSite(
  scope: Construct,
  { settings, storage, bucket, site }: { settings: Settings; storage: Storage; bucket: Bucket; site: string },
): void {
  const logGroupName = `/kerbwatch/${settings.stage}/site-upload`;
  const logGroup = logOf(scope, 'SiteUploadLog', logGroupName, { settings, storage });
  const assetsName = `cdk-${DefaultStackSynthesizer.DEFAULT_QUALIFIER}-assets-${Aws.ACCOUNT_ID}-${settings.region}`;
  const role = new Role(scope, 'SiteUploadRole', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `Kerbwatch ${settings.stage}: puts the files of the site into their bucket`,
    inlinePolicies: {
      upload: new PolicyDocument({
        statements: [
          logRights(logGroupName, settings.region),
          new PolicyStatement({
            sid: 'Take',
            actions: ['s3:GetObject'],
            resources: [`arn:${Aws.PARTITION}:s3:::${assetsName}/*`],
          }),
          new PolicyStatement({ sid: 'Compare', actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }),
          new PolicyStatement({
            sid: 'Put',
            actions: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
            resources: [bucket.arnForObjects('*')],
          }),
        ],
      }),
    },
  });
  acknowledge(role, {
    [`AwsSolutions-IAM5[Resource::<${Stack.of(bucket).getLogicalId(resourceOf(bucket))}.Arn>/*]`]:
      'All objects of the bucket of the site are files of the site, and are put by nobody else.',
    [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${assetsName.replace(Aws.ACCOUNT_ID, '<AWS::AccountId>')}/*]`]:
      'The CDK names the object with the files by their hash, in the bucket that bootstrapping made for it.',
    [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:${settings.region}:<AWS::AccountId>:log-group:${logGroupName}:*]`]:
      'Streams of the log group of this function; Lambda names them.',
  });
  new BucketDeployment(scope, 'SiteUpload', {
    sources: [Source.asset(site)],
    destinationBucket: Bucket.fromBucketName(scope, 'SiteByName', bucket.bucketName),
    cacheControl: [CacheControl.noCache()],
    // Nobody adds to these rights, the construct's own `s3:GetObject*` and `s3:List*` included.
    role: role.withoutPolicyUpdates(),
    logGroup,
    memoryLimit: 256,
    retainOnDelete: true,
  });
  for (const made of Stack.of(scope).node.children.filter(({ node }) =>
    node.id.startsWith('Custom::CDKBucketDeployment'),
  )) {
    acknowledge(made, {
      'AwsSolutions-L1': 'The CDK chooses the runtime of its own function, and renews it with its releases.',
    });
  }
}
