import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { incidentId } from '#core/ids.ts';
import { Refusal } from '#core/refusal.ts';
import { handClock } from '#platform/clock.ts';
import type { Machine, Officer } from '#platform/identity.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { readFeedItem } from '#platform/records/feed.ts';
import { putIncident } from '#platform/records/incidents.ts';
import { look, packageLink, pull } from '../../functions/release/feed.ts';
import {
  claim,
  claimNext,
  giveBack,
  heartbeat,
  record,
  takeBack,
  withdrawViolation,
} from '../../functions/review/work.ts';
import { noBlobs } from '../no-blobs.ts';
import { framesOf, groundWrites } from '../unit/review-ground.ts';
import { ANNA, BO, incident, MINUTE, plateNamed, SUPERVISOR, T0 } from '../unit/review-incident.ts';
import { oneByOne, shuffled } from './interleaving.ts';

const officer = (who: typeof ANNA, roles: Officer['roles']): Officer => ({
  kind: 'officer',
  ...who,
  unit: '五常中队',
  roles,
});
const anna = officer(ANNA, ['reviewer']);
const bo = officer(BO, ['reviewer']);
const su = officer(SUPERVISOR, ['supervisor']);
const CASE: Machine = { kind: 'machine', id: 'case', name: '案件系统', scopes: ['violations:read'], cameras: [] };

async function office(scheduler: fc.Scheduler, items: number) {
  const clock = handClock(T0 + 15 * MINUTE);
  const store = openSqliteTable(':memory:', clock);
  const ids = Array.from({ length: items }, (_, index) => incidentId(`i${index}`));
  await store.transact(groundWrites());
  for (const id of ids) {
    const one = incident({}, id);
    const fresh = { ...one, stay: { ...one.stay, plate: plateNamed(id) } };
    await store.transact([...putIncident(fresh, null), ...framesOf(fresh)]);
  }
  const place = {
    table: shuffled(store, scheduler),
    blobs: noBlobs,
    clock,
    leaseMs: 10 * MINUTE,
    leasesAtOnce: items,
    linkMs: MINUTE,
  };
  return { place, ids, store, clock, close: () => store.close() };
}

/** What a refusal leaves out: whoever lost a race may try something else, nothing broke. */
async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

