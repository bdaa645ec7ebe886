/** The queue and the items in an officer's hands. */
import { createRoute, z } from '@hono/zod-openapi';
import { placeId } from '#core/ids.ts';
import { type Incident, REASON_CODES } from '#core/incident.ts';
import { WORK_STATES, type WorkState } from '#core/incident-machine.ts';
import { formatInstant } from '#core/time.ts';
import { type Access, officerOf } from '#platform/http/auth.ts';
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';
import { GUARDED, json, refusals } from '#platform/http/openapi.ts';
import { alarmsPage } from './alarms.ts';
import { Opened, openedBy } from './background.ts';
import { summaryOf } from './detail.ts';
import { emptyBodyIsFine } from './empty-body.ts';
import { queuePage } from './queue-page.ts';
import {
  AlarmsPage,
  AlarmsQuery,
  ClaimBody,
  IncidentParam,
  LeaseGranted,
  QueuePage,
  QueueQuery,
  REVIEW,
  ReasonList,
  STAGE_REFUSALS,
  Summary,
} from './schemas.ts';
import { claim, claimNext, giveBack, heartbeat, idOf, type Workplace } from './work.ts';

export function queueRoutes(place: Workplace, access: Access): EdgeApp {
  const officers = [access.role('reviewer', 'legal-reviewer', 'supervisor')];
  const leaseOf = ({ lease, version }: Incident) => ({
    until: formatInstant(lease?.until ?? place.clock.now()),
    version,
  });
  const app = edgeApp();

  app.openapi(
    createRoute({
      ...REVIEW,
      method: 'get',
      path: '/v1/review/queue',
      summary: '审核队列：按期限、再按把握排序 The queue, by deadline, then by score',
      middleware: officers,
      request: { query: QueueQuery },
      responses: { ...GUARDED, 200: json(QueuePage, 'A page'), 400: refusals('cursor-invalid', 'request-invalid') },
    }),
    async (c) => {
      const { type, place: at, jurisdiction, state, limit, cursor } = c.req.valid('query');
      const states: readonly WorkState[] = state === undefined ? WORK_STATES : [state];
      const filter = {
        states,
        ...(type === undefined ? {} : { type }),
        ...(at === undefined ? {} : { placeId: placeId(at) }),
        ...(jurisdiction === undefined ? {} : { jurisdiction }),
      };
      return c.json(await queuePage(place, officerOf(c.get('principal')), filter, { limit, cursor }), 200);
    },
  );

  app.openapi(
    createRoute({
      ...REVIEW,
      method: 'get',
      path: '/v1/review/reasons',
      summary: '理由代码 The reason codes',
      middleware: officers,
      responses: { ...GUARDED, 200: json(ReasonList, 'In the order of the statute') },
    }),
    (c) => c.json({ items: Object.entries(REASON_CODES).map(([code, text]) => ({ code, text })) }, 200),
  );

  app.openapi(
    createRoute({
      ...REVIEW,
      method: 'get',
      path: '/v1/review/alarms',
      summary: '期限预警与超期（主管） Deadlines that come near or passed, what is due first first',
      middleware: [access.role('supervisor')],
      request: { query: AlarmsQuery },
      responses: { ...GUARDED, 200: json(AlarmsPage, 'A page'), 400: refusals('cursor-invalid', 'request-invalid') },
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      return c.json(await alarmsPage(place.table, place.clock.now(), { limit, cursor }), 200);
    },
  );

  app.openapi(
    createRoute({
      ...REVIEW,
      method: 'post',
      path: '/v1/review/claim',
      summary: '领取：下一件或指定一件 Claim the next item, or one by id',
      description: '`item` is null when nothing waits. An item claimed again by its holder stays with them for longer.',
      middleware: [...officers, emptyBodyIsFine],
      request: { body: { required: false, content: { 'application/json': { schema: ClaimBody } } } },
      responses: {
        ...GUARDED,
        200: json(
          z.object({ item: Opened.nullable(), lease: LeaseGranted.nullable() }).openapi('Claimed'),
          'Yours until `lease.until`',
        ),
        403: STAGE_REFUSALS,
        404: refusals('incident-unknown'),
        409: refusals('lease-held', 'lease-limit', 'state-conflict'),
      },
    }),
    async (c) => {
      const { id, ...wish } = c.req.valid('json');
      const officer = officerOf(c.get('principal'));
      const claimed = id === undefined ? await claimNext(place, officer, wish) : await claim(place, officer, idOf(id));
      if (claimed === undefined) return c.json({ item: null, lease: null }, 200);
      const item = await openedBy(place, officer, claimed, 'review');
      return c.json({ item, lease: leaseOf(claimed) }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...REVIEW,
      method: 'post',
      path: '/v1/review/{id}/heartbeat',
      summary: '续期 Still working on it',
      middleware: officers,
      request: { params: IncidentParam },
      responses: {
        ...GUARDED,
        200: json(z.object({ lease: LeaseGranted }), 'Yours for longer'),
        404: refusals('incident-unknown'),
        409: refusals('lease-lost'),
      },
    }),
    async (c) => {
      const kept = await heartbeat(place, officerOf(c.get('principal')), idOf(c.req.valid('param').id));
      return c.json({ lease: leaseOf(kept) }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...REVIEW,
      method: 'post',
      path: '/v1/review/{id}/release',
      summary: '退回队列 Back into the queue',
      middleware: officers,
      request: { params: IncidentParam },
      responses: { ...GUARDED, 200: json(Summary, 'Returned'), 404: refusals('incident-unknown') },
    }),
    async (c) =>
      c.json(
        summaryOf(
          await giveBack(place, officerOf(c.get('principal')), idOf(c.req.valid('param').id)),
          place.clock.now(),
        ),
        200,
      ),
  );

  return app;
}
