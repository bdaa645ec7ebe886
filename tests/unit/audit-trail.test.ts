import { describe, expect, it } from 'vitest';
import { type AuditAct, type AuditEntry, auditStream, headOf, nextEntry, verifyChain } from '#core/audit.ts';
import { cameraId, incidentId } from '#core/ids.ts';
import { commit } from '#platform/commit.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { allHeads, auditWrites, listOf, ROOT, streamEntries, verifyAll } from '#platform/records/audit.ts';
import { ConflictError, type Page, type Put, type Query, type Table, type Write } from '#platform/table.ts';

const AT = Date.parse('2026-05-12T09:30:00+08:00');
const incident = auditStream.incident(incidentId('I1'));
const camera = auditStream.camera(cameraId('C1'), AT);
const act = (stream: string, name = 'looked'): AuditAct => ({
  stream,
  at: AT,
  actor: { kind: 'officer', id: 'wang', name: '王警官' },
  act: name,
  subject: 'I1',
  facts: {},
});
const record = (table: Table, ...acts: AuditAct[]) =>
  commit(table, async () => ({ writes: [], acts, result: undefined }));

/** Three acts on an incident, two on a camera, one of the system. */
async function trail(): Promise<Table> {
  const table = openSqliteTable(':memory:');
  for (const stream of [incident, camera, incident, camera, incident, auditStream.system])
    await record(table, act(stream));
  return table;
}
const entryOf = (stream: string, seq: number) => ({
  partition: `audit/${stream}`,
  sort: `entry/${`${seq}`.padStart(12, '0')}`,
});

