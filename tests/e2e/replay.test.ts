/** A draft shown before it is activated, and what correlation makes of the same place once it is. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Camera, Rule, Zone } from '#core/camera.ts';
import { cameraId, placeId, ruleId, sha256Of, zoneId } from '#core/ids.ts';
import type { Observation } from '#core/sighting.ts';
import { standingOf } from '#core/standing.ts';
import { dayInterval, dayOf } from '#core/time.ts';
import { handClock } from '#platform/clock.ts';
import { edgeApp, frontDoor } from '#platform/http/edge.ts';
import type { Identity, Principal } from '#platform/identity.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import { openSqliteTable, type SqliteTable } from '#platform/local/sqlite-table.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { cameraWrites, zonePut, zonesOfPlace } from '#platform/records/cameras.ts';
import { acceptedWrites, type Frame, frameIdOf } from '#platform/records/frames.ts';
import { incidentsOfPlaceDay } from '#platform/records/incidents.ts';
import { observationPut } from '#platform/records/observations.ts';
import { rulePut } from '#platform/records/rules.ts';
import { tableOf } from '#platform/table-rights.ts';
import { correlatePlaceDay } from '../../functions/correlate/correlate.ts';
import { looksReader } from '../../functions/correlate/looks.ts';
import { replayApp } from '../../functions/replay/app.ts';
import type { ReplayDependencies } from '../../functions/replay/replay.ts';
import { replayLooks } from '../../infra/common/replaying.ts';
import { car, DAY, frame, PLACE, rule, storefront, trading, zone } from '../unit/stays/builders.ts';

const NOW = Date.parse(`${DAY}T12:00:00+08:00`);
const FROM = dayInterval(dayOf(NOW)).from;
const CAMERA: Camera = {
  ...{ id: cameraId('CAM-01'), name: '梧桐路', lat: 30, lng: 120, jurisdiction: '五常中队', imageSize: [1920, 1080] },
  ...{ dossier: null, enabled: true, version: 1 },
};
const ADMIN: Principal = { kind: 'machine', id: 'admin', name: '管理', scopes: ['admin'], cameras: [] };
const NETWORK: Principal = { kind: 'machine', id: 'network', name: '平台', scopes: ['frames:write'], cameras: '*' };
const identity: Identity = { authenticate: async (token) => (token === 'admin' ? ADMIN : NETWORK) };
const zones: readonly Zone[] = [zone(), storefront('shop', '小卖部')];
const rules: readonly Rule[] = [rule(), trading()];

let table: SqliteTable;
let directory: string;
let looked: string[];
let call: (body: unknown, who?: string) => Promise<{ status: number; json: Answer }>;
interface Answer {
  window: { from: string };
  counts: Record<string, number>;
  code: string;
  reinspected: number;
  unjudged: Record<string, number>;
  added: { firstSeen: string; onRecord: { state: string } | null }[];
  lost: { onRecord: { state: string } | null }[];
}
const clock = handClock(NOW);

beforeEach(async () => {
  clock.set(NOW);
  directory = mkdtempSync(join(tmpdir(), 'replay-'));
  table = openSqliteTable(':memory:', clock);
  const blobs = openFileBlobs(join(directory, 'blobs'), { secret: 's', baseUrl: '', clock });
  looked = [];
  const inspect: ReplayDependencies['inspect'] = async (_bytes, { frameId }) => {
    looked.push(frameId);
    return { observation: seen.find((one) => one.frameId === frameId)!, features: [] };
  };
  const looks = replayLooks({ table, blobs, clock });
  const app = frontDoor(edgeApp(), { log: () => {} });
  app.route('/', replayApp({ table: tableOf(table, 'replay'), blobs, clock, identity, inspect, looks }));
  call = async (body, who = 'admin') => {
    const headers = { Authorization: `Bearer ${who}`, 'Content-Type': 'application/json' };
    const response = await app.request('/v1/replay', { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, json: JSON.parse(await response.text()) };
  };
  await table.transact(cameraWrites(CAMERA));
  for (const one of zones) await table.write(zonePut(one));
  for (const one of rules) await table.write(rulePut(one));
  for (const one of seen) await table.write(observationPut(one));
  // The bytes of the first frame are still there, those of the others were discarded.
  const [first] = seen;
  const stored = await blobs.putIfAbsent('frames/first.jpg', new TextEncoder().encode('jpeg'), 'image/jpeg');
  const kept: Frame = {
    ...{ frameId: first!.frameId, cameraId: CAMERA.id, capturedAt: first!.capturedAt, receivedAt: first!.capturedAt },
    ...{ receivedFrom: 'x', sha256: stored.sha256, bytes: 4, width: 1920, height: 1080, late: false, repeats: null },
    ...{ state: 'inspected', blobKey: 'frames/first.jpg', places: [PLACE], sightings: 2, retention: 'transient' },
  };
  await table.transact(acceptedWrites(kept));
});
afterEach(() => {
  table.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Two cars: one 9 minutes on the near spot, one 4 minutes on the far side, where no zone is; a shop with nothing before it. */
