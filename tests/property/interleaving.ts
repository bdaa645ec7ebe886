/** Races as fast-check plays them: it chooses the order of the table's operations, and finds the smallest bad one. */
import type fc from 'fast-check';
import type { Table } from '#platform/table.ts';

/** Each operation is over before the next is chosen, timers included: only the order is left to chance. */
export const oneByOne = async (step: () => Promise<void>) => {
  await step();
  await new Promise((resolve) => setImmediate(resolve));
};

/** The table with every operation put in an order of fast-check's choosing, as if each came from a process of its own. */
export function shuffled(table: Table, scheduler: fc.Scheduler): Table {
  return {
    get: async <T>(key: Parameters<Table['get']>[0]) => {
      await scheduler.schedule(Promise.resolve(), 'get');
      return table.get<T>(key);
    },
    query: async <T>(query: Parameters<Table['query']>[0]) => {
      await scheduler.schedule(Promise.resolve(), 'query');
      return table.query<T>(query);
    },
    write: async (write) => {
      await scheduler.schedule(Promise.resolve(), 'write');
      return table.write(write);
    },
    transact: async (writes) => {
      await scheduler.schedule(Promise.resolve(), 'transact');
      return table.transact(writes);
    },
  };
}
