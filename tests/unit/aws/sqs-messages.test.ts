import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { lotsOf, markAttributes, markOfMessage, markOfRecord, takeLot } from '#platform/aws/sqs-messages.ts';
import { handClock } from '#platform/clock.ts';
import { type Mark, openCollapser } from '#platform/collapser.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { type FunctionName, tableOf } from '#platform/table-rights.ts';

/** As Lambda gives what the SDK sent: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
function record(messageId: string, { mark, sentAt = 0 }: { mark?: Mark; sentAt?: number } = {}): SQSRecord {
  const sent = Object.entries(mark === undefined ? {} : markAttributes(mark));
  return {
    ...{ messageId, receiptHandle: '', body: '{}', md5OfBody: '', eventSource: 'aws:sqs' },
    ...{ eventSourceARN: '', awsRegion: '' },
    attributes: {
      ...{ ApproximateReceiveCount: '1', SentTimestamp: `${sentAt}` },
      ...{ SenderId: '', ApproximateFirstReceiveTimestamp: '' },
    },
    messageAttributes: Object.fromEntries(
      sent.map(([name, { DataType, StringValue }]) => [name, { dataType: DataType, stringValue: StringValue }]),
    ),
  };
}
const mark = (key: string, token = key): Mark => ({ key, token });
const idsOf = (lots: readonly { newest: SQSRecord; records: readonly SQSRecord[] }[]) =>
  lots.map(({ newest, records }) => [newest.messageId, records.map(({ messageId }) => messageId)]);

describe('the mark of a message', () => {
  it('is the same whether the SDK or Lambda received it', () => {
    const sent = mark('杭州/1 2026-05-12T04:00', 'token');
    expect(markOfMessage(markAttributes(sent))).toEqual(sent);
    expect(markOfRecord(record('a', { mark: sent }))).toEqual(sent);
  });

  it('is none where one half is missing', () => {
    expect(markOfMessage(undefined)).toBeUndefined();
    expect(markOfRecord(record('a'))).toBeUndefined();
    expect(markOfRecord({ messageAttributes: { 'kerbwatch-key': { stringValue: 'a' } } })).toBeUndefined();
  });
});

describe('records of one batch', () => {
  it('with the same key are one lot, and its newest stands for it', () => {
    const records = [
      record('1', { mark: mark('a', 'x'), sentAt: 30 }),
      record('2', { mark: mark('b'), sentAt: 10 }),
      record('3', { mark: mark('a', 'y'), sentAt: 40 }),
      record('4', { mark: mark('a', 'z'), sentAt: 20 }),
    ];
    expect(idsOf(lotsOf(records))).toEqual([
      ['3', ['1', '3', '4']],
      ['2', ['2']],
    ]);
  });

  it('without a key are each a lot of their own', () => {
    expect(idsOf(lotsOf([record('1'), record('2')]))).toEqual([
      ['1', ['1']],
      ['2', ['2']],
    ]);
    expect(lotsOf([])).toEqual([]);
  });

  it('are all taken before one of them is handled: any may be the one a marker names', async () => {
    const table = openSqliteTable(':memory:', handClock(0));
    const collapser = openCollapser({ table, queue: 'correlate', clock: handClock(0) });
    const marks: Mark[] = [];
    const send = (delayMs: number) => collapser.send({ key: 'a', delayMs }, async (one) => void marks.push(one));
    await send(60_000);
    await send(0);
    const [lot] = lotsOf(marks.map((one, at) => record(`${at}`, { mark: one })));
    if (lot === undefined) throw new Error('Expected a lot');
    expect(await send(0)).toBe('waits already');
    await takeLot(collapser, lot);
    expect(await send(0)).toBe('sent');
    table.close();
  });
});

describe('who may say that a message waits', () => {
  const may = async (name: FunctionName, queue: string) => {
    const table = openSqliteTable(':memory:', handClock(0));
    const collapser = openCollapser({ table: tableOf(table, name), queue, clock: handClock(0) });
    const sent = await collapser.send({ key: 'a', delayMs: 0 }, (one) => collapser.take(one)).catch(() => undefined);
    table.close();
    return sent === 'sent';
  };

  it.each<[FunctionName, string]>([
    ['inspect', 'correlate'],
    ['correlate', 'correlate'],
    ['correlate', 'seal'],
    ['seal', 'seal'],
    ['tend', 'correlate'],
  ])('%s, of the queue %s', async (name, queue) => expect(await may(name, queue)).toBe(true));

  it.each<[FunctionName, string]>([
    ['accept', 'correlate'],
    ['inspect', 'seal'],
    ['seal', 'correlate'],
    ['review', 'seal'],
    ['register', 'correlate'],
  ])('and not %s, of the queue %s', async (name, queue) => expect(await may(name, queue)).toBe(false));
});
