/**
 * 每百万帧成本: what a million frames cost, estimated from what was used, while it is used. The list prices below are of us-east-1 in
 * US dollars (https://aws.amazon.com/lambda/pricing/, https://aws.amazon.com/dynamodb/pricing/on-demand/,
 * https://aws.amazon.com/sqs/pricing/); another region's differ by tenths, and those of China are others altogether. Left out:
 * storage, transfer, keys, CloudFront, alarms, which do not grow with the frame that comes in now (docs/operations.md has them).
 */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
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
  const terms: string[] = [];
  for (const [index, [name, made]] of [...pipeline.functions, ...api.functions].entries()) {
    used[`ms${index}`] = lambdaMetric(made, 'Duration', { minutes });
    used[`calls${index}`] = lambdaMetric(made, 'Invocations', { minutes });
    const perMs = (lambdaSpec(name).memoryMb / 1024 / 1000) * PRICES.lambdaGbSecond[settings.arch];
    terms.push(`FILL(ms${index}, 0) * ${perMs.toExponential(6)}`, `FILL(calls${index}, 0) * ${PRICES.lambdaRequest}`);
  }
  for (const [index, name] of QUEUES.entries()) {
    used[`sent${index}`] = queueMetric(storage.queues[name].queue, 'NumberOfMessagesSent', {
      minutes,
      statistic: 'Sum',
    });
    terms.push(`FILL(sent${index}, 0) * ${3 * PRICES.queueRequest}`);
  }
  used.written = tableMetric(storage.table.tableName, 'ConsumedWriteCapacityUnits', { minutes });
  used.read = tableMetric(storage.table.tableName, 'ConsumedReadCapacityUnits', { minutes });
  terms.push(`FILL(written, 0) * ${PRICES.tableWrite}`, `FILL(read, 0) * ${PRICES.tableRead}`);
  return new MathExpression({
    expression: `IF(frames > 0, 1000000 * (${terms.join(' + ')}) / frames)`,
    usingMetrics: used,
    period: Duration.minutes(minutes),
    label: 'US$ a million frames',
  });
}
