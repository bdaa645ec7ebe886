/** One item: its facts and pictures, the decision on it. */
import { createRoute } from '@hono/zod-openapi';
import { type Access, officerOf } from '#platform/http/auth.ts';
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';
import { GUARDED, json, jsonBody, refusals } from '#platform/http/openapi.ts';
import { Opened, openedBy } from './background.ts';
import { detailOf } from './detail.ts';
import { emptyBodyIsFine } from './empty-body.ts';
import { packageLinkOf, seen } from './look.ts';
import {
  DecisionBody,
  Detail,
  IncidentParam,
  LookQuery,
  REVIEW,
  STAGE_REFUSALS,
  UndoBody,
  WithdrawBody,
} from './schemas.ts';
import { idOf, record, takeBack, type Workplace, withdrawViolation } from './work.ts';

const DECIDED_REFUSALS = {
  404: refusals('incident-unknown'),
  409: refusals(
    ...['version-stale', 'lease-lost', 'state-conflict', 'not-sealed', 'package-stale'],
    ...['notice-missing', 'notice-unproven', 'grace-running', 'notice-elsewhere'],
  ),
  422: refusals(
    'reason-missing',
    'note-missing',
    'plate-missing',
    'plate-invalid',
    'plate-disagrees',
    'grade-clue',
    'evidence-insufficient',
    'phase-warning',
    'limitation-passed',
  ),
};

export function itemRoutes(place: Workplace, access: Access): EdgeApp {
  const officers = [access.role('reviewer', 'legal-reviewer', 'supervisor')];
  const supervisors = [access.role('supervisor')];
  const app = edgeApp();

  app.openapi(
    createRoute({
      ...REVIEW,
      method: 'get',
      path: '/v1/review/{id}',
      summary: '一件事件的全部事实与图片 An incident with its facts and pictures; the look is recorded',
      middleware: officers,
      request: { params: IncidentParam, query: LookQuery },
      responses: { ...GUARDED, 200: json(Opened, 'The incident'), 404: refusals('incident-unknown') },
    }),
    async (c) => {
      const officer = officerOf(c.get('principal'));
      const { reason } = c.req.valid('query');
      const incident = await seen(place, officer, idOf(c.req.valid('param').id), reason);
      return c.json(await openedBy(place, officer, incident, reason), 200);
    },
  );

  app.openapi(
    createRoute({
      ...REVIEW,
      method: 'get',
      path: '/v1/review/{id}/package',
      summary: '证据包：短时有效的签名地址 The sealed package; the look is recorded',
      middleware: officers,
      request: { params: IncidentParam, query: LookQuery },
      responses: {
        ...GUARDED,
        302: { description: 'To a short-lived signed URL' },
        404: refusals('incident-unknown'),
        409: refusals('not-sealed', 'package-withheld'),
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const { reason } = c.req.valid('query');
      const { url, sha256 } = await packageLinkOf(place, officerOf(c.get('principal')), idOf(id), reason);
      c.header('ETag', `"${sha256}"`);
      return c.redirect(url, 302);
    },
  );

  app.openapi(
    createRoute({
      ...REVIEW,
      method: 'post',
      path: '/v1/review/{id}/decision',
      summary: '决定 Confirm, reject, educate, escalate or send back',
      middleware: officers,
      request: { params: IncidentParam, ...jsonBody(DecisionBody) },
      responses: {
        ...GUARDED,
        200: json(Detail.omit({ pictures: true }), 'Decided'),
        403: STAGE_REFUSALS,
        ...DECIDED_REFUSALS,
      },
    }),
    async (c) => {
      const { reason, plate, ...rest } = c.req.valid('json');
      const command = { ...rest, reason: reason ?? null, plate: plate ?? null };
      const decided = await record(place, officerOf(c.get('principal')), idOf(c.req.valid('param').id), command);
      return c.json(detailOf(decided, [], place.clock.now()), 200);
    },
  );

  app.openapi(
    createRoute({
      ...REVIEW,
      method: 'post',
      path: '/v1/review/{id}/undo',
      summary: '撤销上一决定（移送前） Take the last decision back, while the case system has not been handed it',
      middleware: [...officers, emptyBodyIsFine],
      request: {
        params: IncidentParam,
        body: { required: false, content: { 'application/json': { schema: UndoBody } } },
      },
      responses: {
        ...GUARDED,
        200: json(Detail.omit({ pictures: true }), 'As before the decision'),
        403: refusals('scope-missing', 'role-missing', 'cross-site', 'not-your-decision'),
        404: refusals('incident-unknown'),
        409: refusals(
          'already-released',
          'objection-answered',
          'nothing-to-undo',
          'state-conflict',
          'lease-held',
          'version-stale',
        ),
      },
    }),
    async (c) => {
      const { version, note } = c.req.valid('json');
      const acting = { note: note ?? '', ...(version === undefined ? {} : { version }) };
      const undone = await takeBack(place, officerOf(c.get('principal')), idOf(c.req.valid('param').id), acting);
      return c.json(detailOf(undone, [], place.clock.now()), 200);
    },
  );

  app.openapi(
    createRoute({
      ...REVIEW,
      method: 'post',
      path: '/v1/review/{id}/withdraw',
      summary: '撤回已移送的违法行为（主管） A supervisor withdraws a violation; the feed says so',
      middleware: supervisors,
      request: { params: IncidentParam, ...jsonBody(WithdrawBody) },
      responses: {
        ...GUARDED,
        200: json(Detail.omit({ pictures: true }), 'Withdrawn'),
        404: refusals('incident-unknown'),
        409: refusals('state-conflict', 'version-stale'),
        422: refusals('note-missing'),
      },
    }),
    async (c) => {
      const { reason, note, version } = c.req.valid('json');
      const command = { reason, note, ...(version === undefined ? {} : { version }) };
      const withdrawn = await withdrawViolation(
        place,
        officerOf(c.get('principal')),
        idOf(c.req.valid('param').id),
        command,
      );
      return c.json(detailOf(withdrawn, [], place.clock.now()), 200);
    },
  );

  return app;
}
