/** What must never regress of what runs, and of what leads to it. */
import { describe, expect, it } from 'vitest';
import { METRICS, NAMESPACE } from '../../functions/platform/aws/emf.ts';
import { environmentOf, type Places } from '../../infra/aws/environment.ts';
import { LAMBDA_NAMES, type LambdaName, lambdaSpec, QUEUES } from '../../infra/aws/lambdas.ts';
import { HTTP_LAMBDA_NAMES, routesOf } from '../../infra/aws/routes.ts';
import { ACCESS_LOG } from '../../infra/aws/stacks/http-api.ts';
import { ofType, plain } from './policy.ts';
import type { Resource, Synthesised } from './synth.ts';

export function describeFunctions(made: Synthesised): void {
  const { settings } = made;
  const deployed = LAMBDA_NAMES.filter((name) => settings.console === 'lambda' || name !== 'console');
  const functionOf = (name: LambdaName): Resource => {
    const found = ofType(made, 'AWS::Lambda::Function').find(
      ({ properties }) => properties.FunctionName === `kerbwatch-${settings.stage}-${name}`,
    );
    if (found === undefined) throw new Error(`Expected a function ${name}`);
    return found;
  };

  describe('what runs', () => {
    it('is every Lambda of the list, and nothing else but what puts the site into its bucket', () => {
      const names = ofType(made, 'AWS::Lambda::Function').map(({ properties }) => properties.FunctionName);
      const own = names.filter((name) => name !== undefined);
      expect(own.sort()).toEqual(deployed.map((name) => `kerbwatch-${settings.stage}-${name}`).sort());
      expect(names.length - own.length).toBe(settings.console === 'cloudfront' ? 1 : 0);
    });

    it.each(deployed)('runs %s as its line says, with a log of its own', (name) => {
      const { memoryMb, timeoutSeconds } = lambdaSpec(name);
      expect(functionOf(name).properties).toMatchObject({
        ...{ Runtime: 'nodejs22.x', Handler: 'index.handler', Architectures: [settings.arch] },
        ...{ MemorySize: memoryMb, Timeout: timeoutSeconds },
        Description: expect.stringMatching(/^Kerbwatch \d+\.\d+\.\d+/),
        LoggingConfig: { LogGroup: expect.anything() },
      });
      const groups = ofType(made, 'AWS::Logs::LogGroup').map(({ properties }) => properties.LogGroupName);
      expect(groups).toContain(`/kerbwatch/${settings.stage}/${name}`);
    });

    it.each(deployed)('tells %s the names its line gives it a use for, and no more', (name) => {
      const { Environment = {} } = functionOf(name).properties;
      const { Variables = {} } = Environment as { Variables?: Record<string, unknown> };
      const places: Places = {
        ...{ stage: 's', table: 't', frames: 'f', evidence: 'e', signingKeys: ['k'], settings: 'x', origin: 'o' },
        ...{
          storageOrigins: ['a'],
          rekognition: settings.rekognition,
          queue: () => ({ url: 'u', deadLettersUrl: 'd' }),
        },
        issuer: settings.identity !== 'built-in' ? { issuer: 'i', client: 'c' } : undefined,
      };
      expect(Object.keys(Variables).sort()).toEqual(Object.keys(environmentOf(name, places)).sort());
      expect(Object.keys(Variables).every((variable) => variable.startsWith('KERBWATCH_'))).toBe(true);
    });

    it('lets the clock tick by itself, and only once at a time', () => {
      for (const name of LAMBDA_NAMES) {
        const reserved = functionOf(deployed.includes(name) ? name : 'tend').properties.ReservedConcurrentExecutions;
        if (name === 'tend') expect(reserved).toBe(1);
        else if (deployed.includes(name)) expect(reserved).toBeUndefined();
      }
      const schedules = ofType(made, 'AWS::Scheduler::Schedule');
      const ticking = LAMBDA_NAMES.filter((name) => lambdaSpec(name).trigger.kind === 'schedule');
      expect(schedules.map(({ properties }) => properties.Name).sort()).toEqual(
        ticking.map((name) => `kerbwatch-${settings.stage}-${name}`).sort(),
      );
      for (const { properties } of schedules) {
        expect(properties).toMatchObject({
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: { DeadLetterConfig: { Arn: expect.anything() }, RetryPolicy: expect.anything() },
        });
      }
      // What could not start in its minute is not piled up.
      for (const { properties } of ofType(made, 'AWS::Lambda::EventInvokeConfig')) {
        expect(properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
      }
    });

    it('takes from each queue so many at once as its line says, and answers for each message by itself', () => {
      const sources = ofType(made, 'AWS::Lambda::EventSourceMapping');
      expect(sources).toHaveLength(QUEUES.length);
      for (const name of LAMBDA_NAMES) {
        const { trigger, timeoutSeconds } = lambdaSpec(name);
        if (trigger.kind !== 'queue') continue;
        const source = sources.find(
          ({ properties }) => plain(properties.FunctionName) === `\${${functionOf(name).id}}`,
        );
        expect(source?.properties).toMatchObject({
          BatchSize: trigger.batch,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          ScalingConfig: { MaximumConcurrency: trigger.concurrency },
        });
        const queue = ofType(made, 'AWS::SQS::Queue').find(
          ({ properties }) => properties.QueueName === `kerbwatch-${settings.stage}-${trigger.queue}`,
        );
        expect(queue?.properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeoutSeconds);
      }
    });
  });

  describe('the API', () => {
    const routes = ofType(made, 'AWS::ApiGatewayV2::Route').map(({ properties }) => properties);

    it('has each route of each function, and no other', () => {
      const declared = HTTP_LAMBDA_NAMES.flatMap((name) =>
        routesOf(name).map(({ method, path }) => `${method} ${path}`),
      );
      const given = routes.map(({ RouteKey }) => plain(RouteKey));
      const isOfSite = (key: string) => !declared.includes(key);
      expect(given.filter((key) => !isOfSite(key)).sort()).toEqual([...declared].sort());
      if (settings.console === 'cloudfront') expect(given.filter(isOfSite)).toEqual([]);
      else expect(given.filter(isOfSite)).toEqual(expect.arrayContaining(['GET /', 'GET /app.js', 'GET /verify.html']));
    });

    it('asks who is there on each route whose contract asks, and never remembers the answer', () => {
      const asking = routes
        .filter(({ AuthorizationType }) => AuthorizationType === 'CUSTOM')
        .map(({ RouteKey }) => RouteKey);
      const needing = HTTP_LAMBDA_NAMES.flatMap((name) => routesOf(name).filter(({ needsCaller }) => needsCaller));
      expect(asking.sort()).toEqual(needing.map(({ method, path }) => `${method} ${path}`).sort());
      expect(ofType(made, 'AWS::ApiGatewayV2::Authorizer').map(({ properties }) => properties)).toMatchObject([
        {
          ...{ AuthorizerType: 'REQUEST', AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true },
          AuthorizerResultTtlInSeconds: 0,
        },
      ]);
      // With a source, API Gateway itself would answer 401 to whoever comes with a cookie.
      expect(ofType(made, 'AWS::ApiGatewayV2::Authorizer')[0]?.properties.IdentitySource).toBeUndefined();
    });

    it('is throttled, lets no other origin in, and logs neither query nor token', () => {
      const [api] = ofType(made, 'AWS::ApiGatewayV2::Api');
      expect(api?.properties.CorsConfiguration).toBeUndefined();
      const [stage] = ofType(made, 'AWS::ApiGatewayV2::Stage');
      expect(stage?.properties).toMatchObject({
        AccessLogSettings: { DestinationArn: expect.anything(), Format: JSON.stringify(ACCESS_LOG) },
        DefaultRouteSettings: {
          ThrottlingRateLimit: settings.throttle.rate,
          ThrottlingBurstLimit: settings.throttle.burst,
        },
      });
      expect(JSON.stringify(ACCESS_LOG)).not.toMatch(/path|query|header|cookie|token|principal/i);
    });
  });

  describe('what is watched', () => {
    const alarms = ofType(made, 'AWS::CloudWatch::Alarm').map(({ properties }) => properties);
    const named = (id: string) => alarms.find(({ AlarmName }) => AlarmName === `kerbwatch-${settings.stage}-${id}`);

    it('rings for every queue: dead letters, and messages that wait too long', () => {
      for (const name of QUEUES) {
        expect(named(`DeadLetters-${name}`)).toMatchObject({ Threshold: 1, EvaluationPeriods: 1 });
        expect(named(`Oldest-${name}`)).toMatchObject({ MetricName: 'ApproximateAgeOfOldestMessage' });
      }
    });

    it('rings when the clock stands, which is when it says nothing', () => {
      expect(named('ClockStands')).toMatchObject({
        ...{ Namespace: NAMESPACE, MetricName: METRICS.tended.name, Period: 600, Threshold: 1 },
        ...{ ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching' },
      });
    });

    it.each(['ReviewsOverdue', 'CamerasSilent', 'NoticesUnsent', 'Api5xx', 'TableWriteThrottleEvents', 'LostTicks'])(
      'rings for %s',
      (id) => {
        expect(named(id)).toMatchObject({ TreatMissingData: 'notBreaching' });
      },
    );

    it('rings for every function that fails', () => {
      const failing = alarms.filter(({ AlarmName }) => /-Errors-/.test(plain(AlarmName)));
      expect(failing).toHaveLength(deployed.length);
    });

    it('tells somebody, of the end of it too', () => {
      for (const { AlarmActions, OKActions, AlarmDescription } of alarms) {
        expect(AlarmActions).toHaveLength(1);
        expect(OKActions).toHaveLength(1);
        expect(AlarmDescription).toMatch(/\w+ \w+/);
      }
      const subscribed = ofType(made, 'AWS::SNS::Subscription').map(({ properties }) => properties.Endpoint);
      expect(subscribed).toEqual(settings.alarmEmail === undefined ? [] : [settings.alarmEmail]);
    });

    it('shows what a million frames cost', () => {
      const [dashboard] = ofType(made, 'AWS::CloudWatch::Dashboard');
      expect(JSON.stringify(dashboard?.properties)).toContain('US$ a million frames');
    });
  });
}
