/**
 * Who has learnt what officers decided on an incident that needs a second one, and when: they cannot be that second officer
 * (core/review-blind.ts). Written with the look itself, read when somebody wants to decide.
 *
 * | partition        | sort        | holds              |
 * |------------------|-------------|--------------------|
 * | `disclosed/<id>` | `<officer>` | the latest instant |
 */
import type { IncidentId, OfficerId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { asSeenBy, discloses, knowsFirst } from '#core/review-blind.ts';
import type { Instant } from '#core/time.ts';
import type { Key, Table, Write } from '../table.ts';

const key = (id: IncidentId, officer: OfficerId): Key => ({ partition: `disclosed/${id}`, sort: officer });

/** The incident as an officer may see it, and what remembers that he did, to join the transaction that records the look. */
export function shownTo(
  officer: OfficerId,
  incident: Incident,
  now: Instant,
): { shown: Incident; writes: readonly Write[] } {
  const shown = asSeenBy(incident, officer);
  const put: Write = { kind: 'put', ...key(incident.id, officer), value: { at: now }, expect: 'any' };
  return { shown, writes: discloses(shown, officer) ? [put] : [] };
}

/** Whether the officer knows what the first one decided; false where no stage asks. */
export async function isInformed(table: Table, incident: Incident, officer: OfficerId): Promise<boolean> {
  if (incident.state !== 'second-review') return false;
  const item = await table.get<{ at: Instant }>(key(incident.id, officer));
  return knowsFirst(incident, item?.value.at ?? null);
}
