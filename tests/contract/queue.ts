/**
 * What every Queue adapter keeps, whatever stands below it. Time passes by `pass`: a hand clock where there is one,
 * real waiting where there is none; so times are whole seconds and few. Order is not promised; a message may come again.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { Message, Queue } from '#platform/queue.ts';

export interface OpenQueue {
  queue: Queue<unknown>;
  /** Lets this much time pass for the queue. */
  pass(ms: number): Promise<void>;
  close(): Promise<void> | void;
}

const SECOND = 1000;

/** @param open an empty queue of its own at each call, with this many deliveries before a message dies */
export function queueContract(name: string, open: (options: { maxDeliveries: number }) => Promise<OpenQueue>): void {
  describe(`Queue contract: ${name}`, () => {
    const opened: OpenQueue[] = [];
    async function start(maxDeliveries = 3): Promise<OpenQueue> {
      const one = await open({ maxDeliveries });
      opened.push(one);
      return one;
    }
    afterAll(async () => {
      for (const one of opened) await one.close();
    });

    /** Asks until `count` messages are there. */
    async function receive(queue: Queue<unknown>, count: number, visibilityMs = 30 * SECOND): Promise<Message[]> {
      const messages: Message[] = [];
      await expect
        .poll(
          async () => {
            messages.push(...(await queue.receive({ max: Math.min(10, count - messages.length), visibilityMs })));
            return messages.length;
          },
          { timeout: 15_000, interval: 100 },
        )
        .toBe(count);
      return messages;
    }
    const nothing = async (queue: Queue<unknown>) =>
      expect(await queue.receive({ max: 10, visibilityMs: SECOND })).toEqual([]);
    const depth = (queue: Queue<unknown>, wanted: { waiting: number; working: number; dead: number }) =>
      expect.poll(() => queue.depth(), { timeout: 15_000, interval: 200 }).toEqual(wanted);

    it('delivers what was sent, with its delivery number', async () => {
      const { queue } = await start();
      const body = { frame: 'F1', plates: ['浙A8K3F2'], none: null };
      await queue.send(body);
      const [message] = await receive(queue, 1);
      expect(message).toMatchObject({ body, deliveries: 1 });
    });

    it('answers at once when there is nothing', async () => {
      const { queue } = await start();
      await nothing(queue);
      expect(await queue.depth()).toEqual({ waiting: 0, working: 0, dead: 0 });
    });

    it('delivers each of many messages', async () => {
      const { queue } = await start();
      await Promise.all(Array.from({ length: 30 }, (_, at) => queue.send(at)));
      const messages = await receive(queue, 30);
      expect(messages.map(({ body }) => Number(body)).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 30 }, (_, at) => at),
      );
      expect(new Set(messages.map(({ receipt }) => receipt)).size).toBe(30);
    });

    it('never gives more than asked for', async () => {
      const { queue } = await start();
      for (const body of [1, 2, 3]) await queue.send(body);
      expect((await queue.receive({ max: 2, visibilityMs: SECOND })).length).toBeLessThanOrEqual(2);
    });

    it('hides a message while it is worked on and shows it again when its worker is gone', async () => {
      const { queue, pass } = await start();
      await queue.send('frame');
      const [first] = await receive(queue, 1, 2 * SECOND);
      await nothing(queue);
      await depth(queue, { waiting: 0, working: 1, dead: 0 });
      await pass(3 * SECOND);
      const [second] = await receive(queue, 1);
      expect(second).toMatchObject({ body: 'frame', deliveries: 2 });
      expect(second?.receipt).not.toBe(first?.receipt);
    });

    it('gives a message to one of several who ask at the same time', async () => {
      const { queue } = await start();
      for (let body = 0; body < 10; body++) await queue.send(body);
      const lots = await Promise.all(
        Array.from({ length: 8 }, () => queue.receive({ max: 3, visibilityMs: 30 * SECOND })),
      );
      const bodies = lots.flat().map(({ body }) => body);
      expect(new Set(bodies).size).toBe(bodies.length);
    });

    it('never shows again what is done', async () => {
      const { queue, pass } = await start();
      await queue.send('frame');
      const [message] = await receive(queue, 1, SECOND);
      await queue.done(message?.receipt ?? '');
      await pass(2 * SECOND);
      await nothing(queue);
      await depth(queue, { waiting: 0, working: 0, dead: 0 });
    });

    it('takes a second answer to one delivery as none', async () => {
      const { queue } = await start();
      await queue.send('frame');
      const [message] = await receive(queue, 1);
      await queue.done(message?.receipt ?? '');
      await queue.done(message?.receipt ?? '');
      await nothing(queue);
    });

    it('shows a message again after the delay of its retry', async () => {
      const { queue, pass } = await start();
      await queue.send('frame');
      const [message] = await receive(queue, 1);
      await queue.retry(message?.receipt ?? '', { delayMs: 2 * SECOND, error: 'the model is loading' });
      await nothing(queue);
      await pass(3 * SECOND);
      const [again] = await receive(queue, 1);
      expect(again).toMatchObject({ body: 'frame', deliveries: 2 });
    });

    it('holds back a delayed message', async () => {
      const { queue, pass } = await start();
      await queue.send('later', { delayMs: 2 * SECOND });
      await nothing(queue);
      await depth(queue, { waiting: 1, working: 0, dead: 0 });
      await pass(3 * SECOND);
      expect(await receive(queue, 1)).toMatchObject([{ body: 'later', deliveries: 1 }]);
    });

    it('gives up a message after its last delivery failed', async () => {
      const { queue } = await start(2);
      await queue.send('poison');
      for (const deliveries of [1, 2]) {
        const [message] = await receive(queue, 1);
        expect(message).toMatchObject({ deliveries });
        await queue.retry(message?.receipt ?? '', { delayMs: 0, error: 'not a picture' });
      }
      // Some adapters bury it only when somebody asks.
      await nothing(queue);
      await depth(queue, { waiting: 0, working: 0, dead: 1 });
    });

    it('gives up a message whose workers all vanish', async () => {
      const { queue, pass } = await start(2);
      await queue.send('poison');
      for (const deliveries of [1, 2]) {
        expect(await receive(queue, 1, SECOND)).toMatchObject([{ deliveries }]);
        await pass(2 * SECOND);
      }
      await nothing(queue);
      await depth(queue, { waiting: 0, working: 0, dead: 1 });
    });

    it('collapses waiting messages of one key and keeps others apart', async () => {
      const { queue } = await start();
      for (const dedupeKey of ['place/1', 'place/1', 'place/2', 'place/1']) await queue.send(dedupeKey, { dedupeKey });
      for (const body of ['keyless', 'keyless']) await queue.send(body);
      const messages = await receive(queue, 4);
      expect(messages.map(({ body }) => body).sort()).toEqual(['keyless', 'keyless', 'place/1', 'place/2']);
      await nothing(queue);
    });

    it('keeps a message apart from one of its key that is being worked on', async () => {
      const { queue } = await start();
      await queue.send('first', { dedupeKey: 'place/1' });
      const [working] = await receive(queue, 1);
      await queue.send('second', { dedupeKey: 'place/1' });
      await queue.done(working?.receipt ?? '');
      expect(await receive(queue, 1)).toMatchObject([{ body: 'second', deliveries: 1 }]);
    });
  });
}
