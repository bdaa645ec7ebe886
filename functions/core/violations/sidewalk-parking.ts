/**
 * 人行道违停: a vehicle stands on the sidewalk, outside marked bays, for longer than the rule permits.
 *
 * Whether it stands *on the sidewalk* is judged for the vehicle as a whole, by the median of its ground contact under
 * each drawing of the zones: one jittery box neither ends a stay nor makes one.
 */
import type { Box } from '../camera.ts';
import { cutWhereBroken, endWhereBroken } from '../continuity/cut.ts';
import { type Compare, comparing } from '../continuity/link.ts';
import { continuityOf } from '../continuity/proof.ts';
import { IN_BAY_FROM, ON_SIDEWALK_FROM } from '../ground-contact.ts';
import { groupBy } from '../group-by.ts';
import type { CameraId, ZoneId } from '../ids.ts';
import type { Stay, StaySighting } from '../incident.ts';
import { plateText } from '../plates/plate.ts';
import { judgePlate } from '../plates/second-vote.ts';
import type { FrameRead } from '../plates/vote.ts';
import type { VehicleClass, VehicleSighting } from '../sighting.ts';
import { endOf } from '../stays/ending.ts';
import { type Chain, joinChains, type Link } from '../stays/join.ts';
import { isPermitted, type Law, lawOf } from '../stays/law.ts';
import type { Sight } from '../stays/likeness.ts';
import { compareText, framesByCamera, median, type PlaceDay } from '../stays/place-day.ts';
import { identifyByPlate } from '../stays/plate-identity.ts';
import type { SpotTrack } from '../stays/spot-track.ts';
import { trackSpots } from '../stays/spot-tracks.ts';
import type { Violation } from './finder.ts';

/** A vehicle standing on the sidewalk in one frame. */
interface Standing extends Link, Sight {
  zoneId: ZoneId;
}

export const sidewalkParking: Violation = {
  type: 'sidewalk-parking',
  staysOf(placeDay, looks) {
    const law = lawOf(placeDay, 'sidewalk-parking');
    const compare = comparing(looks);
    const chains = [...framesByCamera(placeDay)].flatMap(([cameraId, frames]) =>
      trackSpots(frames, looks, (vehicle, at) => departureFrames(law, cameraId, vehicle, at)).flatMap((track) => {
        const whole = standingOn(track, law);
        const parts = whole.length === 0 ? [] : cutWhereBroken(track, compare);
        return parts.flatMap((part) => {
          const links = parts.length === 1 ? whole : standingOn(part, law);
          return links.length === 0 ? [] : [{ cameraId, key: null, links, departure: part.departure }];
        });
      }),
    );
    const identified = endWhereBroken(identifyByPlate(chains, readsOf), compare);
    const joined = joinChains(identified, { onePerFrame: true });
    return joined.flatMap((chain) => stayOf(chain, placeDay, law, compare) ?? []);
  },
};

function departureFrames(law: Law, cameraId: CameraId, { zone, rule }: VehicleSighting, at: number): number {
  if (zone === null) return 1;
  return law.at(cameraId, zone.zoneId, at, rule?.ruleId)?.rule.departureFrames ?? 1;
}

/** The sights of a track that show it on the sidewalk, each with the zone it stands in. */
function standingOn({ cameraId, sights }: SpotTrack, law: Law): Standing[] {
  return [...groupBy(sights, ({ capturedAt }) => law.drawing(cameraId, capturedAt)).values()].flatMap((same) => {
    const sidewalk = median(same.map(({ vehicle }) => vehicle.contact.sidewalk)) ?? 0;
    const bay = median(same.map(({ vehicle }) => vehicle.contact.bay)) ?? 0;
    const usual = mostFrequent(same.flatMap(({ vehicle }) => vehicle.zone?.zoneId ?? []));
    if (sidewalk < ON_SIDEWALK_FROM || bay >= IN_BAY_FROM || usual === undefined) return [];
    return same.map((sight) => ({ ...sight, cameraId, zoneId: sight.vehicle.zone?.zoneId ?? usual }));
  });
}

const readsOf = ({ links }: Pick<Chain<Standing>, 'links'>): FrameRead[] =>
  links.flatMap(({ frameId, vehicle }) => (vehicle.plate === null ? [] : [{ frameId, read: vehicle.plate }]));

function stayOf(chain: Chain<Standing>, placeDay: PlaceDay, law: Law, compare: Compare): Stay | null {
  const { plate, second } = judgePlate(readsOf(chain));
  // Whom a permit names is known from our own readers: that another doubts them takes no permit away.
  const permits = law.permits({ plate: second?.own ?? plate?.text ?? null, shop: null });
  const vehicleClass = mostFrequent<VehicleClass>(chain.links.map(({ vehicle }) => vehicle.class)) ?? null;
  const isTwoWheeler = vehicleClass === 'motorcycle' || vehicleClass === 'bicycle';
  const sightings = chain.links.flatMap((link): StaySighting[] => {
    const { cameraId, frameId, capturedAt, vehicle, zoneId } = link;
    const judgement = law.at(cameraId, zoneId, capturedAt, vehicle.rule?.ruleId);
    if (judgement === undefined || judgement.zone.type !== 'sidewalk' || isPermitted(permits, capturedAt)) return [];
    if (isTwoWheeler && !judgement.rule.twoWheelers) return [];
    return [
      {
        sightingId: vehicle.id,
        frameId,
        cameraId,
        capturedAt,
        box: vehicle.box satisfies Box,
        plate: vehicle.plate === null ? null : citation(vehicle.plate),
        zone: { zoneId, version: judgement.zone.version },
        rule: { ruleId: judgement.rule.id, version: judgement.rule.version },
      },
    ];
  });
  const [first, last] = [sightings[0], sightings.at(-1)];
  if (first === undefined || last === undefined) return null;
  const ids = new Set(sightings.map(({ sightingId }) => sightingId));
  const cited =
    ids.size === chain.links.length ? chain.links : chain.links.filter(({ vehicle }) => ids.has(vehicle.id));
  return {
    type: 'sidewalk-parking',
    placeId: placeDay.placeId,
    zone: first.zone,
    shop: null,
    vehicleClass,
    plate,
    firstSeen: first.capturedAt,
    lastSeen: last.capturedAt,
    sightings,
    end: endOf(chain.departure, placeDay),
    occupiedShare: null,
    score: scoreOf(chain.links, plate?.confidence ?? 0),
    continuity: continuityOf(cited, compare),
    ...(second === undefined ? {} : { second }),
  };
}

const citation = (read: NonNullable<VehicleSighting['plate']>) => ({
  text: plateText(read),
  confidence: read.confidence,
  corners: read.corners,
  characters: read.characters,
  ...(read.second === undefined ? {} : { second: read.second }),
});

/** Detection counts half; ground contact and plate a quarter each. */
function scoreOf(links: readonly Standing[], plate: number): number {
  const found = median(links.map(({ vehicle }) => vehicle.score)) ?? 0;
  const contact = median(links.map(({ vehicle }) => vehicle.contact.sidewalk)) ?? 0;
  return Math.min(1, found / 2 + contact / 4 + plate / 4);
}

function mostFrequent<T extends string>(values: readonly T[]): T | undefined {
  const counted = [...groupBy(values, (value) => value)].map(([value, same]) => ({ value, count: same.length }));
  return counted.sort((a, b) => b.count - a.count || compareText(a.value, b.value))[0]?.value;
}
