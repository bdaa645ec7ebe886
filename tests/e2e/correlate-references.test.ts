/**
 * Storefronts over several days on the real table and real blobs: what a day teaches is what the next is judged by,
 * whatever order the frames of all days come in, and whoever races.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cameraId, frameId, placeId, ruleId, sightingId, zoneId } from '#core/ids.ts';
import { encodeFeatures } from '#core/occupancy/feature-bytes.ts';
import { dayOf, formatInstant, parseInstant } from '#core/time.ts';
import { type Clock, handClock } from '#platform/clock.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import { openSqliteTable, type SqliteTable } from '#platform/local/sqlite-table.ts';
import { cameraWrites, zonePut } from '#platform/records/cameras.ts';
import { incidentsOfPlaceDay } from '#platform/records/incidents.ts';
import { type CorrelateMessage, correlateKey } from '#platform/records/messages.ts';
import { featuresKey, observationPut } from '#platform/records/observations.ts';
import { placeWrites } from '#platform/records/places.ts';
import { forgetPicture, readKnowledge, unlistedPictures } from '#platform/records/references.ts';
import { rulePut } from '#platform/records/rules.ts';
import { correlatePlaceDay } from '../../functions/correlate/correlate.ts';
import { looksReader } from '../../functions/correlate/looks.ts';
import { type Cover, features, stall } from '../unit/occupancy-street.ts';
import { ALWAYS, trading } from '../unit/stays/builders.ts';

const CAMERA = cameraId('CAM-01');
const PLACE = placeId('wutong-32');
const DAYS = ['2026-05-12', '2026-05-14', '2026-05-15'] as const;
const out = stall([2, 3, 8, 8]);

interface Look {
  at: string;
  covers: readonly Cover[];
}
const looksOn = (day: string, clocks: readonly string[], covers: readonly Cover[]): Look[] =>
  clocks.map((clock) => ({ at: `${day}T${clock}:00+08:00`, covers }));

/** Clear on the first day; on the third the stall is out in every frame, and nobody names it. */
const LOOKS: readonly Look[] = [
  ...looksOn(DAYS[0], ['09:00', '09:10', '09:20'], []),
  ...looksOn(DAYS[1], ['09:00', '09:10', '09:20'], [out]),
  ...looksOn(DAYS[2], ['10:00', '10:15', '10:30'], [out]),
];
const EXPECTED = ['2026-05-14T09:00 2026-05-14T09:20', '2026-05-15T10:00 2026-05-15T10:30'];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerbwatch-references-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function openStreet() {
  const clock: Clock = handClock(parseInstant('2026-05-16T08:00:00+08:00'));
  const table = openSqliteTable(':memory:', clock);
  const blobs = openFileBlobs(await mkdtemp(join(folder, 'blobs-')), {
    baseUrl: 'http://localhost',
    secret: new Uint8Array(32),
    clock,
  });
  await table.transact([
    ...cameraWrites({
      ...{ id: CAMERA, name: '一号', lat: 30, lng: 120, jurisdiction: '一中队', imageSize: [200, 100] },
      ...{ enabled: true, version: 1, dossier: null },
    }),
    ...placeWrites({ id: PLACE, name: '梧桐路 32 号', version: 1 }),
    zonePut({
      ...{ id: zoneId('front'), version: 1, cameraId: CAMERA, placeId: PLACE, type: 'storefront', shop: '鲜果时光' },
      polygon: [
        [0, 0],
        [200, 0],
        [200, 100],
        [0, 100],
      ],
      ...{ ruleIds: [ruleId('trading')], ...ALWAYS },
    }),
    rulePut(trading()),
  ]);
  const dependencies = { table, blobs, clock, looks: looksReader(blobs), reviewWithinMs: 1e9, patienceMs: 1e9 };

  /** Messages with one key that wait are one. */
  const waiting = new Map<string, CorrelateMessage>();
  const send = (message: CorrelateMessage) => waiting.set(correlateKey(message), message);
  const see = async ({ at, covers }: Look) => {
    const capturedAt = parseInstant(at);
    const id = sightingId(`at ${capturedAt}`);
    const own = { ...features({ minute: 0, covers }), sightingId: id };
    await blobs.putIfAbsent(featuresKey(id), encodeFeatures(own), 'application/octet-stream');
    await table.write(
      observationPut({
        ...{ frameId: frameId(`frame ${capturedAt}`), cameraId: CAMERA, placeId: PLACE, capturedAt },
        ...{ imageSize: [200, 100], vehicles: [], occluders: [], models: [] },
        storefronts: [
          {
            ...{ id, zone: { zoneId: zoneId('front'), version: 1 }, rule: { ruleId: ruleId('trading'), version: 1 } },
            ...{ shop: '鲜果时光', visible: 1, supporting: [], clutter: 0.1 },
          },
        ],
      }),
    );
    send({ placeId: PLACE, day: dayOf(capturedAt), dayStartsAt: '00:00' });
  };
  const work = async (atOnce: number) => {
    const messages = [...waiting.values()].slice(0, atOnce);
    for (const message of messages) waiting.delete(correlateKey(message));
    const done = await Promise.all(messages.map((message) => correlatePlaceDay(dependencies, message)));
    for (const { dayBefore, dayAfter } of done) for (const next of [dayBefore, dayAfter]) if (next !== null) send(next);
    return messages.length;
  };
  const drain = async (atOnce: number) => {
    while ((await work(atOnce)) > 0);
  };
  return { ...dependencies, see, work, drain };
}

