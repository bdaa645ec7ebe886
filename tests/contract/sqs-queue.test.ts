import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqsQueue } from '#platform/aws/sqs-queue.ts';
import { systemClock } from '#platform/clock.ts';
import { openCollapser } from '#platform/collapser.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { failing, type JsonService, startJsonService } from '../aws/json-service.ts';
import { type SqsForTests, startSqs } from '../aws/sqs.ts';
import { queueContract } from './queue.ts';

let sqs: SqsForTests;
let queues = 0;
beforeAll(async () => {
  sqs = await startSqs();
});
afterAll(() => sqs.stop());

queueContract('SQS', async ({ maxDeliveries }) => {
  const { client } = sqs;
  const table = openSqliteTable(':memory:', systemClock);
  const name = `contract-${++queues}`;
  const collapse = openCollapser({ table, queue: name });
  return {
    queue: openSqsQueue({ client, ...(await sqs.createQueue(name, { maxDeliveries })), collapse }),
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    close: () => table.close(),
  };
});

const all = { max: 10, visibilityMs: 30_000 };

/** What the SDK was asked for, before it goes out. */
function listened(client: SQSClient): Record<string, unknown>[] {
  const inputs: Record<string, unknown>[] = [];
  client.middlewareStack.add(
    (next) => (asked) => {
      inputs.push({ ...asked.input });
      return next(asked);
    },
    { step: 'initialize' },
  );
  return inputs;
}

