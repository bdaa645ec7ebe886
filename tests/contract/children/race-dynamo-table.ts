/** One racer on a table of DynamoDB. */
import { openDynamoTable } from '#platform/aws/dynamo-table.ts';
import { localClient } from '../../aws/dynamodb.ts';
import { race } from './racing.ts';

const [endpoint = '', table = '', name = '', keys = '0'] = process.argv.slice(2);
await race(openDynamoTable({ client: localClient(endpoint), table }), name, Number(keys));
