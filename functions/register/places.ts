/** 地点登记 */
import { createRoute, z } from '@hono/zod-openapi';
import type { Place } from '#core/camera.ts';
import { placeId } from '#core/ids.ts';
import { type Access, ADMIN } from '#platform/http/auth.ts';
import { actorOf } from '#platform/http/caller.ts';
import type { EdgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN_OR_SESSION, GUARDED, json, jsonBody, refusals } from '#platform/http/openapi.ts';
import { place, placesPage, placeWrites } from '#platform/records/places.ts';
import { assertCurrent, assertNew, change, type RegisterDependencies, unknown } from './change.ts';
import { IdText, idParam, ListQuery, listOf, NameText, pageBody, pageOf, VersionNumber } from './schemas.ts';

const TAG = ['登记 Administration'];
const PlaceBody = z.object({ id: IdText, name: NameText });
const PlaceChange = z.object({ name: NameText, version: VersionNumber });
const PlaceView = z.object({ id: z.string(), name: z.string(), version: z.number().int() }).openapi('Place', {
  description: '地点：一段有名称的人行道或店面；多台摄像机可看同一地点，是否同一事件按地点判断',
});
const Params = z.object({ placeId: idParam('placeId') });

export function placeRoutes(app: EdgeApp, access: Access, deps: RegisterDependencies): void {
  const { table } = deps;
  const readers = [access.either({ scopes: ['admin'], roles: 'any' })];
  const admins = [access.either(ADMIN)];

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/places',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '地点列表 Places',
      request: { query: ListQuery },
      responses: { 200: json(listOf(PlaceView, 'Places'), '列表 List'), ...GUARDED },
    }),
    async (c) =>
      c.json(
        pageBody(await placesPage(table, pageOf(c.req.valid('query'))), (value) => value),
        200,
      ),
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/places/{placeId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '地点 One place',
      request: { params: Params },
      responses: { 200: json(PlaceView, '地点 Place'), ...GUARDED, 404: refusals('place-unknown') },
    }),
    async (c) => {
      const id = placeId(c.req.valid('param').placeId);
      const found = await place(table, id);
      if (found === undefined) throw unknown('place', id);
      return c.json(found, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/places',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '登记地点 Register a place',
      request: jsonBody(PlaceBody),
      responses: {
        201: json(PlaceView, '已登记 Registered'),
        400: refusals('request-invalid'),
        ...GUARDED,
        409: refusals('place-exists'),
      },
    }),
    async (c) => {
      const { id, name } = c.req.valid('json');
      const next: Place = { id: placeId(id), name, version: 1 };
      await change(deps, actorOf(c.get('principal')), async () => {
        assertNew('place', id, await place(table, next.id));
        return { act: 'place.registered', ...entryOf(next), writes: placeWrites(next), result: undefined };
      });
      return c.json(next, 201);
    },
  );

  app.openapi(
    createRoute({
      method: 'put',
      path: '/v1/places/{placeId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '变更地点 Change a place',
      request: { params: Params, ...jsonBody(PlaceChange) },
      responses: {
        200: json(PlaceView, '已变更 Changed'),
        400: refusals('request-invalid'),
        ...GUARDED,
        404: refusals('place-unknown'),
        409: refusals('version-outdated'),
      },
    }),
    async (c) => {
      const id = placeId(c.req.valid('param').placeId);
      const { name, version } = c.req.valid('json');
      const next: Place = { id, name, version: version + 1 };
      await change(deps, actorOf(c.get('principal')), async () => {
        assertCurrent('place', id, await place(table, id), version);
        return { act: 'place.changed', ...entryOf(next), writes: placeWrites(next), result: undefined };
      });
      return c.json(next, 200);
    },
  );
}

const entryOf = ({ id, name, version }: Place) => ({ subject: id, facts: { name, version } });