describe('SQS queue', () => {
  const newQueue = (maxDeliveries = 3) => sqs.createQueue(`own-${++queues}`, { maxDeliveries });
  const ownClient = () =>
    new SQSClient({
      ...{ region: sqs.region, endpoint: sqs.endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
    });

  it('cuts a delay to the 15 minutes that SQS has, and rounds it up to a second', async () => {
    const client = ownClient();
    const inputs = listened(client);
    const queue = openSqsQueue<string>({ client, ...(await newQueue()) });
    await queue.send('grace', { delayMs: 2 * 3_600_000 });
    await queue.send('soon', { delayMs: 1 });
    expect(inputs.map(({ DelaySeconds }) => DelaySeconds)).toEqual([900, 1]);
  });

  it('cuts a retry to what is left of the 12 hours that a message may be hidden', async () => {
    const client = ownClient();
    const queue = openSqsQueue<string>({ client, ...(await newQueue()) });
    await queue.send('frame');
    const [message] = await queue.receive(all);
    const inputs = listened(client);
    await queue.retry(message?.receipt ?? '', { delayMs: 24 * 3_600_000, error: '' });
    expect(inputs).toMatchObject([{ VisibilityTimeout: 12 * 3600 - 900 }]);
  });

  it('takes a retry of what is done already as none', async () => {
    const queue = openSqsQueue<string>({ client: sqs.client, ...(await newQueue()) });
    await queue.send('frame');
    const [message] = await queue.receive(all);
    await queue.done(message?.receipt ?? '');
    await queue.retry(message?.receipt ?? '', { delayMs: 0, error: '' });
    expect(await queue.receive(all)).toEqual([]);
  });

  it('delivers every message of a key where nothing collapses', async () => {
    const queue = openSqsQueue<string>({ client: sqs.client, ...(await newQueue()) });
    for (let time = 0; time < 2; time++) await queue.send('frame', { dedupeKey: 'a' });
    expect(await queue.receive(all)).toHaveLength(2);
  });

  it('carries every text, those characters included that SQS does not take', async () => {
    const queue = openSqsQueue<string>({ client: sqs.client, ...(await newQueue()) });
    // Every character of the basic plane; the emulator refuses pairs of surrogates, which SQS takes.
    const units = Array.from({ length: 0x10000 }, (_, unit) => unit);
    const text = String.fromCharCode(...units.filter((unit) => unit < 0xd800 || unit > 0xdfff));
    await queue.send(text);
    expect((await queue.receive(all)).map(({ body }) => body)).toEqual([text]);
  });

  it('refuses what is too large or no JSON before it asks SQS', async () => {
    const client = ownClient();
    const inputs = listened(client);
    const table = openSqliteTable(':memory:', systemClock);
    const collapse = openCollapser({ table, queue: 'own' });
    const queue = openSqsQueue<unknown>({ client, ...(await newQueue()), collapse });
    for (const body of ['x'.repeat(256 * 1024), '车'.repeat(100 * 1024)])
      await expect(queue.send(body)).rejects.toMatchObject({ code: 'message-too-large' });
    await expect(queue.send(undefined)).rejects.toMatchObject({ code: 'message-invalid' });
    const dedupeKey = 'k'.repeat(3000);
    await expect(queue.send('', { dedupeKey })).rejects.toMatchObject({ code: 'message-too-large' });
    expect(inputs).toEqual([]);
    table.close();
  });

  describe('an answer that comes too late', () => {
    const stale = [
      { error: 'ReceiptHandleIsInvalid', message: 'The input receipt handle is invalid.' },
      { error: 'MessageNotInflight', message: '' },
      {
        error: 'InvalidParameterValue',
        message:
          'Value AQEB for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.',
      },
    ];
    const others = [
      { error: 'QueueDoesNotExist', message: '' },
      { error: 'InvalidParameterValue', message: 'Value 99999 for parameter VisibilityTimeout is invalid.' },
    ];
    let service: JsonService;
    beforeAll(async () => {
      service = await startJsonService('AmazonSQS', () => failing(500, 'InternalFailure'));
    });
    afterAll(() => service.stop());
    const queueThatSays = ({ error, message }: { error: string; message: string }) => {
      service.always(failing(400, error, message));
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
      const client = new SQSClient({ region: sqs.region, endpoint: service.endpoint, credentials });
      return openSqsQueue({ client, url: `${service.endpoint}/0/queue` });
    };

    it.each(stale)('is none where SQS says $error', async (answer) => {
      await queueThatSays(answer).done('AQEB');
      await queueThatSays(answer).retry('AQEB', { delayMs: 0, error: '' });
    });

    it.each(others)('is one that failed where it says $error: $message', async (answer) => {
      await expect(queueThatSays(answer).done('AQEB')).rejects.toMatchObject({ name: answer.error });
      await expect(queueThatSays(answer).retry('AQEB', { delayMs: 0, error: '' })).rejects.toThrow();
    });
  });
});

describe('dead letters on SQS', () => {
  async function withDead(bodies: readonly unknown[]) {
    const created = await sqs.createQueue(`dead-${++queues}`, { maxDeliveries: 1 });
    const queue = openSqsQueue<unknown>({ client: sqs.client, ...created });
    for (const body of bodies) await queue.send(body);
    for (let left = bodies.length; left > 0; ) {
      const messages = await queue.receive(all);
      left -= messages.length;
      for (const { receipt } of messages) await queue.retry(receipt, { delayMs: 0, error: 'no JPEG' });
    }
    await queue.receive(all);
    return { queue, created };
  }
  const bodies = (letters: readonly { body: unknown }[]) => letters.map(({ body }) => body).sort();

  it('are listed without being taken: whoever looks next sees them too', async () => {
    const { queue } = await withDead(['a', 'b', 'c']);
    for (let look = 0; look < 2; look++)
      expect(bodies(await queue.deadLetters.list({ limit: 10 }))).toEqual(['a', 'b', 'c']);
    const [letter] = await queue.deadLetters.list({ limit: 1 });
    expect(letter).toMatchObject({ id: expect.stringMatching(/./), diedAt: expect.any(Number) });
    expect(Math.abs(Date.now() - (letter?.diedAt ?? 0))).toBeLessThan(60_000);
  });

  it('are listed as many as are asked for', async () => {
    const { queue } = await withDead(Array.from({ length: 13 }, (_, at) => at));
    expect(await queue.deadLetters.list({ limit: 12 })).toHaveLength(12);
    expect(await queue.deadLetters.list({ limit: 100 })).toHaveLength(13);
  });

  it('come back as new messages, those that were named and no others', async () => {
    const { queue } = await withDead(['a', 'b', 'c']);
    const letters = await queue.deadLetters.list({ limit: 10 });
    const ids = letters.filter(({ body }) => body !== 'b').map(({ id }) => id);
    expect(await queue.deadLetters.replay([...ids, 'nobody'])).toBe(2);
    expect(bodies(await queue.receive(all))).toEqual(['a', 'c']);
    expect(bodies(await queue.deadLetters.list({ limit: 10 }))).toEqual(['b']);
  });

  it('come back all, more than one answer of SQS holds', async () => {
    const { queue } = await withDead(Array.from({ length: 25 }, (_, at) => at));
    expect(await queue.deadLetters.replay('all')).toBe(25);
    await expect.poll(() => queue.depth()).toEqual({ waiting: 25, working: 0, dead: 0 });
  });

  it('are not lost where they cannot be sent again', async () => {
    const { queue, created } = await withDead(['a', 'b']);
    const astray = openSqsQueue({ client: sqs.client, ...created, url: `${sqs.endpoint}/000000000000/gone` });
    await expect(astray.deadLetters.replay('all')).rejects.toThrow();
    expect(bodies(await queue.deadLetters.list({ limit: 10 }))).toEqual(['a', 'b']);
  });

  it('that are no JSON are shown as they are, and come back to the byte', async () => {
    const { queue, created } = await withDead([]);
    const text = '{"Records": [ broken';
    await sqs.client.send(new SendMessageCommand({ QueueUrl: created.deadLettersUrl, MessageBody: text }));
    expect(bodies(await queue.deadLetters.list({ limit: 1 }))).toEqual([text]);
    expect(await queue.deadLetters.replay('all')).toBe(1);
    const { Messages } = await sqs.client.send(new ReceiveMessageCommand({ QueueUrl: created.url }));
    expect(Messages?.map(({ Body }) => Body)).toEqual([text]);
  });

  it('are none where the queue has no place for them', async () => {
    const { url } = await sqs.createQueue(`none-${++queues}`, { maxDeliveries: 1 });
    const { deadLetters } = openSqsQueue({ client: sqs.client, url });
    expect([await deadLetters.list({ limit: 10 }), await deadLetters.replay('all')]).toEqual([[], 0]);
  });

  it('that come back are beside whatever waits: no marker says that they do', async () => {
    const table = openSqliteTable(':memory:', systemClock);
    const created = await sqs.createQueue(`marked-${++queues}`, { maxDeliveries: 1 });
    const queue = openSqsQueue<string>({
      ...{ client: sqs.client, ...created, collapse: openCollapser({ table, queue: 'marked' }) },
    });
    await queue.send('work', { dedupeKey: 'a' });
    const [message] = await queue.receive(all);
    await queue.retry(message?.receipt ?? '', { delayMs: 0, error: '' });
    expect(await queue.receive(all)).toEqual([]);
    await queue.deadLetters.replay('all');
    await queue.send('work', { dedupeKey: 'a' });
    expect(await queue.receive(all)).toHaveLength(2);
    table.close();
  });
});
