/**
 * 合并等待中的消息: messages of one key that wait become one, above any queue that cannot do it itself
 * (docs/decisions/0040-collapsing-messages.md).
 *
 * A *marker* of a key says: this message waits, and nobody has taken it. Who has work
 * 1. makes its data durable, then reads the marker; where one stands that is due no later, the work is done with that message;
 * 2. else sends a message with a token of its own, and only then sets the marker, unless the message was taken meanwhile.
 * Who takes a message writes down that its token is taken, then clears its marker, and only then reads anything.
 *
 * So a marker that was read stood before its message was taken, and whatever was durable by then is seen by the taker. Everything that
 * goes wrong (a lost race, a crash between two steps, a marker that expired) leaves one message more, never one less.
 */
import { randomUUID } from 'node:crypto';
import type { Instant } from '#core/time.ts';
import { type Clock, systemClock } from './clock.ts';
import { ConflictError, type Table } from './table.ts';

/** Travels with a message. */
export interface Mark {
  readonly key: string;
  /** Of this one message. */
  readonly token: string;
}

export interface Collapser {
  /**
   * Whatever the message is about is durable when this is called.
   * @param send resolves when the queue has the message, which carries the mark
   */
  send(
    { key, delayMs }: { key: string; delayMs: number },
    send: (mark: Mark) => Promise<void>,
  ): Promise<'sent' | 'waits already'>;
  /** Before anything is read that the message is about; repeatable. Where it fails, the message is not handled either. */
  take(mark: Mark): Promise<void>;
}

/** A marker whose message was lost holds back no work for longer than this past the time the message was due. */
const MARKER_MS = 5 * 60_000;
/**
 * That a token is taken is known for longer than any marker of it could stand, clocks that differ included: the marker of a sender
 * that was held up is past its time when it is written.
 */
const TAKEN_MS = 60 * 60_000;
/** A delay longer than this could outlast the above. */
const LONGEST_DELAY_MS = 15 * 60_000;

/** Queues count delays in seconds. Two who wait for the same moment are one, whoever of them looked at the clock first. */
const ROUNDED_MS = 1_000;

const TRIES = 5;

interface Marker {
  readonly token: string;
  readonly dueAt: Instant;
}

/** A partition for each key: no two keys compete for one. */
const partitionOf = (queue: string, key: string) => `waiting/${queue}/${key}`;

/** @param queue its name: two queues may use the same keys */
export function openCollapser({
  table,
  queue,
  clock = systemClock,
}: {
  table: Table;
  queue: string;
  clock?: Clock;
}): Collapser {
  return {
    async send({ key, delayMs }, send) {
      const partition = partitionOf(queue, key);
      const markerKey = { partition, sort: 'marker' };
      const standing = await table.get<Marker>(markerKey);
      const dueAt = clock.now() + Math.min(delayMs, LONGEST_DELAY_MS);
      // One that comes later than this is wanted would put the work off.
      if (standing !== undefined && standing.value.dueAt <= dueAt + ROUNDED_MS) return 'waits already';
      const token = randomUUID();
      await send({ key, token });
      const marker: Marker = { token, dueAt };
      try {
        await table.transact([
          { kind: 'check', partition, sort: takenSort(token), expect: 'absent' },
          {
            ...{ kind: 'put', ...markerKey, value: marker, expiresAt: dueAt + MARKER_MS },
            expect: standing === undefined ? 'absent' : { version: standing.version },
          },
        ]);
      } catch (error) {
        // Taken already, or somebody else has set a marker: this message waits or waited without one.
        if (!(error instanceof ConflictError)) throw error;
      }
      return 'sent';
    },

    async take({ key, token }) {
      const partition = partitionOf(queue, key);
      const markerKey = { partition, sort: 'marker' };
      await table.write({
        ...{ kind: 'put', partition, sort: takenSort(token), value: null, expect: 'any' },
        expiresAt: clock.now() + TAKEN_MS,
      });
      // From here on nobody sets a marker with this token. One of another message says the truth and stays.
      for (let tries = 1; ; tries += 1) {
        const standing = await table.get<Marker>(markerKey);
        if (standing?.value.token !== token) return;
        try {
          await table.write({ kind: 'delete', ...markerKey, expect: { version: standing.version } });
          return;
        } catch (error) {
          // It was replaced, or cleared by another delivery of this message; or others were only in the way, and it still stands.
          if (!(error instanceof ConflictError) || tries === TRIES) throw error;
        }
      }
    },
  };
}

const takenSort = (token: string) => `taken/${token}`;
