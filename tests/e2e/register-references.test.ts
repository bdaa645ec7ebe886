import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditStream } from '#core/audit.ts';
import { type FrameId, frameId, placeId, ruleId, sha256Of, sightingId, zoneId } from '#core/ids.ts';
import { encodeFeatures } from '#core/occupancy/feature-bytes.ts';
import { verifyAll } from '#platform/records/audit.ts';
import { acceptedWrites, type Frame, frameIdOf } from '#platform/records/frames.ts';
import { featuresKey, observationPut } from '#platform/records/observations.ts';
import { confirmedOf } from '#platform/records/references.ts';
import { features } from '../unit/occupancy-street.ts';
import { bodyOf, CAMERA, type FrontOffice, NOW, openFrontOffice, refusalOf } from './front-office.ts';

const PATH = `/v1/zones/${CAMERA.id}/front/references`;
const SHA256 = sha256Of('a'.repeat(64));

let office: FrontOffice;
let frame: FrameId;
beforeEach(async () => {
  office = await openFrontOffice();
  await office.admin('POST', '/v1/places', { id: 'P1', name: '梧桐路 32 号' });
  await office.admin('POST', '/v1/rules', { id: 'R1', violation: 'street-trading', permittedStaySeconds: 600 });
  for (const [id, type] of [
    ['front', 'storefront'],
    ['sidewalk', 'sidewalk'],
  ]) {
    await office.admin('POST', '/v1/zones', {
      ...{ id, type, cameraId: CAMERA.id, placeId: 'P1', ruleIds: type === 'storefront' ? ['R1'] : [] },
      polygon: [
        [0, 0],
        [200, 0],
        [200, 100],
      ],
    });
  }
  frame = await inspectedFrame();
});
afterEach(() => office.close());

/** A frame as `accept` and `inspect` leave it. */
async function inspectedFrame(): Promise<FrameId> {
  const id = frameIdOf(CAMERA.id, NOW, SHA256);
  const sighting = sightingId(`${id}:front:1`);
  const record: Frame = {
    ...{ frameId: id, cameraId: CAMERA.id, capturedAt: NOW, receivedAt: NOW, receivedFrom: 'test', sha256: SHA256 },
    ...{ bytes: 1, width: 200, height: 100, late: false, repeats: null, state: 'inspected', blobKey: 'frames/test' },
    ...{ places: [placeId('P1')], sightings: 1, retention: 'transient' },
  };
  await office.table.transact([
    ...acceptedWrites(record),
    observationPut({
      ...{ frameId: id, cameraId: CAMERA.id, placeId: placeId('P1'), capturedAt: NOW, imageSize: [200, 100] },
      ...{ vehicles: [], occluders: [], models: [] },
      storefronts: [
        {
          ...{
            id: sighting,
            zone: { zoneId: zoneId('front'), version: 1 },
            rule: { ruleId: ruleId('R1'), version: 1 },
          },
          ...{ shop: null, visible: 1, supporting: [], clutter: 0.1 },
        },
      ],
    }),
  ]);
  const bytes = encodeFeatures({ ...features({ minute: 0, hidden: [[0, 0, 3, 3]] }), sightingId: sighting });
  await office.blobs.putIfAbsent(featuresKey(sighting), bytes, 'application/octet-stream');
  return id;
}

describe('a frame that somebody says shows a storefront clear', () => {
  it('is kept as its reference, with who said so, in the audit trail too', async () => {
    const response = await office.admin('POST', PATH, { frameId: frame });
    expect(response.status).toBe(201);
    expect(await bodyOf(response)).toMatchObject({
      ...{ frameId: frame, zoneVersion: 1, confirmedBy: 'test', light: { zh: '白天' } },
      capturedAt: '2026-05-12T09:30:00+08:00',
    });
    const { items } = await bodyOf(await office.admin('GET', PATH));
    expect(items).toMatchObject([{ frameId: frame }]);
    const [kept] = await confirmedOf(office.table, CAMERA.id);
    expect(await office.blobs.head(kept?.picture ?? '')).toBeDefined();
    const trail = await office.table.query({ partition: `audit/${auditStream.camera(CAMERA.id, NOW)}`, limit: 100 });
    expect(JSON.stringify(trail.items)).toContain('zone.reference-confirmed');
    expect((await verifyAll(office.table)).ok).toBe(true);
  });

  it('is confirmed once, however often somebody says so', async () => {
    await office.admin('POST', PATH, { frameId: frame });
    expect((await office.admin('POST', PATH, { frameId: frame })).status).toBe(200);
    expect(await confirmedOf(office.table, CAMERA.id)).toHaveLength(1);
  });

  it('is one no longer when the confirmation is taken back', async () => {
    await office.admin('POST', PATH, { frameId: frame });
    expect((await office.admin('DELETE', `${PATH}/${frame}`)).status).toBe(200);
    expect(await confirmedOf(office.table, CAMERA.id)).toEqual([]);
    expect(await refusalOf(await office.admin('DELETE', `${PATH}/${frame}`))).toEqual([404, 'reference-unknown']);
  });

  it('must be a frame of this camera, inspected, and still kept', async () => {
    const unknown = frameId('CAM-09.20260512T013000000Z.aaaaaaaaaaaaaaaa');
    expect(await refusalOf(await office.admin('POST', PATH, { frameId: unknown }))).toEqual([422, 'frame-unknown']);
    await office.blobs.delete(featuresKey(`${frame}:front:1`));
    expect(await refusalOf(await office.admin('POST', PATH, { frameId: frame }))).toEqual([422, 'frame-shows-no-zone']);
  });

  it('says nothing of a zone that is no storefront', async () => {
    const sidewalk = `/v1/zones/${CAMERA.id}/sidewalk/references`;
    expect(await refusalOf(await office.admin('POST', sidewalk, { frameId: frame }))).toEqual([404, 'zone-unknown']);
  });

  it('is for administrators to confirm', async () => {
    const token = await office.issue(['frames:write'], '*');
    const response = await office.call('POST', PATH, { token, json: { frameId: frame } });
    expect(await refusalOf(response)).toEqual([403, 'scope-missing']);
  });
});
