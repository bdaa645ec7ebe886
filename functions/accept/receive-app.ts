/** The camera network's door for pictures that come as the body of a request: each is decoded before it is taken in. */
import { createRoute, z } from '@hono/zod-openapi';
import type { CameraId } from '#core/ids.ts';
import { parseInstant } from '#core/time.ts';
import { accessControl, assertBoundTo } from '#platform/http/auth.ts';
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN, GUARDED, json, refusals } from '#platform/http/openapi.ts';
import type { Identity } from '#platform/identity.ts';
import { type AcceptDependencies, acceptFrame } from './accept-frame.ts';
import { bodyReader } from './body.ts';
import { boundCamera, caller, NETWORK_TAG as TAG, unescapedPlus } from './edge.ts';
import * as schemas from './schemas.ts';
import { acceptSnapshots, snapshotFiles } from './snapshots.ts';
import { tooLarge } from './too-large.ts';

export interface ReceiveAppDependencies extends AcceptDependencies {
  identity: Identity;
}

const PICTURE_CODES = {
  409: refusals('frame-instant-taken', 'camera-disabled'),
  413: refusals('frame-too-large'),
  415: refusals('frame-not-jpeg'),
  422: refusals(
    ...['frame-truncated', 'frame-damaged', 'frame-too-small', 'frame-too-many-pixels', 'image-size-unregistered'],
    ...['clock-off', 'capture-in-future', 'capture-implausible'],
  ),
};

export function receiveApp(deps: ReceiveAppDependencies): EdgeApp {
  const { limits } = deps;
  const app = edgeApp();
  const withBody = bodyReader(limits.maxBytesInFlight);
  const pictureLimit = { most: limits.maxBytes, refusal: (received: string) => tooLarge(received, limits) };
  const maxFormBytes = limits.maxFormBytes;
  const formLimit = {
    most: maxFormBytes,
    refusal: (received: string) => tooLarge(received, { maxBytes: maxFormBytes, largerGoes: limits.largerGoes }),
  };
  const network = [accessControl(deps.identity).scope('frames:write')];

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
      const frames = await withBody(c.req.raw, isForm ? formLimit : pictureLimit, async (body) => {
        const files = await snapshotFiles(body, { contentType, disposition, name: c.req.valid('query').name });
        return acceptSnapshots(deps, files, by);
      });
      return c.json({ sessionId, frames }, frames.some(({ problem }) => problem !== null) ? 207 : 202);
    },
  );
  return app;
}
