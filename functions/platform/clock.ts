import type { Instant } from '#core/time.ts';

/** Nothing in core asks the time; whoever calls it does, here. */
export interface Clock {
  now(): Instant;
}
export const systemClock: Clock = { now: () => Date.now() };
/** A clock somebody holds in the hand: tests, and a patrol over frames of the past. */
export function handClock(at: Instant): Clock & { set(at: Instant): void } {
  let current = at;
  return {
    now: () => current,
    set(next) {
      current = next;
    },
  };
}
