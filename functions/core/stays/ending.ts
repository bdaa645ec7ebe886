import type { StayEnd } from '../incident.ts';
import type { Instant } from '../time.ts';
import type { PlaceDay } from './place-day.ts';
import type { Departure } from './spot-track.ts';

/** How a stay ended: seen, by the boundary of the rule day, or not yet. */
export function endOf(departure: Departure | null, { closed, day }: PlaceDay): StayEnd {
  if (departure === null) return closed ? { kind: 'boundary', at: day.to } : { kind: 'ongoing' };
  return departure.kind === 'departed'
    ? { kind: 'departed', seenFreeAt: departure.at }
    : { kind: 'replaced', by: departure.at };
}

/** When a stay is known to have ended; null while nothing says that it has. */
export function endedAt(end: StayEnd): Instant | null {
  switch (end.kind) {
    case 'departed':
      return end.seenFreeAt;
    case 'replaced':
      return end.by;
    case 'boundary':
      return end.at;
    case 'ongoing':
      return null;
  }
}
