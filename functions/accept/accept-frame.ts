/**
 * The one path every frame takes in, however it came. When {@link acceptFrame} resolves, bytes and record are durable:
 * a crash between record and message is healed by resume.ts, a crash before the record by the sender's retry.
 */
import { createHash } from 'node:crypto';
import { type AuditActor, auditStream } from '#core/audit.ts';
import type { Camera } from '#core/camera.ts';
import type { ClockReading } from '#core/camera-condition.ts';
import { type CameraId, type FrameId, type Sha256, sha256Of } from '#core/ids.ts';
import { type Refusal, refuse } from '#core/refusal.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import type { Log } from '#platform/http/log.ts';
import type { Queue } from '#platform/queue.ts';
import { newsWrite } from '#platform/records/camera-conditions.ts';
import { clockReadingPut } from '#platform/records/camera-readings.ts';
import { camera as cameraRecord, healthPut, readHealth } from '#platform/records/cameras.ts';
import { acceptedWrites, type Frame, frameAt, frameIdOf, framesWithBytes } from '#platform/records/frames.ts';
import type { InspectMessage } from '#platform/records/messages.ts';
import type { Table } from '#platform/table.ts';
import type { AcceptLimits } from './limits.ts';
import { checkPicture } from './picture.ts';

export interface AcceptDependencies {
  table: Table;
  blobs: Blobs;
  /** Of `inspect`. */
  queue: Queue<InspectMessage>;
  clock: Clock;
  limits: AcceptLimits;
  log: Log;
}

export interface Sender {
  actor: AuditActor;
  address: string;
}

export interface ArrivingFrame {
  cameraId: CameraId;
  capturedAt: Instant;
  bytes: Uint8Array;
  /** Who pushed it, and from where: for the record and the audit trail. */
  from: Sender;
  /** When its first byte came, if that was noted; the clock is judged by it. */
  arrivedAt?: Instant;
  /** The camera's own clock as it told it when it began to send. */
  cameraTime?: Instant | undefined;
}

export interface Accepted {
  /** `duplicate`: this very frame was here already, nothing happened. */
  kind: 'accepted' | 'duplicate';
  frame: Frame;
}

/**
 * @throws {Refusal} `camera-unknown`, `camera-disabled`, `clock-off`, `capture-in-future`, `capture-implausible`,
 * `frame-instant-taken` and those of {@link checkPicture}; a refused frame leaves nothing behind, but for what its clock showed.
 */
export async function acceptFrame(deps: AcceptDependencies, arriving: ArrivingFrame): Promise<Accepted> {
  const { cameraId, capturedAt, bytes, from, cameraTime } = arriving;
  const receivedAt = deps.clock.now();
  const camera = await registeredCamera(deps.table, cameraId);
  const sha256 = sha256Of(createHash('sha256').update(bytes).digest('hex'));
  // Before all that may have changed since: a retry of what was accepted is always answered alike.
  const known = await sameFrame(deps.table, { cameraId, capturedAt, sha256 });
  if (known !== undefined) return { kind: 'duplicate', frame: known };

  assertEnabled(camera);
  const clockOffsetMs = cameraTime === undefined ? null : cameraTime - (arriving.arrivedAt ?? receivedAt);
  // A clock that is off speaks against what came before, too: the frame goes, the reading stays.
  if (clockOffsetMs !== null && Math.abs(clockOffsetMs) > deps.limits.clockLimitMs) {
    await recordClock(deps.table, cameraId, { at: receivedAt, offsetMs: clockOffsetMs });
  }
  checkTimes(capturedAt, receivedAt, clockOffsetMs, deps.limits);
  const size = await checkPicture(bytes, camera, deps.limits);
  const blobKey = `frames/${sha256}.jpg`;
  await deps.blobs.putIfAbsent(blobKey, bytes, 'image/jpeg');
  const frame: Frame = {
    frameId: frameIdOf(cameraId, capturedAt, sha256),
    cameraId,
    capturedAt,
    receivedAt,
    receivedFrom: `${from.actor.kind}:${from.actor.id} ${from.address}`,
    sha256,
    bytes: bytes.byteLength,
    ...size,
    clockOffsetMs,
    late: receivedAt - capturedAt > deps.limits.lateAfterMs,
    repeats: (await framesWithBytes(deps.table, sha256))[0] ?? null,
    state: 'accepted',
    blobKey,
    places: [],
    sightings: 0,
    retention: 'transient',
  };
  const accepted = await record(deps, frame, from.actor);
  if (accepted.kind === 'accepted') await sendOn(deps, frame.frameId);
  return accepted;
}

/** @throws {Refusal} `camera-unknown`, `camera-disabled` */
export async function activeCamera(table: Table, id: CameraId): Promise<Camera> {
  const found = await registeredCamera(table, id);
  assertEnabled(found);
  return found;
}

async function registeredCamera(table: Table, id: CameraId): Promise<Camera> {
  const found = await cameraRecord(table, id);
  if (found === undefined) {
    throw refuse('camera-unknown', 404, {
      expected: 'a registered camera',
      received: id,
      action: 'Register it first: POST /v1/cameras.',
    });
  }
  return found;
}

