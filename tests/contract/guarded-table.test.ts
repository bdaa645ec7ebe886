/** What storage itself insists on, tried as a function would that writes to the table directly, past every repository. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditAct, auditStream, headOf, nextEntry } from '#core/audit.ts';
import type { Incident } from '#core/incident.ts';
import { Refusal } from '#core/refusal.ts';
import { decide, undo } from '#core/review-decision.ts';
import { assertReleasable } from '#core/review-gate.ts';
import { commit } from '#platform/commit.ts';
import { guardTable } from '#platform/guarded-table.ts';
import { openSqliteTable, type SqliteTable } from '#platform/local/sqlite-table.ts';
import { auditWrites } from '#platform/records/audit.ts';
import { readFeedItem, releaseWrites } from '#platform/records/feed.ts';
import { incidentKey, putIncident } from '#platform/records/incidents.ts';
import { ConflictError, type Put, type Table, type Write } from '#platform/table.ts';
import { ANNA, BO, command, heldBy, incident, MINUTE, SUPERVISOR, T0 } from '../unit/review-incident.ts';
import { tableContract } from './table.ts';

tableContract('SQLite, guarded', async (clock) => {
  const table = openSqliteTable(':memory:', clock);
  return { table: guardTable(table), close: () => table.close() };
});

const NOW = T0 + 20 * MINUTE;
let sqlite: SqliteTable;
let table: Table;
beforeEach(() => {
  sqlite = openSqliteTable(':memory:', { now: () => NOW });
  table = guardTable(sqlite);
});
afterEach(() => sqlite.close());

/** The refusal's code, or that it was written. */
async function tried(write: () => Promise<unknown>): Promise<string> {
  try {
    await write();
    return 'written';
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    if (error instanceof ConflictError) return 'conflict';
    throw error;
  }
}

const decided = (base: Incident, by = ANNA): Incident => {
  const held = heldBy(by, base);
  return decide(held, command(held, { officer: by }), NOW);
};
const actOf = (next: Incident, change: Partial<AuditAct> = {}): AuditAct => {
  const last = next.decisions.at(-1)!;
  return {
    stream: auditStream.incident(next.id),
    at: NOW,
    actor: { kind: 'officer', id: last.officerId, name: last.officerName },
    act: 'incident.decided',
    subject: next.id,
    facts: { outcome: last.outcome, packageSha256: last.packageSha256 },
    ...change,
  };
};
const raw = (next: Incident, version: number, change: Partial<Put> = {}): Put => ({
  kind: 'put',
  ...incidentKey(next.id),
  value: next,
  expect: { version },
  ...change,
});

/** As functions/review/work.ts writes a confirmation. */
async function confirm(base: Incident): Promise<Incident> {
  const next = decided(base);
  await commit(table, async () => ({
    writes: await releaseWrites(table, next, base, NOW),
    acts: [actOf(next)],
    result: undefined,
  }));
  return next;
}

async function pending(): Promise<Incident> {
  const base = incident();
  await table.transact(putIncident(base, null));
  return base;
}

