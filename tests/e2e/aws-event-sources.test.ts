/** The stand-ins for what AWS does between its services, with a function that does as its messages say. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { startFauxqs } from 'fauxqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keysOfStorageEvent } from '#platform/aws/s3-events.ts';
import { type HttpApi, startHttpApi } from '../aws/http-api.ts';
import { type Lambda, openLambda } from '../aws/lambda-runtime.ts';
import { s3Notifications } from '../aws/s3-notifications.ts';
import { type Mishap, type Polling, startSqsSource } from '../aws/sqs-source.ts';

/** Says on its output what it worked off; a message says what goes wrong, and at which delivery it is well again. */
const WORKER = `
import { setTimeout as sleep } from 'node:timers/promises';
export const handler = async ({ Records }) => {
  const batchItemFailures = [];
  for (const { messageId, body, attributes } of Records) {
    const { name, fails, sleeps } = JSON.parse(body);
    if (Number(attributes.ApproximateReceiveCount) <= (sleeps ?? 0)) await sleep(60_000);
    if (Number(attributes.ApproximateReceiveCount) <= (fails ?? 0)) batchItemFailures.push({ itemIdentifier: messageId });
    else console.log('done ' + name);
  }
  return { batchItemFailures };
};`;
const API = `
export const handler = async (event) => {
  if (event.type === 'REQUEST') {
    const [token] = event.identitySource;
    if (token === 'unknown') throw new Error('Unauthorized');
    return { isAuthorized: token !== 'denied', context: { token } };
  }
  if (event.rawPath === '/plain') return { hello: 'you' };
  return { statusCode: 201, headers: { 'X-Path': event.rawPath }, cookies: ['a=1', 'b=2'], isBase64Encoded: true,
    body: Buffer.from(JSON.stringify(event)).toString('base64') };
};`;

let folder: string;
let sqs: SQSClient;
let stopSqs: () => Promise<void>;
const opened: Lambda[] = [];

const open = async (source: string, settings: { timeoutMs?: number; concurrency?: number } = {}): Promise<Lambda> => {
  await writeFile(join(folder, 'index.mjs'), source);
  const lambda = await openLambda({
    ...{ name: 'probe', arn: 'arn:x:lambda:y:z:function:probe', region: 'eu-west-1', folder, handler: 'index.handler' },
    ...{ variables: {}, surroundings: {}, timeoutMs: 5_000, memoryMb: 256, concurrency: 2, ...settings },
  });
  opened.push(lambda);
  return lambda;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerbwatch-probe-'));
  const server = await startFauxqs({ port: 0, logger: false, defaultRegion: 'eu-west-1' });
  stopSqs = () => server.stop();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  sqs = new SQSClient({ endpoint: `http://127.0.0.1:${server.port}`, region: 'eu-west-1', credentials });
});
afterAll(async () => {
  await Promise.all(opened.map((lambda) => lambda.stop()));
  sqs.destroy();
  await stopSqs();
  await rm(folder, { recursive: true, force: true });
});

async function newQueue(name: string, redrive?: { deadLetterTargetArn: string; maxReceiveCount: number }) {
  const Attributes = {
    VisibilityTimeout: '1',
    ...(redrive === undefined ? {} : { RedrivePolicy: JSON.stringify(redrive) }),
  };
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  const got = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  return { url, arn: got.Attributes?.QueueArn ?? '' };
}
const depth = async (url: string) => {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
};

describe('a queue and its function', () => {
  let queue: { url: string; arn: string };
  let dead: { url: string; arn: string };
  let lambda: Lambda;
  let polling: Polling;
  let mishap: Mishap = {};
  let round = 0;

  beforeEach(async () => {
    round += 1;
    mishap = {};
    dead = await newQueue(`dead-${round}`);
    queue = await newQueue(`queue-${round}`, { deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
    lambda = await open(WORKER);
    polling = startSqsSource({
      ...{ sqs, queue, lambda, region: 'eu-west-1', batchSize: 5, concurrency: 2, reportsItemFailures: true },
      ...{ retryAfterSeconds: 0, mishap: () => mishap },
    });
  });
  afterEach(() => polling.stop());

  const send = (body: unknown) =>
    sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: JSON.stringify(body) }));
  const settled = () => expect.poll(() => depth(queue.url), { timeout: 10_000 }).toBe(0);
  const done = () => lambda.output().match(/done \w+/g) ?? [];

  it('deletes what was worked off', async () => {
    for (const name of ['a', 'b', 'c']) await send({ name });
    await settled();
    expect(done().sort()).toEqual(['done a', 'done b', 'done c']);
    expect(await depth(dead.url)).toBe(0);
  });

  it('delivers again only what the function says has failed', async () => {
    await send({ name: 'bad', fails: 1 });
    await send({ name: 'good' });
    await settled();
    expect(done().sort()).toEqual(['done bad', 'done good']);
  });

  it('what fails again and again goes to the dead letters', async () => {
    await send({ name: 'poison', fails: 99 });
    await settled();
    expect(await depth(dead.url)).toBe(1);
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: dead.url }));
    expect(JSON.parse(Messages[0]?.Body ?? '')).toMatchObject({ name: 'poison' });
  });

  it('a batch whose function was killed at its timeout comes again', async () => {
    mishap = { timeoutMs: 1_500 };
    await send({ name: 'slow', sleeps: 1 });
    await settled();
    expect(done()).toEqual(['done slow']);
    expect(await depth(dead.url)).toBe(0);
  });

  it('may deliver every message twice', async () => {
    mishap = { twice: 'at-once' };
    await send({ name: 'a' });
    await settled();
    expect(done()).toEqual(['done a', 'done a']);
  });
});

