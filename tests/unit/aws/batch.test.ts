/** What Lambda is told of a batch decides which messages come again: none may fall between. */
import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchWork, workOff } from '#platform/aws/batch.ts';
import { KEY_ATTRIBUTE, TOKEN_ATTRIBUTE } from '#platform/aws/sqs-messages.ts';
import { backOffMs } from '#platform/back-off.ts';
import type { Collapser } from '#platform/collapser.ts';

interface Sent {
  readonly id: string;
  readonly body: string;
  readonly key?: string | undefined;
  readonly deliveries?: number;
}

const record = ({ id, body, key, deliveries = 1 }: Sent): SQSRecord => ({
  ...{ messageId: id, receiptHandle: `receipt ${id}`, body, md5OfBody: '', awsRegion: '' },
  ...{ eventSource: 'aws:sqs', eventSourceARN: '' },
  attributes: {
    ...{ ApproximateReceiveCount: String(deliveries), SentTimestamp: '1', SenderId: '' },
    ApproximateFirstReceiveTimestamp: '1',
  },
  messageAttributes:
    key === undefined
      ? {}
      : {
          [KEY_ATTRIBUTE]: { dataType: 'String', stringValue: key },
          [TOKEN_ATTRIBUTE]: { dataType: 'String', stringValue: `token ${id}` },
        },
});

function bench(change: Partial<BatchWork<string>> = {}) {
  const handled: string[] = [];
  const retried: [string, number][] = [];
  const work: BatchWork<string> = {
    parse: (body) => {
      if (typeof body !== 'string') throw new TypeError('Expected a text');
      return body;
    },
    async handle(message) {
      if (message === 'bad') throw new Error('bad');
      handled.push(message);
    },
    async retry(receipt, delayMs) {
      retried.push([receipt, delayMs]);
    },
    remainingMs: () => 60_000,
    neededMs: 1_000,
    ...change,
  };
  return { handled, retried, work };
}

const failedOf = ({ response }: Awaited<ReturnType<typeof workOff>>) =>
  response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

describe('a batch of messages', () => {
  it('tells of those that failed, and of no others', async () => {
    const { work, handled } = bench();
    const records = [
      { id: '1', body: '"good"' },
      { id: '2', body: '"bad"' },
      { id: '3', body: '"fine"' },
    ].map(record);
    expect(failedOf(await workOff(records, work))).toEqual(['2']);
    expect(handled).toEqual(['good', 'fine']);
  });

  it.each([
    ['no JSON', '{'],
    ['another form', '17'],
  ])('fails a body of %s, and goes on', async (_, body) => {
    const { work, handled } = bench();
    const records = [record({ id: '1', body }), record({ id: '2', body: '"good"' })];
    expect(failedOf(await workOff(records, work))).toEqual(['1']);
    expect(handled).toEqual(['good']);
  });

  it('does not repeat what it could not read', async () => {
    const told: string[] = [];
    const { work } = bench({ onFailed: (error) => told.push(error instanceof Error ? error.message : '') });
    await workOff([record({ id: '1', body: '京A12345' })], work);
    expect(told).toEqual(['Expected a message of JSON, received 7 characters of something else']);
  });

  it('lets what failed rest for as long as at home', async () => {
    const { work, retried } = bench();
    await workOff([record({ id: '1', body: '"bad"', deliveries: 4 })], work);
    expect(retried).toEqual([['receipt 1', backOffMs(4)]]);
  });

  it('does work of one key once, and fails or ends it for all of its records', async () => {
    const { work, handled } = bench();
    const records = [
      record({ id: '1', body: '"day"', key: 'K' }),
      record({ id: '2', body: '"bad"', key: 'L' }),
      record({ id: '3', body: '"day"', key: 'K' }),
      record({ id: '4', body: '"bad"', key: 'L' }),
    ];
    expect(failedOf(await workOff(records, work)).sort()).toEqual(['2', '4']);
    expect(handled).toEqual(['day']);
  });

  it('takes the markers before it reads, and does not handle what could not be taken', async () => {
    const steps: string[] = [];
    const collapser: Collapser = {
      send: async () => 'sent',
      async take({ key }) {
        if (key === 'stuck') throw new Error('no table');
        steps.push(`taken ${key}`);
      },
    };
    const { work } = bench({ collapser, handle: async (message) => void steps.push(message) });
    const records = [
      record({ id: '1', body: '"never"', key: 'stuck' }),
      record({ id: '2', body: '"then read"', key: 'K' }),
    ];
    expect(failedOf(await workOff(records, work))).toEqual(['1']);
    expect(steps).toEqual(['taken K', 'then read']);
  });

  it('gives back untried what it has no time for', async () => {
    let left = 3_000;
    const { work, retried } = bench({
      remainingMs: () => left,
      async handle() {
        left -= 2_500;
      },
    });
    const report = await workOff(
      ['1', '2', '3'].map((id) => record({ id, body: '"work"' })),
      work,
    );
    expect(failedOf(report)).toEqual(['2', '3']);
    expect(report.untried).toBe(2);
    expect(retried.map(([, delayMs]) => delayMs)).toEqual([0, 0]);
  });

  it('answers also when SQS does not', async () => {
    const { work } = bench({ retry: () => Promise.reject(new Error('throttled')) });
    expect(failedOf(await workOff([record({ id: '1', body: '"bad"' })], work))).toEqual(['1']);
  });

  it('handles each record or names it, whatever comes', async () => {
    const message = fc.record({
      body: fc.oneof(
        fc.constant('"bad"'),
        fc.string().map((text) => JSON.stringify(`m ${text}`)),
        fc.string(),
      ),
      key: fc.option(fc.constantFrom('K', 'L'), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 10 }), fc.nat(10), async (messages, enough) => {
        const records = messages.map((one, at) => record({ id: String(at), ...one }));
        let begun = 0;
        const { work, handled } = bench({ remainingMs: () => (begun++ < enough ? 60_000 : 0) });
        const report = await workOff(records, work);
        const failed = new Set(failedOf(report));
        expect(failed.size).toBe(report.response.batchItemFailures.length);
        expect(report.handled + report.failed).toBe(records.length);
        for (const { messageId, body } of records) {
          const isGood = body.startsWith('"m ');
          if (!failed.has(messageId) && isGood) expect(handled.length).toBeGreaterThan(0);
          if (!isGood && messages[Number(messageId)]?.key === undefined) expect(failed.has(messageId)).toBe(true);
        }
        const alone = records.filter((_, at) => messages[at]?.key === undefined && !failed.has(String(at)));
        for (const { body } of alone) expect(handled).toContain(JSON.parse(body));
      }),
    );
  });
});
