/** Stays are computed anew with every frame; incidents keep their number by the sightings they share. */
import type { IncidentId, SightingId } from '../ids.ts';
import type { Stay } from '../incident.ts';
import { compareText } from './place-day.ts';

export interface KnownIncident {
  id: IncidentId;
  sightingIds: readonly SightingId[];
}

/**
 * Which incident each recomputed stay continues: the one it shares most sightings with, each incident once; null for a
 * new one. The order of either list does not matter.
 */
export function matchIncidents(
  existing: readonly KnownIncident[],
  stays: readonly Stay[],
): Map<Stay, IncidentId | null> {
  const staysBySighting = new Map<SightingId, Stay>();
  for (const stay of stays) for (const { sightingId } of stay.sightings) staysBySighting.set(sightingId, stay);
  const pairs = existing.flatMap(({ id, sightingIds }) => {
    const shared = new Map<Stay, number>();
    for (const sightingId of new Set(sightingIds)) {
      const stay = staysBySighting.get(sightingId);
      if (stay !== undefined) shared.set(stay, (shared.get(stay) ?? 0) + 1);
    }
    return [...shared].map(([stay, count]) => ({ id, stay, count }));
  });
  pairs.sort(
    (a, b) => b.count - a.count || compareText(a.id, b.id) || compareText(firstIdOf(a.stay), firstIdOf(b.stay)),
  );
  const matched = new Map<Stay, IncidentId | null>(stays.map((stay) => [stay, null]));
  const used = new Set<IncidentId>();
  for (const { id, stay } of pairs) {
    if (used.has(id) || matched.get(stay) !== null) continue;
    matched.set(stay, id);
    used.add(id);
  }
  return matched;
}

const firstIdOf = ({ sightings }: Stay): string => sightings[0]?.sightingId ?? '';

/**
 * Whether what is known now speaks against a stay somebody decided on: its sightings no longer are one incident (a frame
 * came that shows the spot free in between, a zone was not in force), or the plate is another. More of the same stay, or
 * a plate that is no longer sure, does not.
 * @param incidents the recomputed stays that outlast their rule
 */
export function contradicts(decided: Stay, incidents: readonly Stay[]): boolean {
  const ids = new Set(decided.sightings.map(({ sightingId }) => sightingId));
  const heirs = incidents.filter(({ sightings }) => sightings.some(({ sightingId }) => ids.has(sightingId)));
  const [heir] = heirs;
  if (heir === undefined || heirs.length > 1) return true;
  const kept = heir.sightings.filter(({ sightingId }) => ids.has(sightingId)).length;
  if (kept < ids.size) return true;
  return decided.plate !== null && heir.plate !== null && decided.plate.text !== heir.plate.text;
}
