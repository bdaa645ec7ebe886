/** The functions that answer, each route by itself, and the one that says who is asking. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { CfnAuthorizer, CfnIntegration, CfnRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import { CfnPermission, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { LAMBDA_NAMES, type LambdaName, lambdaSpec } from '../lambdas.ts';
import { HTTP_LAMBDA_NAMES, type Route, routesOf } from '../routes.ts';
import { sitePaths } from '../site-files.ts';
import { type House, idOf, lambdaOf } from './function.ts';
import type { HttpApi } from './http-api.ts';
import { stackProps } from './stack.ts';

export interface Api {
  readonly stack: Stack;
  readonly functions: ReadonlyMap<LambdaName, LambdaFunction>;
}

export function apiStack(scope: Construct, house: House, { apiId, endpoint }: HttpApi): Api {
  const stack = new Stack(scope, 'Api', stackProps(house.settings, 'api', 'what answers people and machines'));
  const functions = new Map<LambdaName, LambdaFunction>();
  const authorizers = LAMBDA_NAMES.filter((name) => lambdaSpec(name).trigger.kind === 'authorizer').map((name) => {
    const made = lambdaOf(stack, name, house);
    functions.set(name, made);
    return authorizerOf(stack, name, made, apiId);
  });
  const [authorizerId] = authorizers;
  for (const name of HTTP_LAMBDA_NAMES) {
    const made = lambdaOf(stack, name, house);
    functions.set(name, made);
    answer(stack, name, made, { apiId, authorizerId, routes: routesOf(name) });
  }
  if (house.settings.console === 'lambda') {
    for (const name of LAMBDA_NAMES.filter((one) => lambdaSpec(one).trigger.kind === 'site')) {
      const made = lambdaOf(stack, name, house);
      functions.set(name, made);
      const routes = sitePaths().map((path) => ({ method: 'GET', path, needsCaller: false }) as const);
      answer(stack, name, made, { apiId, authorizerId, routes });
    }
  }
  new CfnOutput(stack, 'ApiAddress', { value: endpoint });
  return { stack, functions };
}

/**
 * It lets everybody pass and names the caller; each route's own gate answers 401 with the document of the contract. Neither headers
 * nor answers are kept: a token taken back is taken back at once, and a cookie is as good as a header.
 */
function authorizerOf(scope: Construct, name: LambdaName, made: LambdaFunction, apiId: string): string {
  const { ref } = new CfnAuthorizer(scope, 'Authorizer', {
    apiId,
    name: 'kerbwatch',
    authorizerType: 'REQUEST',
    authorizerPayloadFormatVersion: '2.0',
    enableSimpleResponses: true,
    authorizerResultTtlInSeconds: 0,
    authorizerUri: Stack.of(scope).formatArn({
      ...{ service: 'apigateway', account: 'lambda', resource: 'path/2015-03-31/functions' },
      resourceName: `${made.functionArn}/invocations`,
    }),
  });
  letInvoke(scope, name, made, { apiId, what: `authorizers/${ref}` });
  return ref;
}

/** One integration and one permission a function, one route a route. */
function answer(
  scope: Construct,
  name: LambdaName,
  made: LambdaFunction,
  { apiId, authorizerId, routes }: { apiId: string; authorizerId: string | undefined; routes: readonly Route[] },
): void {
  const integration = new CfnIntegration(scope, `${idOf(name)}Integration`, {
    apiId,
    integrationType: 'AWS_PROXY',
    integrationUri: made.functionArn,
    payloadFormatVersion: '2.0',
    timeoutInMillis: 30_000,
  });
  letInvoke(scope, name, made, { apiId, what: '*/*' });
  for (const { method, path, needsCaller } of routes) {
    const route = new CfnRoute(scope, `${idOf(name)} ${method} ${path}`, {
      apiId,
      routeKey: `${method} ${path}`,
      target: `integrations/${integration.ref}`,
      ...(needsCaller && authorizerId !== undefined ? { authorizationType: 'CUSTOM', authorizerId } : {}),
    });
    if (!needsCaller) {
      acknowledge(route, { 'AwsSolutions-APIG4': `The contract asks nobody who they are for ${method} ${path}.` });
    }
  }
}

function letInvoke(
  scope: Construct,
  name: LambdaName,
  { functionName }: LambdaFunction,
  { apiId, what }: { apiId: string; what: string },
): void {
  new CfnPermission(scope, `${idOf(name)}Permission`, {
    action: 'lambda:InvokeFunction',
    functionName,
    principal: 'apigateway.amazonaws.com',
    sourceArn: Stack.of(scope).formatArn({ service: 'execute-api', resource: apiId, resourceName: what }),
  });
}
