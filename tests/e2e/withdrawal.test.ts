/** Everything that a faulty zone produced, withdrawn in one act: as HTTP sees it, as the feed tells it, and after kills. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cameraId, incidentId, ruleId, zoneId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { formatInstant } from '#core/time.ts';
import type { Selector } from '#core/withdrawal.ts';
import { handClock } from '#platform/clock.ts';
import { guardTable } from '#platform/guarded-table.ts';
import { edgeApp, frontDoor } from '#platform/http/edge.ts';
import type { Identity, Officer } from '#platform/identity.ts';
import { openSqliteTable, type SqliteTable } from '#platform/local/sqlite-table.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { readFeedItem } from '#platform/records/feed.ts';
import { putIncident, readIncident } from '#platform/records/incidents.ts';
import { observationPut } from '#platform/records/observations.ts';
import { outbox, readWithdrawal } from '#platform/records/withdrawals.ts';
import type { Table } from '#platform/table.ts';
import { tableOf } from '#platform/table-rights.ts';
import { pull } from '../../functions/release/feed.ts';
import { claim, record, withdrawViolation } from '../../functions/review/work.ts';
import { withdrawApp } from '../../functions/withdraw/app.ts';
import { preview, request } from '../../functions/withdraw/request.ts';
import { runWithdrawal } from '../../functions/withdraw/run.ts';
import { withdrawalRunner } from '../../functions/withdraw/runner.ts';
import { addViolations, violation } from '../bench/violations.ts';
import { disagreements } from '../bench/withdrawn-agree.ts';
import { framesOf, groundWrites } from '../unit/review-ground.ts';
import { ANNA, BO, incident, MINUTE, plateVote, SUPERVISOR, T0 } from '../unit/review-incident.ts';

const SU: Officer = { kind: 'officer', ...SUPERVISOR, unit: '五常中队', roles: ['supervisor'] };
const bo: Officer = { kind: 'officer', ...BO, unit: '五常中队', roles: ['reviewer'] };
const CASE = { kind: 'machine', id: 'case', name: '案件系统', scopes: ['violations:read'], cameras: [] } as const;
const FAULTY: Selector = { zone: { cameraId: cameraId('CAM-1'), zoneId: zoneId('Z1'), version: 1 } };
const clock = handClock(T0 + 3 * 86_400_000);

let sqlite: SqliteTable;
let table: Table;
beforeEach(() => {
  sqlite = openSqliteTable(':memory:', clock);
  table = tableOf(guardTable(sqlite), 'withdraw');
});
afterEach(() => sqlite.close());

/** `count` violations of the faulty zone, every fourth of another beside them. */
async function produce(count: number): Promise<readonly Incident[]> {
  const all = Array.from({ length: Math.ceil((count * 5) / 4) }, (_, index) =>
    violation(index, index < count ? 'Z1' : 'Z2'),
  );
  await addViolations(sqlite, all, clock.now());
  return all;
}
async function ask(selector: Selector = FAULTY) {
  const { ids, digest } = await preview({ table, clock }, SU, selector);
  const asked = { selector, reason: 'wrong-zone' as const, note: '区域画到了车行道', count: ids.length, digest };
  return { ids, asked, act: await request({ table, clock }, SU, asked) };
}

