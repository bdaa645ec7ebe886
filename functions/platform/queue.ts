/** The Queue port: at least once, any order, invisible while worked on. Contract: tests/contract/queue.ts. */
export interface Message<T = unknown> {
  readonly body: T;
  /** Names this delivery; used once, by `done` or `retry`. */
  readonly receipt: string;
  /** 1 for the first delivery. */
  readonly deliveries: number;
}

export interface Queue<T = unknown> {
  /**
   * Durable when it resolves. Messages with the same `dedupeKey` that still wait (not being worked on) collapse into one.
   */
  send(body: T, options?: { delayMs?: number; dedupeKey?: string }): Promise<void>;
  /** At most `max` messages, hidden from others for `visibilityMs`. Resolves at once, with nothing when there is nothing. */
  receive(options: { max: number; visibilityMs: number }): Promise<readonly Message<T>[]>;
  done(receipt: string): Promise<void>;
  /** Visible again after `delayMs`; after `maxDeliveries` of the queue it goes to the dead letters. */
  retry(receipt: string, options: { delayMs: number; error: string }): Promise<void>;
  depth(): Promise<{ waiting: number; working: number; dead: number }>;
}
