/** 页面: the site in a private bucket behind CloudFront, and the API behind the same origin, so that its cookies stay at home. */
import { CfnOutput, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  CachePolicy,
  CfnDistribution,
  CfnOriginAccessControl,
  CfnResponseHeadersPolicy,
  OriginRequestPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { pagePolicy, VERIFIER_POLICY } from '../../console/page-policy.ts';
import { acknowledge } from '../acknowledge.ts';
import { HTTP_LAMBDA_NAMES, routesOf } from '../routes.ts';
import { isDisposable, type Settings } from '../settings.ts';
import { logAccess, PRIVATE } from './buckets.ts';
import type { HttpApi } from './http-api.ts';
import { uploadSite } from './site-upload.ts';
import { type Storage, storageOrigins } from './storage.ts';

export interface ConsoleOptions {
  readonly settings: Settings;
  readonly storage: Storage;
  readonly api: HttpApi;
  /** Folder with the files of the site. */
  readonly site: string;
}

/** @returns where browsers find it */
export function consoleOf(scope: Construct, { settings, storage, api, site }: ConsoleOptions): string {
  const bucket = new Bucket(scope, 'Site', {
    ...PRIVATE,
    encryption: BucketEncryption.S3_MANAGED,
    versioned: true,
    removalPolicy: isDisposable(settings) ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    lifecycleRules: [
      { noncurrentVersionExpiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(1) },
    ],
  });
  logAccess(bucket, storage.buckets.accessLogs, 'site/');
  const logs = logBucketOf(scope, settings, storage);
  const origins = storageOrigins(storage);
  const pages = headersOf(scope, settings, 'Pages', pagePolicy(origins));
  const verifier = headersOf(scope, settings, 'Verifier', VERIFIER_POLICY);
  const offline = headersOf(
    scope,
    settings,
    'OfflineVerifier',
    VERIFIER_POLICY,
    'attachment; filename="kerbwatch-verify.html"',
  );
  const answers = headersOf(scope, settings, 'Answers');
  const access = new CfnOriginAccessControl(scope, 'SiteAccess', {
    originAccessControlConfig: {
      name: `kerbwatch-${settings.stage}-${settings.region}-site`,
      originAccessControlOriginType: 's3',
      signingBehavior: 'always',
      signingProtocol: 'sigv4',
    },
  });
  const read = {
    ...{ targetOriginId: 'site', viewerProtocolPolicy: 'redirect-to-https', compress: true },
    cachePolicyId: CachePolicy.CACHING_OPTIMIZED.cachePolicyId,
  };
  const ask = {
    ...{ targetOriginId: 'api', viewerProtocolPolicy: 'https-only', compress: true },
    allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
    cachePolicyId: CachePolicy.CACHING_DISABLED.cachePolicyId,
    // The API knows itself by its own host only.
    originRequestPolicyId: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER.originRequestPolicyId,
    responseHeadersPolicyId: answers,
  };
  const host = settings.origin === undefined ? undefined : new URL(settings.origin).host;
  const distribution = new CfnDistribution(scope, 'Distribution', {
    distributionConfig: {
      enabled: true,
      comment: `Kerbwatch ${settings.stage}`,
      defaultRootObject: 'index.html',
      httpVersion: 'http2and3',
      ipv6Enabled: true,
      origins: [
        {
          id: 'site',
          domainName: bucket.bucketRegionalDomainName,
          originAccessControlId: access.attrId,
          // Told apart by the access control above; CloudFront wants the member all the same.
          s3OriginConfig: { originAccessIdentity: '' },
        },
        {
          id: 'api',
          domainName: Fn.select(2, Fn.split('/', api.endpoint)),
          customOriginConfig: {
            originProtocolPolicy: 'https-only',
            originSslProtocols: ['TLSv1.2'],
            originReadTimeout: 30,
          },
        },
      ],
      defaultCacheBehavior: { ...read, responseHeadersPolicyId: pages },
      cacheBehaviors: [
        { ...read, pathPattern: '/verify-offline.html', responseHeadersPolicyId: offline },
        { ...read, pathPattern: '/verify*', responseHeadersPolicyId: verifier },
        ...apiPatterns().map((pathPattern) => ({ ...ask, pathPattern })),
      ],
      logging: { bucket: logs.bucketRegionalDomainName, includeCookies: false, prefix: 'console/' },
      ...(settings.webAcl === undefined ? {} : { webAclId: settings.webAcl }),
      ...(settings.certificate === undefined || host === undefined
        ? {}
        : {
            aliases: [host],
            viewerCertificate: {
              acmCertificateArn: settings.certificate,
              minimumProtocolVersion: 'TLSv1.2_2021',
              sslSupportMethod: 'sni-only',
            },
          }),
    },
  });
  letRead(bucket, distribution);
  uploadSite(scope, { settings, storage, bucket, site });
  acknowledge(distribution, {
    'AwsSolutions-CFR1':
      'Officers on duty elsewhere and parties in other provinces look too; who may see what, the API decides.',
    'AwsSolutions-CFR2': 'A web ACL costs and belongs to who runs the account: -c webAcl=<arn> puts it here.',
    ...(settings.certificate === undefined
      ? {
          'AwsSolutions-CFR4':
            'With the certificate of cloudfront.net nobody can set the oldest TLS; -c origin and -c certificate set it to 1.2.',
        }
      : {}),
  });
  new CfnOutput(scope, 'ConsoleAddress', { value: `https://${distribution.attrDomainName}` });
  return settings.origin ?? `https://${distribution.attrDomainName}`;
}

/** All that the API answers and the site does not: `/v1/*`, `/healthz`, … */
export function apiPatterns(): string[] {
  const paths = HTTP_LAMBDA_NAMES.flatMap((name) => routesOf(name).map(({ path }) => path));
  return [
    ...new Set(paths.map((path) => (path.startsWith('/v1/') ? '/v1/*' : path.replaceAll(/\{\w+\+?\}/g, '*')))),
  ].sort();
}

/** CloudFront writes them by ACL, and whole: addresses with their query. No route of ours takes a name or a plate there. */
function logBucketOf(scope: Construct, settings: Settings, { buckets: { accessLogs } }: Storage): Bucket {
  const bucket = new Bucket(scope, 'ConsoleLogs', {
    ...PRIVATE,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
    encryption: BucketEncryption.S3_MANAGED,
    versioned: true,
    removalPolicy: isDisposable(settings) ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    lifecycleRules: [
      {
        expiration: Duration.days(settings.logDays),
        noncurrentVersionExpiration: Duration.days(1),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
  });
  logAccess(bucket, accessLogs, 'console-logs/');
  return bucket;
}

function headersOf(
  scope: Construct,
  { stage, region }: Settings,
  id: string,
  policy?: string,
  disposition?: string,
): string {
  return new CfnResponseHeadersPolicy(scope, `${id}Headers`, {
    responseHeadersPolicyConfig: {
      name: `kerbwatch-${stage}-${region}-${id}`,
      securityHeadersConfig: {
        ...(policy === undefined ? {} : { contentSecurityPolicy: { contentSecurityPolicy: policy, override: true } }),
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: 'DENY', override: true },
        referrerPolicy: { referrerPolicy: 'no-referrer', override: true },
        strictTransportSecurity: { accessControlMaxAgeSec: 63_072_000, includeSubdomains: true, override: true },
      },
      ...(disposition === undefined
        ? {}
        : { customHeadersConfig: { items: [{ header: 'Content-Disposition', value: disposition, override: true }] } }),
    },
  }).attrId;
}

/** Of all of CloudFront this distribution only: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html */
function letRead(bucket: Bucket, distribution: CfnDistribution): void {
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'ReadByDistribution',
      principals: [new ServicePrincipal('cloudfront.amazonaws.com')],
      actions: ['s3:GetObject'],
      resources: [bucket.arnForObjects('*')],
      conditions: {
        StringEquals: {
          'aws:SourceArn': Stack.of(bucket).formatArn({
            ...{ service: 'cloudfront', region: '', resource: 'distribution', resourceName: distribution.ref },
          }),
        },
      },
    }),
  );
}