async function told(table: SqliteTable): Promise<string[]> {
  const incidents = await Promise.all(DAYS.map((day) => incidentsOfPlaceDay(table, PLACE, day)));
  return incidents
    .flat()
    .filter(({ state }) => state !== 'dissolved')
    .map(({ stay }) => [stay.firstSeen, stay.lastSeen].map((at) => formatInstant(at).slice(0, 16)).join(' '));
}

describe('storefronts over several days', () => {
  it('end with the same incidents whatever came when, and whoever raced', async () => {
    const arrivals = fc.tuple(
      fc.shuffledSubarray([...LOOKS, ...LOOKS.slice(0, 4)], { minLength: LOOKS.length + 4 }),
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: LOOKS.length + 4, maxLength: LOOKS.length + 4 }),
    );
    await fc.assert(
      fc.asyncProperty(arrivals, async ([looks, paces]) => {
        const street = await openStreet();
        try {
          for (const [at, look] of looks.entries()) {
            await street.see(look);
            await street.work(paces[at] ?? 1);
          }
          await street.drain(2);
          expect(await told(street.table)).toEqual(EXPECTED);
        } finally {
          street.table.close();
        }
      }),
      { numRuns: 12 },
    );
  });

  it('need a day that showed them clear: without it, what never changes is not reported', async () => {
    const street = await openStreet();
    for (const look of LOOKS.slice(3)) await street.see(look);
    await street.drain(1);
    expect(await told(street.table)).toEqual([]);
    street.table.close();
  });

  it('keep no picture that nothing lists', async () => {
    const street = await openStreet();
    for (const look of LOOKS.slice(0, 4)) await street.see(look);
    await street.drain(1);
    const listed = (await readKnowledge(street.table, PLACE, DAYS[0]))?.value.zones['CAM-01 front 1']?.bare ?? [];
    expect(listed).toHaveLength(1);
    // One more look while it was dark: the day is learned anew.
    const late = { at: `${DAYS[0]}T09:30:00+08:00`, covers: [{ ...out, patch: [0, 0, 3, 3] }] } satisfies Look;
    await street.see(late);
    await street.drain(1);
    const later = street.clock.now() + 1;
    const unlisted = await unlistedPictures(street.table, later);
    for (const key of unlisted) await forgetPicture(street, key);
    expect(await unlistedPictures(street.table, later)).toEqual([]);
    const still = (await readKnowledge(street.table, PLACE, DAYS[0]))?.value.zones['CAM-01 front 1']?.bare ?? [];
    expect(await street.looks.pictures(still)).toHaveLength(1);
    for (const key of still) expect(await street.blobs.head(key)).toBeDefined();
    street.table.close();
  });
});