const seen: readonly Observation[] = Array.from({ length: 12 }, (_, minute) => {
  const near = minute < 10 ? [car({ plate: '浙A8K3F2', look: 1 })] : [];
  const far = minute < 5 ? [car({ box: [1450, 60, 1850, 330], look: 2 })] : [];
  const shot = frame(`09:${String(minute).padStart(2, '0')}`, {
    cars: [...near, ...far],
    shops: [{ zone: 'shop', shop: '小卖部', verdict: 'clear' }],
  }).observation;
  const frameId = frameIdOf(CAMERA.id, shot.capturedAt, sha256Of('ab'.repeat(32)));
  const standing = { zones, rules, imageSize: shot.imageSize };
  const vehicles = shot.vehicles.map((one) => ({ ...one, ...standingOf(one.box, standing) }));
  return { ...shot, frameId, placeId: PLACE, vehicles };
});

/** What correlation has on record of the day, after it looked again. */
async function correlate() {
  const blobs = openFileBlobs(join(directory, 'blobs'), { secret: 's', baseUrl: '', clock });
  const looks = looksReader(blobs);
  const dependencies = { table, blobs, clock, looks, reviewWithinMs: 1, patienceMs: 1 };
  await correlatePlaceDay(dependencies, { placeId: PLACE, day: DAY, dayStartsAt: '00:00' });
  return (await incidentsOfPlaceDay(table, PLACE, DAY)).filter(({ state }) => state !== 'dissolved');
}

const { version: _, effectiveFrom: __, effectiveTo: ___, ...ruleFields } = rule();
const FAR = [
  [1400, 0],
  [1919, 0],
  [1919, 399],
  [1400, 399],
];
const farZone = {
  ...{ id: 'far', cameraId: 'CAM-01', type: 'sidewalk', polygon: FAR, ruleIds: ['parking'] },
};

describe('a draft rule', () => {
  it('loses what correlation then loses, and writes nothing but that it was asked', async () => {
    expect(await correlate()).toHaveLength(1);
    const rows = () =>
      table.database.prepare("SELECT partition, sort, value FROM items WHERE partition NOT LIKE 'audit/%'").all();
    const before = JSON.stringify(rows());
    const draft = { rule: { ...ruleFields, permittedStaySeconds: 900 } };
    const { status, json } = await call({ placeId: PLACE, days: 1, draft });
    expect(status).toBe(200);
    expect(json.counts).toEqual({ added: 0, lost: 1, changed: 0, kept: 0 });
    expect(json.lost).toMatchObject([{ onRecord: { state: 'open' } }]);
    expect(JSON.stringify(json)).not.toContain('8K3F2');
    expect(JSON.stringify(rows())).toBe(before);
    expect((await streamEntries(table, 'system')).at(-1)).toMatchObject({ act: 'replay.run', actor: { id: 'admin' } });
    await table.write(rulePut({ ...rule(), permittedStaySeconds: 900, version: 2, effectiveFrom: FROM }));
    expect(await correlate()).toEqual([]);
  });

  it('that is the one in force changes nothing', async () => {
    await correlate();
    const { json } = await call({ placeId: PLACE, days: 3, draft: { rule: ruleFields } });
    expect(json.counts).toEqual({ added: 0, lost: 0, changed: 0, kept: 1 });
  });

  it('is tried on days long gone too, by naming the last of them', async () => {
    await correlate();
    const draft = { rule: ruleFields };
    const until = (await call({ placeId: PLACE, days: 1, draft })).json.window.from.slice(0, 10);
    clock.set(clock.now() + 60 * 86_400_000);
    expect((await call({ placeId: PLACE, days: 31, draft })).json.counts.kept).toBe(0);
    expect((await call({ placeId: PLACE, days: 2, until, draft })).json.counts.kept).toBe(1);
  });
});

