/** 告警: what an operator is woken up for, and no more. Each says what to do: docs/operations.md has a line for every one. */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { QUEUES, type QueueName } from '../lambdas.ts';
import { idOf } from './function.ts';
import { apiMetric, lambdaMetric, ownMetric, queueMetric, tableMetric } from './metrics.ts';
import type { Watched } from './monitoring.ts';

interface Watch {
  readonly id: string;
  /** What is wrong when it rings. */
  readonly says: string;
  readonly metric: IMetric;
  /** Rings at this or more; `below`: at less. */
  readonly from: number;
  readonly below?: true;
  /** How many periods in a row. */
  readonly periods?: number;
  /** Silence rings too. */
  readonly silenceRings?: true;
}

/** Minutes a message may wait before somebody looks: what stands behind it is late by so much. */
const OLDEST_MINUTES: Readonly<Record<QueueName, number>> = {
  ...{ arrivals: 15, inspect: 30, correlate: 30 },
  // Both are sent on with a delay; a withdrawal works for a quarter of an hour at a time.
  ...{ seal: 60, copy: 60, withdraw: 120 },
};

function watches({ settings, storage, pipeline, api, httpApi }: Watched): Watch[] {
  const functions = [...pipeline.functions, ...api.functions];
  const own = (key: Parameters<typeof ownMetric>[1], statistic: string = Stats.MAXIMUM, minutes = 5) =>
    ownMetric(settings, key, { statistic, minutes });
  return [
    ...QUEUES.flatMap((name): Watch[] => [
      {
        id: `DeadLetters-${name}`,
        says: `Messages of ${name} that nobody could work off: look at them, then replay or let go`,
        ...{ metric: queueMetric(storage.queues[name].deadLetters, 'ApproximateNumberOfMessagesVisible'), from: 1 },
      },
      {
        id: `Oldest-${name}`,
        says: `A message of ${name} has waited for ${OLDEST_MINUTES[name]} minutes`,
        metric: queueMetric(storage.queues[name].queue, 'ApproximateAgeOfOldestMessage'),
        ...{ from: 60 * OLDEST_MINUTES[name], periods: 2 },
      },
    ]),
    {
      id: 'LostTicks',
      says: 'The clock could not start a function',
      ...{ metric: queueMetric(pipeline.lostTicks, 'ApproximateNumberOfMessagesVisible'), from: 1 },
    },
    {
      id: 'ClockStands',
      says: 'tend has not ended a round for 10 minutes: leases, deadlines, notices and retention stand still',
      ...{ metric: own('tended', Stats.SUM, 10), from: 1, below: true, silenceRings: true },
    },
    { id: 'ClockLeapt', says: 'Nothing is destroyed because the clock leapt', metric: own('clockLeapt'), from: 1 },
    {
      id: 'ReviewsOverdue',
      says: 'Items in the queue are past their legal deadline',
      metric: own('reviewsOverdue'),
      from: 1,
    },
    { id: 'CamerasSilent', says: 'Cameras have fallen silent', metric: own('camerasSilent'), from: 1, periods: 3 },
    {
      id: 'NoticesUnsent',
      says: 'A notice that is due has not gone out for an hour',
      ...{ metric: own('noticesUnsentSeconds'), from: 3600 },
    },
    {
      id: 'WithdrawalNoticesUnsent',
      says: 'Somebody who was reminded has not been told that it was taken back',
      ...{ metric: own('withdrawalNoticesUnsent', Stats.MINIMUM, 60), from: 1 },
    },
    ...functions.flatMap(([name, made]): Watch[] => [
      {
        id: `Errors-${idOf(name)}`,
        says: `${name} fails for more than one call in twenty`,
        metric: new MathExpression({
          expression: 'IF(invocations > 0, 100 * errors / invocations, 0)',
          usingMetrics: { errors: lambdaMetric(made, 'Errors'), invocations: lambdaMetric(made, 'Invocations') },
          ...{ period: Duration.minutes(5), label: '% failed' },
        }),
        ...{ from: 5, periods: 3 },
      },
      // The clock alone is throttled on purpose: a round that is due while one goes on is dropped.
      ...(name === 'tend'
        ? []
        : [
            {
              id: `Throttles-${idOf(name)}`,
              says: `${name} is throttled`,
              metric: lambdaMetric(made, 'Throttles'),
              from: 1,
              periods: 3,
            },
          ]),
    ]),
    { id: 'Api5xx', says: 'The API answers with 5xx', metric: apiMetric(httpApi.apiId, '5xx'), from: 5, periods: 2 },
    ...(['ReadThrottleEvents', 'WriteThrottleEvents'] as const).map((metricName) => ({
      id: `Table${metricName}`,
      says: 'The table is throttled: a partition is hot, or the account is at its limit',
      ...{ metric: tableMetric(storage.table.tableName, metricName), from: 1, periods: 2 },
    })),
  ];
}

export function alarmsOf(scope: Construct, watched: Watched, topic: ITopic): Alarm[] {
  const { stage } = watched.settings;
  return watches(watched).map(({ id, says, metric, from, below, periods = 1, silenceRings }) => {
    const alarm = new Alarm(scope, `Alarm-${id}`, {
      alarmName: `kerbwatch-${stage}-${id}`,
      alarmDescription: says,
      ...{ metric, threshold: from, evaluationPeriods: periods },
      comparisonOperator:
        below === true ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: silenceRings === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    const action = new SnsAction(topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  });
}
