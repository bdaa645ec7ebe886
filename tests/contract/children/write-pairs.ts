/** Writes pairs until somebody kills it; prints the number of a pair once its transaction resolved. */
import { writeSync } from 'node:fs';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';

const [path = '', first = '0'] = process.argv.slice(2);
const table = openSqliteTable(path);
const filler = 'x'.repeat(5_000);

async function writePair(pair: number): Promise<void> {
  const sort = `${pair}`.padStart(8, '0');
  await table.transact([
    { kind: 'put', partition: 'left', sort, value: { pair, filler }, expect: 'absent' },
    { kind: 'put', partition: 'right', sort, value: { pair, filler }, expect: 'absent' },
  ]);
  writeSync(1, `${pair}\n`);
}

for (let pair = Number(first); ; pair += 4) {
  await Promise.all([0, 1, 2, 3].map((offset) => writePair(pair + offset)));
}
