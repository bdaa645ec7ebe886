import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Rule } from '#core/camera.ts';
import { cameraId, frameId, placeId, ruleId } from '#core/ids.ts';
import type { VehicleSighting } from '#core/sighting.ts';
import { createInspector, type Inspection, type Inspector } from '../../functions/inspect/observe.ts';
import { sampleZones } from './sample-zones.ts';

const parking: Rule = {
  id: ruleId('parking'),
  version: 3,
  violation: 'sidewalk-parking',
  permittedStaySeconds: 180,
  hours: [],
  phase: 'enforcing',
  notice: { required: false },
  dayStartsAt: '00:00',
  departureFrames: 1,
  twoWheelers: false,
  secondReview: false,
  effectiveFrom: 0,
  effectiveTo: null,
};

let inspector: Inspector;
beforeAll(async () => {
  inspector = await createInspector();
});

async function inspect(sequence: string, frame: string): Promise<Inspection> {
  const jpeg = await readFile(new URL(`../samples/${sequence}/${frame}.jpg`, import.meta.url));
  return inspector.inspect(jpeg, {
    frameId: frameId(frame),
    camera: { id: cameraId('CAM'), imageSize: [1920, 1080] },
    placeId: placeId('place'),
    capturedAt: 1,
    zones: sampleZones(sequence),
    rules: [parking],
  });
}
const motors = ({ observation }: Inspection) =>
  observation.vehicles.filter(({ class: kind }) => kind !== 'motorcycle' && kind !== 'bicycle');
const surfaceOf = ({ contact }: VehicleSighting) =>
  contact.sidewalk > 0.9 ? 'sidewalk' : contact.bay > 0.9 ? 'bay' : contact.road > 0.9 ? 'road' : 'between';
const surfaces = (inspection: Inspection) => motors(inspection).map(surfaceOf).sort();

describe('a frame with a car on the sidewalk, one in a bay and two on the road', () => {
  let inspection: Inspection;
  beforeAll(async () => {
    inspection = await inspect('a_sidewalk_parking', '20260512T093230');
  });

  it('has each on the surface it stands on', () => {
    expect(surfaces(inspection)).toEqual(['bay', 'road', 'road', 'sidewalk']);
  });
  it('names the zone and the rule of the one on the sidewalk', () => {
    const [parked] = motors(inspection).filter((vehicle) => surfaceOf(vehicle) === 'sidewalk');
    expect(parked).toMatchObject({ zone: { zoneId: 'sidewalk', version: 1 }, rule: { ruleId: 'parking', version: 3 } });
  });
  it('reads the plate of the one on the sidewalk and nobody else’s', () => {
    const read = inspection.observation.vehicles.filter(({ plate }) => plate !== null);
    expect(read.map(surfaceOf)).toEqual(['sidewalk']);
    expect(read[0]?.plate?.characters.map(({ char }) => char).join('')).toBe('浙A8K3F2');
  });
  it('names its sightings by the frame and its models by their cards', () => {
    const { vehicles, models } = inspection.observation;
    expect(vehicles.map(({ id }) => id)).toEqual(vehicles.map((_, i) => `20260512T093230/v${i}`));
    expect(models.map(({ name }) => name)).toContain('nanodet-g');
  });
  it('tells the people who pass among what may hide a spot', () => {
    expect(inspection.observation.occluders.filter(({ label }) => label === 'person').length).toBeGreaterThan(1);
  });
  it('crosses a thread border unchanged', () => {
    expect(structuredClone(inspection)).toEqual(inspection);
  });
});

describe('two cars side by side on the sidewalk, a scooter before one', () => {
  it('are two cars, none pieced together with the scooter', async () => {
    const inspection = await inspect('g_two_cars', '20260515T084400');
    expect(surfaces(inspection)).toEqual(['road', 'sidewalk', 'sidewalk']);
  });
});

describe('a street where nothing is wrong', () => {
  it('has no car on the sidewalk', async () => {
    const inspection = await inspect('e_nothing_wrong', '20260513T162700');
    expect(surfaces(inspection).filter((surface) => surface === 'sidewalk')).toEqual([]);
    expect(surfaces(inspection).filter((surface) => surface === 'bay')).toHaveLength(2);
  });
});

describe('a picture that does not decode', () => {
  it('is refused with what was expected', async () => {
    const context = { camera: { id: cameraId('CAM'), imageSize: [1920, 1080] as const }, zones: [], rules: [] };
    const inspecting = inspector.inspect(new Uint8Array(2000), {
      ...context,
      frameId: frameId('f'),
      placeId: placeId('p'),
      capturedAt: 1,
    });
    await expect(inspecting).rejects.toMatchObject({ code: 'frame-unreadable', status: 422 });
  });
});
