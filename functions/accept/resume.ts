/**
 * Puts on their way again the frames that were accepted and then heard of no more: the message was lost to a crash, or
 * the queue was out of reach. Called at start-up with `idleMs: 0` and by `tend` every minute with the default.
 */
import type { FrameId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import type { Clock } from '#platform/clock.ts';
import type { Queue } from '#platform/queue.ts';
import { framesInState, getFrame, resentPut } from '#platform/records/frames.ts';
import type { InspectMessage } from '#platform/records/messages.ts';
import { ConflictError, type Put, type Table } from '#platform/table.ts';

/** Longer than a frame waits on a busy day, so that a queue of thousands is not doubled by its own backlog. */
const IDLE_MS = 15 * 60_000;

/**
 * Each frame is sent again at most once an `idleMs`. Inspecting one twice does no harm: its results are the same.
 * @returns the ids sent again
 */
export async function resumeFrames(
  { table, queue, clock }: { table: Table; queue: Queue<InspectMessage>; clock: Clock },
  { idleMs = IDLE_MS, limit = 10_000, pageSize = 500 }: { idleMs?: number; limit?: number; pageSize?: number } = {},
): Promise<FrameId[]> {
  const now = clock.now();
  const sent: FrameId[] = [];
  for (const id of await idleFrames(table, now - idleMs, { limit, pageSize })) {
    const read = await getFrame(table, id);
    if (read?.value.state !== 'accepted') continue;
    await queue.send({ frameId: id }, { dedupeKey: id });
    sent.push(id);
    await notePut(table, resentPut(read, now));
  }
  return sent;
}

/** All of them before the first is touched: a frame sent again moves within the very index that is walked here. */
async function idleFrames(
  table: Table,
  until: Instant,
  { limit, pageSize }: { limit: number; pageSize: number },
): Promise<FrameId[]> {
  const ids: FrameId[] = [];
  let cursor: string | undefined;
  do {
    const range = { before: until + 1, limit: Math.min(pageSize, limit - ids.length) };
    const page = await framesInState(table, 'accepted', cursor === undefined ? range : { ...range, cursor });
    ids.push(...page.items.map(({ value }) => value.frameId));
    cursor = page.cursor;
  } while (cursor !== undefined && ids.length < limit);
  return ids;
}

/** Whoever overtook us moved the frame on, and that is what was wanted. */
async function notePut(table: Table, put: Put): Promise<void> {
  try {
    await table.write(put);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}
