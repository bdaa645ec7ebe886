/**
 * Instants are milliseconds since the epoch; what a person or a court reads is Beijing time (UTC+8, no daylight
 * saving since 1992), which is the legal time everywhere in the country.
 */
import { refuse } from './refusal.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

export const DAY_MS = 86_400_000;

const BEIJING_OFFSET_MS = 8 * 3_600_000;
const ISO_8601 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/;

/**
 * Reads an ISO 8601 instant. The offset is compulsory: a capture time without one is ambiguous evidence.
 * @throws {Refusal} `time-invalid`
 */
export function parseInstant(text: string, name = 'time'): Instant {
  const at = ISO_8601.test(text) && isDayOfCalendar(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw refuse('time-invalid', 400, {
      expected: `an ISO 8601 instant with an offset for ${name}, such as 2026-05-12T09:30:00+08:00`,
      received: text,
      action: 'Send the time with its offset (Z or +08:00).',
    });
  }
  return at;
}

/** `Date.parse` takes 30 February for 2 March; a capture time must not move by itself. */
function isDayOfCalendar(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

/** `2026-05-12T09:30:00+08:00`; milliseconds only when there are some. */
export function formatInstant(at: Instant): string {
  const local = new Date(at + BEIJING_OFFSET_MS).toISOString();
  const seconds = local.slice(0, 19);
  const fraction = local.slice(19, 23);
  return `${seconds}${fraction === '.000' ? '' : fraction}+08:00`;
}

/** `2026-05-12`, the calendar day in Beijing, shifted when the rule's day does not start at midnight (`HH:MM`). */
export function dayOf(at: Instant, startsAt = '00:00'): string {
  return new Date(at + BEIJING_OFFSET_MS - minutesOfDay(startsAt) * 60_000).toISOString().slice(0, 10);
}

/** The half-open interval `[from, to)` that {@link dayOf} calls `day`. */
export function dayInterval(day: string, startsAt = '00:00'): { from: Instant; to: Instant } {
  const from = Date.parse(`${day}T00:00:00+08:00`) + minutesOfDay(startsAt) * 60_000;
  return { from, to: from + 86_400_000 };
}

/** Minutes after local midnight of an instant, 0..1439. */
export function localMinutes(at: Instant): number {
  return Math.floor(((at + BEIJING_OFFSET_MS) % 86_400_000) / 60_000);
}

/** `08:30` -> 510. */
export function minutesOfDay(clock: string): number {
  const [hours = '0', minutes = '0'] = clock.split(':');
  return Number(hours) * 60 + Number(minutes);
}
