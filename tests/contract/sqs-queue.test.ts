import { afterAll, beforeAll } from 'vitest';
import { openSqsQueue } from '#platform/aws/sqs-queue.ts';
import { systemClock } from '#platform/clock.ts';
import { openCollapser } from '#platform/collapser.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
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
