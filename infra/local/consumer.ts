/** Takes messages off a queue, some at a time, for as long as the process lives. On AWS Lambda does this for us. */
import { backOffMs } from '#platform/back-off.ts';
import type { Message, Queue } from '#platform/queue.ts';

export interface Consumer {
  readonly name: string;
  /** Looks at the queue now rather than at the next poll. */
  wake(): void;
  /** Finishes what is in hand, takes nothing more. */
  stop(): Promise<void>;
}

export interface ConsumerOptions<T> {
  name: string;
  queue: Queue<T>;
  handle(body: T): Promise<void>;
  /** Messages in hand at once. */
  concurrency: number;
  /** After this long a message in hand is given to somebody else: longer than the slowest handling. */
  visibilityMs: number;
  pollMs?: number;
  /** Told of every failed delivery; the message itself stays in the queue. */
  onError(error: unknown, message: Message<T>): void;
}

export function consume<T>(options: ConsumerOptions<T>): Consumer {
  const { queue, handle, concurrency, visibilityMs, pollMs = 250, onError } = options;
  const inHand = new Set<Promise<void>>();
  let stopping = false;
  let looking = false;
  let again = false;

  const work = async (message: Message<T>) => {
    try {
      await handle(message.body);
      await queue.done(message.receipt);
    } catch (error) {
      onError(error, message);
      const text = error instanceof Error ? error.message : String(error);
      await queue.retry(message.receipt, { delayMs: backOffMs(message.deliveries), error: text });
    }
  };

  const look = async () => {
    if (looking || stopping) {
      again = true;
      return;
    }
    looking = true;
    try {
      const max = concurrency - inHand.size;
      const messages = max > 0 ? await queue.receive({ max, visibilityMs }) : [];
      for (const message of messages) {
        const task = work(message).finally(() => {
          inHand.delete(task);
          void look();
        });
        inHand.add(task);
      }
    } finally {
      looking = false;
      if (again) {
        again = false;
        void look();
      }
    }
  };

  const timer = setInterval(() => void look(), pollMs);
  void look();
  return {
    name: options.name,
    wake: () => void look(),
    async stop() {
      stopping = true;
      clearInterval(timer);
      await Promise.all(inHand);
    },
  };
}
