/**
 * What every Table adapter keeps, whatever stands below it. Nothing here may hold for one adapter only: index reads
 * are polled because they may lag, pages may be shorter than their limit, only the hand clock decides what expired.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { type Clock, handClock } from '#platform/clock.ts';
import type { Key, Query, Table } from '#platform/table.ts';
import { NOW, sortsOf, type TableContext } from './table-context.ts';
import { expiryContract } from './table-expiry.ts';
import { itemContract } from './table-items.ts';
import { queryContract } from './table-queries.ts';
import { transactionContract } from './table-transactions.ts';

export interface OpenTable {
  table: Table;
  close(): Promise<void> | void;
}

/** @param open an empty table, or one that nobody else writes to, whose notion of now is the given clock */
export function tableContract(name: string, open: (clock: Clock) => Promise<OpenTable>): void {
  describe(`Table contract: ${name}`, () => {
    const clock = handClock(NOW);
    let opened: OpenTable;
    let partitions = 0;
    beforeAll(async () => {
      opened = await open(clock);
    });
    afterAll(async () => opened.close());

    // The tests are declared before the table is open.
    const table: Table = {
      get: <T>(key: Key) => opened.table.get<T>(key),
      query: <T>(query: Query) => opened.table.query<T>(query),
      write: (write) => opened.table.write(write),
      transact: (writes) => opened.table.transact(writes),
    };
    const context: TableContext = {
      table,
      clock,
      fresh: () => `contract/${++partitions}`,
      sorts: (query) => sortsOf(table, query),
    };
    itemContract(context);
    transactionContract(context);
    queryContract(context);
    expiryContract(context);
  });
}
