/** The camera network's door: frames in, answers out. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type CameraId, cameraId, frameId, sha256Of } from '#core/ids.ts';
import { type Refusal, refuse } from '#core/refusal.ts';
import { formatInstant, parseInstant } from '#core/time.ts';
import { accessControl, assertBoundTo } from '#platform/http/auth.ts';
import { actorOf, addressOf } from '#platform/http/caller.ts';
import { type EdgeApp, type EdgeEnv, edgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN, BY_TOKEN_OR_SESSION, GUARDED, json, jsonBody, refusals } from '#platform/http/openapi.ts';
import type { Identity, Principal } from '#platform/identity.ts';
import { framesOfCamera, getFrame, partsOfFrameId } from '#platform/records/frames.ts';
import { uploadRecord } from '#platform/records/uploads.ts';
import { type AcceptDependencies, acceptFrame } from './accept-frame.ts';
import { bodyReader } from './body.ts';
import { heartbeat } from './heartbeat.ts';
import { tooLarge } from './picture.ts';
import * as schemas from './schemas.ts';
import { acceptSnapshots, snapshotFiles } from './snapshots.ts';
import { openUpload } from './uploads.ts';

export interface AcceptAppDependencies extends AcceptDependencies {
  identity: Identity;
  /** Incidents that cite a frame, for `GET /v1/frames/{frameId}`. */
  incidentsOfFrame: schemas.IncidentsOfFrame;
}

const TAG = ['摄像机网络 Camera network'];
const PICTURE_CODES = {
  409: refusals('frame-instant-taken', 'camera-disabled'),
  413: refusals('frame-too-large'),
  415: refusals('frame-not-jpeg'),
  422: refusals(
    ...['frame-truncated', 'frame-damaged', 'frame-too-small', 'frame-too-many-pixels', 'image-size-unregistered'],
    ...['clock-off', 'capture-in-future', 'capture-implausible'],
  ),
};
/** Several snapshots in one form. */
const MAX_FORM_BYTES = 64_000_000;
const FORM_LIMIT = {
  most: MAX_FORM_BYTES,
  refusal: (received: string) => tooLarge(received, { maxBytes: MAX_FORM_BYTES }),
};

export function acceptApp(deps: AcceptAppDependencies): EdgeApp {
  const app = edgeApp();
  const withBody = bodyReader(deps.limits.maxBytesInFlight);
  const pictureLimit = {
    most: deps.limits.maxBytes,
    refusal: (received: string) => tooLarge(received, deps.limits),
  };
  const access = accessControl(deps.identity);
  const network = [access.scope('frames:write')];
  const readers = [access.either({ scopes: ['frames:write', 'admin'], roles: 'any' })];

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/cameras/{cameraId}/frames',
      tags: TAG,
      security: BY_TOKEN,
      middleware: network,
      summary: '上传快照 Push a frame',
      description: '同一快照（摄像机、抓拍时间、SHA-256 相同）重复上传返回 200 与同一编号，不会重复处理。',
      request: {
        params: schemas.CameraParams,
        query: schemas.FrameQuery,
        headers: schemas.FrameHeaders,
        body: { required: true, content: { 'image/jpeg': { schema: schemas.Jpeg } } },
      },
      responses: {
        202: json(schemas.FrameAnswer, '已接收并落盘 Accepted; bytes and record are durable'),
        200: json(schemas.FrameAnswer, '已有此快照 The same frame again'),
        400: refusals('request-invalid', 'time-invalid', 'body-incomplete'),
        ...GUARDED,
        404: refusals('camera-unknown'),
        ...PICTURE_CODES,
        503: refusals('overloaded', 'busy'),
      },
    }),
    async (c) => {
      const arrivedAt = deps.clock.now();
      const camera = boundCamera(c, c.req.valid('param').cameraId);
      const capturedAt = parseInstant(unescapedPlus(c.req.valid('query').capturedAt), 'capturedAt');
      const told = c.req.valid('header')['x-camera-time'];
      const cameraTime = told === undefined ? undefined : parseInstant(told, 'X-Camera-Time');
      const arriving = { cameraId: camera, capturedAt, from: caller(c), arrivedAt, cameraTime };
      const { kind, frame } = await withBody(c.req.raw, pictureLimit, (bytes) =>
        acceptFrame(deps, { ...arriving, bytes }),
      );
      return c.json(schemas.frameAnswer(frame), kind === 'accepted' ? 202 : 200);
    },
  );

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

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/snapshots/{sessionId}',
      tags: TAG,
      security: BY_TOKEN,
      middleware: network,
      summary: 'GB/T 28181-2022 图像抓拍上传 Snapshot upload',
      description:
        '文件名 41 位：设备编码 20、图像编码 2、时间 17（yyyyMMddHHmmssSSS）、序号 2。可为 multipart 表单或裸 JPEG。',
      request: {
        params: schemas.SnapshotParams,
        query: schemas.SnapshotQuery,
        body: { required: true, content: { 'image/jpeg': { schema: schemas.Jpeg }, '*/*': { schema: z.unknown() } } },
      },
      responses: {
        202: json(schemas.SnapshotAnswer, '全部接收 All accepted'),
        207: json(schemas.SnapshotAnswer, '部分被拒 Some refused, each with its problem'),
        400: refusals('snapshot-name-invalid', 'snapshot-form-invalid', 'time-invalid', 'body-incomplete'),
        ...GUARDED,
        404: refusals('gb-device-unknown'),
        ...PICTURE_CODES,
        503: refusals('overloaded', 'busy'),
      },
    }),
    async (c) => {
      const { sessionId } = c.req.valid('param');
      const contentType = c.req.header('Content-Type') ?? '';
      const isForm = /^multipart\//i.test(contentType);
      const disposition = c.req.header('Content-Disposition') ?? '';
      const { actor, address } = caller(c);
      const assertBound = (camera: CameraId) => assertBoundTo(c.get('principal'), camera);
      const by = { assertBound, from: { actor, address: `${address} session ${sessionId}` } };
      const frames = await withBody(c.req.raw, isForm ? FORM_LIMIT : pictureLimit, async (body) => {
        const files = await snapshotFiles(body, { contentType, disposition, name: c.req.valid('query').name });
        return acceptSnapshots(deps, files, by);
      });
      return c.json({ sessionId, frames }, frames.some(({ problem }) => problem !== null) ? 207 : 202);
    },
  );
  return app;
}

function boundCamera(c: Context<EdgeEnv>, id: string): CameraId {
  assertBoundTo(c.get('principal'), cameraId(id));
  return cameraId(id);
}

const caller = (c: Context<EdgeEnv>) => ({ actor: actorOf(c.get('principal')), address: addressOf(c) });

/** The camera network sees its own frames; officers and administrators see all. */
function assertMayRead(principal: Principal, camera: CameraId): void {
  if (principal.kind === 'machine' && !principal.scopes.includes('admin')) assertBoundTo(principal, camera);
}

/** A `+` that was not escaped in a query arrives as a blank, and every other client forgets to escape it. */
const unescapedPlus = (text: string) => text.replace(/ (?=\d{2}:?\d{2}$)/, '+');

function unknownFrame(id: string): Refusal {
  return refuse('frame-unknown', 404, {
    expected: 'the id of a frame that was accepted or whose upload was opened',
    received: id,
    action: 'Use the frameId from the answer to the push.',
  });
}
