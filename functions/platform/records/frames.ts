/**
 * Frames: what came, when, and what became of it. A frame's id says camera, instant and the beginning of its SHA-256,
 * so that the same frame always has the same id, a reader of a log sees what it is, and one item holds all there is.
 */
import { type CameraId, cameraId, type FrameId, frameId, type PlaceId, type Sha256 } from '#core/ids.ts';
import type { Stay } from '#core/incident.ts';
import type { Instant } from '#core/time.ts';
import { type Item, type Key, type Page, type Put, queryAll, type Table, type Write } from '../table.ts';
import { shardedKey, shardedPage } from './sharded-index.ts';

export type FrameState =
  /** Bytes and record are durable; inspection is to come or under way. */
  | 'accepted'
  | 'inspected'
  /** Could not be inspected; `problem` says why. */
  | 'refused'
  /** Nobody needs it and its time is over: the bytes are gone, the record says they were here. */
  | 'discarded';

export interface Frame {
  frameId: FrameId;
  cameraId: CameraId;
  capturedAt: Instant;
  receivedAt: Instant;
  /** The principal that pushed it, and where from: `token:3f2a… 10.0.0.8`. */
  receivedFrom: string;
  sha256: Sha256;
  bytes: number;
  width: number;
  height: number;
  /** Came so long after its capture that what it shows may have been decided already. */
  late: boolean;
  /** The camera's own clock minus ours when it began to send, milliseconds; null when it did not tell. */
  clockOffsetMs?: number | null;
  /**
   * An earlier frame with exactly these bytes. A live sensor never yields the same bytes twice: a frozen encoder or a
   * replay does, and such a frame shows nobody still standing there.
   */
  repeats: FrameId | null;
  state: FrameState;
  blobKey: string;
  /** Places its zones show at the capture time; known once inspected. */
  places: readonly PlaceId[];
  /** Subjects seen; known once inspected. */
  sightings: number;
  /** `evidence` once an incident cites it; everything else goes when its retention time is over. */
  retention: 'transient' | 'evidence';
  problem?: { code: string; message: string } | undefined;
}

const FRAME_ID = /^(.+)\.(\d{8}T\d{9}Z)\.([0-9a-f]{16})$/;

export function frameIdOf(camera: CameraId, capturedAt: Instant, sha256: Sha256): FrameId {
  const compact = new Date(capturedAt).toISOString().replaceAll(/[-:.]/g, '');
  const name = encodeURIComponent(camera).replaceAll('~', '%7E').replaceAll('%', '~');
  return frameId(`${name}.${compact}.${sha256.slice(0, 16)}`);
}

/** Camera and instant of a frame id; undefined for any other text. */
export function partsOfFrameId(id: string): { cameraId: CameraId; capturedAt: Instant } | undefined {
  const [, name, compact, hash] = FRAME_ID.exec(id) ?? [];
  if (name === undefined || compact === undefined || hash === undefined) return undefined;
  const iso = compact.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z$/, '$1-$2-$3T$4:$5:$6.$7Z');
  const capturedAt = Date.parse(iso);
  if (Number.isNaN(capturedAt)) return undefined;
  try {
    return { cameraId: cameraId(decodeURIComponent(name.replaceAll('~', '%'))), capturedAt };
  } catch {
    return undefined;
  }
}

const instantKey = (at: Instant) => new Date(at).toISOString();
const frameKey = (camera: CameraId, capturedAt: Instant): Key => ({
  partition: `frames/${camera}`,
  sort: instantKey(capturedAt),
});
const stateList = (state: FrameState) => `frames-in/${state}`;

/** The frame a camera took at an instant: there is at most one. */
export function frameAt(table: Table, camera: CameraId, capturedAt: Instant): Promise<Item<Frame> | undefined> {
  return table.get<Frame>(frameKey(camera, capturedAt));
}

export async function getFrame(table: Table, id: FrameId): Promise<Item<Frame> | undefined> {
  const parts = partsOfFrameId(id);
  if (parts === undefined) return undefined;
  const found = await frameAt(table, parts.cameraId, parts.capturedAt);
  return found?.value.frameId === id ? found : undefined;
}

