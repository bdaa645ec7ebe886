import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuditAct, type AuditEntry, auditStream, GENESIS, headOf, nextEntry, systemActor } from '#core/audit.ts';
import { headLeaf, rootOfHeads, statementSha256 } from '#core/audit-root.ts';
import { hexOf } from '#core/bytes.ts';
import { incidentId } from '#core/ids.ts';
import { inclusionProof, isIncluded, treeRoot } from '#core/merkle.ts';
import { dayInterval } from '#core/time.ts';
import { BlobHeldError, type Blobs } from '#platform/blobs.ts';
import { commit } from '#platform/commit.ts';
import { guardTable } from '#platform/guarded-table.ts';
import { openSigner } from '#platform/local/ed25519-signer.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import { openSqliteTable, type SqliteTable } from '#platform/local/sqlite-table.ts';
import { streamEntries, uncoveredHeads, verifyAll } from '#platform/records/audit.ts';
import { lastRoot, readRoot, rootDocument, rootKey } from '#platform/records/audit-roots.ts';
import { recordKeys } from '#platform/records/signing-keys.ts';
import { verifyTrail } from '#platform/records/verify-roots.ts';
import type { Signer } from '#platform/signer.ts';
import type { Table, Write } from '#platform/table.ts';
import { makeAuditRoots, type RootDependencies } from '../../functions/tend/audit-roots.ts';
import { tend } from '../../functions/tend/tend.ts';

const DAY_MS = 86_400_000;
const MONDAY = dayInterval('2026-05-11').from;
const at = (day: number, hours = 12) => MONDAY + day * DAY_MS + hours * 3_600_000;
const stream = (name: string) => auditStream.incident(incidentId(name));

const directory = mkdtempSync(join(tmpdir(), 'audit-roots-'));
let houses = 0;
let signer: Signer;
/** Under the guard, for those who want to break in. */
let raw: SqliteTable;
let table: Table;
let blobs: Blobs;
let house: RootDependencies;

beforeAll(async () => {
  signer = await openSigner(join(directory, 'keys'));
});
beforeEach(() => {
  raw = openSqliteTable(':memory:');
  table = guardTable(raw);
  houses += 1;
  blobs = openFileBlobs(join(directory, `blobs-${houses}`), { secret: 'roots', baseUrl: 'http://localhost' });
  house = { table, blobs, signer };
});
afterEach(() => raw.close());
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const act = (name: string, day: number, what = 'looked'): AuditAct => ({
  ...{ stream: stream(name), at: at(day), subject: name, act: what, facts: {} },
  actor: { kind: 'officer', id: 'wang', name: '王警官' },
});
const record = (...acts: AuditAct[]) => commit(table, async () => ({ writes: [], acts, result: undefined }));
const documentOf = async (day: string) => {
  const document = await rootDocument(blobs, day);
  if (document === null || document === undefined) throw new Error(`Expected a root of ${day}`);
  return document;
};
const streamsOf = async (day: string) => (await documentOf(day)).heads.map((head) => head.stream);

/** A stream written anew from its first entry, every hash made to fit: what verifying the trail alone cannot find. */
async function rewrite(name: string, change: (entry: AuditEntry) => AuditAct): Promise<void> {
  const entries = await streamEntries(table, name);
  let head: ReturnType<typeof headOf> | undefined;
  const writes: Write[] = [];
  for (const old of entries) {
    const entry = nextEntry(head, change(old));
    head = headOf(entry);
    const sort = `entry/${`${entry.seq}`.padStart(12, '0')}`;
    writes.push({ kind: 'put', partition: `audit/${name}`, sort, value: entry, expect: 'present' });
  }
  writes.push({ kind: 'put', partition: `audit/${name}`, sort: 'head', value: head, expect: 'present' });
  await raw.transact(writes);
}

