/** One racer on a table in a file. */
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { race } from './racing.ts';

const [path = '', name = ''] = process.argv.slice(2);
const table = openSqliteTable(path);
await race(table, name, 100);
table.close();