describe('a withdrawal of everything a zone produced', () => {
  it('takes back each of several hundred, once, and feed, trail and lists agree', async () => {
    const all = await produce(400);
    const { ids, act } = await ask();
    expect(ids).toHaveLength(400);
    expect(await runWithdrawal({ table, clock }, act.id)).toMatchObject({
      ...{ state: 'done', done: 400, withdrawn: 400, skipped: 0, firstSeq: all.length + 1, lastSeq: all.length + 400 },
    });
    expect(await disagreements(sqlite, ids, all.length)).toEqual([]);
    const trail = await streamEntries(sqlite, `incident/${ids[7]}`);
    expect(trail.filter((entry) => entry.act === 'violation.withdrawn')).toMatchObject([
      { actor: { id: 'su' }, facts: { reason: 'wrong-zone', note: '区域画到了车行道', withdrawal: act.id } },
    ]);
    const acts = (await streamEntries(sqlite, 'system')).map((entry) => [entry.act, entry.facts.count]);
    expect(acts).toEqual([
      ['withdrawal.previewed', 400],
      ['withdrawal.requested', 400],
      ['withdrawal.done', 400],
    ]);
  });

  it('goes on after every kill, exactly once for each', async () => {
    const all = await produce(300);
    const { ids, act } = await ask();
    for (let allowed = 0; ; allowed++) {
      let written = 0;
      // The process dies before, between and after the transactions that are on their way together.
      const dying: Table = {
        ...table,
        async transact(writes) {
          written += 1;
          if (written > allowed) throw new Error('killed');
          await table.transact(writes);
          if (written === allowed && allowed % 2 === 1) throw new Error('killed');
        },
      };
      try {
        await runWithdrawal({ table: dying, clock }, act.id);
        break;
      } catch (error) {
        if (!(error instanceof Error) || error.message !== 'killed') throw error;
      }
    }
    expect(await disagreements(sqlite, ids, all.length)).toEqual([]);
    expect((await readWithdrawal(table, act.id))?.value).toMatchObject({ withdrawn: 300, skipped: 0 });
    for (const id of ids) {
      const trail = await streamEntries(sqlite, `incident/${id}`);
      expect(trail.filter((entry) => entry.act === 'violation.withdrawn')).toHaveLength(1);
    }
  });

  it('stops where its time is over, and goes on from there, exactly once for each', async () => {
    const all = await produce(300);
    const { ids, act } = await ask();
    let rounds = 0;
    let [state, done]: [string, number] = ['running', -1];
    while (state === 'running') {
      let looks = 0;
      const after = await runWithdrawal({ table, clock }, act.id, () => looks++ < 1);
      if (after.state === 'running') expect(after.done).toBeGreaterThan(done);
      ({ state, done } = after);
      rounds += 1;
    }
    expect(rounds).toBeGreaterThan(2);
    expect(await disagreements(sqlite, ids, all.length)).toEqual([]);
    expect((await readWithdrawal(table, act.id))?.value).toMatchObject({ withdrawn: 300, skipped: 0 });
  });

  it('shares the feed with two more of itself, pulls, confirmations and single withdrawals', async () => {
    const all = await produce(200);
    await sqlite.transact(groundWrites());
    // Each another vehicle: of one alone a second case would be the same act twice.
    const pending = Array.from({ length: 12 }, (_, index) => {
      const base = incident({}, `N${index}`);
      return { ...base, stay: { ...base.stay, plate: plateVote(`苏B${String(index).padStart(5, '0')}`) } };
    });
    for (const one of pending) {
      await sqlite.transact([...putIncident(one, null), ...framesOf(one)]);
    }
    const { ids, act } = await ask();
    const place = {
      table: guardTable(sqlite),
      blobs: NO_BLOBS,
      clock,
      leaseMs: MINUTE,
      leasesAtOnce: 50,
      linkMs: MINUTE,
    };
    const walked: { id: string; seq: number }[] = [];
    let isOver = false;
    const walk = async () => {
      for (let cursor = 0; ; ) {
        const last = isOver;
        const { entries, next } = await pull(place, CASE, { cursor, limit: 30 });
        walked.push(...entries);
        if (last && next === cursor) return;
        if (next === cursor) await new Promise((resolve) => setTimeout(resolve, 1));
        cursor = next;
      }
    };
    const confirmAll = async () => {
      for (const { id } of pending) {
        await claim(place, bo, id);
        await record(place, bo, id, { outcome: 'confirm', reason: null, note: '', version: 1 });
      }
    };
    const single = [ids[3]!, ids[190]!].map(async (id) => {
      try {
        await withdrawViolation(place, SU, id, { reason: 'duplicate', note: '' });
      } catch {
        // The act was faster.
      }
    });
    const walking = walk();
    await Promise.all([...[1, 2, 3].map(() => runWithdrawal({ table, clock }, act.id)), confirmAll(), ...single]);
    isOver = true;
    await walking;
    expect(await disagreements(sqlite, ids, all.length + pending.length)).toEqual([]);
    const { withdrawn, skipped } = (await readWithdrawal(table, act.id))!.value;
    expect(withdrawn + skipped).toBe(200);
    const numbers = walked.map(({ seq }) => seq);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(new Set(walked.map(({ id }) => id)).size).toBe(all.length + pending.length);
  }, 60_000);

  it('leaves alone what is no violation any more when its turn comes, and says how many', async () => {
    await produce(10);
    const { ids, act } = await ask();
    const place = {
      table: guardTable(sqlite),
      blobs: NO_BLOBS,
      clock,
      leaseMs: MINUTE,
      leasesAtOnce: 5,
      linkMs: MINUTE,
    };
    await withdrawViolation(place, SU, ids[4]!, { reason: 'duplicate', note: '' });
    const before = (await readFeedItem(sqlite, ids[4]!))?.value;
    expect(await runWithdrawal({ table, clock }, act.id)).toMatchObject({ withdrawn: 9, skipped: 1 });
    expect((await readFeedItem(sqlite, ids[4]!))?.value).toEqual(before);
  });

  it('tells those who were reminded, and nobody else', async () => {
    const notice = {
      ...{ channel: 'webhook', reference: 'gw-1', sentAt: T0, graceUntil: T0 + MINUTE },
      about: violation(0).stay.sightings[0]!.sightingId,
    };
    await addViolations(sqlite, [{ ...violation(0), notice }, violation(1)], clock.now());
    const { act } = await ask();
    await runWithdrawal({ table, clock }, act.id);
    expect(await outbox(sqlite)).toEqual([
      { incidentId: 'V000000', kind: 'withdrawn', reference: 'gw-1', reason: 'wrong-zone', at: clock.now() },
    ]);
  });
});

