/**
 * Correlation on the real table while observations come in: many at once, in any order, each again and again. Whoever
 * writes, the place ends with the incidents that all its frames together show.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Camera } from '#core/camera.ts';
import { cameraId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { handClock } from '#platform/clock.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { verifyAll } from '#platform/records/audit.ts';
import { cameraWrites, zonePut } from '#platform/records/cameras.ts';
import { incidentsOfPlaceDay } from '#platform/records/incidents.ts';
import { observationPut } from '#platform/records/observations.ts';
import { placeWrites } from '#platform/records/places.ts';
import { rulePut } from '#platform/records/rules.ts';
import type { Table } from '#platform/table.ts';
import { correlatePlaceDay } from '../../functions/correlate/correlate.ts';
import { looksReader } from '../../functions/correlate/looks.ts';
import { laggingIndex } from '../lagging-index.ts';
import { oneByOne, shuffled } from '../property/interleaving.ts';
import { at, car, DAY, frame, NEXT_SPOT, PLACE, rule, type Shot, zone } from '../unit/stays/builders.ts';

/** Two cars side by side, one seen by two cameras; the first leaves at 09:12 and comes back for half an hour. */
const SHOTS: readonly Shot[] = [
  ...['09:00', '09:04', '09:08'].map((clock) =>
    frame(clock, { cars: [car({ plate: '浙A8K3F2' }), car({ plate: '浙A8K3E2', box: NEXT_SPOT, look: 1 })] }),
  ),
  ...['09:01', '09:07'].map((clock) => frame(clock, { camera: 'CAM-02', cars: [car({ plate: '浙A8K3F2' })] })),
  frame('09:12', { cars: [car({ plate: '浙A8K3E2', box: NEXT_SPOT, look: 1 })] }),
  ...['09:20', '09:30', '09:50'].map((clock) => frame(clock, { cars: [car({ plate: '浙A8K3F2' })] })),
];
const EXPECTED = ['浙A8K3E2 09:00-09:12', '浙A8K3F2 09:00-09:08', '浙A8K3F2 09:20-09:50'];

const message = { placeId: PLACE, day: DAY, dayStartsAt: '00:00' };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerbwatch-race-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const camera = (id: string): Camera => ({
  ...{
    id: cameraId(id),
    name: id,
    lat: 30,
    lng: 120,
    jurisdiction: '一中队',
    imageSize: [1920, 1080],
    enabled: true,
    version: 1,
  },
  dossier: null,
});

async function registered(table: Table): Promise<void> {
  await table.transact([
    ...['CAM-01', 'CAM-02'].flatMap((id) => [...cameraWrites(camera(id)), zonePut(zone({ camera: id }))]),
    ...placeWrites({ id: PLACE, name: '梧桐路 18 号前人行道', version: 1 }),
    rulePut(rule()),
  ]);
}

const standing = (incidents: readonly Incident[]) => incidents.filter(({ state }) => state !== 'dissolved');
const clock = (instant: number) => new Date(instant + 8 * 3_600_000).toISOString().slice(11, 16);
const told = (incidents: readonly Incident[]) =>
  standing(incidents)
    .map(({ stay }) => `${stay.plate?.text} ${clock(stay.firstSeen)}-${clock(stay.lastSeen)}`)
    .sort();

describe('correlation under way', () => {
  it('ends with the same incidents whatever came when, and whoever raced', async () => {
    const arrivals = fc.shuffledSubarray([...SHOTS, ...SHOTS], { minLength: 2 * SHOTS.length });
    await fc.assert(
      fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 4 }), async (shots, atOnce) => {
        const table = openSqliteTable(':memory:');
        try {
          await registered(table);
          const blobs = openFileBlobs(folder, { secret: 'secret', baseUrl: 'http://localhost' });
          const dependencies = {
            ...{ table, blobs, clock: handClock(at('12:00')), looks: looksReader(blobs) },
            ...{ reviewWithinMs: 86_400_000, patienceMs: 600_000 },
          };
          for (const { observation } of shots) {
            const put = table.write(observationPut(observation));
            // Some of these read before the observation is there, some after; they all write.
            await Promise.all([put, ...Array.from({ length: atOnce }, () => correlatePlaceDay(dependencies, message))]);
          }
          await correlatePlaceDay(dependencies, message);
          const found = await incidentsOfPlaceDay(table, PLACE, DAY);
          expect(told(found)).toEqual(EXPECTED);
          expect(new Set(standing(found).map(({ id }) => id)).size).toBe(3);
          expect(await verifyAll(table)).toMatchObject({ ok: true });
        } finally {
          table.close();
        }
      }),
      { numRuns: 8 },
    );
  });

  it('judges what was seen by zones that the index does not show yet', async () => {
    const store = openSqliteTable(':memory:');
    const table = laggingIndex(store);
    await registered(table);
    for (const time of ['09:00', '09:08']) {
      await table.write(observationPut(frame(time, { cars: [car({ plate: '浙A8K3F2' })] }).observation));
    }
    const blobs = openFileBlobs(folder, { secret: 'secret', baseUrl: 'http://localhost' });
    const dependencies = {
      ...{ table, blobs, clock: handClock(at('12:00')), looks: looksReader(blobs) },
      ...{ reviewWithinMs: 86_400_000, patienceMs: 600_000 },
    };
    await correlatePlaceDay(dependencies, message);
    expect(told(await incidentsOfPlaceDay(table, PLACE, DAY))).toEqual(['浙A8K3F2 09:00-09:08']);
    store.close();
  });

  it('never makes two incidents of one stay, however the reads and writes of several correlations interleave', async () => {
    const shots = ['09:00', '09:04', '09:08', '09:12'].map((time) =>
      frame(time, { cars: [car({ plate: '浙A8K3F2' })] }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.shuffledSubarray(shots, { minLength: shots.length }),
        async (scheduler, order) => {
          const table = openSqliteTable(':memory:');
          try {
            await registered(table);
            const slow = shuffled(table, scheduler);
            const blobs = openFileBlobs(folder, { secret: 'secret', baseUrl: 'http://localhost' });
            const dependencies = {
              ...{ table: slow, blobs, clock: handClock(at('12:00')), looks: looksReader(blobs) },
              ...{ reviewWithinMs: 86_400_000, patienceMs: 600_000 },
            };
            const arrivals = order.map(async ({ observation }) => {
              await slow.write(observationPut(observation));
              await correlatePlaceDay(dependencies, message);
            });
            await scheduler.waitFor(Promise.all(arrivals), oneByOne);
            const found = await incidentsOfPlaceDay(table, PLACE, DAY);
            expect(found.map(({ state }) => state)).toEqual(['open']);
            expect(told(found)).toEqual(['浙A8K3F2 09:00-09:12']);
          } finally {
            table.close();
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
