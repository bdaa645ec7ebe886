import { describe, expect, it } from 'vitest';
import { commit } from '#platform/commit.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { ConflictError, type Table } from '#platform/table.ts';

const key = { partition: 'p', sort: 'counter' };
const atOnce = { pause: async () => {} };
const add = (table: Table) => async () => {
  const item = await table.get<number>(key);
  const value = (item?.value ?? 0) + 1;
  const expected = item === undefined ? ('absent' as const) : { version: item.version };
  return { writes: [{ kind: 'put' as const, ...key, value, expect: expected }], result: value };
};

describe('commit', () => {
  it('returns the result of what was written', async () => {
    const table = openSqliteTable(':memory:');
    expect(await commit(table, add(table))).toBe(1);
    expect(await table.get(key)).toMatchObject({ value: 1 });
  });

  it('builds anew from what others wrote meanwhile, until it wins', async () => {
    const table = openSqliteTable(':memory:');
    let others = 3;
    const value = await commit(
      table,
      async () => {
        const built = await add(table)();
        if (others-- > 0) await commit(table, add(table));
        return built;
      },
      atOnce,
    );
    expect(value).toBe(4);
  });

  it('gives each of many concurrent callers a result of its own', async () => {
    const table = openSqliteTable(':memory:');
    const values = await Promise.all(Array.from({ length: 25 }, () => commit(table, add(table))));
    expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, at) => at + 1));
  });

  it('gives up with the conflict after its attempts', async () => {
    const table = openSqliteTable(':memory:');
    await table.write({ kind: 'put', ...key, value: 0, expect: 'absent' });
    const pauses: number[] = [];
    const pause = async (failed: number) => void pauses.push(failed);
    const build = async () => ({
      writes: [{ kind: 'put' as const, ...key, value: 1, expect: 'absent' as const }],
      result: 1,
    });
    await expect(commit(table, build, { attempts: 3, pause })).rejects.toBeInstanceOf(ConflictError);
    expect(pauses).toEqual([1, 2]);
  });

  it('passes on any other error at once', async () => {
    const table = openSqliteTable(':memory:');
    let builds = 0;
    const build = async () => {
      builds += 1;
      throw new Error('lease lost');
    };
    await expect(commit(table, build, atOnce)).rejects.toThrow('lease lost');
    expect(builds).toBe(1);
  });

  it('writes nothing when there is nothing to write', async () => {
    const table = openSqliteTable(':memory:');
    expect(await commit(table, async () => ({ writes: [], result: 'as read' }))).toBe('as read');
  });

  it('records the acts of the attempt that won, once', async () => {
    const table = openSqliteTable(':memory:');
    let others = 2;
    const act = {
      stream: 'system',
      at: 0,
      actor: { kind: 'system', id: 's', name: 's' },
      act: 'counted',
      subject: 'p',
    } as const;
    await commit(
      table,
      async () => {
        const built = await add(table)();
        if (others-- > 0) await commit(table, add(table));
        return { ...built, acts: [{ ...act, facts: { value: built.result } }] };
      },
      atOnce,
    );
    expect((await streamEntries(table, 'system')).map(({ facts }) => facts)).toEqual([{ value: 3 }]);
  });
});