describe('an incident', () => {
  it('is confirmed through the review, with its entry in the feed', async () => {
    await confirm(await pending());
    expect((await readFeedItem(table, incident().id))?.value.seq).toBe(1);
  });

  it.each<[string, (base: Incident) => Incident]>([
    ['nobody decided', (base) => ({ ...base, state: 'confirmed' })],
    ['comes from a clue camera', (base) => ({ ...decided(base), grade: 'clue' })],
    ['falls in a warning phase', (base) => ({ ...decided(base), phase: 'warning' })],
    ['is not sealed', (base) => ({ ...decided(base), package: null })],
    ['needs a second officer', (base) => ({ ...decided(base), secondReview: true })],
  ])('is not stored as a violation that %s', async (_name, forge) => {
    const base = await pending();
    const forged = forge(base);
    const acts = forged.decisions.length === 0 ? [] : await auditWrites(table, [actOf(forged)]);
    expect(await tried(() => table.transact([raw(forged, 1), ...acts]))).not.toBe('written');
    expect((await table.get<Incident>(incidentKey(base.id)))?.value.state).toBe('pending');
  });

  it.each<[string, (base: Incident) => Incident]>([
    ['closed without a decision', (base) => ({ ...base, state: 'rejected', version: 2 })],
    ['sent to another stage without one', (base) => ({ ...base, state: 'legal-review', version: 2 })],
    ['taken past a stage', (base) => ({ ...decided({ ...base, legalReview: false }), legalReview: false })],
    ['relieved of a stage', (base) => ({ ...base, secondReview: false, version: 2 })],
    ['objected to before it is a violation', (base) => ({ ...base, state: 'objected', version: 2 })],
    ['called withdrawn before it was confirmed', (base) => ({ ...base, state: 'withdrawn', version: 2 })],
  ])('is not %s, with whatever acts beside it', async (_name, forge) => {
    const base = incident({ secondReview: true, legalReview: true });
    await table.transact(putIncident(base, null));
    const forged = forge(base);
    const acts = await auditWrites(table, forged.decisions.length === 0 ? [] : [actOf(forged)]);
    expect(await tried(() => table.transact([raw(forged, 1), ...acts]))).toMatch(/storage-guard|not-reviewed/);
    expect((await table.get<Incident>(incidentKey(base.id)))?.value).toEqual({ ...base, lease: null });
  });

  it('is not given another stay once somebody decided', async () => {
    const confirmed = await confirm(await pending());
    const moved = { ...confirmed, stay: { ...confirmed.stay, lastSeen: NOW }, version: 3 };
    expect(await tried(() => table.write(raw(moved, 2)))).toBe('storage-guard');
  });

  it('whose plates were destroyed still stands as it was arbitrated', async () => {
    const base = incident({ secondReview: true });
    const first = decided(base);
    const held = heldBy(BO, first);
    const differing = decide(held, command(held, { officer: BO, plate: '浙A8K3F3' }), NOW);
    const arbiter = heldBy(SUPERVISOR, differing);
    const by = { officer: SUPERVISOR, roles: ['supervisor'], plate: '浙A8K3F3', note: '放大后可辨' };
    const settled = decide(arbiter, command(arbiter, by), NOW);
    const bare = { ...settled, decisions: settled.decisions.map((decision) => ({ ...decision, plate: null })) };
    expect(() => assertReleasable(bare)).not.toThrow();
  });

  it.each<[string, Partial<AuditAct> | null]>([
    ['without any act in the trail', null],
    ['with the act of another officer', { actor: { kind: 'officer', id: BO.id, name: BO.name } }],
    ['with the act of a machine', { actor: { kind: 'machine', id: ANNA.id, name: ANNA.name } }],
    ['with an act on another package', { facts: { outcome: 'confirm', packageSha256: 'cd'.repeat(32) } }],
    ['with an act of another kind', { act: 'incident.viewed' }],
  ])('gets no decision %s', async (_name, change) => {
    const base = await pending();
    const forged = decided(base);
    const acts = change === null ? [] : await auditWrites(table, [actOf(forged, change)]);
    expect(await tried(() => table.transact([raw(forged, 1), ...acts]))).toBe('storage-guard');
  });

  it('loses no decision but by the act that takes it back', async () => {
    const base = await pending();
    const confirmed = await confirm(base);
    const acting = { officer: ANNA, roles: ['reviewer'], handedOut: false };
    const forgotten = undo(confirmed, acting, NOW);
    expect(await tried(() => table.write(raw(forgotten, 2)))).toBe('storage-guard');
    const act = actOf(confirmed, { act: 'incident.decision-undone', facts: {} });
    const acts = await auditWrites(table, [act]);
    expect(await tried(() => table.transact([raw(forgotten, 2), ...acts]))).toBe('written');
  });

  it('is not overwritten blindly, nor removed', async () => {
    const base = await pending();
    expect(await tried(() => table.write(raw(base, 1, { expect: 'any' })))).toBe('storage-guard');
    expect(await tried(() => table.write({ kind: 'delete', ...incidentKey(base.id), expect: 'any' }))).toBe(
      'storage-guard',
    );
  });

  it('that somebody else changed meanwhile is a conflict, as without a guard', async () => {
    const base = await pending();
    await confirm(base);
    expect(await tried(() => table.write(raw({ ...base, version: 2 }, 1)))).toBe('conflict');
  });
});

