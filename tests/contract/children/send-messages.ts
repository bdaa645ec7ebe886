/** Sends messages until somebody kills it; prints the number of one once its send resolved. */
import { writeSync } from 'node:fs';
import { openSqliteQueue } from '#platform/local/sqlite-queue.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';

const [path = ''] = process.argv.slice(2);
const queue = openSqliteQueue<number>(openSqliteTable(path).database, 'frames', { maxDeliveries: 3 });

for (let message = 0; ; message++) {
  await queue.send(message);
  writeSync(1, `${message}\n`);
}
