/** Who calls the functions of a template: routes of the HTTP API, and schedules. */
import type { Assembly } from './assembly.ts';
import { entriesOf } from './cloud-resources.ts';
import type { Authorizer, Route } from './http-api.ts';
import type { Resolver } from './intrinsics.ts';
import { listOf, numberOf, objectOf, textOf } from './json.ts';
import type { Lambda } from './lambda-runtime.ts';

/** The function that an ARN, or an address which ends with one, leads to. */
type LambdaAt = (text: string) => Lambda | undefined;

export function routesOf(assembly: Assembly, resolver: Resolver, lambdaAt: LambdaAt): Route[] {
  const authorizers = new Map<string, Authorizer>();
  for (const { stack, id, resource } of entriesOf(assembly, resolver, 'AWS::ApiGatewayV2::Authorizer')) {
    const properties = resolver.properties(stack, resource);
    const target = lambdaAt(textOf(properties.AuthorizerUri, 'AuthorizerUri'));
    if (target === undefined) throw new Error(`${id} calls no function of these`);
    resolver.made(stack, id, { ref: id, attributes: { AuthorizerId: id } });
    authorizers.set(id, {
      lambda: target,
      identitySources: listOf(properties.IdentitySource).map((source) => textOf(source, 'IdentitySource')),
      keptSeconds: numberOf(properties.AuthorizerResultTtlInSeconds) ?? 0,
    });
  }
  const integrations = new Map<string, Lambda>();
  for (const { stack, id, resource } of entriesOf(assembly, resolver, 'AWS::ApiGatewayV2::Integration')) {
    const target = lambdaAt(textOf(resolver.resolve(stack, resource.properties.IntegrationUri), 'IntegrationUri'));
    resolver.made(stack, id, { ref: id, attributes: {} });
    if (target !== undefined) integrations.set(`integrations/${id}`, target);
  }
  return entriesOf(assembly, resolver, 'AWS::ApiGatewayV2::Route').flatMap(({ stack, resource }): Route[] => {
    const { RouteKey, Target, AuthorizerId } = resolver.properties(stack, resource);
    const target = integrations.get(textOf(Target, 'Target'));
    const authorizer = AuthorizerId === undefined ? undefined : authorizers.get(textOf(AuthorizerId, 'AuthorizerId'));
    return target === undefined ? [] : [{ key: textOf(RouteKey, 'RouteKey'), lambda: target, authorizer }];
  });
}

export interface Schedule {
  readonly lambda: Lambda;
  readonly event: unknown;
}

/** A stand-in for EventBridge Scheduler. https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html */
export const schedulesOf = (assembly: Assembly, resolver: Resolver, lambdaAt: LambdaAt): Schedule[] =>
  entriesOf(assembly, resolver, 'AWS::Scheduler::Schedule').flatMap(({ stack, resource }) => {
    const { Arn, Input } = objectOf(resource.properties.Target);
    const lambda = lambdaAt(textOf(resolver.resolve(stack, Arn), 'Arn of a target'));
    const input = resolver.resolve(stack, Input);
    return lambda === undefined ? [] : [{ lambda, event: typeof input === 'string' ? JSON.parse(input) : {} }];
  });
