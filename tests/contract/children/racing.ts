/** Takes what it can of some keys and adds as many to a counter, against others doing the same. */
import { writeSync } from 'node:fs';
import { ConflictError, type Table } from '#platform/table.ts';

const counter = { partition: 'race', sort: 'counter' };

/** Prints the keys it took. */
export async function race(table: Table, name: string, keys: number): Promise<void> {
  for (let key = 0; key < keys; key++) {
    await take(table, name, key);
    await add(table);
  }
}

async function take(table: Table, name: string, key: number): Promise<void> {
  try {
    await table.write({ kind: 'put', partition: 'race', sort: `key-${key}`, value: name, expect: 'absent' });
    writeSync(1, `${key}\n`);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}

async function add(table: Table): Promise<void> {
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
    await add(table);
  }
}
