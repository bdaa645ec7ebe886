/** 设备状态: how a camera is, what ailed it, what that touches; declaring an impairment, confirming a view. */
import { randomUUID } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { dossierGaps, gradeAt } from '#core/camera.ts';
import { isImpaired } from '#core/camera-impairment.ts';
import { type CameraId, cameraId, frameId } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import { DAY_MS, dayOf, formatInstant, parseInstant } from '#core/time.ts';
import { poorness } from '#core/view/quality.ts';
import { type Access, ADMIN } from '#platform/http/auth.ts';
import { actorOf } from '#platform/http/caller.ts';
import type { EdgeApp } from '#platform/http/edge.ts';
import {
  BY_TOKEN_OR_SESSION,
  GUARDED,
  InstantText,
  json,
  jsonBody,
  printable,
  refusals,
} from '#platform/http/openapi.ts';
import { newsWrite } from '#platform/records/camera-conditions.ts';
import {
  latestReading,
  readingOf,
  referenceSceneKey,
  type StoredReading,
  viewReferencePut,
} from '#platform/records/camera-readings.ts';
import { camera, readHealth, zonesOfCamera } from '#platform/records/cameras.ts';
import { getFrame } from '#platform/records/frames.ts';
import {
  type DeclaredImpairment,
  declaredImpairment,
  declaredImpairments,
  declaredPut,
  impairmentsOf,
} from '#platform/records/impairments.ts';
import { incidentsOfPlaceDay } from '#platform/records/incidents.ts';
import { ruleDay } from '#platform/records/messages.ts';
import { correlatedDays, sceneKey } from '#platform/records/observations.ts';
import { Affected, Declared, declaredView, HealthView, impairmentView, Params, Period } from './camera-health-views.ts';
import { assertCurrent, change, unknown } from './change.ts';
import type { ReferenceRouteDependencies } from './references.ts';
import { assertPeriod, idParam, VersionNumber } from './schemas.ts';

