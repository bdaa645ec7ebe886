/**
 * Administrative Penalty Law art. 41: what nobody reviewed is no evidence. Tried through every door: the APIs, the table in the
 * hands of every function, old messages sent again, the clock moved.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Incident } from '#core/incident.ts';
import { Refusal } from '#core/refusal.ts';
import { dayOf } from '#core/time.ts';
import { verifyAll } from '#platform/records/audit.ts';
import { incidentKey } from '#platform/records/incidents.ts';
import type { Write } from '#platform/table.ts';
import { type FunctionName, RIGHTS, tableOf } from '#platform/table-rights.ts';
import { startPipeline } from '../../infra/local/pipeline.ts';
import { type City, type CityPlan, planCity } from './city.ts';

const DAY = 86_400_000;
let plan: CityPlan;
let city: City;
let pending: Incident;

beforeAll(async () => {
  plan = await planCity();
  city = await plan.open();
  [pending] = (await city.inState('pending')) as [Incident, ...Incident[]];
}, 180_000);
afterAll(() => {
  city.close();
  plan.close();
});

const nothingLeft = async () => {
  expect(await city.feed()).toEqual([]);
  expect((await city.inState('pending')).length).toBe(2);
  expect((await verifyAll(city.store.table)).failures).toEqual([]);
};

describe('unreviewed', () => {
  it.each([
    ['GET', ''],
    ['GET', '/package'],
    ['POST', '/ack', { caseNumber: '余综执罚字〔2026〕第00001号' }],
    ['POST', '/outcome', { outcome: 'decided' }],
  ])('the case system gets nothing by %s /v1/violations/{id}%s', async (method, path, body?: unknown) => {
    const answer = await city.ask('case system', `${method} /v1/violations/${pending.id}${path}`, body);
    expect([answer.status, answer.json.code]).toEqual([404, 'violation-unknown']);
    await nothingLeft();
  });

  it.each([
    ['case system', 403],
    ['camera network', 403],
    ['admin', 403],
    ['nobody', 401],
  ] as const)('%s cannot confirm it, nor claim it', async (who, status) => {
    const decision = { outcome: 'confirm', version: pending.version };
    expect((await city.ask(who, `POST /v1/review/${pending.id}/decision`, decision)).status).toBe(status);
    expect((await city.ask(who, 'POST /v1/review/claim', { id: pending.id })).status).toBe(status);
    await nothingLeft();
  });

  it('an officer cannot confirm what is not in his hands, nor a version he has not seen', async () => {
    const path = `POST /v1/review/${pending.id}/decision`;
    const unclaimed = await city.ask('reviewer', path, { outcome: 'confirm', version: pending.version });
    expect(unclaimed.json.code).toBe('lease-lost');
    await city.ask('reviewer', 'POST /v1/review/claim', { id: pending.id });
    const stale = await city.ask('reviewer', path, { outcome: 'confirm', version: pending.version - 1 });
    expect(stale.json.code).toBe('version-stale');
    const others = await city.ask('reviewer2', path, { outcome: 'confirm', version: pending.version });
    expect(others.json.code).toBe('lease-lost');
    await city.ask('reviewer', `POST /v1/review/${pending.id}/release`);
    await nothingLeft();
  });

  describe.each(Object.keys(RIGHTS).filter((name): name is FunctionName => name in RIGHTS))(
    '%s writes the table directly and',
    (name) => {
      const attempts: Readonly<Record<string, () => Write[]>> = {
        'calls it confirmed': () => [
          {
            kind: 'put',
            ...incidentKey(pending.id),
            value: { ...pending, state: 'confirmed', version: pending.version + 1 },
            expect: { version: pending.version },
          },
        ],
        'forges the officer`s decision': () => {
          const decision = {
            ...{ officerId: 'reviewer', officerName: '示例审核员', stage: 'first', outcome: 'confirm', reason: null },
            ...{ plate: '浙A8K3F2', note: '', at: city.clock.now(), packageSha256: pending.package?.sha256 },
          };
          const value = { ...pending, state: 'confirmed', decisions: [decision], version: pending.version + 1 };
          return [{ kind: 'put', ...incidentKey(pending.id), value, expect: { version: pending.version } }];
        },
        'puts it into the feed': () => {
          const value = {
            ...{ seq: 1, id: pending.id, state: 'confirmed', type: pending.stay.type, plate: null, withdrawn: null },
            ...{ placeId: pending.stay.placeId, placeName: '', jurisdiction: '', zoneId: '', shop: null, firstSeen: 0 },
            ...{ lastSeen: 0, decidedAt: 0, package: pending.package, releasedAt: 0, handedOutAt: null, ack: null },
            outcomes: [],
          };
          return [
            { kind: 'put', partition: 'feed', sort: '000000000000001', value, expect: 'absent' },
            { kind: 'put', partition: 'feed-head', sort: 'head', value: { seq: 1 }, expect: 'absent' },
          ];
        },
      };
      it.each(Object.keys(attempts))('%s: refused', async (attempt) => {
        const table = tableOf(city.store.table, name);
        await expect(table.transact(attempts[attempt]?.() ?? [])).rejects.toBeInstanceOf(Refusal);
        await nothingLeft();
      });
    },
  );

  it('old messages, sent again, move nothing', async () => {
    const { store, clock } = city;
    const { frames, days } = messagesOf(await city.inState('pending'));
    for (const frameId of frames) await store.queues.inspect.send({ frameId });
    for (const day of days) await store.queues.correlate.send(day);
    for (const { id } of await city.inState('pending')) await store.queues.seal.send({ incidentId: id });
    const before = await city.inState('pending');
    const pipeline = startPipeline({
      ...{ store, clock, log: () => {}, systemVersion: 'test', settling: { quietMs: 0, patienceMs: 0 } },
      pool: {
        size: 1,
        // Not a stand-in for the models: a frame that was inspected must not be inspected again.
        inspect: () => Promise.reject(new Error('Expected no frame to be inspected twice')),
      },
    });
    await pipeline.drained();
    await pipeline.stop();
    expect(await city.inState('pending')).toEqual(before);
    for (const queue of Object.values(store.queues)) expect((await queue.depth()).dead).toBe(0);
    await nothingLeft();
  });

  it.each([
    ['a year ahead', 365 * DAY],
    ['a year back', -365 * DAY],
  ])('a clock %s confirms nothing', async (_name, by) => {
    const now = city.clock.now();
    city.clock.set(now + by);
    city.forgetSessions();
    await nothingLeft();
    city.clock.set(now);
    city.forgetSessions();
  });

  it('and what an officer confirmed leaves', async () => {
    const answer = await city.decide('reviewer', pending.id, { outcome: 'confirm', plate: '苏E1B48W' });
    expect([answer.status, answer.json.state]).toEqual([200, 'confirmed']);
    expect((await city.feed()).map(({ id }) => id)).toEqual([pending.id]);
  });
});

function messagesOf(incidents: readonly Incident[]) {
  const frames = new Set(incidents.flatMap(({ stay }) => stay.sightings.map(({ frameId }) => frameId)));
  const days = incidents.map(({ stay }) => ({
    placeId: stay.placeId,
    day: dayOf(stay.firstSeen),
    dayStartsAt: '00:00',
  }));
  return { frames, days };
}