describe('a daily root', () => {
  it('is not made before the day is over, nor of a day in which nothing was', async () => {
    expect(await makeAuditRoots(house, at(0))).toEqual({ made: [], waitsFor: null });
    await record(act('I1', 0));
    expect(await makeAuditRoots(house, at(0, 23))).toEqual({ made: [], waitsFor: null });
  });

  it('is made once, signed, of every head, and held', async () => {
    await record(act('I1', 0), act('I2', 0));
    await record(act('I1', 0));
    expect(await makeAuditRoots(house, at(1, 0))).toEqual({ made: ['2026-05-11'], waitsFor: null });
    expect(await makeAuditRoots(house, at(1, 1))).toEqual({ made: [], waitsFor: null });
    const { statement, heads } = await documentOf('2026-05-11');
    expect(heads.map((head) => [head.stream, head.seq])).toEqual([
      ['incident/I1', 2],
      ['incident/I2', 1],
      ['streams', 2],
    ]);
    expect(statement).toMatchObject({ day: '2026-05-11', leaves: 3, root: rootOfHeads(heads), previous: null });
    expect(await lastRoot(table)).toMatchObject({ keyId: (await signer.publicKey()).keyId, isStamped: false });
    await expect(blobs.delete(rootKey('2026-05-11'))).rejects.toBeInstanceOf(BlobHeldError);
    expect(await verifyTrail(house)).toMatchObject({ ok: true, roots: 1 });
  });

  it('is told of in the trail itself', async () => {
    await record(act('I1', 0));
    await makeAuditRoots(house, at(1));
    const [told] = await streamEntries(table, auditStream.system);
    const { statement } = await documentOf('2026-05-11');
    expect(told).toMatchObject({ act: 'audit.root-made', subject: '2026-05-11', facts: { root: statement.root } });
  });

  it('holds what moved since the one before, and names it', async () => {
    await record(act('I1', 0), act('I2', 0));
    await makeAuditRoots(house, at(1));
    await record(act('I2', 1), act('I3', 1));
    await makeAuditRoots(house, at(2));
    expect(await streamsOf('2026-05-12')).toEqual(['incident/I2', 'incident/I3', 'streams', 'system']);
    const [first, second] = [await documentOf('2026-05-11'), await documentOf('2026-05-12')];
    expect(second.statement.previous).toEqual({ day: '2026-05-11', sha256: statementSha256(first.statement) });
  });

  it('is caught up with, day by day, after a pause', async () => {
    await record(act('I1', 0));
    await makeAuditRoots(house, at(1));
    await record(act('I2', 1));
    expect((await makeAuditRoots(house, at(4))).made).toEqual(['2026-05-12', '2026-05-13', '2026-05-14']);
    expect(await streamsOf('2026-05-12')).toContain('incident/I2');
    expect(await streamsOf('2026-05-13')).not.toContain('incident/I2');
    expect(await verifyTrail(house)).toMatchObject({ ok: true, roots: 4 });
  });

  it('begins with all there is in a store that had none', async () => {
    await record(act('I1', -40), act('I2', -3));
    expect((await makeAuditRoots(house, at(1))).made).toEqual(['2026-05-11']);
    expect(await streamsOf('2026-05-11')).toEqual(['incident/I1', 'incident/I2', 'streams']);
  });

  it('covers acts whose clock was wrong: what moved counts, not when it says it did', async () => {
    await record(act('I1', 0));
    await makeAuditRoots(house, at(1));
    await record(act('I-back', -300), act('I-ahead', 300));
    await makeAuditRoots(house, at(2));
    expect(await streamsOf('2026-05-12')).toEqual(expect.arrayContaining(['incident/I-back', 'incident/I-ahead']));
  });

  it('is not made by a clock that leapt, and is when the clock is right again', async () => {
    await record(act('I1', 0));
    const round = (now: number) => tend({ table, blobs, signer }, now);
    expect((await round(at(0))).roots.made).toEqual([]);
    expect((await round(at(300))).roots).toEqual({ made: [], waitsFor: expect.stringContaining('leapt') });
    expect((await round(at(0, 13))).roots).toEqual({ made: [], waitsFor: null });
    expect((await round(at(1, 1))).roots.made).toEqual(['2026-05-11']);
  });

  it('is one when two processes make it at once', async () => {
    await record(act('I1', 0), act('I2', 0));
    await Promise.all(Array.from({ length: 4 }, (_, one) => makeAuditRoots(house, at(1, one))));
    expect((await streamEntries(table, auditStream.system)).map((entry) => entry.act)).toEqual(['audit.root-made']);
    expect(await verifyTrail(house)).toMatchObject({ ok: true, roots: 1 });
  });

  it('that was stored and not listed when the process was killed is listed as it is', async () => {
    await record(act('I1', 0));
    const dying: Table = { ...table, transact: () => Promise.reject(new Error('killed')) };
    await expect(makeAuditRoots({ ...house, table: dying }, at(1))).rejects.toThrow('killed');
    const stored = await documentOf('2026-05-11');
    await record(act('I2', 1));
    await makeAuditRoots(house, at(1, 13));
    expect(await documentOf('2026-05-11')).toEqual(stored);
    expect((await readRoot(table, '2026-05-11'))?.sha256).toBe(statementSha256(stored.statement));
    expect((await uncoveredHeads(table)).map((head) => head.stream)).toContain('incident/I2');
    expect(await verifyTrail(house)).toMatchObject({ ok: true, roots: 1 });
  });

  it('proves of any one stream that it is among them', async () => {
    await record(...Array.from({ length: 9 }, (_, one) => act(`I${one}`, 0)));
    await makeAuditRoots(house, at(1));
    const { statement, heads } = await documentOf('2026-05-11');
    const leaves = heads.map(headLeaf);
    expect(hexOf(treeRoot(leaves))).toBe(statement.root);
    for (const [index, leaf] of leaves.entries()) {
      const proof = inclusionProof(leaves, index);
      expect(isIncluded({ leaf, index, size: leaves.length, proof, root: treeRoot(leaves) })).toBe(true);
    }
  });

  it('copes with more streams than a page or a transaction holds', async () => {
    for (let from = 0; from < 2_400; from += 24)
      await record(...Array.from({ length: 24 }, (_, one) => act(`I${from + one}`, 0)));
    await makeAuditRoots(house, at(1));
    await record(...Array.from({ length: 24 }, (_, one) => act(`I${one}`, 1)));
    expect(await uncoveredHeads(table)).toHaveLength(26);
    await makeAuditRoots(house, at(2));
    expect((await documentOf('2026-05-11')).heads).toHaveLength(2_401);
    expect((await documentOf('2026-05-12')).heads).toHaveLength(26);
    expect(await verifyTrail(house)).toMatchObject({ ok: true, roots: 2 });
  });

  it('leaves no head out, whatever moves between roots', async () => {
    const moves = fc.array(fc.oneof(fc.constant('root' as const), fc.integer({ min: 0, max: 6 })), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(moves, async (steps) => {
        const own = openSqliteTable(':memory:');
        houses += 1;
        const store = openFileBlobs(join(directory, `blobs-${houses}`), {
          secret: 'roots',
          baseUrl: 'http://localhost',
        });
        const known = new Map<string, string>();
        let day = 0;
        for (const step of [0, ...steps, 'root' as const]) {
          if (step !== 'root') {
            await commit(own, async () => ({ writes: [], acts: [act(`I${step}`, day)], result: undefined }));
            continue;
          }
          day += 1;
          const { made } = await makeAuditRoots({ table: own, blobs: store, signer }, at(day));
          for (const one of made)
            for (const head of (await rootDocument(store, one))?.heads ?? []) known.set(head.stream, head.hash);
        }
        for (const step of new Set(steps.filter((one) => one !== 'root')))
          expect(known.get(stream(`I${step}`))).toBe((await streamEntries(own, stream(`I${step}`))).at(-1)?.hash);
        expect(await verifyTrail({ table: own, blobs: store })).toMatchObject({ ok: true });
        own.close();
      }),
      { numRuns: 12 },
    );
  });
});