const TAG = ['登记 Administration'];
const MOST_DAYS = 31;
export function cameraHealthRoutes(app: EdgeApp, access: Access, deps: ReferenceRouteDependencies): void {
  const { table, blobs, clock } = deps;
  const readers = [access.either({ scopes: ['admin'], roles: 'any' })];
  const admins = [access.either(ADMIN)];
  const known = async (id: CameraId) => {
    const found = await camera(table, id);
    if (found === undefined) throw unknown('camera', id);
    return found;
  };
  /** The last day unless asked otherwise. */
  const periodOf = ({ from, to }: z.infer<typeof Period>) => {
    const until = to === undefined ? clock.now() + 1 : parseInstant(to, 'to');
    const since = from === undefined ? until - DAY_MS : parseInstant(from, 'from');
    assertPeriod(since, until, 'from and to');
    return { from: since, to: until };
  };

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/cameras/{cameraId}/health',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '设备状态与异常 How a camera is, and what ailed it',
      request: { params: Params, query: Period },
      responses: { 200: json(HealthView, '状态 Health'), ...GUARDED, 404: refusals('camera-unknown') },
    }),
    async (c) => {
      const id = cameraId(c.req.valid('param').cameraId);
      const found = await known(id);
      const now = clock.now();
      const store = { table, blobs };
      const [impairments, current] = await Promise.all([
        impairmentsOf(store, id, periodOf(c.req.valid('query'))),
        impairmentsOf(store, id, { from: now, to: now + 1 }),
      ]);
      const [health, reading] = [(await readHealth(table, id))?.value, await latestReading(table, id)];
      const grade = gradeAt(found, now);
      return c.json(
        {
          grade: grade === 'evidence' && isImpaired(current, now) ? ('clue' as const) : grade,
          missing: dossierGaps(found, now),
          lastSeen: health === undefined ? null : formatInstant(health.lastSeen),
          clockOffsetMs: health?.clockOffsetMs ?? null,
          reading:
            reading === undefined
              ? null
              : {
                  at: formatInstant(reading.at),
                  frameId: reading.frameId,
                  ...reading.quality,
                  view: reading.compared?.verdict.kind ?? null,
                },
          impairments: impairments.map(impairmentView),
        },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/cameras/{cameraId}/affected',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '某时段内由该摄像机所见的事件 Incidents that rest on what it saw in a period',
      request: { params: Params, query: Period },
      responses: {
        200: json(Affected, '事件 Incidents'),
        ...GUARDED,
        404: refusals('camera-unknown'),
        422: refusals('period-empty', 'period-too-long'),
      },
    }),
    async (c) => {
      const id = cameraId(c.req.valid('param').cameraId);
      await known(id);
      const period = periodOf(c.req.valid('query'));
      if (period.to - period.from > MOST_DAYS * DAY_MS) {
        throw refuse('period-too-long', 422, {
          expected: `at most ${MOST_DAYS} days`,
          received: `${Math.ceil((period.to - period.from) / DAY_MS)} days`,
          action: 'Ask for one part after the other.',
        });
      }
      const items = new Map<string, z.infer<typeof Affected>['items'][number]>();
      const days = { from: dayOf(period.from - DAY_MS), to: dayOf(period.to + DAY_MS) };
      for (const place of new Set((await zonesOfCamera(table, id)).map(({ placeId }) => placeId))) {
        for (const day of await correlatedDays(table, place, days)) {
          for (const incident of await incidentsOfPlaceDay(table, place, ruleDay(day))) {
            const rests = incident.stay.sightings.some(
              ({ cameraId: by, capturedAt }) => by === id && capturedAt >= period.from && capturedAt < period.to,
            );
            if (rests) items.set(incident.id, { id: incident.id, state: incident.state, grade: incident.grade });
          }
        }
      }
      return c.json({ items: [...items.values()] }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/cameras/{cameraId}/impairments',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '人工登记的异常 Declared impairments',
      request: { params: Params },
      responses: {
        200: json(z.object({ items: z.array(Declared) }).openapi('DeclaredImpairments'), '列表 List'),
        ...GUARDED,
        404: refusals('camera-unknown'),
      },
    }),
    async (c) => {
      const id = cameraId(c.req.valid('param').cameraId);
      await known(id);
      return c.json({ items: (await declaredImpairments(table, id)).map(declaredView) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/cameras/{cameraId}/impairments',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '登记异常：该时段的产出只作线索 Declare an impairment: what it delivered in that time is a clue',
      request: {
        params: Params,
        ...jsonBody(z.object({ from: InstantText, to: InstantText.nullish(), note: printable(1, 500) })),
      },
      responses: {
        201: json(Declared, '已登记 Declared'),
        400: refusals('request-invalid', 'time-invalid'),
        ...GUARDED,
        404: refusals('camera-unknown'),
        422: refusals('period-empty'),
      },
    }),
    async (c) => {
      const id = cameraId(c.req.valid('param').cameraId);
      const { from, to, note } = c.req.valid('json');
      const actor = actorOf(c.get('principal'));
      const declared: DeclaredImpairment = {
        ...{ id: randomUUID(), cameraId: id, note, by: actor.id, at: clock.now(), version: 1 },
        from: parseInstant(from, 'from'),
        to: to == null ? null : parseInstant(to, 'to'),
      };
      assertPeriod(declared.from, declared.to, 'from and to');
      await known(id);
      await change(deps, actor, async () => ({
        ...{ act: 'camera.impairment-declared', subject: id, cameraId: id, facts: factsOf(declared) },
        ...{ writes: [declaredPut(declared), await newsWrite(table, id, declared.from)], result: undefined },
      }));
      return c.json(declaredView(declared), 201);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/cameras/{cameraId}/impairments/{impairmentId}/end',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '恢复正常，并记录在案 Restored, with a record of why',
      request: {
        params: Params.extend({ impairmentId: idParam('impairmentId') }),
        ...jsonBody(z.object({ to: InstantText.optional(), note: printable(1, 500), version: VersionNumber })),
      },
      responses: {
        200: json(Declared, '已结束 Ended'),
        400: refusals('request-invalid', 'time-invalid'),
        ...GUARDED,
        404: refusals('impairment-unknown'),
        409: refusals('version-outdated'),
        422: refusals('period-empty'),
      },
    }),
    async (c) => {
      const { cameraId: of, impairmentId } = c.req.valid('param');
      const { to, note, version } = c.req.valid('json');
      const id = cameraId(of);
      const ended = await change(deps, actorOf(c.get('principal')), async () => {
        const before = (await declaredImpairment(table, id, impairmentId))?.value;
        assertCurrent('impairment', impairmentId, before, version);
        const until = to === undefined ? clock.now() : parseInstant(to, 'to');
        assertPeriod(before.from, until, 'from and to');
        const next: DeclaredImpairment = { ...before, to: until, version: version + 1 };
        return {
          ...{ act: 'camera.impairment-ended', subject: id, cameraId: id, facts: { ...factsOf(next), note } },
          ...{ writes: [declaredPut(next), await newsWrite(table, id, next.from)], result: next },
        };
      });
      return c.json(declaredView(ended), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/cameras/{cameraId}/view-reference',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '确认参考画面：自该快照起，区域与画面相符 Confirm that zones lie right on this frame’s view, from it on',
      request: { params: Params, ...jsonBody(z.object({ frameId: z.string().min(1).max(200) })) },
      responses: {
        200: json(z.object({ frameId: z.string(), from: z.string() }).openapi('ViewReference'), '已确认 Confirmed'),
        ...GUARDED,
        404: refusals('camera-unknown', 'frame-unknown'),
        409: refusals('frame-not-inspected', 'frame-too-poor'),
      },
    }),
    async (c) => {
      const id = cameraId(c.req.valid('param').cameraId);
      await known(id);
      const frame = (await getFrame(table, frameId(c.req.valid('json').frameId)))?.value;
      if (frame === undefined || frame.cameraId !== id) throw unknown('frame', c.req.valid('json').frameId);
      const poor = poorOf(await readingOf(table, id, frame));
      if (poor !== null) {
        throw refuse('frame-too-poor', 409, {
          expected: 'a frame that shows the view clearly: everything later is held against it',
          received: `one that is ${poor}`,
          action: 'Choose a clear frame, by day.',
        });
      }
      const scene = await blobs.get(sceneKey(frame.frameId));
      if (scene === undefined) {
        throw refuse('frame-not-inspected', 409, {
          expected: 'a frame that was inspected and whose scene is kept',
          received: `one in state ${frame.state}`,
          action: 'Choose a newer frame.',
        });
      }
      await blobs.putIfAbsent(referenceSceneKey(frame.frameId), scene, 'application/octet-stream');
      const actor = actorOf(c.get('principal'));
      await change(deps, actor, async () => {
        const { frameId: of, capturedAt } = frame;
        const reference = { frameId: of, capturedAt, confirmedBy: actor.id, confirmedAt: clock.now() };
        return {
          ...{ act: 'camera.view-confirmed', subject: id, cameraId: id, facts: { frameId: of, capturedAt } },
          ...{ writes: [viewReferencePut(id, reference), await newsWrite(table, id, capturedAt)], result: undefined },
        };
      });
      return c.json({ frameId: frame.frameId, from: formatInstant(frame.capturedAt) }, 200);
    },
  );
}

const poorOf = (reading: StoredReading | undefined) => (reading === undefined ? null : poorness(reading.quality));

const factsOf = ({ id, from, to, note, version }: DeclaredImpairment) => ({ impairment: id, from, to, note, version });
