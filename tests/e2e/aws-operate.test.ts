/**
 * From nothing to the first administrator on AWS: what an operator does by hand, and the doors that then open. The entries themselves,
 * on AWS's own DynamoDB Local, the emulator of SQS and the stand-in for KMS.
 */
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { openDynamoTable } from '#platform/aws/dynamo-table.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { accountId, officer } from '#platform/records/officers.ts';
import type { Table } from '#platform/table.ts';
import { deadLettersVariable, ENVIRONMENT, QUEUES, queueVariable } from '../../infra/aws/lambdas.ts';
import { hasJava, type LocalDynamoDb, startDynamoDb } from '../aws/dynamodb.ts';
import { type KmsForTests, startKms } from '../aws/kms.ts';
import { type SqsForTests, startSqs } from '../aws/sqs.ts';

const REGION = 'eu-central-1';

describe.skipIf(!hasJava)('an operator on AWS', () => {
  let dynamo: LocalDynamoDb;
  let sqs: SqsForTests;
  let kms: KmsForTests;
  let table: Table;
  let keys: readonly string[];
  let dead: Record<string, string>;

  beforeAll(async () => {
    [dynamo, sqs, kms] = await Promise.all([
      startDynamoDb(),
      startSqs({ region: REGION }),
      startKms({ region: REGION }),
    ]);
    const name = await dynamo.createTable();
    table = openDynamoTable({ client: dynamo.client, table: name });
    for (const [variable, value] of Object.entries(dynamo.environment)) vi.stubEnv(variable, value);
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', sqs.endpoint);
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', kms.endpoint);
    vi.stubEnv(ENVIRONMENT.table, name);
    vi.stubEnv(ENVIRONMENT.stage, 'test');
    vi.stubEnv(ENVIRONMENT.frames, 'frames');
    keys = [kms.createKey(), kms.createKey()];
    vi.stubEnv(ENVIRONMENT.signingKeys, keys.join(','));
    dead = {};
    for (const queue of QUEUES) {
      const made = await sqs.createQueue(queue, { maxDeliveries: 3 });
      dead[queue] = made.deadLettersUrl;
      vi.stubEnv(queueVariable(queue), made.url);
      vi.stubEnv(deadLettersVariable(queue), made.deadLettersUrl);
    }
  }, 120_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await Promise.all([dynamo?.stop(), sqs?.stop(), kms?.stop()]);
  });

  const operate = async (command: unknown): Promise<unknown> =>
    (await import('../../infra/aws/run/operate.ts')).handler(command);
  const trail = async () => (await streamEntries(table, 'system')).map(({ act, actor }) => [act, actor.name]);

  interface Asked {
    method: string;
    path: string;
    token?: string;
    body?: unknown;
  }
  const Answer = z.object({ statusCode: z.number(), body: z.string(), cookies: z.array(z.string()).optional() });

  /** As API Gateway does: the authorizer first, then the function. */
  async function ask(
    handler: (event: never, context: never) => Promise<unknown>,
    { method, path, token, body }: Asked,
  ) {
    const headers = {
      ...{ host: 'api.example', 'content-type': 'application/json' },
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const { handler: authorize } = await import('../../infra/aws/run/authorize.ts');
    const { context: lambda } = await authorize({ headers });
    const event = {
      ...{ version: '2.0', rawPath: path, rawQueryString: '', headers },
      requestContext: {
        ...{ domainName: 'api.example', http: { method, path, sourceIp: '203.0.113.7' }, authorizer: { lambda } },
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      isBase64Encoded: false,
    };
    const answer = Answer.parse(await Reflect.apply(handler, undefined, [event, {}]));
    return { ...answer, json: JSON.parse(answer.body) };
  }

  it('registers the first administrator, whose password is shown once and kept nowhere', async () => {
    const made = z.object({ account: z.literal('admin'), password: z.string() }).parse(
      await operate({
        ...{ do: 'register-officer', by: '王工', account: 'Admin', name: '李四', unit: '指挥中心', roles: ['admin'] },
      }),
    );
    expect(JSON.stringify(await officer(table, accountId('admin')))).not.toContain(made.password);
    expect(await trail()).toContainEqual(['officer.registered', '王工']);

    const { handler: register } = await import('../../infra/aws/run/register.ts');
    const body = { account: 'admin', password: made.password };
    const { statusCode, cookies, json } = await ask(register, { method: 'POST', path: '/v1/session', body });
    expect(statusCode).toBe(200);
    expect(cookies?.[0]).toMatch(/HttpOnly; Secure; SameSite=Strict/);

    const places = { method: 'GET', path: '/v1/places' };
    expect((await ask(register, { ...places, token: json.token })).statusCode).toBe(200);
    expect((await ask(register, places)).json.code).toBe('credentials-missing');
    expect((await ask(register, { ...places, token: 'kwt_made-up' })).json.code).toBe('credentials-invalid');
  });

  it('registers nobody over somebody', async () => {
    const again = {
      do: 'register-officer',
      by: '王工',
      account: 'admin',
      name: '王五',
      unit: '一中队',
      roles: ['admin'],
    };
    await expect(operate(again)).rejects.toMatchObject({ code: 'officer-exists' });
    expect((await officer(table, accountId('admin')))?.name).toBe('李四');
  });

  it('issues tokens that open just what they name', async () => {
    const { token } = z.object({ token: z.string() }).parse(
      await operate({
        ...{ do: 'issue-token', by: '王工', name: '视频平台', scopes: ['frames:write'], cameras: '*' },
        expiresAt: null,
      }),
    );
    const { handler: accept } = await import('../../infra/aws/run/accept.ts');
    const { handler: register } = await import('../../infra/aws/run/register.ts');
    const upload = { capturedAt: '2026-05-12T09:30:00+08:00', sha256: 'a'.repeat(64), bytes: 1000 };
    const asked = { method: 'POST', path: '/v1/cameras/CAM-01/uploads', body: upload, token };
    expect((await ask(accept, asked)).json.code).toBe('camera-unknown');
    expect((await ask(register, { method: 'GET', path: '/v1/places', token })).json.code).toBe('scope-missing');
    expect(await trail()).toContainEqual(['token.issued', '王工']);
  });

  it('lists dead letters, and sends them again', async () => {
    const body = JSON.stringify({ frameId: 'F1' });
    await sqs.client.send(new SendMessageCommand({ QueueUrl: dead.inspect, MessageBody: body }));
    const listed = await operate({ do: 'list-dead-letters', by: '王工', queue: 'inspect' });
    expect(listed).toMatchObject({ queue: 'inspect', letters: [{ body: { frameId: 'F1' } }] });
    const sent = await operate({ do: 'replay-dead-letters', by: '王工', queue: 'inspect', ids: 'all' });
    expect(sent).toEqual({ queue: 'inspect', replayed: 1 });
    expect(await operate({ do: 'list-dead-letters', by: '王工', queue: 'inspect' })).toMatchObject({ letters: [] });
    expect(await trail()).toContainEqual(['dead-letters.replayed', '王工']);
  });

  it('puts the key on record, and the next one after it', async () => {
    expect(await operate({ do: 'record-keys', by: '王工' })).toMatchObject({ recorded: [expect.any(String)] });
    expect(await operate({ do: 'rotate-key', by: '王工' })).toMatchObject({ done: 'rotated' });
    expect(await trail()).toContainEqual(['key.rotated', '王工']);
  });

  it('does nothing that is not on the list', async () => {
    await expect(operate({ do: 'delete-everything', by: '王工' })).rejects.toMatchObject({ code: 'command-invalid' });
    await expect(operate({ do: 'record-keys' })).rejects.toMatchObject({ code: 'command-invalid' });
  });
});
