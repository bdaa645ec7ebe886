/** The camera network's door: uploads, heartbeats, answers. Pictures that come as a body: receive-app.ts. */
import { createRoute } from '@hono/zod-openapi';
import type { CameraId } from '#core/ids.ts';
import { cameraId, frameId, sha256Of } from '#core/ids.ts';
import { type Refusal, refuse } from '#core/refusal.ts';
import { formatInstant, parseInstant } from '#core/time.ts';
import { accessControl, assertBoundTo } from '#platform/http/auth.ts';
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN, BY_TOKEN_OR_SESSION, GUARDED, json, jsonBody, refusals } from '#platform/http/openapi.ts';
import type { Identity, Principal } from '#platform/identity.ts';
import { framesOfCamera, getFrame, partsOfFrameId } from '#platform/records/frames.ts';
import { uploadRecord } from '#platform/records/uploads.ts';
import { boundCamera, caller, NETWORK_TAG, unescapedPlus } from './edge.ts';
import { heartbeat } from './heartbeat.ts';
import * as schemas from './schemas.ts';
import { openUpload, type UploadDesk } from './uploads.ts';

export interface AcceptAppDependencies extends UploadDesk {
  identity: Identity;
  /** Incidents that cite a frame, for `GET /v1/frames/{frameId}`. */
  incidentsOfFrame: schemas.IncidentsOfFrame;
}

const TAG = NETWORK_TAG;

export function acceptApp(deps: AcceptAppDependencies): EdgeApp {
  const app = edgeApp();
  const access = accessControl(deps.identity);
  const network = [access.scope('frames:write')];
  const readers = [access.either({ scopes: ['frames:write', 'admin'], roles: 'any' })];

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/cameras/{cameraId}/uploads',
      tags: TAG,
      security: BY_TOKEN,
      middleware: network,
      summary: '申请直传地址 Open a presigned upload',
      description: '用返回的 PUT 地址直传；到达即走与上传快照相同的检查。结果见 GET /v1/frames/{frameId}。',
      request: { params: schemas.CameraParams, ...jsonBody(schemas.UploadBody) },
      responses: {
        201: json(schemas.UploadAnswerBody, '已开通 Open until expiresAt'),
        200: json(schemas.UploadAnswerBody, '已有此快照 The frame is here already'),
        400: refusals('request-invalid', 'time-invalid'),
        ...GUARDED,
        404: refusals('camera-unknown'),
        409: refusals('frame-instant-taken', 'camera-disabled'),
        413: refusals('frame-too-large'),
        422: refusals('capture-in-future', 'capture-implausible'),
      },
    }),
    async (c) => {
      const camera = boundCamera(c, c.req.valid('param').cameraId);
      const { capturedAt, sha256, bytes } = c.req.valid('json');
      const request = { capturedAt: parseInstant(capturedAt, 'capturedAt'), sha256: sha256Of(sha256), bytes };
      const answer = await openUpload(deps, { ...request, cameraId: camera, from: caller(c) });
      if (answer.kind === 'duplicate') {
        const { frameId, state } = answer.frame;
        return c.json({ frameId, state, upload: null }, 200);
      }
      const { url, headers, expiresAt } = answer.request;
      const upload = { method: 'PUT' as const, url, headers: { ...headers }, expiresAt: formatInstant(expiresAt) };
      return c.json({ frameId: answer.frameId, state: 'awaiting-upload' as const, upload }, 201);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/frames/{frameId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '快照去向 What became of a frame',
      request: { params: schemas.FrameParams },
      responses: { 200: json(schemas.FrameReport, '快照 Frame'), ...GUARDED, 404: refusals('frame-unknown') },
    }),
    async (c) => {
      const id = frameId(c.req.valid('param').frameId);
      const camera = partsOfFrameId(id)?.cameraId;
      if (camera === undefined) throw unknownFrame(id);
      assertMayRead(c.get('principal'), camera);
      const frame = (await getFrame(deps.table, id))?.value;
      if (frame !== undefined) return c.json(schemas.frameReport(frame, await deps.incidentsOfFrame(frame)), 200);
      const upload = await uploadRecord(deps.table, id);
      if (upload === undefined) throw unknownFrame(id);
      return c.json(schemas.uploadReport(upload), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/cameras/{cameraId}/frames',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '按时间列出快照 Frames of a camera by capture time',
      description: '断网补传前后核对用。',
      request: { params: schemas.CameraParams, query: schemas.FramesQuery },
      responses: { 200: json(schemas.FramesAnswer, '快照 Frames'), 400: refusals('request-invalid'), ...GUARDED },
    }),
    async (c) => {
      const camera = cameraId(c.req.valid('param').cameraId);
      assertMayRead(c.get('principal'), camera);
      const { from, to, limit, cursor } = c.req.valid('query');
      const range = {
        from: parseInstant(unescapedPlus(from), 'from'),
        to: parseInstant(unescapedPlus(to), 'to'),
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      };
      const page = await framesOfCamera(deps.table, camera, range);
      const items = page.items.map(async ({ value }) => schemas.frameReport(value, await deps.incidentsOfFrame(value)));
      return c.json({ items: await Promise.all(items), nextCursor: page.cursor ?? null }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/cameras/{cameraId}/heartbeat',
      tags: TAG,
      security: BY_TOKEN,
      middleware: network,
      summary: '心跳 Heartbeat',
      request: { params: schemas.CameraParams, ...jsonBody(schemas.HeartbeatBody) },
      responses: {
        200: json(schemas.HeartbeatAnswer, '时钟偏差 Clock offset'),
        400: refusals('request-invalid', 'time-invalid'),
        ...GUARDED,
        404: refusals('camera-unknown'),
        409: refusals('camera-disabled'),
      },
    }),
    async (c) => {
      const { cameraTime } = c.req.valid('json');
      const told = cameraTime === undefined ? undefined : parseInstant(cameraTime, 'cameraTime');
      const { clockOffsetMs, clockOk, lastSeen } = await heartbeat(
        deps,
        boundCamera(c, c.req.valid('param').cameraId),
        told,
      );
      return c.json({ time: formatInstant(lastSeen), clockOffsetMs, clockOk }, 200);
    },
  );
  return app;
}

/** The camera network sees its own frames; officers and administrators see all. */
function assertMayRead(principal: Principal, camera: CameraId): void {
  if (principal.kind === 'machine' && !principal.scopes.includes('admin')) assertBoundTo(principal, camera);
}

function unknownFrame(id: string): Refusal {
  return refuse('frame-unknown', 404, {
    expected: 'the id of a frame that was accepted or whose upload was opened',
    received: id,
    action: 'Use the frameId from the answer to the push.',
  });
}
