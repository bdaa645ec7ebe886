import { describe } from 'vitest';
import { openDynamoTable } from '#platform/aws/dynamo-table.ts';
import { hasJava, startDynamoDb } from '../aws/dynamodb.ts';
import { tableContract } from './table.ts';

describe.skipIf(!hasJava)('DynamoDB', () => {
  tableContract('DynamoDB', async (clock) => {
    const local = await startDynamoDb();
    const table = openDynamoTable({ client: local.client, table: await local.createTable(), clock });
    return { table, close: () => local.stop() };
  });
});