describe('recording acts', () => {
  it('keeps the entries of a stream in order, as a whole chain', async () => {
    const table = await trail();
    await record(table, act(incident, 'decided'));
    const entries = await streamEntries(table, incident);
    expect(entries.map(({ seq, act: name }) => [seq, name])).toEqual([
      [1, 'looked'],
      [2, 'looked'],
      [3, 'looked'],
      [4, 'decided'],
    ]);
    expect(verifyChain(entries)).toMatchObject({ ok: true });
  });

  it('chains several acts of one transaction, on one stream and on others', async () => {
    const table = openSqliteTable(':memory:');
    await record(table, act(incident, 'first'), act(camera, 'other'), act(incident, 'second'));
    expect((await streamEntries(table, incident)).map(({ act: name }) => name)).toEqual(['first', 'second']);
    expect(await verifyAll(table)).toEqual({ ok: true, streams: 2, entries: 6, failures: [] });
  });

  it('records once that a stream was opened', async () => {
    const table = await trail();
    const opened = await streamEntries(table, ROOT);
    expect(opened.map(({ act: name, subject }) => [name, subject])).toEqual(
      [incident, listOf(camera), auditStream.system].map((stream) => ['stream.opened', stream]),
    );
    expect(await streamEntries(table, listOf(camera))).toMatchObject([{ act: 'stream.opened', subject: camera }]);
  });

  it('lists streams of cameras apart, so that a thousand that open at midnight do not wait for each other', async () => {
    const table = openSqliteTable(':memory:');
    const cameras = Array.from({ length: 1000 }, (_, at) => `camera/C${at}/2026-05-12`);
    for (let from = 0; from < cameras.length; from += 10) {
      await record(table, ...cameras.slice(from, from + 10).map((stream) => act(stream)));
    }
    const lists = new Set(cameras.map(listOf));
    expect(lists.size).toBeGreaterThan(200);
    expect(await verifyAll(table)).toEqual({ ok: true, streams: 1000, entries: 2000 + lists.size, failures: [] });
    expect(await allHeads(table)).toHaveLength(1000 + lists.size + 1);
    expect(await streamEntries(table, ROOT)).toHaveLength(lists.size);
  });

  it('opens a list and lists a stream of another kind in one transaction', async () => {
    const table = openSqliteTable(':memory:');
    await record(table, act(camera), act(incident), act('officer/li'));
    expect((await streamEntries(table, ROOT)).map(({ subject }) => subject)).toEqual([
      incident,
      'officer/li',
      listOf(camera),
    ]);
    expect(await verifyAll(table)).toMatchObject({ ok: true, streams: 3 });
  });

  it('records nothing when what it records does not happen', async () => {
    const table = await trail();
    const impossible: Write = { kind: 'check', partition: 'none', sort: 'none', expect: 'present' };
    const acts = [act(incident, 'never'), act('officer/li', 'never')];
    await expect(table.transact([impossible, ...(await auditWrites(table, acts))])).rejects.toBeInstanceOf(
      ConflictError,
    );
    expect(await streamEntries(table, incident)).toHaveLength(3);
    expect(await verifyAll(table)).toMatchObject({ ok: true, streams: 3 });
  });

  it('lets one of two win that were built on the same head', async () => {
    const table = await trail();
    const [one, other] = await Promise.all([auditWrites(table, [act(incident)]), auditWrites(table, [act(incident)])]);
    const results = await Promise.allSettled([table.transact(one), table.transact(other)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('gives every one of forty concurrent acts its place, on streams that all open at once', async () => {
    const table = openSqliteTable(':memory:');
    const streams = Array.from({ length: 8 }, (_, at) => `incident/I${at}`);
    await Promise.all(Array.from({ length: 40 }, (_, at) => record(table, act(streams[at % 8] ?? '', `act-${at}`))));
    expect(await verifyAll(table)).toEqual({ ok: true, streams: 8, entries: 48, failures: [] });
    const names = await Promise.all(
      streams.map(async (stream) => (await streamEntries(table, stream)).map((entry) => entry.act)),
    );
    expect(new Set(names.flat()).size).toBe(40);
  });
});

describe('verifying the whole trail', () => {
  it('finds an empty and an untouched one whole', async () => {
    expect(await verifyAll(openSqliteTable(':memory:'))).toEqual({ ok: true, streams: 0, entries: 0, failures: [] });
    expect(await verifyAll(await trail())).toEqual({ ok: true, streams: 3, entries: 10, failures: [] });
  });

  it('finds it whole while others write', async () => {
    const table = await trail();
    const writing = Promise.all(
      Array.from({ length: 20 }, (_, at) => record(table, act(at % 2 ? incident : `officer/${at}`))),
    );
    for (let time = 0; time < 5; time++) expect((await verifyAll(table)).failures).toEqual([]);
    await writing;
    expect((await verifyAll(table)).failures).toEqual([]);
  });

  it('does not take a transaction for a damage of which it saw one item before the other, as it may on DynamoDB', async () => {
    const store = await trail();
    for (const [hidden, stream] of [
      ['entry/000000000003', incident],
      ['entry/000000000001', auditStream.system],
    ]) {
      let looks = 0;
      const table: Table = {
        ...store,
        async query<T>(query: Query): Promise<Page<T>> {
          const page = await store.query<T>(query);
          if (query.partition !== `audit/${stream}` || ++looks > 1) return page;
          return { ...page, items: page.items.filter(({ sort }) => sort !== hidden) };
        },
      };
      expect(await verifyAll(table)).toMatchObject({ ok: true, failures: [] });
      expect(looks).toBe(2);
    }
  });

  const replace = async (table: Table, stream: string, seq: number, change: (entry: AuditEntry) => unknown) => {
    const item = await table.get<AuditEntry>(entryOf(stream, seq));
    if (item === undefined) throw new Error('no such entry');
    const put: Put = { kind: 'put', ...entryOf(stream, seq), value: change(item.value), expect: 'present' };
    await table.write(put);
  };
  const remove = (table: Table, stream: string, ...sorts: string[]) =>
    table.transact(
      sorts.map((sort): Write => ({ kind: 'delete', partition: `audit/${stream}`, sort, expect: 'present' })),
    );
  const sortOf = (seq: number) => entryOf('', seq).sort;

  const damages: {
    what: string;
    damage: (table: Table) => Promise<unknown>;
    stream: string;
    seq: number;
    why: RegExp;
  }[] = [
    {
      what: 'an edited entry',
      damage: (table) => replace(table, incident, 2, (entry) => ({ ...entry, subject: 'I2' })),
      stream: incident,
      seq: 2,
      why: /content/,
    },
    {
      what: 'an entry replaced by null',
      damage: (table) => replace(table, camera, 2, () => null),
      stream: camera,
      seq: 2,
      why: /not an entry/,
    },
    {
      what: 'a removed middle',
      damage: (table) => remove(table, incident, sortOf(2)),
      stream: incident,
      seq: 2,
      why: /stands entry 3/,
    },
    {
      what: 'a removed beginning',
      damage: (table) => remove(table, camera, sortOf(1)),
      stream: camera,
      seq: 1,
      why: /stands entry 2/,
    },
    {
      what: 'a cut end',
      damage: (table) => remove(table, incident, sortOf(3)),
      stream: incident,
      seq: 3,
      why: /ends at entry 2, its head says 3/,
    },
    {
      what: 'a removed head',
      damage: (table) => remove(table, incident, 'head'),
      stream: incident,
      seq: 1,
      why: /ends at entry 3, its head says 0/,
    },
    {
      what: 'all entries of a stream removed',
      damage: (table) => remove(table, camera, sortOf(1), sortOf(2)),
      stream: camera,
      seq: 1,
      why: /ends at entry 0, its head says 2/,
    },
    {
      what: 'a whole stream removed with its head',
      damage: (table) => remove(table, camera, sortOf(1), sortOf(2), 'head'),
      stream: camera,
      seq: 1,
      why: /stream was removed/,
    },
    {
      what: 'a whole stream removed with its head and its opening',
      damage: async (table) => {
        await remove(table, camera, sortOf(1), sortOf(2), 'head');
        await remove(table, ROOT, sortOf(2));
      },
      stream: ROOT,
      seq: 2,
      why: /stands entry 3/,
    },
    {
      what: 'a camera’s stream removed with its head, its opening, and the list that held it',
      damage: async (table) => {
        await remove(table, camera, sortOf(1), sortOf(2), 'head');
        await remove(table, listOf(camera), sortOf(1), 'head');
      },
      stream: listOf(camera),
      seq: 1,
      why: /stream was removed/,
    },
    {
      what: 'the list of streams removed',
      damage: (table) => remove(table, ROOT, sortOf(1), sortOf(2), sortOf(3), 'head'),
      stream: ROOT,
      seq: 1,
      why: /list of streams was removed/,
    },
    {
      what: 'two entries exchanged',
      damage: async (table) => {
        const first = await table.get<AuditEntry>(entryOf(incident, 1));
        const second = await table.get<AuditEntry>(entryOf(incident, 2));
        await replace(table, incident, 1, () => second?.value);
        await replace(table, incident, 2, () => first?.value);
      },
      stream: incident,
      seq: 1,
      why: /stands entry 2/,
    },
    {
      what: 'a last entry forged so that it fits the one before',
      damage: async (table) => {
        const second = await table.get<AuditEntry>(entryOf(incident, 2));
        await replace(table, incident, 3, () => nextEntry(second && headOf(second.value), act(incident, 'forged')));
      },
      stream: incident,
      seq: 3,
      why: /not the entry that the head names/,
    },
    {
      what: 'an entry added behind the head',
      damage: async (table) => {
        const [entry] = (await auditWrites(table, [act(incident, 'forged')])).filter(({ sort }) => sort !== 'head');
        if (entry === undefined) throw new Error('nothing to add');
        await table.write(entry);
      },
      stream: incident,
      seq: 4,
      why: /ends at entry 4, its head says 3/,
    },
  ];
  for (const { what, damage, stream, seq, why } of damages) {
    it(`finds ${what}`, async () => {
      const table = await trail();
      await damage(table);
      const report = await verifyAll(table);
      expect(report.ok).toBe(false);
      expect(report.failures).toContainEqual({ stream, seq, why: expect.stringMatching(why) });
    });
  }

  it('names each broken stream and goes on to the next', async () => {
    const table = await trail();
    for (const stream of [incident, camera]) await replace(table, stream, 1, (entry) => ({ ...entry, at: 0 }));
    expect((await verifyAll(table)).failures.map((failure) => failure.stream)).toEqual([incident, camera]);
  });
});
