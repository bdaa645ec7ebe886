/** Factories for a place's day at the level of sightings. Times are `HH:MM[:SS]` of one day in Beijing. */
import type { Box, Permit, Rule, Zone } from '#core/camera.ts';
import { boxArea, boxIntersection } from '#core/geometry.ts';
import { cameraId, frameId, placeId, ruleId, sightingId, zoneId } from '#core/ids.ts';
import type { PlateCharacter, PlateRead } from '#core/plates/plate.ts';
import type { Observation, StorefrontSighting, VehicleSighting } from '#core/sighting.ts';
import { incidentsOf } from '#core/stays/judge.ts';
import type { Looks, OccupancyVerdict, PlaceDay } from '#core/stays/place-day.ts';
import { dayInterval } from '#core/time.ts';
import { staysOf } from '#core/violations/registry.ts';

export const DAY = '2026-05-12';
export const PLACE = placeId('wutong-18');
export const at = (clock: string) => Date.parse(`${DAY}T${clock.length === 5 ? `${clock}:00` : clock}+08:00`);

/** Where a car of the near row stands; the second spot is the next car's, without overlap. */
export const SPOT: Box = [400, 500, 840, 920];
export const NEXT_SPOT: Box = [900, 480, 1300, 860];
export const ALWAYS = { effectiveFrom: 0, effectiveTo: null } as const;

/** A reading; `weak` gives positions a lower confidence and what else the character might be. */
export function read(
  text: string,
  options: { confidence?: number; weak?: Record<number, { confidence: number; or?: string }> } = {},
): PlateRead {
  const characters = [...text].map((char, position): PlateCharacter => {
    const weak = options.weak?.[position];
    const alternatives = weak?.or === undefined ? [] : [{ char: weak.or, confidence: 1 - weak.confidence }];
    return { char, confidence: weak?.confidence ?? options.confidence ?? 0.97, alternatives };
  });
  return {
    characters,
    color: text.length === 8 ? 'green' : 'blue',
    layout: 'single',
    confidence: characters.reduce((product, { confidence }) => product * confidence, 1),
    corners: [
      [500, 860],
      [590, 860],
      [590, 890],
      [500, 890],
    ],
  };
}

/** Unit vectors; cars of different `look` have a cosine of 0. */
export const appearance = (look: number): number[] => Array.from({ length: 8 }, (_, i) => Number(i === look));

export interface CarOptions {
  plate?: PlateRead | string | null;
  box?: Box;
  look?: number;
  class?: VehicleSighting['class'];
  sidewalk?: number;
  bay?: number;
  zone?: { id?: string; version?: number } | null;
}

/** A car on the sidewalk; its id is given by {@link frame}. */
export function car(options: CarOptions = {}): VehicleSighting {
  const sidewalk = options.sidewalk ?? 0.9;
  const zone = options.zone === undefined ? {} : options.zone;
  const inZone = zone !== null && sidewalk > 0;
  return {
    id: sightingId('set by frame'),
    class: options.class ?? 'car',
    score: 0.9,
    box: options.box ?? SPOT,
    contact: { sidewalk, bay: options.bay ?? 0, road: Math.max(0, 1 - sidewalk - (options.bay ?? 0)) },
    zone: inZone ? { zoneId: zoneId(zone.id ?? 'sidewalk'), version: zone.version ?? 1 } : null,
    rule: inZone ? { ruleId: ruleId('parking'), version: 1 } : null,
    plate: typeof options.plate === 'string' ? read(options.plate) : (options.plate ?? null),
    appearance: appearance(options.look ?? 0),
  };
}

export interface FrameOptions {
  camera?: string;
  cars?: readonly VehicleSighting[];
  shops?: readonly {
    zone: string;
    shop: string | null;
    verdict: OccupancyVerdict['verdict'];
    share?: number;
    lasting?: boolean;
  }[];
  occluders?: readonly { label: string; box: Box }[];
}

export interface Shot {
  observation: Observation;
  occupancy: readonly (readonly [StorefrontSighting['id'], OccupancyVerdict])[];
}

export function frame(clock: string, options: FrameOptions = {}): Shot {
  const camera = options.camera ?? 'CAM-01';
  const id = `${camera}@${clock}`;
  const storefronts = (options.shops ?? []).map(
    ({ zone, shop }): StorefrontSighting => ({
      id: sightingId(`${id}/${zone}`),
      zone: { zoneId: zoneId(zone), version: 1 },
      rule: { ruleId: ruleId('trading'), version: 1 },
      shop,
      visible: 1,
      supporting: [],
      clutter: 0.5,
    }),
  );
  return {
    observation: {
      frameId: frameId(id),
      cameraId: cameraId(camera),
      placeId: PLACE,
      capturedAt: at(clock),
      imageSize: [1920, 1080],
      vehicles: (options.cars ?? []).map((one, index) => ({ ...one, id: sightingId(`${id}/${index}`) })),
      storefronts,
      occluders: (options.occluders ?? []).map((occluder) => ({ score: 0.9, ...occluder })),
      models: [],
    },
    occupancy: (options.shops ?? []).map(({ zone, verdict, share, lasting = true }) => [
      sightingId(`${id}/${zone}`),
      { verdict, share: share ?? (verdict === 'occupied' ? 0.4 : 0), confidence: 0.9, lasting },
    ]),
  };
}

