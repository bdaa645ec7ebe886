/** Puts the files of the site into their bucket when they change. The CDK's own function does it, with rights that we wrote. */
import { Aws, DefaultStackSynthesizer } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import type { Construct } from 'constructs';
import { logRights } from '../rights.ts';
import type { Settings } from '../settings.ts';
import { logOf } from './function.ts';
import type { Storage } from './storage.ts';

export function uploadSite(
  scope: Construct,
  { settings, storage, bucket, site }: { settings: Settings; storage: Storage; bucket: Bucket; site: string },
): void {
  const logGroupName = `/kerbwatch/${settings.stage}/site-upload`;
  const logGroup = logOf(scope, 'SiteUploadLog', logGroupName, { settings, storage });
  const assets = `arn:${Aws.PARTITION}:s3:::cdk-${DefaultStackSynthesizer.DEFAULT_QUALIFIER}-assets-${Aws.ACCOUNT_ID}-${settings.region}`;
  const role = new Role(scope, 'SiteUploadRole', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `Kerbwatch ${settings.stage}: puts the files of the site into their bucket`,
    inlinePolicies: {
      upload: new PolicyDocument({
        statements: [
          logRights(logGroupName, settings.region),
          new PolicyStatement({ sid: 'Take', actions: ['s3:GetObject'], resources: [`${assets}/*`] }),
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
}