/** Frames of one camera captured in `[from, to)`, by capture time. */
export function framesOfCamera(
  table: Table,
  camera: CameraId,
  { from, to, limit, cursor }: { from: Instant; to: Instant; limit: number; cursor?: string },
): Promise<Page<Frame>> {
  const range = { partition: `frames/${camera}`, from: instantKey(from), to: instantKey(to), limit };
  return table.query<Frame>(cursor === undefined ? range : { ...range, cursor });
}

/** Whether frames of a stay's cameras, captured in `[from, to]`, are accepted but not inspected yet. */
export async function isComing(
  table: Table,
  { sightings }: Pick<Stay, 'sightings'>,
  { from, to }: { from: Instant; to: Instant },
): Promise<boolean> {
  for (const camera of new Set(sightings.map(({ cameraId: id }) => id))) {
    const { items } = await framesOfCamera(table, camera, { from, to: to + 1, limit: 1_000 });
    if (items.some(({ value }) => value.state === 'accepted')) return true;
  }
  return false;
}

/**
 * Frames in a state, for each shard those longest in it first. Read through the index: may lag a moment. The list is spread, because
 * every frame moves through it.
 */
export function framesInState(
  table: Table,
  state: FrameState,
  { before, limit, cursor }: { before: Instant; limit: number; cursor?: string },
): Promise<Page<Frame>> {
  const range = { to: instantKey(before), limit };
  return shardedPage<Frame>(table, stateList(state), cursor === undefined ? range : { ...range, cursor });
}

/** Writes of a new frame. Conflicts when the camera already has a frame of that instant. */
export function acceptedWrites(frame: Frame): Write[] {
  return [framePut(frame, 'absent', frame.receivedAt), bytesPut(frame)];
}

/** `at` is when the frame was last put on its way; {@link framesInState} orders by it. */
export function resentPut(read: Item<Frame>, at: Instant): Put {
  return framePut(read.value, { version: read.version }, at);
}

export function inspectedPut(
  read: Item<Frame>,
  seen: { places: readonly PlaceId[]; sightings: number; at: Instant },
): Put {
  const { problem: _, ...frame } = read.value;
  const { places, sightings, at } = seen;
  return framePut({ ...frame, state: 'inspected', places, sightings }, { version: read.version }, at);
}

export function refusedPut(read: Item<Frame>, problem: { code: string; message: string }, at: Instant): Put {
  return framePut({ ...read.value, state: 'refused', problem }, { version: read.version }, at);
}

/** Call it when an incident cites the frame: retention then leaves it alone. */
export function evidencePut(read: Item<Frame>, at: Instant): Put {
  return framePut({ ...read.value, retention: 'evidence' }, { version: read.version }, at);
}

/** After this the bytes may be deleted, unless {@link framesWithBytes} names another frame that still has them. */
export function discardedWrites(read: Item<Frame>, at: Instant): Write[] {
  const { value: frame, version } = read;
  return [
    framePut({ ...frame, state: 'discarded' }, { version }, at),
    { kind: 'delete', ...bytesKey(frame.sha256, frame.frameId), expect: 'any' },
  ];
}

/** Ids of the frames that have these bytes and were not discarded, in the order of their ids. */
export async function framesWithBytes(table: Table, sha256: Sha256): Promise<FrameId[]> {
  const ids: FrameId[] = [];
  const range = { partition: `frame-bytes/${sha256}` };
  for await (const { value } of queryAll<{ frameId: FrameId }>(table, range)) ids.push(value.frameId);
  return ids;
}

function framePut(frame: Frame, expect: Put['expect'], at: Instant): Put {
  return {
    kind: 'put',
    ...frameKey(frame.cameraId, frame.capturedAt),
    value: frame,
    expect,
    index: shardedKey(stateList(frame.state), frame.frameId, `${instantKey(at)}/${frame.frameId}`),
  };
}

const bytesKey = (sha256: Sha256, id: FrameId): Key => ({ partition: `frame-bytes/${sha256}`, sort: id });
const bytesPut = ({ sha256, frameId }: Frame): Put => ({
  kind: 'put',
  ...bytesKey(sha256, frameId),
  value: { frameId },
  expect: 'any',
});
