/**
 * 每百万帧成本: what a million frames cost, estimated from what was used, while it is used. The list prices below are of us-east-1 in
 * US dollars (https://aws.amazon.com/lambda/pricing/, https://aws.amazon.com/dynamodb/pricing/on-demand/,
 * https://aws.amazon.com/sqs/pricing/); another region's differ by tenths, and those of China are others altogether. Left out:
 * storage, transfer, keys, CloudFront, alarms, which do not grow with the frame that comes in now (docs/operations.md has them).
 */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { lambdaSpec, QUEUES } from '../lambdas.ts';
import { lambdaMetric, ownMetric, queueMetric, tableMetric } from './metrics.ts';
import type { Watched } from './monitoring.ts';

export const PRICES = {
  lambdaGbSecond: { arm64: 0.0000133334, x86_64: 0.0000166667 },
  lambdaRequest: 0.2e-6,
  tableWrite: 0.625e-6,
  tableRead: 0.125e-6,
  /** Of which a message takes three at least: it is sent, received, deleted. */
  queueRequest: 0.4e-6,
} as const;

const PERIOD_MINUTES = 60;

export function costPerMillion({ settings, storage, pipeline, api }: Watched): MathExpression {
  const minutes = PERIOD_MINUTES;
  const used: Record<string, IMetric> = { frames: ownMetric(settings, 'framesInspected', { minutes }) };
  /** Ids of what is counted, by what one of it costs. */
  const counted = new Map<number, string[]>();
  const count = (id: string, price: number, metric: IMetric) => {
    used[id] = metric;
    counted.set(price, [...(counted.get(price) ?? []), id]);
  };
  for (const [index, [name, made]] of [...pipeline.functions, ...api.functions].entries()) {
    const perMs = (lambdaSpec(name).memoryMb / 1024 / 1000) * PRICES.lambdaGbSecond[settings.arch];
    count(`ms${index}`, perMs, lambdaMetric(made, 'Duration', { minutes }));
    count(`calls${index}`, PRICES.lambdaRequest, lambdaMetric(made, 'Invocations', { minutes }));
  }
  for (const [index, name] of QUEUES.entries()) {
    const { queue } = storage.queues[name];
    const sent = queueMetric(queue, 'NumberOfMessagesSent', { minutes, statistic: Stats.SUM });
    count(`sent${index}`, 3 * PRICES.queueRequest, sent);
  }
  const { tableName } = storage.table;
  count('written', PRICES.tableWrite, tableMetric(tableName, 'ConsumedWriteCapacityUnits', { minutes }));
  count('read', PRICES.tableRead, tableMetric(tableName, 'ConsumedReadCapacityUnits', { minutes }));
  // Of a million, so that no price needs an exponent, which metric math does not know.
  const terms = [...counted].map(([price, ids]) => `${(price * 1e6).toFixed(9)} * SUM(FILL([${ids.join(',')}], 0))`);
  return new MathExpression({
    expression: `IF(frames > 0, (${terms.join(' + ')}) / frames)`,
    usingMetrics: used,
    period: Duration.minutes(minutes),
    label: 'US$ a million frames',
  });
}
