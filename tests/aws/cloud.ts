/**
 * The cloud of a synthesised assembly on one machine: real engines for what is stored, stand-ins for what AWS does in between, and
 * each function as the very bundle that would be deployed, with just the variables of its template.
 */
import { GetQueueAttributesCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Assembly, readAssembly } from './assembly.ts';
import { routesOf, schedulesOf } from './cloud-callers.ts';
import {
  type Access,
  type Clients,
  clientsOf,
  type Entry,
  entriesOf,
  type Makers,
  makeResources,
  type QueueMade,
} from './cloud-resources.ts';
import { startHttpApi } from './http-api.ts';
import { actsOf } from './iam-acts.ts';
import { isAllowed, statementsOf } from './iam-policy.ts';
import { type Resolver, resolverOf } from './intrinsics.ts';
import { listOf, numberOf, objectOf, textOf } from './json.ts';
import type { Outcome } from './lambda-environment.ts';
import { type Lambda, openLambda } from './lambda-runtime.ts';
import { type NotificationRule, type S3Notifications, s3Notifications } from './s3-notifications.ts';
import { type ServiceCall, type ServiceProxy, type Services, startServiceProxy } from './service-proxy.ts';
import { type Batch, type Mishap, type Polling, startSqsSource } from './sqs-source.ts';

export interface CloudSettings {
  /** `cdk.out` */
  readonly assembly: string;
  readonly services: Services;
  readonly access: Access;
  readonly makers: Makers;
  /** Most processes of one function at once; 2 by default. */
  readonly concurrency?: number;
  /** Ends the names of what is made, where several clouds share the engines. */
  readonly suffix?: string;
}

export interface Cloud {
  /** Of the HTTP API. */
  readonly url: string;
  readonly clients: Clients;
  readonly queues: readonly QueueMade[];
  readonly notifications: S3Notifications;
  /** Name of the table. */
  readonly table: string;
  readonly lambdas: ReadonlyMap<string, Lambda>;
  /** By its name in infra/aws/lambdas.ts. */
  lambda(name: string): Lambda;
  /** As `aws lambda invoke`, the answer of a function that succeeded. @throws {Error} when it did not */
  invoke(name: string, event?: unknown): Promise<unknown>;
  /** A round of the clock, as the schedule of the template starts it. @throws {Error} when it fails or nothing schedules it */
  tick(name: string): Promise<void>;
  /** What goes wrong with the batches of a function from now on; none without `mishap`. */
  disturb(name: string, mishap?: (batch: Batch) => Mishap): void;
  /** Whether a function takes nothing off its queue from now on. */
  hold(name: string, isHeld: boolean): void;
  /** Has services refuse calls from now on, each with a reason; none without `refusal`. */
  breakServices(refusal?: (name: string, call: ServiceCall) => string | undefined): void;
  /** What became of every batch so far. */
  readonly outcomes: readonly { readonly name: string; readonly outcome: Outcome; readonly messages: number }[];
  /** Calls that the role of the caller did not allow. */
  readonly refused: readonly string[];
  /** Resolves when no queue holds anything but dead letters. @throws {Error} when that takes too long */
  drained(timeoutMs: number): Promise<void>;
  depth(queueName: string): Promise<number>;
  /** Puts any text into a queue. */
  send(queueName: string, text: string): Promise<void>;
  /** From now on it is so much later for every function than it is. */
  setClockAhead(ms: number): void;
  stop(): Promise<void>;
}

const ACCOUNT = '000000000000';

