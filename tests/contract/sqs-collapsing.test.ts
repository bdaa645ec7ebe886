import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDynamoTable } from '#platform/aws/dynamo-table.ts';
import { openSqsQueue } from '#platform/aws/sqs-queue.ts';
import { openCollapser } from '#platform/collapser.ts';
import { queryAll } from '#platform/table.ts';
import { hasJava, type LocalDynamoDb, startDynamoDb } from '../aws/dynamodb.ts';
import { type SqsForTests, startSqs } from '../aws/sqs.ts';

describe.skipIf(!hasJava)('the queue of SQS with its markers in DynamoDB', () => {
  let dynamo: LocalDynamoDb;
  let sqs: SqsForTests;
  beforeAll(async () => {
    [dynamo, sqs] = await Promise.all([startDynamoDb(), startSqs()]);
  });
  afterAll(() => Promise.all([dynamo.stop(), sqs.stop()]));

  it('overlooks no frame of a place while many are sent and taken at once, and sends fewer messages than frames', async () => {
    const FRAMES = 120;
    const name = await dynamo.createTable();
    const created = await sqs.createQueue('correlate', { maxDeliveries: 5 });
    // Each as a process of its own: nothing is shared but the two services.
    const open = () => {
      const table = openDynamoTable({ client: dynamo.client, table: name });
      const collapse = openCollapser({ table, queue: 'correlate' });
      return { table, queue: openSqsQueue<string>({ client: sqs.client, ...created, collapse }) };
    };
    const seen = new Set<string>();
    let taken = 0;
    let sending = true;

    const senders = Array.from({ length: 4 }, async (_, sender) => {
      const { table, queue } = open();
      for (let at = sender; at < FRAMES; at += 4) {
        await table.write({ kind: 'put', partition: 'frames', sort: `${at}`, value: null, expect: 'absent' });
        await queue.send('place/1', { dedupeKey: 'place/1' });
      }
    });
    const takers = Array.from({ length: 2 }, async () => {
      const { table, queue } = open();
      for (;;) {
        const isLast = !sending;
        const messages = await queue.receive({ max: 1, visibilityMs: 30_000 });
        if (messages.length === 0 && isLast) return;
        for (const { receipt } of messages) {
          taken += 1;
          for await (const { sort } of queryAll(table, { partition: 'frames' })) seen.add(sort);
          // A correlation takes its time, and what comes meanwhile is work of its own.
          await new Promise((resolve) => setTimeout(resolve, 50));
          await queue.done(receipt);
        }
      }
    });
    await Promise.all(senders);
    sending = false;
    await Promise.all(takers);
    expect(seen.size).toBe(FRAMES);
    expect(taken).toBeLessThan(FRAMES);
  });
});
