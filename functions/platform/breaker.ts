/**
 * A circuit breaker (Nygard, Release It!, 5.2): what failed several times in a row is not asked for a while, then by one, and by
 * all again when that one got an answer. One process, no memory of earlier ones.
 */
export interface Breaker {
  /** Whether to ask now. After a pause it says yes once, until the outcome is told. */
  admits(): boolean;
  succeeded(): void;
  /** @param pauseMs how long to wait from the last of several failures on; `atOnce` does not wait for several */
  failed(pauseMs: number, atOnce?: boolean): void;
}

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** Milliseconds that only grow. */
  readonly now?: () => number;
  /** Told when it opens. */
  readonly onPause?: (pauseMs: number) => void;
}

export function openBreaker({ failures, now = () => performance.now(), onPause }: BreakerOptions): Breaker {
  let inARow = 0;
  let closedFrom: number | null = null;
  return {
    admits() {
      if (closedFrom === null) return true;
      if (now() < closedFrom) return false;
      // One goes ahead; the others wait for what it tells, or as long as a call may take.
      closedFrom = now() + TRIAL_MS;
      return true;
    },
    succeeded() {
      inARow = 0;
      closedFrom = null;
    },
    failed(pauseMs, atOnce = false) {
      inARow += 1;
      if (!atOnce && inARow < failures) return;
      closedFrom = now() + pauseMs;
      onPause?.(pauseMs);
    },
  };
}

const TRIAL_MS = 10_000;
