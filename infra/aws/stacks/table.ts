/** The one table; its names are the adapter's (functions/platform/aws/dynamo-schema.ts). */
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { ATTRIBUTES, INDEX_NAME, TTL_ATTRIBUTE } from '#platform/aws/dynamo-schema.ts';
import { isDisposable, type Settings } from '../settings.ts';

const text = (name: string) => ({ name, type: AttributeType.STRING });

export function tableOf(scope: Construct, settings: Settings, key: IKey): Table {
  const table = new Table(scope, 'Table', {
    partitionKey: text(ATTRIBUTES.partition),
    sortKey: text(ATTRIBUTES.sort),
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: TTL_ATTRIBUTE,
    encryption: TableEncryption.CUSTOMER_MANAGED,
    encryptionKey: key,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
    // Whoever listens reads what it is told of: no plate travels in the stream itself.
    stream: StreamViewType.KEYS_ONLY,
    deletionProtection: !isDisposable(settings),
    removalPolicy: isDisposable(settings) ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
  });
  table.addGlobalSecondaryIndex({
    indexName: INDEX_NAME,
    partitionKey: text(ATTRIBUTES.indexPartition),
    sortKey: text(ATTRIBUTES.indexSort),
    projectionType: ProjectionType.ALL,
  });
  return table;
}