export const zone = (options: Partial<Omit<Zone, 'id' | 'cameraId'>> & { id?: string; camera?: string } = {}): Zone => {
  const { id = 'sidewalk', camera = 'CAM-01', ...rest } = options;
  return {
    id: zoneId(id),
    version: 1,
    cameraId: cameraId(camera),
    placeId: PLACE,
    type: 'sidewalk',
    polygon: [
      [0, 400],
      [1400, 400],
      [1400, 1079],
      [0, 1079],
    ],
    shop: null,
    ruleIds: [ruleId('parking')],
    ...ALWAYS,
    ...rest,
  };
};

export const storefront = (id: string, shop: string | null, camera = 'CAM-01'): Zone =>
  zone({ id, camera, type: 'storefront', shop, ruleIds: [ruleId('trading')] });

export const rule = (options: Partial<Omit<Rule, 'id'>> & { id?: string } = {}): Rule => ({
  version: 1,
  violation: 'sidewalk-parking',
  permittedStaySeconds: 180,
  hours: [],
  phase: 'enforcing',
  notice: { required: false },
  dayStartsAt: '00:00',
  departureFrames: 1,
  twoWheelers: false,
  secondReview: false,
  ...ALWAYS,
  ...options,
  id: ruleId(options.id ?? 'parking'),
});

export const trading = (options: Partial<Omit<Rule, 'id'>> = {}): Rule =>
  rule({ id: 'trading', violation: 'street-trading', permittedStaySeconds: 600, ...options });

export function permit(subject: Permit['subject'], from: string, to: string): Permit {
  return { id: 'permit-1', placeId: PLACE, subject, from: at(from), to: at(to), reason: 'delivery', version: 1 };
}

export interface DayOptions {
  zones?: readonly Zone[];
  rules?: readonly Rule[];
  permits?: readonly Permit[];
  closed?: boolean;
  /** Likeness of a spot by the clock times of two frames; unset means that no scene was kept. */
  spot?: (a: string, b: string, box: Box) => number | undefined;
  /** The same for what lies around the spots; alike unless said otherwise. */
  around?: (a: string, b: string) => number;
}

const isOnSpot = (box: Box) => [SPOT, NEXT_SPOT].some((spot) => boxArea(boxIntersection(box, spot)) > 0);
const clockOf = (id: string) => id.split('@')[1] ?? '';

/** What the place's day holds and how its pictures look, from frames in any order. */
export function day(shots: readonly Shot[], options: DayOptions = {}): { placeDay: PlaceDay; looks: Looks } {
  const { spot, around = () => 0.95 } = options;
  return {
    placeDay: {
      placeId: PLACE,
      day: dayInterval(DAY),
      closed: options.closed ?? false,
      observations: shots.map(({ observation }) => observation),
      zones: options.zones ?? [zone(), zone({ camera: 'CAM-02' })],
      rules: options.rules ?? [rule(), trading()],
      permits: options.permits ?? [],
    },
    looks: {
      spot(a, b, box) {
        if (spot === undefined) return undefined;
        return isOnSpot(box) ? spot(clockOf(a), clockOf(b), box) : around(clockOf(a), clockOf(b));
      },
      occupancy: new Map(shots.flatMap(({ occupancy }) => occupancy)),
    },
  };
}

const clock = (instant: number) => new Date(instant + 8 * 3_600_000).toISOString().slice(11, 19).replace(/:00$/, '');

/** One line an incident: `浙A8K3F2 09:32:30-09:43:30 x4 ongoing`. */
export function incidents(shots: readonly Shot[], options: DayOptions = {}): string[] {
  const { placeDay, looks } = day(shots, options);
  return incidentsOf(staysOf(placeDay, looks), placeDay).map(
    ({ plate, shop, firstSeen, lastSeen, sightings, end }) =>
      `${plate?.text ?? shop ?? '?'} ${clock(firstSeen)}-${clock(lastSeen)} x${sightings.length} ${end.kind}`,
  );
}

export function stays(shots: readonly Shot[], options: DayOptions = {}) {
  const { placeDay, looks } = day(shots, options);
  return staysOf(placeDay, looks);
}
