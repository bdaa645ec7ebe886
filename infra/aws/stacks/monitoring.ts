/** What is watched: alarms to one topic, and one page that shows how it goes. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, SingleValueWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { QUEUES } from '../lambdas.ts';
import type { Settings } from '../settings.ts';
import { alarmsOf } from './alarms.ts';
import type { Api } from './api.ts';
import { costPerMillion } from './cost.ts';
import type { HttpApi } from './http-api.ts';
import { FOR_THIS_ACCOUNT } from './keys.ts';
import { apiMetric, lambdaMetric, ownMetric, queueMetric, tableMetric } from './metrics.ts';
import type { Pipeline } from './pipeline.ts';
import { stackProps } from './stack.ts';
import type { Storage } from './storage.ts';

export interface Watched {
  readonly settings: Settings;
  readonly storage: Storage;
  readonly pipeline: Pipeline;
  readonly api: Api;
  readonly httpApi: HttpApi;
}

export function monitoringStack(scope: Construct, watched: Watched): void {
  const { settings, storage } = watched;
  const stack = new Stack(scope, 'Monitoring', stackProps(settings, 'monitoring', 'what an operator is woken up for'));
  const topic = new Topic(stack, 'Alarms', {
    topicName: `kerbwatch-${settings.stage}-alarms`,
    masterKey: storage.dataKey,
    enforceSSL: true,
  });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: FOR_THIS_ACCOUNT,
    }),
  );
  if (settings.alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(settings.alarmEmail));
  alarmsOf(stack, watched, topic);
  dashboardOf(stack, watched);
  new CfnOutput(stack, 'AlarmTopic', { value: topic.topicArn });
}

function dashboardOf(scope: Construct, watched: Watched): void {
  const { settings, storage, pipeline, api, httpApi } = watched;
  const functions = [...pipeline.functions, ...api.functions];
  const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
    new GraphWidget({ title, left, right, width: 12, height: 6, region: settings.region });
  const now = (title: string, key: Parameters<typeof ownMetric>[1]) =>
    new SingleValueWidget({
      ...{ title, width: 6, height: 3, region: settings.region },
      metrics: [ownMetric(settings, key, { statistic: Stats.MAXIMUM })],
    });
  new Dashboard(scope, 'Dashboard', {
    dashboardName: `kerbwatch-${settings.stage}`,
    widgets: [
      [
        now('逾期审核 Reviews overdue', 'reviewsOverdue'),
        now('失联摄像机 Cameras silent', 'camerasSilent'),
        now('未发通知 Notices unsent', 'noticesUnsent'),
        now('未就绪摄像机 Cameras not fit', 'camerasImpaired'),
      ],
      [
        graph(
          '帧 Frames inspected',
          [ownMetric(settings, 'framesInspected')],
          [ownMetric(settings, 'inspectionMs', { statistic: Stats.percentile(95), label: 'p95 ms' })],
        ),
        graph('成本 Cost', [costPerMillion(watched)]),
      ],
      [
        graph(
          '排队 Waiting',
          QUEUES.map((name) =>
            queueMetric(storage.queues[name].queue, 'ApproximateNumberOfMessagesVisible', { label: name }),
          ),
          QUEUES.map((name) =>
            queueMetric(storage.queues[name].queue, 'ApproximateAgeOfOldestMessage', { label: `${name}, oldest, s` }),
          ),
        ),
        graph(
          '死信 Dead letters',
          QUEUES.map((name) =>
            queueMetric(storage.queues[name].deadLetters, 'ApproximateNumberOfMessagesVisible', { label: name }),
          ),
        ),
      ],
      [
        graph(
          '错误 Errors',
          functions.map(([name, made]) => lambdaMetric(made, 'Errors', { label: name })),
        ),
        graph(
          '耗时 Duration, p95',
          functions.map(([name, made]) =>
            lambdaMetric(made, 'Duration', { statistic: Stats.percentile(95), label: name }),
          ),
        ),
      ],
      [
        graph(
          'API',
          [apiMetric(httpApi.apiId, 'Count'), apiMetric(httpApi.apiId, '5xx')],
          [apiMetric(httpApi.apiId, 'Latency', { statistic: Stats.percentile(95), label: 'p95 ms' })],
        ),
        graph(
          '表 Table',
          (['ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits'] as const).map((name) =>
            tableMetric(storage.table.tableName, name),
          ),
          (['ReadThrottleEvents', 'WriteThrottleEvents'] as const).map((name) =>
            tableMetric(storage.table.tableName, name),
          ),
        ),
      ],
    ],
  });
}