describe('an HTTP API', () => {
  let api: HttpApi;

  beforeAll(async () => {
    const lambda = await open(API);
    const authorizer = { lambda, identitySources: ['$request.header.Authorization'], keptSeconds: 0 };
    const route = (key: string, guarded = false) => ({ key, lambda, authorizer: guarded ? authorizer : undefined });
    api = await startHttpApi({
      routes: [
        route('GET /plain'),
        route('POST /v1/{id}/frames', true),
        route('GET /v1/{id}/frames'),
        route('ANY /w/{rest+}'),
      ],
      ...{ arn: 'arn:x:execute-api:eu-west-1:0:api', apiId: 'api', stage: '$default' },
    });
  });
  afterAll(() => api.close());

  const post = (token: string | null, body: string | Buffer = '{}', type = 'application/json') =>
    fetch(`${api.url}/v1/a%20b/frames?at=1&at=2`, {
      ...{ method: 'POST', body },
      headers: { 'Content-Type': type, Cookie: 's=1; t=2', ...(token === null ? {} : { Authorization: token }) },
    });

  it('hands the request on as payload 2.0 and the answer back', async () => {
    const response = await post('me');
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.json()).toMatchObject({
      ...{ version: '2.0', routeKey: 'POST /v1/{id}/frames', rawPath: '/v1/a%20b/frames', body: '{}' },
      ...{ isBase64Encoded: false, pathParameters: { id: 'a b' }, queryStringParameters: { at: '1,2' } },
      ...{ cookies: ['s=1', 't=2'], requestContext: { authorizer: { lambda: { token: 'me' } } } },
    });
  });

  it('hands bytes on as base64', async () => {
    const event = await (await post('me', Buffer.from([0xff, 0xd8]), 'image/jpeg')).json();
    expect(event).toMatchObject({ body: '/9g=', isBase64Encoded: true });
  });

  it('answers 401 without a token and for an unknown one, 403 for one that may not', async () => {
    expect((await post(null)).status).toBe(401);
    expect((await post('unknown')).status).toBe(401);
    expect((await post('denied')).status).toBe(403);
  });

  it('knows only the routes of the template', async () => {
    expect((await fetch(`${api.url}/plain`)).status).toBe(200);
    expect((await fetch(`${api.url}/w/a/b`)).headers.get('x-path')).toBe('/w/a/b');
    expect((await fetch(`${api.url}/plain`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${api.url}/else`)).status).toBe(404);
  });
});

describe('the word of an upload', () => {
  const call = (path: string, method = 'PUT') => ({
    ...({ service: 's3', method, path, headers: {}, body: Buffer.from('x') } as const),
  });

  it('reaches the queue for new objects under the prefix, as the product reads it', async () => {
    const { url } = await newQueue('arrivals');
    const rules = [{ bucket: 'frames', prefix: 'uploads/', suffix: '', queueUrl: url }];
    const notifications = s3Notifications(rules, sqs, 'eu-west-1');
    await notifications.answered(call('/frames/uploads/a%20b%2Bc.jpg?X-Amz-Signature=1'), 200);
    await notifications.answered(call('/frames/frames/a.jpg'), 200);
    await notifications.answered(call('/frames/uploads/refused.jpg'), 403);
    await notifications.answered(call('/frames/uploads/held.jpg?legal-hold'), 200);
    await notifications.answered(call('/frames/uploads/read.jpg', 'GET'), 200);
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }));
    expect(Messages.map(({ Body }) => keysOfStorageEvent(Body))).toEqual([
      [{ bucket: 'frames', key: 'uploads/a b+c.jpg' }],
    ]);
  });

  it('can be lost', async () => {
    const { url } = await newQueue('lossy');
    const rules = [{ bucket: 'frames', prefix: '', suffix: '', queueUrl: url }];
    const notifications = s3Notifications(rules, sqs, 'eu-west-1');
    notifications.lose((key) => key === 'a');
    await notifications.answered(call('/frames/a'), 200);
    await notifications.answered(call('/frames/b'), 200);
    expect([notifications.told, notifications.lost]).toEqual([['b'], ['a']]);
    expect(await depth(url)).toBe(1);
  });
});
