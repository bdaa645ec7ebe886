/** The figures that alarms and the dashboard are made of. Names of the program's own: functions/platform/aws/emf.ts. */
import { Duration } from 'aws-cdk-lib';
import { Metric as CloudWatchMetric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { METRICS, type MetricKey, NAMESPACE, STAGE_DIMENSION } from '#platform/aws/emf.ts';
import type { Settings } from '../settings.ts';

export interface Window {
  readonly minutes?: number;
  readonly statistic?: string;
  readonly label?: string;
}

const common = ({ minutes = 5, statistic = Stats.SUM, label }: Window) => ({
  ...{ period: Duration.minutes(minutes), statistic },
  ...(label === undefined ? {} : { label }),
});

export const ownMetric = ({ stage }: Settings, key: MetricKey, window: Window = {}): CloudWatchMetric =>
  new CloudWatchMetric({
    ...{ namespace: NAMESPACE, metricName: METRICS[key].name, dimensionsMap: { [STAGE_DIMENSION]: stage } },
    ...common(window),
  });

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
export const lambdaMetric = (
  { functionName }: IFunction,
  metricName: 'Errors' | 'Throttles' | 'Invocations' | 'Duration',
  window: Window = {},
): CloudWatchMetric =>
  new CloudWatchMetric({
    ...{ namespace: 'AWS/Lambda', metricName, dimensionsMap: { FunctionName: functionName } },
    ...common(window),
  });

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
export const queueMetric = (
  { queueName }: IQueue,
  metricName: 'ApproximateNumberOfMessagesVisible' | 'ApproximateAgeOfOldestMessage' | 'NumberOfMessagesSent',
  window: Window = {},
): CloudWatchMetric =>
  new CloudWatchMetric({
    ...{ namespace: 'AWS/SQS', metricName, dimensionsMap: { QueueName: queueName } },
    ...common({ statistic: Stats.MAXIMUM, ...window }),
  });

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html */
export const tableMetric = (
  tableName: string,
  metricName: 'ConsumedReadCapacityUnits' | 'ConsumedWriteCapacityUnits' | 'ReadThrottleEvents' | 'WriteThrottleEvents',
  window: Window = {},
): CloudWatchMetric =>
  new CloudWatchMetric({
    ...{ namespace: 'AWS/DynamoDB', metricName, dimensionsMap: { TableName: tableName } },
    ...common(window),
  });

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
export const apiMetric = (
  apiId: string,
  metricName: '5xx' | '4xx' | 'Count' | 'Latency',
  window: Window = {},
): CloudWatchMetric =>
  new CloudWatchMetric({
    ...{ namespace: 'AWS/ApiGateway', metricName, dimensionsMap: { ApiId: apiId } },
    ...common(window),
  });
