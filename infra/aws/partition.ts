/**
 * 分区: what AWS offers depends on the partition a region lies in. What is not known of a partition is not assumed.
 *
 * `aws-cn` is operated apart (https://docs.amazonaws.cn/en_us/aws/latest/userguide/): no Cognito user pools, no Rekognition, no
 * X-Ray for Lambda (…/lambda.html), and its CloudFront is a service of its own without origin access control in CloudFormation.
 * The resource types left are those that cfn-lint's schemas of cn-north-1 have: tests/infra/lint.ts.
 */
import { RegionInfo } from 'aws-cdk-lib/region-info';

export const FEATURES = ['cognito', 'cloudfront', 'rekognition', 'xray', 'arm64'] as const;
export type Feature = (typeof FEATURES)[number];

/** `unknown`: no page of AWS that we read says so; an operator who knows better says it by context. */
export type Availability = 'there' | 'absent' | 'unknown';

const PARTITIONS = {
  aws: { cognito: 'there', cloudfront: 'there', rekognition: 'there', xray: 'there', arm64: 'there' },
  'aws-cn': { cognito: 'absent', cloudfront: 'absent', rekognition: 'absent', xray: 'absent', arm64: 'unknown' },
  // https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/: CloudFront only in front, from a standard account.
  'aws-us-gov': { cognito: 'there', cloudfront: 'absent', rekognition: 'there', xray: 'there', arm64: 'unknown' },
} as const satisfies Readonly<Record<string, Readonly<Record<Feature, Availability>>>>;
export type Partition = keyof typeof PARTITIONS;

export const PARTITION_NAMES = Object.keys(PARTITIONS).filter((name): name is Partition => name in PARTITIONS);

/** Undefined for a region that this release of the CDK does not know, or one in a partition that nobody looked at. */
export function partitionOf(region: string): Partition | undefined {
  const known = RegionInfo.regions.find(({ name }) => name === region);
  return PARTITION_NAMES.find((name) => name === known?.partition);
}

export const offers = (partition: Partition, feature: Feature): Availability => PARTITIONS[partition][feature];
