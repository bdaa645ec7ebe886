import { type DeadlineClock, warnsAt } from '#core/clocks.ts';
import { formatInstant } from '#core/time.ts';
import type { ClockView } from './schemas.ts';

export const clockView = (clock: DeadlineClock): ClockView => ({
  id: clock.id,
  words: clock.words,
  source: clock.source,
  startedAt: formatInstant(clock.startedAt),
  warnsAt: formatInstant(warnsAt(clock)),
  dueAt: formatInstant(clock.dueAt),
  state: clock.state,
  endedAt: clock.endedAt === null ? null : formatInstant(clock.endedAt),
  remainingSeconds: clock.remaining === null ? null : Math.floor(clock.remaining / 1000),
});
