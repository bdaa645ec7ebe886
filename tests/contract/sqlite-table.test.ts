import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exclusively } from '#platform/local/sqlite-database.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { queryAll } from '#platform/table.ts';
import { startChild } from './children/process.ts';
import { tableContract } from './table.ts';

tableContract('SQLite in memory', async (clock) => {
  const table = openSqliteTable(':memory:', clock);
  return { table, close: () => table.close() };
});

tableContract('SQLite in a file', async (clock) => {
  const directory = mkdtempSync(join(tmpdir(), 'kerbwatch-table-'));
  const table = openSqliteTable(join(directory, 'new', 'kerbwatch.db'), clock);
  return {
    table,
    close() {
      table.close();
      rmSync(directory, { recursive: true });
    },
  };
});

describe('SQLite in a file', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'kerbwatch-table-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('has all that resolved when it is opened again', async () => {
    const path = join(directory, 'again.db');
    const table = openSqliteTable(path);
    await table.write({ kind: 'put', partition: 'camera', sort: 'C1', value: '龙腾路', expect: 'absent' });
    table.close();
    const again = openSqliteTable(path);
    expect(await again.get({ partition: 'camera', sort: 'C1' })).toMatchObject({ value: '龙腾路', version: 1 });
    again.close();
  });

  it('commits what still waits when it is closed', async () => {
    const path = join(directory, 'closing.db');
    const table = openSqliteTable(path);
    const waiting = table.write({ kind: 'put', partition: 'p', sort: 's', value: 1, expect: 'absent' });
    table.close();
    await waiting;
    const again = openSqliteTable(path);
    expect(await again.get({ partition: 'p', sort: 's' })).toMatchObject({ value: 1 });
    again.close();
  });

  it('rejects a write after it was closed', async () => {
    const table = openSqliteTable(join(directory, 'closed.db'));
    table.close();
    await expect(table.write({ kind: 'put', partition: 'p', sort: 's', value: 1, expect: 'any' })).rejects.toThrow();
  });

  it('undoes only the transaction that fails among those that share a commit', async () => {
    const table = openSqliteTable(join(directory, 'group.db'));
    const put = (sort: string, value: number) =>
      table.write({ kind: 'put', partition: 'group', sort, value, expect: 'absent' });
    const results = await Promise.allSettled([put('a', 1), put('a', 2), put('b', 3)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await table.query({ partition: 'group', limit: 9 })).items.map(({ value }) => value)).toEqual([1, 3]);
    table.close();
  });

  it('undoes what a failing job wrote, and keeps what others of the same commit wrote', async () => {
    const table = openSqliteTable(join(directory, 'jobs.db'));
    const insert = (sort: string) =>
      table.database
        .prepare('INSERT INTO items (partition, sort, value, version) VALUES (?, ?, ?, ?)')
        .run('jobs', sort, '0', 1);
    const results = await Promise.allSettled([
      exclusively(table.database, () => insert('before')),
      exclusively(table.database, () => {
        insert('half');
        throw new Error('failed half-way');
      }),
      exclusively(table.database, () => insert('after')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await table.query({ partition: 'jobs', limit: 9 })).items.map(({ sort }) => sort)).toEqual([
      'after',
      'before',
    ]);
    table.close();
  });

  // A killed process does not show this, only a lost power supply would.
  it('flushes every commit to the disk', () => {
    const { database, close } = openSqliteTable(join(directory, 'flushed.db'));
    expect(database.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous: 2 });
    close();
  });

  it('gives each key to one process and loses no increment when three processes race from the first moment', async () => {
    const path = join(directory, 'race.db');
    const racers = ['one', 'two', 'three'].map((name) => ({ name, child: startChild('race-table.ts', [path, name]) }));
    await Promise.all(racers.map(({ child }) => child.ended()));

    const table = openSqliteTable(path);
    expect(await table.get({ partition: 'race', sort: 'counter' })).toMatchObject({ value: 300, version: 300 });
    const taken = racers.flatMap(({ child }) => child.lines);
    expect(taken.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, key) => key));
    for (const { name, child } of racers) {
      for (const key of child.lines) {
        expect(await table.get({ partition: 'race', sort: `key-${key}` })).toMatchObject({ value: name, version: 1 });
      }
    }
    table.close();
  });

  it('has every transaction that resolved before kill -9, and no half of any', async () => {
    const path = join(directory, 'killed.db');
    for (const [round, after] of [1, 23, 150].entries()) {
      const child = startChild('write-pairs.ts', [path, `${round * 1_000_000}`]);
      await child.printed(after);
      await child.kill();

      const table = openSqliteTable(path);
      const sides = { left: new Set<number>(), right: new Set<number>() };
      for (const side of ['left', 'right'] as const) {
        for await (const { value } of queryAll<{ pair: number }>(table, { partition: side })) {
          sides[side].add(value.pair);
        }
      }
      table.close();
      expect(sides.left).toEqual(sides.right);
      expect(child.lines.map(Number).filter((pair) => !sides.left.has(pair))).toEqual([]);
    }
  });
});
