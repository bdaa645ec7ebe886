/** Takes what it can of a hundred keys and adds a hundred to a counter, against others doing the same. */
import { writeSync } from 'node:fs';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { ConflictError } from '#platform/table.ts';

const [path = '', name = ''] = process.argv.slice(2);
const table = openSqliteTable(path);
const counter = { partition: 'race', sort: 'counter' };

async function take(key: number): Promise<void> {
  try {
    await table.write({ kind: 'put', partition: 'race', sort: `key-${key}`, value: name, expect: 'absent' });
    writeSync(1, `${key}\n`);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}

async function add(): Promise<void> {
  const item = await table.get<number>(counter);
  try {
    await table.write({
      kind: 'put',
      ...counter,
      value: (item?.value ?? 0) + 1,
      expect: item === undefined ? 'absent' : { version: item.version },
    });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    await add();
  }
}

for (let key = 0; key < 100; key++) {
  await take(key);
  await add();
}
table.close();