const NO_BLOBS = {
  putIfAbsent: () => Promise.reject(new Error('no blobs here')),
  get: () => Promise.resolve(undefined),
  head: () => Promise.resolve(undefined),
  delete: () => Promise.resolve(),
  setLegalHold: () => Promise.resolve(),
  presignGet: () => Promise.reject(new Error('no blobs here')),
  presignPut: () => Promise.reject(new Error('no blobs here')),
};

describe('what produced a violation', () => {
  const found = async (selector: Selector) => (await preview({ table, clock }, SU, selector)).ids;
  const model = { name: 'nanodet-g', version: '1.5.0', sha256: 'ab'.repeat(32) };

  it('is a rule, a camera in a time, or a model, by the version', async () => {
    await addViolations(sqlite, [{ ...violation(0), models: [model] }, violation(3600)], clock.now());
    expect(await found({ rule: { id: ruleId('R1'), version: 1 } })).toHaveLength(2);
    expect(await found({ rule: { id: ruleId('R1'), version: 2 } })).toEqual([]);
    const camera = { id: cameraId('CAM-1'), from: T0 + 10 * MINUTE, to: T0 + 10 * MINUTE + 1 };
    expect(await found({ camera })).toEqual(['V000000']);
    expect(await found({ camera: { ...camera, to: camera.from } })).toEqual([]);
    expect(await found({ model: { name: model.name, version: '1.5.0' } })).toEqual(['V000000']);
    expect(await found({ model: { name: model.name, version: '1.4.0' } })).toEqual([]);
  });

  it('is found of old incidents too, by what their frames showed', async () => {
    const old = violation(0);
    await addViolations(sqlite, [old], clock.now());
    const [first] = old.stay.sightings;
    await sqlite.write(
      observationPut({
        ...{
          frameId: first!.frameId,
          cameraId: first!.cameraId,
          placeId: old.stay.placeId,
          capturedAt: first!.capturedAt,
        },
        ...{ imageSize: [1920, 1080], vehicles: [], storefronts: [], occluders: [], models: [model] },
      }),
    );
    expect(await found({ model: { name: model.name, version: '1.5.0' } })).toEqual(['V000000']);
  });

  it('left undecided ones, which are listed and not withdrawn', async () => {
    await addViolations(sqlite, [violation(0)], clock.now());
    await sqlite.transact(putIncident(incident({}, 'waiting'), null));
    const { ids, undecided } = await preview({ table, clock }, SU, FAULTY);
    expect(ids).toEqual(['V000000']);
    expect(undecided).toEqual({ count: 1, first: [{ id: 'waiting', state: 'pending' }] });
  });
});

