/** What inspection leaves of a camera's condition, whatever the frame shows and whenever its zones count. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cameraId, frameId, placeId } from '#core/ids.ts';
import { openSqliteQueue } from '#platform/local/sqlite-queue.ts';
import { camerasWithNews } from '#platform/records/camera-conditions.ts';
import { latestReading, readingsAround, referenceSceneKey } from '#platform/records/camera-readings.ts';
import { zonePut } from '#platform/records/cameras.ts';
import { getFrame } from '#platform/records/frames.ts';
import type { CorrelateMessage } from '#platform/records/messages.ts';
import { observationsBetween, sceneKey } from '#platform/records/observations.ts';
import { inspectFrame } from '../../functions/inspect/handler.ts';
import type { Inspection, InspectionContext } from '../../functions/inspect/observe.ts';
import { bodyOf, CAMERA, type FrontOffice, MINUTE, NOW, openFrontOffice, picture } from '../e2e/front-office.ts';
import { zone } from './stays/builders.ts';

const [KERB, SHOPS] = [placeId('kerb'), placeId('shops')];
let office: FrontOffice;
beforeEach(async () => {
  office = await openFrontOffice();
});
afterEach(() => office.close());

const timings: Inspection['timings'] = {
  ...{ decodeMs: 0, detectMs: 0, plateMs: 0, storefrontMs: 0, totalMs: 0, sessionRunMs: 0 },
  byWork: { decode: 0, crops: 0, detect: 0, locate: 0, read: 0, storefront: 0, post: 0 },
};
/** An empty street, well lit: the models have no part in this. */
function emptyStreet({ frameId: of, camera, placeId: place, capturedAt }: InspectionContext): Inspection {
  const [width, height] = [240, 135];
  return {
    observation: {
      ...{ frameId: of, cameraId: camera.id, placeId: place, capturedAt, imageSize: [1280, 720] },
      ...{ vehicles: [], storefronts: [], occluders: [], models: [] },
    },
    scene: { frameId: of, width, height, luma: new Uint8Array(width * height).fill(90) },
    quality: { luma: 90, bright: 90, sharpness: 0.3, structure: 1 },
    ...{ features: [], timings },
  };
}
const draw = (id: string, place: typeof KERB, effectiveFrom = 0) =>
  office.table.write(
    zonePut({ ...zone({ id }), cameraId: cameraId(CAMERA.id), placeId: place, effectiveFrom, ruleIds: [] }),
  );

/** Accepted, and inspected as often as the message comes. */
async function inspected(seed: number, capturedAt = NOW, times = 1) {
  const id = frameId(String((await bodyOf(await office.push(await picture(seed), capturedAt))).frameId));
  const { table, blobs, clock } = office;
  for (let i = 0; i < times; i++) {
    await inspectFrame(
      {
        ...{ table, blobs, clock, inspect: async (_, context) => emptyStreet(context) },
        correlateQueue: openSqliteQueue<CorrelateMessage>(table.database, 'correlate', { maxDeliveries: 3, clock }),
      },
      { frameId: id },
    );
  }
  return id;
}
const readings = () => readingsAround(office.table, CAMERA.id, { from: NOW - 60 * MINUTE, to: NOW + 60 * MINUTE });
const seenAt = async (place: typeof KERB) =>
  (await observationsBetween(office.table, place, { from: NOW - 60 * MINUTE, to: NOW + 60 * MINUTE })).length;

describe('a frame', () => {
  it('that shows two places is one reading of its camera, however often it is inspected', async () => {
    await draw('kerb', KERB);
    await draw('shops', SHOPS);
    const id = await inspected(1, NOW, 3);
    expect([await seenAt(KERB), await seenAt(SHOPS)]).toEqual([1, 1]);
    expect((await readings()).map(({ frameId: of }) => of)).toEqual([id]);
    expect(await camerasWithNews(office.table)).toEqual([CAMERA.id]);
  });

  it('from before any zone counts is inspected, seen nowhere, and measured by nothing', async () => {
    await draw('kerb', KERB, NOW + MINUTE);
    const id = await inspected(1);
    expect((await getFrame(office.table, id))?.value.state).toBe('inspected');
    expect([await seenAt(KERB), await readings(), await camerasWithNews(office.table)]).toEqual([0, [], []]);
  });

  it('is held against the first there was, which is kept; the first against nothing', async () => {
    await draw('kerb', KERB);
    const first = await inspected(1, NOW - 2 * MINUTE);
    const second = await inspected(2, NOW - MINUTE);
    expect((await readings()).map(({ compared }) => compared?.against ?? null)).toEqual([null, first]);
    expect(await office.blobs.get(referenceSceneKey(first))).toEqual(await office.blobs.get(sceneKey(first)));
    expect(await office.blobs.get(referenceSceneKey(second))).toBeUndefined();
    expect((await latestReading(office.table, CAMERA.id))?.compared?.verdict).toEqual({ kind: 'unknown' });
  });
});
