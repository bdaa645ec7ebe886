/** What the camera network sends and gets, as the contract shows it. */
import { z } from '@hono/zod-openapi';
import type { IncidentId } from '#core/ids.ts';
import { formatInstant } from '#core/time.ts';
import { InstantText, printable } from '#platform/http/openapi.ts';
import type { Frame } from '#platform/records/frames.ts';
import type { Upload } from '#platform/records/uploads.ts';

export const CameraParams = z.object({
  cameraId: printable(1, 64)
    .refine((id) => !id.includes('/'), 'without "/"')
    .openapi({ param: { name: 'cameraId', in: 'path' }, example: 'CAM-01' }),
});
export const FrameParams = z.object({
  frameId: z
    .string()
    .max(400)
    .openapi({ param: { name: 'frameId', in: 'path' }, example: 'CAM-01.20260512T013000000Z.1f3a5c7e9b0d2f46' }),
});
export const SnapshotParams = z.object({
  sessionId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 letters, digits, "-" or "_"')
    .openapi({ param: { name: 'sessionId', in: 'path' }, description: 'GB/T 28181-2022 抓拍会话 SessionID' }),
});
export const SnapshotQuery = z.object({
  name: z.string().max(60).optional().openapi({ description: 'File name, when the body is the bare picture' }),
});

export const FrameQuery = z.object({
  capturedAt: InstantText.openapi({ description: '抓拍时间 capture time, ISO 8601 with its offset' }),
});
export const FrameHeaders = z.object({
  'x-camera-time': InstantText.optional().openapi({
    description: '摄像机自身时钟 the clock of the camera as it begins to send; more than 1.0 s off is refused',
  }),
});
export const Jpeg = z.string().openapi({ format: 'binary', description: 'JPEG bytes' });

export const FrameStateText = z.enum(['accepted', 'inspected', 'refused', 'discarded']);
export const FrameAnswer = z
  .object({
    frameId: z.string(),
    sha256: z.string(),
    state: FrameStateText,
    late: z.boolean().openapi({ description: '迟到 received long after its capture' }),
  })
  .openapi('FrameAnswer');

export const UploadBody = z.object({
  capturedAt: InstantText,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'),
  bytes: z.number().int().positive(),
});
export const UploadAnswerBody = z
  .object({
    frameId: z.string(),
    state: FrameStateText.or(z.literal('awaiting-upload')),
    upload: z
      .object({
        method: z.literal('PUT'),
        url: z.string(),
        headers: z.record(z.string(), z.string()).openapi({
          description:
            'All to be sent with the PUT, unchanged. Sent twice, the storage may answer 412: the bytes are there.',
        }),
        expiresAt: z.string(),
      })
      .nullable()
      .openapi({ description: 'null when the frame is here already' }),
  })
  .openapi('UploadAnswer');

export const FrameReport = z
  .object({
    frameId: z.string(),
    cameraId: z.string(),
    capturedAt: z.string(),
    receivedAt: z.string().nullable(),
    sha256: z.string(),
    bytes: z.number().int(),
    width: z.number().int().nullable(),
    height: z.number().int().nullable(),
    late: z.boolean(),
    repeats: z.string().nullable().openapi({ description: 'An earlier frame with exactly these bytes' }),
    state: FrameStateText.or(z.literal('awaiting-upload')),
    places: z.array(z.string()),
    sightings: z.number().int(),
    incidents: z.array(z.object({ id: z.string(), state: z.string() })),
    problem: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .openapi('FrameReport');

export const FramesQuery = z.object({
  from: InstantText,
  to: InstantText.openapi({ description: 'Exclusive' }),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().optional(),
});
export const FramesAnswer = z
  .object({ items: z.array(FrameReport), nextCursor: z.string().nullable() })
  .openapi('Frames');

export const HeartbeatBody = z.object({ cameraTime: InstantText.optional() });
export const HeartbeatAnswer = z
  .object({
    time: InstantText.openapi({ description: 'Our clock' }),
    clockOffsetMs: z.number().nullable().openapi({ description: 'Camera minus ours, milliseconds' }),
    clockOk: z.boolean().nullable(),
  })
  .openapi('HeartbeatAnswer');

export const SnapshotAnswer = z
  .object({
    sessionId: z.string(),
    frames: z.array(
      z.object({
        file: z.string(),
        frameId: z.string().nullable(),
        state: FrameStateText.nullable(),
        problem: z.object({ code: z.string(), message: z.string() }).nullable(),
      }),
    ),
  })
  .openapi('SnapshotAnswer');

export type IncidentsOfFrame = (frame: Frame) => Promise<readonly { id: IncidentId; state: string }[]>;

export const frameAnswer = ({ frameId, sha256, state, late }: Frame): z.infer<typeof FrameAnswer> => ({
  frameId,
  sha256,
  state,
  late,
});

export function frameReport(
  frame: Frame,
  incidents: readonly { id: string; state: string }[],
): z.infer<typeof FrameReport> {
  const { frameId, cameraId, sha256, bytes, width, height, late, repeats, state, places, sightings, problem } = frame;
  return {
    ...{ frameId, cameraId, sha256, bytes, width, height, late, repeats, state, sightings },
    capturedAt: formatInstant(frame.capturedAt),
    receivedAt: formatInstant(frame.receivedAt),
    places: [...places],
    incidents: [...incidents],
    problem: problem ?? null,
  };
}

export function uploadReport(upload: Upload): z.infer<typeof FrameReport> {
  const { frameId, cameraId, sha256, bytes, refused } = upload;
  return {
    ...{ frameId, cameraId, sha256, bytes },
    ...{ receivedAt: null, width: null, height: null, late: false, repeats: null },
    capturedAt: formatInstant(upload.capturedAt),
    state: refused === null ? 'awaiting-upload' : 'refused',
    ...{ places: [], sightings: 0, incidents: [] },
    problem: refused,
  };
}
