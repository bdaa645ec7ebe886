/** Which incidents cite a frame: what `GET /v1/frames/{id}` answers a camera network. */
import type { IncidentId, RuleId } from '#core/ids.ts';
import type { IncidentState } from '#core/incident.ts';
import { dayOf } from '#core/time.ts';
import type { Table } from '../table.ts';
import { zonesOfCamera } from './cameras.ts';
import type { Frame } from './frames.ts';
import { incidentsOfPlaceDay } from './incidents.ts';
import { ruleDay } from './messages.ts';
import { rulesById } from './rules.ts';

export async function incidentsOfFrame(
  table: Table,
  { frameId, cameraId, capturedAt, places }: Frame,
): Promise<{ id: IncidentId; state: IncidentState }[]> {
  const zones = await zonesOfCamera(table, cameraId);
  const rules = await rulesById(table, new Set<RuleId>(zones.flatMap(({ ruleIds }) => ruleIds)));
  const starts = new Set([...rules.values()].flat().map(({ dayStartsAt }) => dayStartsAt));
  const found = new Map<IncidentId, IncidentState>();
  for (const placeId of places) {
    for (const dayStartsAt of starts) {
      const day = ruleDay({ day: dayOf(capturedAt, dayStartsAt), dayStartsAt });
      for (const { id, state, stay } of await incidentsOfPlaceDay(table, placeId, day)) {
        if (stay.sightings.some((sighting) => sighting.frameId === frameId)) found.set(id, state);
      }
    }
  }
  return [...found].map(([id, state]) => ({ id, state }));
}
