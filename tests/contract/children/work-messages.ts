/** Works off the queue until it is empty; prints what it was given. */
import { writeSync } from 'node:fs';
import { openSqliteQueue } from '#platform/local/sqlite-queue.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';

const [path = ''] = process.argv.slice(2);
const table = openSqliteTable(path);
const queue = openSqliteQueue<number>(table.database, 'frames', { maxDeliveries: 3 });

for (;;) {
  const messages = await queue.receive({ max: 4, visibilityMs: 60_000 });
  if (messages.length === 0) break;
  for (const { body, receipt } of messages) {
    writeSync(1, `${body}\n`);
    await queue.done(receipt);
  }
}
table.close();
