/**
 * The Table port on DynamoDB: one table, one index (dynamo-schema.ts). Gets and queries of the table are strong reads; the index
 * lags behind, as the port says it may.
 */
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type Clock, systemClock } from '../clock.ts';
import { checkQuery, checkWrites, isKey } from '../limits.ts';
import type { Item, Key, Page, Query, Table, Write } from '../table.ts';
import { itemOf, keyAttributes, stands } from './dynamo-item.ts';
import { selectPage } from './dynamo-page.ts';
import { sendTransaction } from './dynamo-transact.ts';
import { prepare } from './dynamo-writes.ts';

export interface DynamoTableOptions {
  readonly client: DynamoDBClient;
  /** Name of the table. */
  readonly table: string;
  readonly clock?: Clock;
}

/**
 * @example
 * const table = openDynamoTable({ client: new DynamoDBClient({}), table: 'kerbwatch' });
 * await table.write({ kind: 'put', partition: 'camera', sort: 'C1', value: { name: '龙腾路' }, expect: 'absent' });
 */
export function openDynamoTable({ client, table, clock = systemClock }: DynamoTableOptions): Table {
  const transact = async (writes: readonly Write[]): Promise<void> => {
    const prepared = checkWrites(writes).map(prepare);
    await sendTransaction({ client, table, clock }, prepared);
  };
  return {
    transact,
    write: (write) => transact([write]),
    async get<T>(key: Key): Promise<Item<T> | undefined> {
      // DynamoDB refuses to look for what cannot be there.
      if (!isKey(key)) return undefined;
      const { Item: found } = await client.send(
        new GetItemCommand({ TableName: table, Key: keyAttributes(key), ConsistentRead: true }),
      );
      return found !== undefined && stands(found, clock.now()) ? itemOf<T>(found) : undefined;
    },
    async query<T>(query: Query): Promise<Page<T>> {
      checkQuery(query);
      const { rows, cursor } = await selectPage({ client, table }, query, clock.now());
      return { items: rows.map((row) => itemOf<T>(row)), ...(cursor === undefined ? {} : { cursor }) };
    },
  };
}
