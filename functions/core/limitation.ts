/** 追责时效: what was done so long ago is not punished any more (Administrative Penalty Law art. 36). */
import type { Incident } from './incident.ts';
import { DEFAULT_POLICY } from './policy.ts';
import { refuse } from './refusal.ts';
import { DAY_MS, formatInstant, type Instant } from './time.ts';

/** Two years, from the day on which an act that went on came to its end: when it was last seen. */
export const limitationEnds = (
  { stay }: Pick<Incident, 'stay'>,
  limitDays: number = DEFAULT_POLICY.deadlines.limitDays,
): Instant => stay.lastSeen + limitDays * DAY_MS;

/** @throws {Refusal} `limitation-passed` */
export function assertInTime(incident: Pick<Incident, 'stay'>, confirmedAt: Instant, limitDays?: number): void {
  const until = limitationEnds(incident, limitDays);
  if (confirmedAt <= until) return;
  throw refuse('limitation-passed', 422, {
    expected: `a confirmation by ${formatInstant(until)} (Administrative Penalty Law art. 36)`,
    received: 'one after it',
    action: 'Reject it: what was done so long ago is not punished any more.',
  });
}