describe('a walk over the feed while others confirm, undo and withdraw', () => {
  it('meets each violation once, in the order of its numbers, and nothing that was undone', async () => {
    const fate = fc.constantFrom('confirm' as const, 'confirm' as const, 'undo' as const, 'withdraw' as const);
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fate, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 3 }),
        async (scheduler, fates, limit) => {
          const { place, ids, close } = await office(scheduler, fates.length);
          const undone = new Set<string>();
          const withdrawn = new Set<string>();
          const working = Promise.all(
            ids.map(async (id, index) => {
              await claim(place, anna, id);
              const decision = { outcome: 'confirm', reason: null, note: '', version: 1 } as const;
              await record(place, anna, id, decision);
              if (fates[index] === 'undo' && (await unlessRefused(takeBack(place, anna, id, { note: '' }))))
                undone.add(id);
              if (fates[index] === 'withdraw') {
                await withdrawViolation(place, su, id, { reason: 'duplicate', note: '' });
                withdrawn.add(id);
              }
            }),
          );
          let done = false;
          const walk = async () => {
            const seen: { id: string; seq: number; state: string }[] = [];
            let cursor = 0;
            for (;;) {
              const last = done;
              const { entries, next } = await pull(place, CASE, { cursor, limit });
              seen.push(...entries.map(({ id, seq, state }) => ({ id, seq, state })));
              if (last && next === cursor) return seen;
              // A poll, as a case system does it: the others' timers get their turn.
              if (next === cursor) await new Promise((resolve) => setTimeout(resolve, 1));
              cursor = next;
            }
          };
          const walking = Promise.all([walk(), walk()]);
          await scheduler.waitFor(working, oneByOne);
          done = true;
          const walks = await scheduler.waitFor(walking, oneByOne);
          close();
          for (const seen of walks) {
            const numbers = seen.map(({ seq }) => seq);
            expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
            const standing = ids.filter((id) => !undone.has(id));
            // At the end of a walk everything that stands was met, with its last state, and nothing else.
            expect(new Map(seen.map(({ id, state }) => [id, state]))).toEqual(
              new Map(
                seen.filter(({ id }) => standing.some((other) => other === id)).map(({ id, state }) => [id, state]),
              ),
            );
            for (const id of standing) {
              const met = seen.filter((entry) => entry.id === id).map(({ state }) => state);
              const expected = withdrawn.has(id) ? [['withdrawn'], ['confirmed', 'withdrawn']] : [['confirmed']];
              expect(expected).toContainEqual(met);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);
});

describe('undo against the case system in the same moment', () => {
  it('either it was handed out, or it was undone: never both, never neither', async () => {
    const ways = fc.uniqueArray(fc.constantFrom('pull' as const, 'look' as const, 'package' as const), {
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), ways, async (scheduler, tried) => {
        const { place, store, close } = await office(scheduler, 1);
        const id = incidentId('i0');
        const calm = { ...place, table: store };
        await claim(calm, anna, id);
        await record(calm, anna, id, { outcome: 'confirm', reason: null, note: '', version: 1 });
        const handing = tried.map(async (way) => {
          if (way === 'pull') return (await pull(place, CASE, { cursor: 0, limit: 5 })).entries.length > 0;
          if (way === 'look') return (await unlessRefused(look(place, CASE, id))) !== undefined;
          return (await unlessRefused(packageLink(place, CASE, id))) !== undefined;
        });
        const undoing = unlessRefused(takeBack(place, anna, id, { note: '' }));
        const [undone, ...handed] = await scheduler.waitFor(Promise.all([undoing, ...handing]), oneByOne);
        expect(undone === undefined).toBe(handed.includes(true));
        const entry = await readFeedItem(store, id);
        expect(entry?.value.handedOutAt !== undefined).toBe(undone === undefined);
        close();
      }),
      { numRuns: 200 },
    );
  }, 120_000);
});

describe('officers who claim, keep and return in any order at once', () => {
  it('never hold one item together', async () => {
    const people = [anna, bo, su];
    const command = fc.record({
      who: fc.constantFrom(...people),
      item: fc.nat({ max: 1 }),
      act: fc.constantFrom('next' as const, 'claim' as const, 'claim' as const, 'keep' as const, 'return' as const),
    });
    const batch = fc.record({
      minutes: fc.constantFrom(0, 0, 4, 11),
      // One thing at a time each: who claims and returns at once cannot know which came first.
      commands: fc.uniqueArray(command, { minLength: 2, maxLength: 3, selector: ({ who }) => who.id }),
    });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(batch, { minLength: 1, maxLength: 6 }), async (scheduler, batches) => {
        const { place, ids, clock, close } = await office(scheduler, 2);
        /** What each officer was told: until when an item is theirs. */
        const told = new Map(ids.map((id) => [id, new Map<string, number>()]));
        for (const { minutes, commands } of batches) {
          clock.set(clock.now() + minutes * MINUTE);
          const acting = commands.map(async ({ who, item, act }) => {
            const id = ids[item] ?? incidentId('i0');
            if (act === 'return') {
              // From the moment one gives it back, one no longer counts on it.
              told.get(id)?.delete(who.id);
              await giveBack(place, who, id);
              return;
            }
            const work =
              act === 'next'
                ? claimNext(place, who, {})
                : act === 'claim'
                  ? claim(place, who, id)
                  : heartbeat(place, who, id);
            const given = await unlessRefused(work);
            if (given !== undefined) told.get(given.id)?.set(who.id, given.lease?.until ?? 0);
          });
          await scheduler.waitFor(Promise.all(acting), oneByOne);
          for (const id of ids) {
            const holders = [...(told.get(id) ?? [])].filter(([, until]) => until > clock.now());
            expect(holders.length).toBeLessThanOrEqual(1);
          }
        }
        close();
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
