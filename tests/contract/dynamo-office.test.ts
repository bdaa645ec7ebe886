/** Review, release and the trail above DynamoDB, through the guard, while officers and the case system are at work at once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incidentId } from '#core/ids.ts';
import { Refusal } from '#core/refusal.ts';
import { openDynamoTable } from '#platform/aws/dynamo-table.ts';
import { handClock } from '#platform/clock.ts';
import { guardTable } from '#platform/guarded-table.ts';
import type { Machine, Officer } from '#platform/identity.ts';
import { verifyAll } from '#platform/records/audit.ts';
import { feedHead, readFeedItem } from '#platform/records/feed.ts';
import { incidentKey, putIncident, readIncident } from '#platform/records/incidents.ts';
import { pull } from '../../functions/release/feed.ts';
import { claim, claimNext, record, takeBack, withdrawViolation } from '../../functions/review/work.ts';
import { hasJava, type LocalDynamoDb, startDynamoDb } from '../aws/dynamodb.ts';
import { noBlobs } from '../no-blobs.ts';
import { framesOf, groundWrites } from '../unit/review-ground.ts';
import { ANNA, BO, incident, MINUTE, plateNamed, SUPERVISOR, T0 } from '../unit/review-incident.ts';

const officer = (who: typeof ANNA, roles: Officer['roles']): Officer => ({
  ...{ kind: 'officer', ...who, unit: '五常中队', roles },
});
const [anna, bo] = [officer(ANNA, ['reviewer']), officer(BO, ['reviewer'])];
const supervisor = officer(SUPERVISOR, ['supervisor']);
const CASE: Machine = { kind: 'machine', id: 'case', name: '案件系统', scopes: ['violations:read'], cameras: [] };
const CONFIRM = { outcome: 'confirm', reason: null, note: '', version: 1 } as const;

describe.skipIf(!hasJava)('an office on DynamoDB', () => {
  let local: LocalDynamoDb;
  beforeAll(async () => {
    local = await startDynamoDb();
  });
  afterAll(() => local.stop());

  async function office(items: number) {
    const clock = handClock(T0 + 15 * MINUTE);
    const table = guardTable(openDynamoTable({ client: local.client, table: await local.createTable(), clock }));
    await table.transact(groundWrites());
    const ids = Array.from({ length: items }, (_, index) => incidentId(`i${index}`));
    for (const id of ids) {
      const one = incident({}, id);
      const fresh = { ...one, stay: { ...one.stay, plate: plateNamed(id) } };
      await table.transact([...putIncident(fresh, null), ...framesOf(fresh)]);
    }
    const times = { leaseMs: 10 * MINUTE, leasesAtOnce: items, linkMs: MINUTE };
    return { ids, table, place: { table, blobs: noBlobs, clock, ...times } };
  }

  it('gives two walks over the feed each violation once and in order while officers confirm, undo and withdraw', async () => {
    const { ids, table, place } = await office(6);
    let isDone = false;
    const walk = async () => {
      const seen: { id: string; seq: number; state: string }[] = [];
      for (let cursor = 0; ; ) {
        const isLast = isDone;
        const { entries, next } = await pull(place, CASE, { cursor, limit: 2 });
        seen.push(...entries.map(({ id, seq, state }) => ({ id, seq, state })));
        if (isLast && next === cursor) return seen;
        cursor = next;
      }
    };
    const walking = Promise.all([walk(), walk()]);
    const undone = new Set<string>();
    const working = ids.map(async (id, index) => {
      const who = index % 2 ? anna : bo;
      await claim(place, who, id);
      await record(place, who, id, CONFIRM);
      // Who pulled it meanwhile has it for good.
      if (index % 3 === 1 && (await unlessRefused(takeBack(place, who, id, { note: '' })))) undone.add(id);
      if (index % 3 === 2) await withdrawViolation(place, supervisor, id, { reason: 'duplicate', note: '' });
    });
    await Promise.all(working).finally(() => {
      isDone = true;
    });
    for (const seen of await walking) {
      const numbers = seen.map(({ seq }) => seq);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      for (const [index, id] of ids.entries()) {
        if (undone.has(id)) continue;
        const met = seen.filter((entry) => entry.id === id).map(({ state }) => state);
        const expected = index % 3 === 2 ? [['withdrawn'], ['confirmed', 'withdrawn']] : [['confirmed']];
        expect(expected).toContainEqual(met);
      }
      expect(seen.some(({ id, state }) => undone.has(id) && state === 'withdrawn')).toBe(false);
    }
    expect(await feedHead(table)).toBeGreaterThanOrEqual(8);
    expect(await verifyAll(table)).toMatchObject({ ok: true, failures: [] });
  });

  it('never gives one item to two officers who ask for the next one at once', async () => {
    const { ids, place } = await office(4);
    const asked = [anna, bo, anna, bo, anna, bo].map(async (who) => ({
      who: who.id,
      given: await unlessRefused(claimNext(place, who, {})),
    }));
    const holders = new Map<string, Set<string>>(ids.map((id) => [id, new Set()]));
    for (const { who, given } of await Promise.all(asked)) if (given) holders.get(given.id)?.add(who);
    for (const who of holders.values()) expect(who.size).toBeLessThanOrEqual(1);
    expect([...holders.values()].some((who) => who.size === 1)).toBe(true);
  });

  it('stores no violation that nobody decided, whoever writes', async () => {
    const { ids, table } = await office(1);
    const stored = await readIncident(table, ids[0] ?? incidentId('i0'));
    if (stored === undefined) throw new Error('Expected the incident');
    const forged = { ...stored.incident, state: 'confirmed' as const, version: 2 };
    const put = { kind: 'put', ...incidentKey(forged.id), value: forged, expect: { version: 1 } } as const;
    await expect(table.write(put)).rejects.toBeInstanceOf(Refusal);
    expect((await readIncident(table, forged.id))?.incident.state).toBe('pending');
    expect(await readFeedItem(table, forged.id)).toBeUndefined();
  });
});

/** Whoever lost a race may try something else. */
async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