describe('verifying the trail against its roots', () => {
  beforeEach(async () => {
    await record(act('I1', 0), act('I2', 0));
    await record(act('I1', 0, 'decided'));
    await makeAuditRoots(house, at(1));
    await record(act('I1', 1), act('I3', 1));
    await makeAuditRoots(house, at(2));
  });

  it('finds a stream that was rewritten from end to end, every hash made to fit', async () => {
    await rewrite('incident/I1', (entry) => ({ ...entry, act: entry.act === 'decided' ? 'waved-through' : entry.act }));
    expect(await verifyAll(table)).toMatchObject({ ok: true });
    const report = await verifyTrail(house);
    expect(report.ok).toBe(false);
    expect(report.failures).toEqual([
      { stream: 'incident/I1', seq: 2, why: 'it is not the entry that the root of 2026-05-11 holds' },
    ]);
  });

  it('finds a stream that was cut back to before the root, its head moved along', async () => {
    const [first] = await streamEntries(table, 'incident/I1');
    if (first === undefined) throw new Error('Expected an entry');
    await raw.transact([
      ...[2, 3].map(
        (seq): Write => ({
          kind: 'delete',
          partition: 'audit/incident/I1',
          sort: `entry/${`${seq}`.padStart(12, '0')}`,
          expect: 'present',
        }),
      ),
      { kind: 'put', partition: 'audit/incident/I1', sort: 'head', value: headOf(first), expect: 'present' },
    ]);
    expect(await verifyAll(table)).toMatchObject({ ok: true });
    expect((await verifyTrail(house)).failures).toMatchObject([{ stream: 'incident/I1', seq: 2 }]);
  });

  it('finds a root that was taken off the list', async () => {
    await raw.write({ kind: 'delete', partition: 'audit-roots', sort: '2026-05-11', expect: 'present' });
    expect((await verifyTrail(house)).failures).toEqual([
      { stream: 'audit-roots/2026-05-12', seq: 0, why: 'the roots before it are missing' },
      { stream: 'system', seq: 1, why: 'the root of 2026-05-11 that it tells of is missing or another' },
    ]);
  });

  it('finds the last root taken off the list', async () => {
    await raw.write({ kind: 'delete', partition: 'audit-roots', sort: '2026-05-12', expect: 'present' });
    expect((await verifyTrail(house)).failures).toMatchObject([
      { stream: 'system', why: expect.stringContaining('2026-05-12') },
    ]);
  });

  it('finds a root that was signed with a key of somebody else', async () => {
    await recordKeys(house, { actor: systemActor('start'), now: at(2) });
    expect(await verifyTrail(house)).toMatchObject({ ok: true });
    const thief = await openSigner(join(directory, 'thief'));
    await makeAuditRoots({ ...house, signer: thief }, at(3));
    expect((await verifyTrail(house)).failures).toEqual([
      { stream: 'audit-roots/2026-05-13', seq: 0, why: 'it is signed with a key that was never in use' },
    ]);
  });

  it('finds a document that was replaced, and one that is gone', async () => {
    const { statement, ...rest } = await documentOf('2026-05-11');
    await blobs.setLegalHold(rootKey('2026-05-11'), false);
    await blobs.delete(rootKey('2026-05-11'));
    expect((await verifyTrail(house)).failures).toMatchObject([{ why: 'its document is missing or damaged' }]);
    const heads = rest.heads.map((head) => ({ ...head, hash: GENESIS }));
    const forged = { ...rest, heads, statement: { ...statement, root: rootOfHeads(heads) } };
    await blobs.putIfAbsent(rootKey('2026-05-11'), Buffer.from(JSON.stringify(forged)), 'application/json');
    expect((await verifyTrail(house)).failures[0]).toMatchObject({
      stream: 'audit-roots/2026-05-11',
      why: 'its document is another than the one listed',
    });
  });

  it('lets nobody write a root twice or take one back through the table', async () => {
    const row = await readRoot(table, '2026-05-11');
    for (const write of [
      { kind: 'put', partition: 'audit-roots', sort: '2026-05-11', value: row, expect: 'present' },
      { kind: 'delete', partition: 'audit-roots', sort: '2026-05-11', expect: 'present' },
    ] satisfies Write[])
      await expect(table.write(write)).rejects.toMatchObject({ code: 'storage-guard' });
  });
});