describe('the door', () => {
  const PEOPLE = new Map<string, Officer>([
    ['su', SU],
    ['anna', { kind: 'officer', ...ANNA, unit: '五常中队', roles: ['reviewer'] }],
  ]);
  const identity: Identity = { authenticate: async (token) => PEOPLE.get(token) };
  const selector = { zone: { cameraId: 'CAM-1', zoneId: 'Z1', version: 1 } };
  const open = () => {
    const runner = withdrawalRunner({ table, clock, log: () => {} });
    const app = frontDoor(edgeApp(), { log: () => {} });
    app.route('/', withdrawApp({ table, clock, identity, start: runner.start }));
    const call = async (who: string, method: string, path: string, body?: unknown) => {
      const headers = { Authorization: `Bearer ${who}`, 'Content-Type': 'application/json' };
      const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
      const response = await app.request(path, init);
      return { status: response.status, json: JSON.parse(await response.text()) };
    };
    return { runner, call };
  };

  it('shows first, acts on what was shown, and tells how it went', async () => {
    await produce(40);
    const { runner, call } = open();
    const seen = (await call('su', 'POST', '/v1/withdrawals/preview', { selector })).json;
    expect(seen).toMatchObject({ count: 40, undecided: { count: 0 } });
    expect(seen.sample).toHaveLength(20);
    expect(JSON.stringify(seen)).not.toContain('浙A');
    const body = { selector, reason: 'wrong-zone', note: '画错', seen: { count: seen.count, digest: seen.digest } };
    const answer = await call('su', 'POST', '/v1/withdrawals', body);
    expect(answer).toMatchObject({ status: 202, json: { state: 'running', count: 40, by: { name: '苏' } } });
    await runner.idle();
    const after = await call('su', 'GET', `/v1/withdrawals/${answer.json.id}`);
    expect(after.json).toMatchObject({ state: 'done', withdrawn: 40, finishedAt: formatInstant(clock.now()) });
    // The same request again is the same act.
    expect((await call('su', 'POST', '/v1/withdrawals', body)).json).toEqual(after.json);
    expect((await readIncident(table, incidentId('V000001')))?.incident.state).toBe('withdrawn');
  });

  it('is closed to others, to what changed since, to nothing, and to an act without a reason', async () => {
    await produce(4);
    const { call } = open();
    expect((await call('anna', 'POST', '/v1/withdrawals/preview', { selector })).status).toBe(403);
    const seen = (await call('su', 'POST', '/v1/withdrawals/preview', { selector })).json;
    const body = { selector, reason: 'wrong-zone', note: '画错', seen: { count: seen.count, digest: seen.digest } };
    expect((await call('anna', 'POST', '/v1/withdrawals', body)).status).toBe(403);
    const other = { ...body, seen: { ...body.seen, count: 3 } };
    expect((await call('su', 'POST', '/v1/withdrawals', other)).json.code).toBe('withdrawal-changed');
    expect((await call('su', 'POST', '/v1/withdrawals', { ...body, note: '' })).json.code).toBe('note-missing');
    expect((await call('su', 'POST', '/v1/withdrawals', { ...body, reason: 'toString' })).status).toBe(400);
    const none = { zone: { ...selector.zone, version: 9 } };
    const empty = (await call('su', 'POST', '/v1/withdrawals/preview', { selector: none })).json;
    const nothing = { ...body, selector: none, seen: { count: 0, digest: empty.digest } };
    expect((await call('su', 'POST', '/v1/withdrawals', nothing)).json.code).toBe('withdrawal-empty');
    expect((await call('su', 'GET', `/v1/withdrawals/W${'0'.repeat(20)}`)).json.code).toBe('withdrawal-unknown');
    expect((await readIncident(table, incidentId('V000001')))?.incident.state).toBe('confirmed');
  });
});
