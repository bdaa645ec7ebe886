/** What must be right, not only late, while the index lags behind the table. */
import { describe, expect, it } from 'vitest';
import { cameraId, frameId, placeId, sha256Of } from '#core/ids.ts';
import { decide } from '#core/review-decision.ts';
import { dayOf } from '#core/time.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { zonePut, zonesOfPlace } from '#platform/records/cameras.ts';
import { amendEntry, feedOfDay, readFeedItem, releaseWrites } from '#platform/records/feed.ts';
import { putIncident } from '#platform/records/incidents.ts';
import { type Upload, uploadPut, uploadsOpenedBefore } from '#platform/records/uploads.ts';
import { laggingIndex } from '../lagging-index.ts';
import { ANNA, command, heldBy, incident, MINUTE, T0 } from './review-incident.ts';
import { PLACE, zone } from './stays/builders.ts';

describe('while the index lags', () => {
  it('zones are known as they stand of every camera that is known to look at the place', async () => {
    const table = laggingIndex(openSqliteTable(':memory:'));
    const [first, second] = [zone({ camera: 'CAM-01' }), { ...zone({ camera: 'CAM-01' }), version: 2 }];
    await table.write(zonePut(first));
    expect(await zonesOfPlace(table, PLACE, [cameraId('CAM-01')])).toMatchObject([{ version: 1 }]);
    await table.catchUp();
    await table.write(zonePut(second));
    expect(await zonesOfPlace(table, PLACE)).toMatchObject([{ version: 1 }, { version: 2 }]);
  });

  it('zones that a camera has of another place are not of this one', async () => {
    const table = laggingIndex(openSqliteTable(':memory:'));
    await table.write(zonePut({ ...zone({ camera: 'CAM-01' }), placeId: placeId('elsewhere') }));
    expect(await zonesOfPlace(table, PLACE, [cameraId('CAM-01')])).toEqual([]);
  });

  it('an upload that was refused is not taken for one that is awaited', async () => {
    const table = laggingIndex(openSqliteTable(':memory:', { now: () => T0 }));
    const upload: Upload = {
      ...{ frameId: frameId('f1'), cameraId: cameraId('CAM-01'), capturedAt: T0, sha256: sha256Of('0'.repeat(64)) },
      ...{
        bytes: 1,
        from: { actor: { kind: 'machine', id: 't', name: 't' }, address: '' },
        openedAt: T0,
        refused: null,
      },
    };
    await table.write(uploadPut(upload, T0 + MINUTE));
    await table.catchUp();
    expect(await uploadsOpenedBefore(table, T0 + 1)).toMatchObject([{ value: upload, version: 1 }]);
    await table.write(uploadPut({ ...upload, refused: { code: 'frame-broken', message: '' } }, T0 + MINUTE));
    expect(await uploadsOpenedBefore(table, T0 + 1)).toEqual([]);
  });

  it('the entries of a day are counted as they stand', async () => {
    const table = laggingIndex(openSqliteTable(':memory:'));
    const release = async (id: string, at: number) => {
      const fresh = heldBy(ANNA, incident({}, id));
      await table.transact(putIncident(fresh, null));
      await table.transact(await releaseWrites(table, decide(fresh, command(fresh), T0), fresh, at));
      return fresh.id;
    };
    const DAY = 86_400_000;
    await release('i0', T0 - DAY);
    const first = await release('i1', T0);
    await table.catchUp();
    const handed = await readFeedItem(table, first);
    if (handed === undefined) throw new Error('Expected an entry');
    await table.write(amendEntry(handed, { handedOutAt: T0 }));
    await release('i2', T0 + MINUTE);
    await release('i3', T0 + DAY);
    expect(await feedOfDay(table, dayOf(T0))).toMatchObject([{ id: 'i1', handedOutAt: T0 }, { id: 'i2' }]);
  });
});
