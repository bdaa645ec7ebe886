/** The HTTP API before any route: throttled, logged, and without CORS, for the pages come from the same origin. */
import { Aws } from 'aws-cdk-lib';
import { CfnApi, CfnApiMapping, CfnDomainName, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { SYSTEM_VERSION } from '../../common/version.ts';
import type { Settings } from '../settings.ts';
import { logOf } from './function.ts';
import type { Storage } from './storage.ts';

export interface HttpApi {
  readonly apiId: string;
  /** `https://…`, as AWS gives it. */
  readonly endpoint: string;
  readonly accessLog: LogGroup;
}

/**
 * Who, which route, how it went: the pattern of the route and never its path or query, which may name a plate; no header, no token.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
export const ACCESS_LOG = {
  at: '$context.requestTimeEpoch',
  requestId: '$context.requestId',
  caller: '$context.authorizer.id',
  address: '$context.identity.sourceIp',
  route: '$context.routeKey',
  status: '$context.status',
  ms: '$context.responseLatency',
  functionMs: '$context.integration.latency',
  bytes: '$context.responseLength',
  fault: '$context.integrationErrorMessage',
  authorizerFault: '$context.authorizer.error',
} as const;

export function httpApiOf(scope: Construct, settings: Settings, storage: Storage): HttpApi {
  const { stage, throttle, origin, certificate } = settings;
  // In a region's own domain only where no CloudFront stands before it.
  const ownDomain = certificate !== undefined && origin !== undefined && settings.console === 'lambda';
  const api = new CfnApi(scope, 'HttpApi', {
    name: `kerbwatch-${stage}`,
    description: `Kerbwatch ${SYSTEM_VERSION}`,
    protocolType: 'HTTP',
    disableExecuteApiEndpoint: ownDomain,
  });
  // Under this prefix the policy of the account's log groups does not grow with each API:
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
  const accessLog = logOf(scope, 'ApiAccessLog', `/aws/vendedlogs/kerbwatch/${stage}/api`, { settings, storage });
  const deployed = new CfnStage(scope, 'DefaultStage', {
    apiId: api.ref,
    stageName: '$default',
    autoDeploy: true,
    accessLogSettings: { destinationArn: accessLog.logGroupArn, format: JSON.stringify(ACCESS_LOG) },
    defaultRouteSettings: {
      throttlingRateLimit: throttle.rate,
      throttlingBurstLimit: throttle.burst,
      detailedMetricsEnabled: true,
    },
  });
  if (ownDomain) {
    const domain = new CfnDomainName(scope, 'Domain', {
      domainName: new URL(origin).host,
      domainNameConfigurations: [{ certificateArn: certificate, endpointType: 'REGIONAL', securityPolicy: 'TLS_1_2' }],
    });
    const mapping = new CfnApiMapping(scope, 'DomainMapping', {
      apiId: api.ref,
      domainName: domain.ref,
      stage: '$default',
    });
    mapping.addDependency(deployed);
  }
  return {
    apiId: api.ref,
    endpoint: `https://${api.ref}.execute-api.${settings.region}.${Aws.URL_SUFFIX}`,
    accessLog,
  };
}
