/** Asks the second reader, where there is one, about the plates of one frame. It changes no reading: its word stands beside. */
import type { SecondOpinion } from '#core/plates/second-reader.ts';
import { opinionOf } from '#core/plates/second-reading.ts';
import type { Observation } from '#core/sighting.ts';
import type { SecondReader } from '#platform/second-reader.ts';
import type { Inspection } from './observe.ts';

/** All plates at once: as long as the slowest answer takes, which the reader limits. */
export async function withSecondOpinions(
  reader: SecondReader | undefined,
  { observation, plateCrops = [] }: Pick<Inspection, 'observation' | 'plateCrops'>,
): Promise<Observation> {
  if (reader === undefined || plateCrops.length === 0) return observation;
  const plates = new Map(observation.vehicles.map(({ id, plate }) => [id, plate]));
  const opinions = new Map<string, SecondOpinion>();
  await Promise.all(
    plateCrops.map(async ({ sightingId, jpeg }) => {
      const plate = plates.get(sightingId);
      if (plate) opinions.set(sightingId, opinionOf(await reader.readPlate(jpeg), plate));
    }),
  );
  const vehicles = observation.vehicles.map((vehicle) => {
    const second = opinions.get(vehicle.id);
    if (second === undefined || vehicle.plate === null) return vehicle;
    return { ...vehicle, plate: { ...vehicle.plate, second } };
  });
  return { ...observation, vehicles };
}
