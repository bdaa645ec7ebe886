/** Which incidents cite a frame: what `GET /v1/frames/{id}` answers a camera network. */
import type { IncidentId, RuleId } from '#core/ids.ts';
import type { Incident, IncidentState } from '#core/incident.ts';
import { dayOf } from '#core/time.ts';
import type { Table } from '../table.ts';
import { zonesOfCamera } from './cameras.ts';
import type { Frame } from './frames.ts';
import { incidentsOfPlaceDay } from './incidents.ts';
import { ruleDay } from './messages.ts';
import { rulesById } from './rules.ts';

export async function incidentsOfFrame(
  table: Table,
  frame: Frame,
): Promise<{ id: IncidentId; state: IncidentState }[]> {
  return (await casesOfFrame(table, frame)).map(({ id, state }) => ({ id, state }));
}

/** The incidents that cite a frame, whatever became of them. */
export async function casesOfFrame(
  table: Table,
  { frameId, cameraId, capturedAt, places }: Frame,
): Promise<readonly Incident[]> {
  const zones = await zonesOfCamera(table, cameraId);
  const rules = await rulesById(table, new Set<RuleId>(zones.flatMap(({ ruleIds }) => ruleIds)));
  const starts = new Set([...rules.values()].flat().map(({ dayStartsAt }) => dayStartsAt));
  const found = new Map<IncidentId, Incident>();
  for (const placeId of places) {
    for (const dayStartsAt of starts) {
      const day = ruleDay({ day: dayOf(capturedAt, dayStartsAt), dayStartsAt });
      for (const incident of await incidentsOfPlaceDay(table, placeId, day)) {
        if (incident.stay.sightings.some((sighting) => sighting.frameId === frameId)) found.set(incident.id, incident);
      }
    }
  }
  return [...found.values()];
}
