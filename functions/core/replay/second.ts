/** What a second reader said once is not asked again in a replay: it still holds where the same plate is read in the same frame. */
import { plateText } from '../plates/plate.ts';
import type { Observation } from '../sighting.ts';

export function withSecondsOf(before: Observation, seen: Observation): Observation {
  const said = new Map(
    before.vehicles.flatMap(({ plate }) => (plate?.second === undefined ? [] : [[plateText(plate), plate.second]])),
  );
  if (said.size === 0) return seen;
  const vehicles = seen.vehicles.map((vehicle) => {
    const second = vehicle.plate === null ? undefined : said.get(plateText(vehicle.plate));
    return second === undefined || vehicle.plate === null
      ? vehicle
      : { ...vehicle, plate: { ...vehicle.plate, second } };
  });
  return { ...seen, vehicles };
}
