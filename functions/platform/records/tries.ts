/** Tries counted against guessing: before what was tried is looked at, so that a hundred guesses at once are a hundred. */
import type { Refusal } from '#core/refusal.ts';
import type { Instant } from '#core/time.ts';
import { ConflictError, type Key, type Table } from '../table.ts';

interface Tries {
  count: number;
  firstAt: Instant;
}
export interface Allowance {
  readonly tries: number;
  readonly windowMs: number;
}

/** @throws {Refusal} what `throttled` makes of the milliseconds to wait */
export async function takeTry(
  table: Table,
  key: Key,
  now: Instant,
  { tries, windowMs }: Allowance,
  throttled: (ms: number) => Refusal,
): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const read = await table.get<Tries>(key);
    const current =
      read === undefined || now >= read.value.firstAt + windowMs ? { count: 0, firstAt: now } : read.value;
    const until = current.firstAt + windowMs;
    if (current.count >= tries) throw throttled(until - now);
    try {
      return await table.write({
        kind: 'put',
        ...key,
        value: { ...current, count: current.count + 1 },
        expect: read === undefined ? 'absent' : { version: read.version },
        expiresAt: until,
      });
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
  throw throttled(1000);
}
