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

/** A message that nobody could work off, kept for a person to look at. */
export interface DeadLetter<T = unknown> {
  readonly id: string;
  readonly body: T;
  readonly deliveries: number;
  /** Of the last attempt. */
  readonly error: string;
  /** Milliseconds since the epoch. */
  readonly diedAt: number;
}

export interface DeadLetters<T = unknown> {
  /** Oldest first, at most `limit`. */
  list(options: { limit: number }): Promise<readonly DeadLetter<T>[]>;
  /** Sends these letters, or all, again as new messages; returns how many there were. */
  replay(ids: readonly string[] | 'all'): Promise<number>;
}
