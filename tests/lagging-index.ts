/** A table whose index lags behind as DynamoDB's may: it shows what was written up to the last time it caught up. */
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import type { Table, Write } from '#platform/table.ts';

export interface LaggingTable extends Table {
  catchUp(): Promise<void>;
}

export function laggingIndex(table: Table): LaggingTable {
  const behind = openSqliteTable(':memory:', { now: () => 0 });
  let missing: Write[] = [];
  const transact = async (writes: readonly Write[]) => {
    await table.transact(writes);
    missing.push(...writes.flatMap((write): Write[] => (write.kind === 'check' ? [] : [{ ...write, expect: 'any' }])));
  };
  return {
    get: (key) => table.get(key),
    query: (query) => (query.index ? behind.query(query) : table.query(query)),
    transact,
    write: (write) => transact([write]),
    async catchUp() {
      for (const write of missing) await behind.write(write);
      missing = [];
    },
  };
}