export async function startCloud({
  assembly: directory,
  services,
  access,
  makers,
  concurrency = 2,
  suffix = '',
}: CloudSettings): Promise<Cloud> {
  const assembly = await readAssembly(directory);
  const place = { partition: 'aws', account: ACCOUNT, region: access.region, urlSuffix: 'amazonaws.com' };
  const resolver = resolverOf(assembly, place);
  const clients = clientsOf(services, access);
  const { queues, names, table } = await makeResources(assembly, resolver, clients, { makers, suffix });
  const notifications = s3Notifications(notificationRules(assembly, resolver, queues), clients.sqs, access.region);
  const apis = entriesOf(assembly, resolver, 'AWS::ApiGatewayV2::Api');
  for (const { stack, id } of apis) {
    const ApiEndpoint = `https://api.execute-api.${access.region}.amazonaws.com`;
    resolver.made(stack, id, { ref: 'api', attributes: { ApiEndpoint, ApiId: 'api' } });
  }
  const proxies: ServiceProxy[] = [];
  const refused: string[] = [];
  let ahead = 0;
  let brokenBy: (name: string, call: ServiceCall) => string | undefined = () => undefined;
  const lambdas = await openLambdas();
  const held = new Set<string>();
  const mishaps = new Map<string, (batch: Batch) => Mishap>();
  const outcomes: { name: string; outcome: Outcome; messages: number }[] = [];
  const polling = eventSources();

  const lambda = (name: string): Lambda => {
    const found = lambdas.get(name);
    if (found === undefined) throw new Error(`No function ${name} in the templates`);
    return found;
  };

  async function openLambdas(): Promise<Map<string, Lambda>> {
    const entries = entriesOf(assembly, resolver, 'AWS::Lambda::Function');
    const named = entries.map((entry) => ({ entry, functionName: functionNameOf(entry, resolver) }));
    for (const { entry, functionName } of named) {
      const arn = `arn:aws:lambda:${access.region}:${ACCOUNT}:function:${functionName}`;
      resolver.made(entry.stack, entry.id, { ref: functionName, attributes: { Arn: arn } });
    }
    const opened = new Map<string, Lambda>();
    for (const { entry, functionName } of named) {
      const name = shortName(functionName);
      const folder = bundleOf(entry, resolver);
      if (name === undefined || folder === undefined) continue;
      const proxy = await startServiceProxy(services, {
        answered: notifications.answered,
        refusal: guardOf(name, entry),
        queueUrlOf: (url) => queues.find((queue) => pathOf(queue.url) === pathOf(url))?.url ?? url,
      });
      proxies.push(proxy);
      const { properties } = entry.resource;
      const variables = objectOf(resolver.resolve(entry.stack, objectOf(properties.Environment).Variables));
      const reserved = numberOf(properties.ReservedConcurrentExecutions) ?? concurrency;
      opened.set(
        name,
        await openLambda({
          name: functionName,
          arn: `arn:aws:lambda:${access.region}:${ACCOUNT}:function:${functionName}`,
          region: access.region,
          folder,
          handler: textOf(properties.Handler, 'Handler'),
          variables: Object.fromEntries(
            Object.entries(variables).map(([key, value]) => [key, throughProxy(textOf(value, key), proxy)]),
          ),
          surroundings: surroundingsOf(proxy, access),
          timeoutMs: (numberOf(properties.Timeout) ?? 3) * 1_000,
          memoryMb: numberOf(properties.MemorySize) ?? 128,
          concurrency: Math.min(concurrency, reserved),
          aheadMs: () => ahead,
        }),
      );
    }
    return opened;
  }

  /** The SDK goes where a queue's address leads, whatever it was told of the service. */
  function throughProxy(value: string, { url }: ServiceProxy): string {
    return queues.some((queue) => queue.url === value) ? `${url}${pathOf(value)}` : value;
  }

  /** Refuses what the role of the template does not allow, as AWS would and the engines here do not. */
  function guardOf(name: string, { stack, id, resource }: Entry): (call: ServiceCall) => string | undefined {
    const roleId = listOf(objectOf(resource.properties.Role)['Fn::GetAtt'])[0];
    const statements = statementsOf(assembly, resolver, stack, textOf(roleId, `Role of ${id}`));
    return (call) => {
      const broken = brokenBy(name, call);
      if (broken !== undefined) return broken;
      const forbidden = actsOf(call, names).find((act) => !isAllowed(statements, act));
      if (forbidden === undefined) return undefined;
      const { action, resource, context } = forbidden;
      const refusal = `${name} may not ${action} on ${resource} ${Object.values(context).flat().join(' ')}`;
      refused.push(refusal);
      return refusal;
    };
  }

  function lambdaAt(text: string): Lambda | undefined {
    return [...lambdas.values()].find(
      ({ name, arn }) => text === name || text === arn || text.endsWith(arn) || text.includes(`${arn}/`),
    );
  }

  function eventSources(): Polling[] {
    return entriesOf(assembly, resolver, 'AWS::Lambda::EventSourceMapping').map(({ stack, resource, id }) => {
      const properties = resolver.properties(stack, resource);
      const queue = queues.find(({ arn }) => arn === properties.EventSourceArn);
      const target = lambdaAt(textOf(properties.FunctionName, `FunctionName of ${id}`));
      if (queue === undefined || target === undefined) throw new Error(`${id} joins no queue and function of these`);
      const name = shortName(target.name) ?? '';
      const most = numberOf(objectOf(properties.ScalingConfig).MaximumConcurrency) ?? concurrency;
      return startSqsSource({
        ...{ sqs: clients.sqs, queue, region: access.region, lambda: target, retryAfterSeconds: 0 },
        batchSize: numberOf(properties.BatchSize) ?? 10,
        concurrency: Math.min(most, concurrency),
        reportsItemFailures: listOf(properties.FunctionResponseTypes).includes('ReportBatchItemFailures'),
        isHeld: () => held.has(name),
        mishap: (batch) => mishaps.get(name)?.(batch) ?? {},
        onOutcome: (outcome, { messages }) => void outcomes.push({ name, outcome, messages: messages.length }),
      });
    });
  }

  const arn = `arn:aws:execute-api:${access.region}:${ACCOUNT}:api`;
  const api = await startHttpApi({
    ...{ arn, apiId: 'api', stage: '$default' },
    routes: routesOf(assembly, resolver, lambdaAt),
  });
  const schedules = schedulesOf(assembly, resolver, lambdaAt);

  const depthOf = async (url: string): Promise<number> => depth(clients.sqs, url);
  const queueOf = (queueName: string): QueueMade => {
    const queue = queues.find(({ name }) => name.endsWith(`-${queueName}${suffix}`));
    if (queue === undefined) throw new Error(`No queue ${queueName}`);
    return queue;
  };
  const deadLetters = new Set(queues.map(({ deadLettersArn }) => deadLettersArn));
  const living = queues.filter(({ arn }) => !deadLetters.has(arn));

  return {
    ...{ url: api.url, clients, queues, notifications, table, lambdas, lambda, outcomes, refused },
    async invoke(name, event = {}) {
      const outcome = await lambda(name).invoke(event);
      if (outcome.kind !== 'answered') throw new Error(`${name} ${JSON.stringify(outcome)}`);
      return outcome.payload;
    },
    async tick(name) {
      const schedule = schedules.find((one) => one.lambda === lambda(name));
      if (schedule === undefined) throw new Error(`No schedule starts ${name}`);
      const outcome = await schedule.lambda.invoke(schedule.event);
      if (outcome.kind !== 'answered') throw new Error(`${name} ${JSON.stringify(outcome)}`);
    },
    disturb(name, mishap) {
      if (mishap === undefined) mishaps.delete(name);
      else mishaps.set(name, mishap);
    },
    hold(name, isHeld) {
      if (isHeld) held.add(name);
      else held.delete(name);
    },
    async drained(timeoutMs) {
      const deadline = Date.now() + timeoutMs;
      // What one function sends while it ends is seen by the second look.
      for (let empty = 0; empty < 2; ) {
        const depths = await Promise.all(living.map(({ url }) => depthOf(url)));
        empty = depths.every((each) => each === 0) ? empty + 1 : 0;
        if (Date.now() > deadline)
          throw new Error(`Still waiting: ${JSON.stringify(depths)} in ${living.map(({ name }) => name)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    depth: (queueName) => depthOf(queueOf(queueName).url),
    async send(queueName, text) {
      await clients.sqs.send(new SendMessageCommand({ QueueUrl: queueOf(queueName).url, MessageBody: text }));
    },
    breakServices(refusal = () => undefined) {
      brokenBy = refusal;
    },
    setClockAhead(ms) {
      ahead = ms;
    },
    async stop() {
      await Promise.all(polling.map((each) => each.stop()));
      await api.close();
      await Promise.all([...lambdas.values()].map((each) => each.stop()));
      await Promise.all(proxies.map((proxy) => proxy.close()));
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

const pathOf = (url: string): string => new URL(url).pathname;

const functionNameOf = ({ stack, id, resource }: Entry, resolver: Resolver): string => {
  const given = resolver.resolve(stack, resource.properties.FunctionName);
  return typeof given === 'string' ? given : `${stack.name}-${id}`;
};

/** `kerbwatch-dev-withdraw-run` is `withdraw-run`; what the CDK brings for itself has no such name. */
const shortName = (functionName: string): string | undefined => /^kerbwatch-[a-z0-9]+-(.+)$/.exec(functionName)?.[1];

/** The folder that `Code` names by its hash. */
function bundleOf({ stack, resource }: Entry, resolver: Resolver): string | undefined {
  const { S3Key } = objectOf(resolver.resolve(stack, resource.properties.Code));
  return typeof S3Key === 'string' ? stack.assets.get(S3Key.replace(/\.zip$/, '')) : undefined;
}

/** Credentials, and one address for every service. */
function surroundingsOf({ url }: ServiceProxy, { credentials }: Access): Record<string, string> {
  const services = ['DYNAMODB', 'S3', 'SQS', 'KMS', 'SECRETS_MANAGER', 'REKOGNITION'];
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...Object.fromEntries(services.map((service) => [`AWS_ENDPOINT_URL_${service}`, url])),
  };
}

function notificationRules(assembly: Assembly, resolver: Resolver, queues: readonly QueueMade[]): NotificationRule[] {
  return entriesOf(assembly, resolver, 'AWS::S3::Bucket').flatMap(({ stack, id, resource }) => {
    const bucket = textOf(resolver.resolve(stack, { Ref: id }), 'bucket');
    const stated = objectOf(resolver.resolve(stack, resource.properties.NotificationConfiguration));
    return listOf(stated.QueueConfigurations).flatMap((configuration): NotificationRule[] => {
      const { Queue, Filter, Event } = objectOf(configuration);
      const queueUrl = queues.find(({ arn }) => arn === Queue)?.url;
      if (queueUrl === undefined || !String(Event).startsWith('s3:ObjectCreated:')) return [];
      const rules = listOf(objectOf(objectOf(Filter).S3Key).Rules).map(objectOf);
      const value = (name: string) => String(rules.find((rule) => rule.Name === name)?.Value ?? '');
      return [{ bucket, prefix: value('prefix'), suffix: value('suffix'), queueUrl }];
    });
  });
}

async function depth(sqs: SQSClient, url: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  return (
    Number(Attributes.ApproximateNumberOfMessages) +
    Number(Attributes.ApproximateNumberOfMessagesNotVisible) +
    Number(Attributes.ApproximateNumberOfMessagesDelayed)
  );
}
