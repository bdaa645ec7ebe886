/** 区域登记: a change is the next version, so that what a frame was judged by can always be shown again. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Zone } from '#core/camera.ts';
import { cameraId, placeId, ruleId, zoneId } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import { type Access, ADMIN } from '#platform/http/auth.ts';
import { actorOf } from '#platform/http/caller.ts';
import type { EdgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN_OR_SESSION, GUARDED, json, jsonBody, refusals } from '#platform/http/openapi.ts';
import { newsWrite } from '#platform/records/camera-conditions.ts';
import { camera, zonePut, zonesOfCamera, zonesOfPlace, zoneVersions } from '#platform/records/cameras.ts';
import { place } from '#platform/records/places.ts';
import { ruleVersions } from '#platform/records/rules.ts';
import { endWhereFollowed } from '#platform/records/versions.ts';
import type { Table } from '#platform/table.ts';
import { assertCurrent, assertNew, change, type RegisterDependencies, unknown } from './change.ts';
import { faultOf } from './polygon.ts';
import * as schemas from './schemas.ts';

const TAG = ['登记 Administration'];
const ZoneFields = {
  placeId: schemas.AskedId,
  type: z.enum(['sidewalk', 'storefront', 'legal_parking', 'road']),
  polygon: z.array(z.tuple([z.number(), z.number()])).openapi({
    description: '[x, y] 像素；至少三个角，在图像内，不自交',
    example: [
      [0, 866],
      [1244, 211],
      [1457, 215],
      [895, 1079],
    ],
  }),
  shop: schemas.NameText.nullable().default(null).openapi({ description: '店名（店面区域）' }),
  ruleIds: z.array(schemas.AskedId).max(10).default([]),
  ...schemas.Effective,
};
const ZoneBody = z.object({ id: schemas.IdText, cameraId: schemas.AskedId, ...ZoneFields });
const ZoneChange = z.object({ ...ZoneFields, version: schemas.VersionNumber });
const ZoneView = z
  .object({
    id: z.string(),
    cameraId: z.string(),
    placeId: z.string(),
    type: ZoneFields.type,
    polygon: z.array(z.tuple([z.number(), z.number()])),
    shop: z.string().nullable(),
    ruleIds: z.array(z.string()),
    effectiveFrom: z.string(),
    effectiveTo: z.string().nullable(),
    version: z.number().int(),
  })
  .openapi('Zone');
const ZonesAnswer = z.object({ items: z.array(ZoneView) }).openapi('Zones');
const Params = z.object({ cameraId: schemas.idParam('cameraId'), zoneId: schemas.idParam('zoneId') });
const Query = z
  .object({ cameraId: schemas.AskedId.optional(), placeId: schemas.AskedId.optional() })
  .refine((query) => (query.cameraId === undefined) !== (query.placeId === undefined), 'either cameraId or placeId');

export function zoneRoutes(app: EdgeApp, access: Access, deps: RegisterDependencies): void {
  const { table, clock } = deps;
  const readers = [access.either({ scopes: ['admin'], roles: 'any' })];
  const admins = [access.either(ADMIN)];

  /** Another drawing asks for another look at where the camera looked since. */
  const drawn = async (zone: Zone) => [zonePut(zone), await newsWrite(table, zone.cameraId, zone.effectiveFrom)];

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/zones',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '区域列表（各版本）Zones, every version',
      request: { query: Query },
      responses: { 200: json(ZonesAnswer, '列表 List'), 400: refusals('request-invalid'), ...GUARDED },
    }),
    async (c) => {
      const { cameraId: byCamera, placeId: byPlace = '' } = c.req.valid('query');
      const zones =
        byCamera === undefined
          ? await zonesOfPlace(table, placeId(byPlace))
          : await zonesOfCamera(table, cameraId(byCamera));
      return c.json({ items: zones.map(zoneView) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/zones/{cameraId}/{zoneId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '区域的各版本 Versions of a zone',
      request: { params: Params },
      responses: { 200: json(ZonesAnswer, '各版本 Versions'), ...GUARDED, 404: refusals('zone-unknown') },
    }),
    async (c) => {
      const { cameraId: of, zoneId: id } = c.req.valid('param');
      const versions = await zoneVersions(table, cameraId(of), zoneId(id));
      if (versions.length === 0) throw unknown('zone', id);
      return c.json({ items: endWhereFollowed(versions, (zone) => zone.id).map(zoneView) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/zones',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '登记区域 Register a zone',
      request: jsonBody(ZoneBody),
      responses: {
        201: json(ZoneView, '已登记 Registered'),
        400: refusals('request-invalid', 'time-invalid'),
        ...GUARDED,
        409: refusals('zone-exists'),
        422: refusals(
          'camera-unknown',
          'place-unknown',
          'rule-unknown',
          'polygon-invalid',
          'zone-rules-invalid',
          'period-empty',
        ),
      },
    }),
    async (c) => {
      const body = c.req.valid('json');
      const next = zoneOf(body, body.cameraId, body.id, 1, clock.now());
      await change(deps, actorOf(c.get('principal')), async () => {
        assertNew('zone', next.id, (await zoneVersions(table, next.cameraId, next.id)).at(-1));
        await assertSound(table, next);
        return { act: 'zone.registered', ...entryOf(next), writes: await drawn(next), result: undefined };
      });
      return c.json(zoneView(next), 201);
    },
  );

  app.openapi(
    createRoute({
      method: 'put',
      path: '/v1/zones/{cameraId}/{zoneId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '区域的下一版本 Next version of a zone',
      description: '旧版本保留；自新版本生效时起由新版本判断。',
      request: { params: Params, ...jsonBody(ZoneChange) },
      responses: {
        200: json(ZoneView, '新版本 New version'),
        400: refusals('request-invalid', 'time-invalid'),
        ...GUARDED,
        404: refusals('zone-unknown'),
        409: refusals('version-outdated'),
        422: refusals('place-unknown', 'rule-unknown', 'polygon-invalid', 'zone-rules-invalid', 'period-empty'),
      },
    }),
    async (c) => {
      const { cameraId: of, zoneId: id } = c.req.valid('param');
      const body = c.req.valid('json');
      const next = zoneOf(body, of, id, body.version + 1, clock.now());
      await change(deps, actorOf(c.get('principal')), async () => {
        assertCurrent('zone', id, (await zoneVersions(table, next.cameraId, next.id)).at(-1), body.version);
        await assertSound(table, next);
        return { act: 'zone.changed', ...entryOf(next), writes: await drawn(next), result: undefined };
      });
      return c.json(zoneView(next), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/zones/{cameraId}/{zoneId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '停用区域 Retire a zone from now on',
      request: { params: Params, query: schemas.VersionQuery },
      responses: {
        200: json(ZoneView, '已停用 Retired; its versions remain'),
        ...GUARDED,
        404: refusals('zone-unknown'),
        409: refusals('version-outdated'),
      },
    }),
    async (c) => {
      const { cameraId: of, zoneId: id } = c.req.valid('param');
      const { version } = c.req.valid('query');
      const retired = await change(deps, actorOf(c.get('principal')), async () => {
        const current = (await zoneVersions(table, cameraId(of), zoneId(id))).at(-1);
        assertCurrent('zone', id, current, version);
        const now = clock.now();
        const next: Zone = { ...current, version: version + 1, effectiveFrom: now, effectiveTo: now };
        return { act: 'zone.retired', ...entryOf(next), writes: await drawn(next), result: next };
      });
      return c.json(zoneView(retired), 200);
    },
  );
}

type Fields = Omit<z.infer<typeof ZoneBody>, 'id' | 'cameraId'>;

function zoneOf(body: Fields, ofCamera: string, id: string, version: number, now: number): Zone {
  const { type, polygon, shop } = body;
  return {
    ...{ type, polygon, shop, version },
    id: zoneId(id),
    cameraId: cameraId(ofCamera),
    placeId: placeId(body.placeId),
    ruleIds: [...new Set(body.ruleIds)].map(ruleId),
    ...schemas.effectiveOf(body, now),
  };
}

function zoneView(zone: Zone): z.infer<typeof ZoneView> {
  const { id, type, shop, version } = zone;
  return {
    ...{ id, type, shop, version, cameraId: zone.cameraId, placeId: zone.placeId },
    polygon: zone.polygon.map(([x, y]) => [x, y]),
    ruleIds: [...zone.ruleIds],
    ...schemas.effectiveView(zone),
  };
}

const entryOf = ({ id, cameraId: of, ...facts }: Zone) => ({ subject: id, cameraId: of, facts });

/** @throws {Refusal} `camera-unknown`, `place-unknown`, `rule-unknown`, `polygon-invalid`, `zone-rules-invalid`, `period-empty` */
async function assertSound(table: Table, zone: Zone): Promise<void> {
  schemas.assertPeriod(zone.effectiveFrom, zone.effectiveTo);
  const seenBy = await camera(table, zone.cameraId);
  if (seenBy === undefined) throw unknown('camera', zone.cameraId, 422);
  if ((await place(table, zone.placeId)) === undefined) throw unknown('place', zone.placeId, 422);
  const fault = faultOf(zone.polygon, seenBy.imageSize);
  if (fault !== undefined) {
    throw refuse('polygon-invalid', 422, {
      expected: 'at least three corners inside the image, in an order in which no side crosses another',
      received: fault,
      action: 'Draw the zone again.',
    });
  }
  const violations = await Promise.all(
    zone.ruleIds.map(async (id) => {
      const newest = (await ruleVersions(table, id)).at(-1);
      if (newest === undefined) throw unknown('rule', id, 422);
      return newest.violation;
    }),
  );
  const judged = zone.type === 'sidewalk' || zone.type === 'storefront';
  if (new Set(violations).size === violations.length && (judged || violations.length === 0)) return;
  throw refuse('zone-rules-invalid', 422, {
    expected: judged ? 'at most one rule a violation type' : `no rules for a zone of type ${zone.type}: it exempts`,
    received: violations.join(', '),
    action: 'Correct ruleIds.',
  });
}
