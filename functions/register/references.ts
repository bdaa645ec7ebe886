/**
 * 空场参照: somebody responsible says that a frame shows a storefront clear. All that stands in it belongs there, and
 * nothing learned later may stray far from it (docs/decisions/0021-references-from-days-gone-by.md).
 */
import { createRoute, z } from '@hono/zod-openapi';
import { type CameraId, cameraId, frameId, sightingId, type ZoneId, zoneId } from '#core/ids.ts';
import { decodeFeatures } from '#core/occupancy/feature-bytes.ts';
import { lightWords } from '#core/occupancy/light.ts';
import { refuse } from '#core/refusal.ts';
import type { StorefrontSighting } from '#core/sighting.ts';
import { formatInstant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import { type Access, ADMIN } from '#platform/http/auth.ts';
import { actorOf } from '#platform/http/caller.ts';
import type { EdgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN_OR_SESSION, GUARDED, json, jsonBody, printable, refusals } from '#platform/http/openapi.ts';
import { zoneVersions } from '#platform/records/cameras.ts';
import { type Frame, getFrame } from '#platform/records/frames.ts';
import { featuresKey, observationsBetween } from '#platform/records/observations.ts';
import {
  type ConfirmedReference,
  confirmedDelete,
  confirmedOf,
  confirmedPut,
  confirmedReference,
  keepPicture,
} from '#platform/records/references.ts';
import type { Table } from '#platform/table.ts';
import { change, type RegisterDependencies, unknown } from './change.ts';
import * as schemas from './schemas.ts';

const TAG = ['登记 Administration'];
const PATH = '/v1/zones/{cameraId}/{zoneId}/references';
const FrameIdText = printable(1, 200);
const Params = z.object({ cameraId: schemas.idParam('cameraId'), zoneId: schemas.idParam('zoneId') });
const OneParams = Params.extend({ frameId: FrameIdText.openapi({ param: { name: 'frameId', in: 'path' } }) });
const Body = z.object({ frameId: FrameIdText.openapi({ description: '该快照中本区域为空场' }) });
const View = z
  .object({
    frameId: z.string(),
    capturedAt: z.string(),
    zoneVersion: z.number().int(),
    light: z.object({ zh: z.string(), en: z.string() }).nullable().openapi({ description: '光照（由画面统计得出）' }),
    confirmedBy: z.string(),
    confirmedAt: z.string(),
  })
  .openapi('ZoneReference');
const ListAnswer = z.object({ items: z.array(View) }).openapi('ZoneReferences');

export interface ReferenceRouteDependencies extends RegisterDependencies {
  blobs: Blobs;
}

export function referenceRoutes(app: EdgeApp, access: Access, deps: ReferenceRouteDependencies): void {
  const { table, blobs, clock } = deps;
  const readers = [access.either({ scopes: ['admin'], roles: 'any' })];
  const admins = [access.either(ADMIN)];

  app.openapi(
    createRoute({
      method: 'get',
      path: PATH,
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '已确认的空场参照 Frames confirmed to show the zone clear',
      request: { params: Params },
      responses: { 200: json(ListAnswer, '列表 List'), ...GUARDED, 404: refusals('zone-unknown') },
    }),
    async (c) => {
      const zone = await storefrontAsked(table, c.req.valid('param'));
      const all = await confirmedOf(table, zone.cameraId);
      return c.json({ items: all.filter((one) => one.zoneId === zone.zoneId).map(viewOf) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: PATH,
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '确认空场 Say that a frame shows the zone clear',
      description: '画面中的一切（花箱、隔离桩、停车架）自此视为当地固有。自该处下一张快照起用于判断。',
      request: { params: Params, ...jsonBody(Body) },
      responses: {
        201: json(View, '已确认 Confirmed'),
        200: json(View, '先前已确认 Confirmed before'),
        400: refusals('request-invalid'),
        ...GUARDED,
        404: refusals('zone-unknown'),
        422: refusals('frame-unknown', 'frame-shows-no-zone'),
      },
    }),
    async (c) => {
      const zone = await storefrontAsked(table, c.req.valid('param'));
      const frame = (await getFrame(table, frameId(c.req.valid('json').frameId)))?.value;
      if (frame === undefined || frame.cameraId !== zone.cameraId)
        throw unknown('frame', c.req.valid('json').frameId, 422);
      const principal = c.get('principal');
      const picture = await pictureOf(table, blobs, frame, zone.zoneId);
      const reference: ConfirmedReference = {
        ...{ ...zone, frameId: frame.frameId, capturedAt: frame.capturedAt },
        ...{ zoneVersion: picture.sighting.zone.version, sightingId: picture.sighting.id },
        picture: await keepPicture({ table, blobs }, picture.features, clock.now()),
        light: picture.features.light ?? null,
        ...{ confirmedBy: principal.name, confirmedAt: clock.now() },
      };
      const known = await change(deps, actorOf(principal), async () => {
        const { cameraId: of, zoneId: id, zoneVersion } = reference;
        const entry = { subject: id, cameraId: of, facts: { frameId: reference.frameId, zoneVersion } };
        const before = (await confirmedReference(table, of, id, reference.frameId))?.value;
        if (before !== undefined)
          return { act: 'zone.reference-confirmed-again', ...entry, writes: [], result: before };
        return { act: 'zone.reference-confirmed', ...entry, writes: [confirmedPut(reference)], result: undefined };
      });
      return known === undefined ? c.json(viewOf(reference), 201) : c.json(viewOf(known), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: `${PATH}/{frameId}`,
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '撤销空场确认 Take a confirmation back',
      request: { params: OneParams },
      responses: {
        200: json(View, '已撤销 Taken back'),
        ...GUARDED,
        404: refusals('zone-unknown', 'reference-unknown'),
      },
    }),
    async (c) => {
      const { frameId: asked, ...zoneAsked } = c.req.valid('param');
      const zone = await storefrontAsked(table, zoneAsked);
      const gone = await change(deps, actorOf(c.get('principal')), async () => {
        const known = (await confirmedReference(table, zone.cameraId, zone.zoneId, frameId(asked)))?.value;
        if (known === undefined) throw unknown('reference', asked);
        return {
          ...{ act: 'zone.reference-withdrawn', subject: zone.zoneId, cameraId: zone.cameraId },
          ...{ facts: { frameId: known.frameId }, writes: [confirmedDelete(known)], result: known },
        };
      });
      return c.json(viewOf(gone), 200);
    },
  );
}

/** @throws {Refusal} `zone-unknown` */
async function storefrontAsked(
  table: Table,
  asked: { cameraId: string; zoneId: string },
): Promise<{ cameraId: CameraId; zoneId: ZoneId }> {
  const zone = { cameraId: cameraId(asked.cameraId), zoneId: zoneId(asked.zoneId) };
  const newest = (await zoneVersions(table, zone.cameraId, zone.zoneId)).at(-1);
  if (newest?.type !== 'storefront') throw unknown('zone', asked.zoneId);
  return zone;
}

/** @throws {Refusal} `frame-shows-no-zone` */
async function pictureOf(table: Table, blobs: Blobs, frame: Frame, zone: ZoneId) {
  const moment = { from: frame.capturedAt, to: frame.capturedAt + 1 };
  const seen = await Promise.all(frame.places.map((place) => observationsBetween(table, place, moment)));
  const sighting: StorefrontSighting | undefined = seen
    .flat()
    .filter(({ frameId: id }) => id === frame.frameId)
    .flatMap(({ storefronts }) => storefronts)
    .find((one) => one.zone.zoneId === zone);
  const bytes = sighting === undefined ? undefined : await blobs.get(featuresKey(sightingId(sighting.id)));
  if (sighting === undefined || bytes === undefined) {
    throw refuse('frame-shows-no-zone', 422, {
      expected: `a frame that was inspected while ${zone} was in force, and that is still kept`,
      received: `${frame.frameId}, ${frame.state}`,
      action: 'Choose a recent frame of this camera.',
    });
  }
  return { sighting, features: decodeFeatures(bytes) };
}

function viewOf({ light, capturedAt, confirmedAt, ...reference }: ConfirmedReference): z.infer<typeof View> {
  return {
    frameId: reference.frameId,
    capturedAt: formatInstant(capturedAt),
    zoneVersion: reference.zoneVersion,
    light: light === null ? null : lightWords(light, capturedAt),
    confirmedBy: reference.confirmedBy,
    confirmedAt: formatInstant(confirmedAt),
  };
}
