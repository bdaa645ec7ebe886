/** Where a picture is too large for the door on AWS, the answer names the way that is wide enough. */
import { describe, expect, it } from 'vitest';
import { MOST_BODY_BYTES } from '#platform/aws/http-event.ts';
import { systemClock } from '#platform/clock.ts';
import { edgeApp, frontDoor } from '#platform/http/edge.ts';
import type { Machine } from '#platform/identity.ts';
import { receiveApp } from '../../../functions/accept/receive-app.ts';
import { RECEIVE_LIMITS } from '../../../infra/aws/run/receive-limits.ts';
import { NO_BLOBS, NO_QUEUE, NO_TABLE } from '../../../infra/aws/unopened.ts';

const CAMERA: Machine = { kind: 'machine', id: 't', name: '视频平台', scopes: ['frames:write'], cameras: '*' };

function door() {
  const app = frontDoor(edgeApp(), { log: () => undefined, addressOf: () => '203.0.113.7' });
  const identity = { authenticate: async () => CAMERA };
  const store = { table: NO_TABLE, blobs: NO_BLOBS, queue: NO_QUEUE, clock: systemClock, log: () => undefined };
  app.route('/', receiveApp({ ...store, limits: RECEIVE_LIMITS, identity }));
  return app;
}

describe('a picture too large for a Lambda', () => {
  it.each([
    ['frame', '/v1/cameras/CAM-01/frames?capturedAt=2026-05-12T09:30:00%2B08:00', 'image/jpeg'],
    ['form of snapshots', '/v1/snapshots/S1', 'multipart/form-data; boundary=x'],
  ])('is refused as a %s, and told to be uploaded', async (_, path, type) => {
    const response = await door().request(path, {
      method: 'POST',
      headers: { 'Content-Type': type, Authorization: 'Bearer kwt' },
      body: new Uint8Array(MOST_BODY_BYTES + 1),
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      code: 'frame-too-large',
      expected: `at most ${MOST_BODY_BYTES} bytes`,
      action: expect.stringContaining('POST /v1/cameras/{cameraId}/uploads'),
    });
  });
});