describe('the feed', () => {
  const entryOf = async () => (await readFeedItem(table, incident().id))!;

  it.each<[string, (entry: Put) => readonly Write[]]>([
    ['an entry of nothing', (entry) => [{ ...entry, sort: '000000000000002', expect: 'absent' }]],
    ['the plate of an entry changed', (entry) => [{ ...entry, value: { ...Object(entry.value), plate: '浙A99999' } }]],
    ['an entry removed', ({ partition, sort }) => [{ kind: 'delete', partition, sort, expect: 'any' }]],
    ['an entry emptied by itself', (entry) => [{ ...entry, value: { seq: 1, id: null } }]],
    ['an entry overwritten blindly', (entry) => [{ ...entry, expect: 'any' }]],
  ])('does not take %s', async (_name, forge) => {
    await confirm(await pending());
    const { partition, sort, value, version } = await entryOf();
    const entry: Put = { kind: 'put', partition, sort, value, expect: { version } };
    expect(await tried(() => table.transact(forge(entry)))).toBe('storage-guard');
  });

  it('takes what hangs on an entry', async () => {
    await confirm(await pending());
    const { partition, sort, value, version } = await entryOf();
    const handed: Put = { kind: 'put', partition, sort, value: { ...value, handedOutAt: NOW }, expect: { version } };
    expect(await tried(() => table.write(handed))).toBe('written');
  });
});

describe('the audit trail', () => {
  const act = (subject: string): AuditAct => ({
    stream: 'system',
    at: NOW,
    actor: { kind: 'system', id: 'test', name: 'test' },
    act: 'something.done',
    subject,
    facts: {},
  });
  const record = (subject: string) =>
    commit(table, async () => ({ writes: [], acts: [act(subject)], result: undefined }));
  const at = (seq: number) => ({ partition: 'audit/system', sort: `entry/${String(seq).padStart(12, '0')}` });

  it('takes entries at its end, several at once too', async () => {
    await record('a');
    expect(await tried(() => commit(table, async () => ({ writes: [], acts: [act('b'), act('c')], result: 0 })))).toBe(
      'written',
    );
  });

  it('refuses an entry changed, removed, added twice, forged or out of its place', async () => {
    await record('a');
    await record('b');
    const [first, head] = [
      await table.get<object>(at(1)),
      (await table.get({ partition: 'audit/system', sort: 'head' }))!,
    ];
    const forged = nextEntry(undefined, act('forged'));
    const third = nextEntry({ stream: 'system', seq: 2, hash: '0'.repeat(64) }, act('third'));
    const headPut = (value: unknown): Put => ({
      kind: 'put',
      partition: 'audit/system',
      sort: 'head',
      value,
      expect: { version: head.version },
    });
    const attempts: (readonly Write[])[] = [
      [{ kind: 'put', ...at(1), value: { ...first?.value, subject: 'x' }, expect: { version: 1 } }],
      [{ kind: 'put', ...at(1), value: forged, expect: 'any' }],
      [{ kind: 'delete', ...at(2), expect: 'any' }],
      [{ kind: 'delete', partition: 'audit/system', sort: 'head', expect: 'any' }],
      [{ kind: 'put', ...at(3), value: third, expect: 'absent' }],
      [{ kind: 'put', ...at(3), value: third, expect: 'absent' }, headPut(headOf(third))],
      [headPut(headOf(forged))],
      [{ kind: 'put', ...at(7), value: third, expect: 'absent' }, headPut(headOf(third))],
    ];
    for (const writes of attempts) expect(await tried(() => table.transact(writes))).toBe('storage-guard');
  });

  it('lets writers race: one is written, the other starts over', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => record(`race ${index}`)));
    expect((await table.get<{ seq: number }>({ partition: 'audit/system', sort: 'head' }))?.value.seq).toBe(20);
  });
});

describe('versions of zones, rules and policies', () => {
  it.each([
    { partition: 'camera/CAM-1', sort: 'zone/Z1/00000001' },
    { partition: 'rule/R1', sort: '00000001' },
    { partition: 'policy/*', sort: '00000001' },
  ])('are written once: $partition', async (key) => {
    expect(await tried(() => table.write({ kind: 'put', ...key, value: 1, expect: 'absent' }))).toBe('written');
    expect(await tried(() => table.write({ kind: 'put', ...key, value: 2, expect: 'any' }))).toBe('storage-guard');
    expect(await tried(() => table.write({ kind: 'put', ...key, value: 2, expect: { version: 1 } }))).toBe(
      'storage-guard',
    );
    expect(await tried(() => table.write({ kind: 'delete', ...key, expect: 'any' }))).toBe('storage-guard');
  });
});