function assertEnabled({ id, enabled }: Camera): void {
  if (enabled) return;
  throw refuse('camera-disabled', 409, {
    expected: 'a camera in service',
    received: `${id}, which is switched off`,
    action: 'Enable it (PUT /v1/cameras) or stop sending.',
  });
}

/**
 * The stored frame, if it is this one. See docs/decisions/0010-one-frame-an-instant.md.
 * @throws {Refusal} `frame-instant-taken` when the camera already showed another picture of this instant
 */
export async function sameFrame(
  table: Table,
  { cameraId, capturedAt, sha256 }: { cameraId: CameraId; capturedAt: Instant; sha256: Sha256 },
): Promise<Frame | undefined> {
  const stored = (await frameAt(table, cameraId, capturedAt))?.value;
  if (stored === undefined || stored.sha256 === sha256) return stored;
  throw refuse('frame-instant-taken', 409, {
    expected: `the frame of ${cameraId} at ${formatInstant(capturedAt)}, SHA-256 ${stored.sha256}`,
    received: `another picture of the same instant, SHA-256 ${sha256}`,
    action:
      'Keep the first. If this one was taken at another moment, send it with its own capture time, milliseconds included.',
    data: { frameId: stored.frameId, sha256: stored.sha256 },
  });
}

/** @throws {Refusal} `clock-off`, `capture-in-future`, `capture-implausible` */
export function checkTimes(
  capturedAt: Instant,
  now: Instant,
  clockOffsetMs: number | null,
  limits: AcceptLimits,
): void {
  if (clockOffsetMs !== null && Math.abs(clockOffsetMs) > limits.clockLimitMs) throw clockOff(clockOffsetMs, limits);
  if (capturedAt - now > limits.futureLimitMs) {
    throw refuse('capture-in-future', 422, {
      expected: `a capture time at most ${limits.futureLimitMs / 1000} s ahead of ${formatInstant(now)}`,
      received: formatInstant(capturedAt),
      action: 'Set the clock of the camera (NTP), then send frames it takes from then on.',
      data: { aheadMs: capturedAt - now },
    });
  }
  if (capturedAt < EARLIEST) {
    throw refuse('capture-implausible', 422, {
      expected: `a capture time after ${formatInstant(EARLIEST)}`,
      received: formatInstant(capturedAt),
      action: 'The clock of the camera was never set: set it (NTP), then send frames it takes from then on.',
    });
  }
}

/** Clocks that were never set say 1970 or the year the firmware was made. */
const EARLIEST = Date.parse('2010-01-01T00:00:00+08:00');

function clockOff(offsetMs: number, { clockLimitMs }: AcceptLimits): Refusal {
  return refuse('clock-off', 422, {
    expected: `the clock of the camera within ${clockLimitMs / 1000} s of ours (GA/T 832-2014)`,
    received: `a clock ${Math.abs(offsetMs) / 1000} s ${offsetMs > 0 ? 'ahead' : 'behind'}`,
    action: 'Set the clock of the camera (NTP). What it took meanwhile carries a wrong time and cannot be evidence.',
    data: { clockOffsetMs: offsetMs },
  });
}

const recordClock = (table: Table, id: CameraId, reading: ClockReading): Promise<void> =>
  commit(table, async () => ({
    writes: [clockReadingPut(id, reading), await newsWrite(table, id, reading.at)],
    result: undefined,
  }));

async function record({ table }: AcceptDependencies, frame: Frame, actor: AuditActor): Promise<Accepted> {
  const { frameId, cameraId, capturedAt, receivedAt: at, sha256, late, clockOffsetMs } = frame;
  const facts = { cameraId, capturedAt, sha256, late };
  const act = { stream: auditStream.camera(cameraId, at), at, actor, act: 'frame.accepted', subject: frameId, facts };
  return commit<Accepted>(table, async () => {
    const known = await sameFrame(table, frame);
    if (known !== undefined) return { writes: [], result: { kind: 'duplicate', frame: known } };
    const health = (await readHealth(table, cameraId))?.value;
    const seen = healthPut(cameraId, {
      lastSeen: Math.max(at, health?.lastSeen ?? 0),
      clockOffsetMs: clockOffsetMs ?? health?.clockOffsetMs ?? null,
      clockCheckedAt: clockOffsetMs === null ? (health?.clockCheckedAt ?? null) : at,
    });
    const clocks =
      clockOffsetMs == null
        ? []
        : [clockReadingPut(cameraId, { at, offsetMs: clockOffsetMs }), await newsWrite(table, cameraId, at)];
    return { writes: [...acceptedWrites(frame), seen, ...clocks], acts: [act], result: { kind: 'accepted', frame } };
  });
}

/** A queue out of reach costs time, not the frame: the record says `accepted`, and resume.ts sends what stays so. */
async function sendOn({ queue, log }: AcceptDependencies, frameId: FrameId): Promise<void> {
  try {
    await queue.send({ frameId }, { dedupeKey: frameId });
  } catch (error) {
    log({
      level: 'error',
      event: 'frame-not-sent-on',
      frameId,
      error: error instanceof Error ? error.name : 'unknown',
    });
  }
}