describe('a draft zone', () => {
  it('adds what correlation finds once frames are judged by it, and says what nobody looked for', async () => {
    await correlate();
    const { json } = await call({ placeId: PLACE, days: 1, draft: { zone: farZone } });
    expect(json.counts).toEqual({ added: 1, lost: 0, changed: 0, kept: 1 });
    expect(json.added).toMatchObject([{ firstSeen: '2026-05-12T09:00:00+08:00', onRecord: null }]);
    expect(json.unjudged).toMatchObject({ platesUnread: 5, outsideZones: 1, discarded: 0 });
    // In force since the same instant, and the frames inspected under it.
    const drawn: Zone = {
      ...{ id: zoneId('far'), cameraId: CAMERA.id, placeId: placeId(PLACE), type: 'sidewalk', shop: null, version: 1 },
      ...{ polygon: FAR.map(([x = 0, y = 0]) => [x, y] as const), ruleIds: [ruleId('parking')] },
      ...{ effectiveFrom: FROM, effectiveTo: null },
    };
    await table.write(zonePut(drawn));
    const law = { zones: await zonesOfPlace(table, PLACE), rules, imageSize: [1920, 1080] as const };
    for (const one of seen) {
      const vehicles = one.vehicles.map((vehicle) => ({ ...vehicle, ...standingOf(vehicle.box, law) }));
      await table.write(observationPut({ ...one, vehicles }));
    }
    expect((await correlate()).map(({ stay }) => stay.firstSeen)).toEqual([seen[0]!.capturedAt, seen[0]!.capturedAt]);
  });

  it('of a storefront is judged by the frames themselves, where they are still there', async () => {
    const moved = { id: 'shop', cameraId: 'CAM-01', type: 'storefront', shop: '小卖部', ruleIds: ['trading'] };
    const polygon = [
      [0, 300],
      [900, 300],
      [900, 800],
      [0, 800],
    ];
    const { json } = await call({ placeId: PLACE, days: 1, draft: { zone: { ...moved, polygon } } });
    expect(looked).toEqual([seen[0]!.frameId]);
    expect(json).toMatchObject({ reinspected: 1, unjudged: { discarded: 11 } });
  });
});

describe('a replay', () => {
  it('looks at every stored frame again for the loaded models', async () => {
    const { json } = await call({ placeId: PLACE, days: 1, draft: { model: 'loaded' } });
    expect(json).toMatchObject({ reinspected: 1, unjudged: { discarded: 11 }, counts: { added: 0, lost: 0 } });
  });

  it('is an administrator’s, of a month at most, and of no more than it can hold', async () => {
    const draft = { model: 'loaded' };
    expect((await call({ placeId: PLACE, days: 1, draft }, 'network')).status).toBe(403);
    expect((await call({ placeId: PLACE, days: 32, draft })).status).toBe(400);
    for (let minute = 0; minute < 300; minute++) {
      const { observation } = frame(
        `10:${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`,
      );
      await table.write(observationPut(observation));
    }
    expect((await call({ placeId: PLACE, days: 1, draft })).json.code).toBe('replay-too-large');
  });
});
