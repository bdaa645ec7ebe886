/**
 * What a stored observation would have said under another law: boxes, plates and pictures stay, what they stand on is judged
 * anew. A storefront was described on a grid over its polygon: under another polygon nothing was described, and only the frame
 * itself can tell.
 */
import { inForce, type Rule, type Zone } from '../camera.ts';
import { canonicalJson } from '../canonical-json.ts';
import { groupBy } from '../group-by.ts';
import type { ZoneId } from '../ids.ts';
import type { Observation, StorefrontSighting } from '../sighting.ts';
import { ruleOf, standingOf, zonesOn } from '../standing.ts';
import type { LawVersions } from './draft.ts';

export interface Rejudged {
  observation: Observation;
  /** Storefront zones in force that nothing kept describes: the frame has to be looked at again. */
  undescribed: readonly ZoneId[];
  /** Vehicles that stand on a sidewalk now, in a place where nobody looked for a plate. */
  unread: number;
}

/** From this share on a plate was looked for (functions/inspect/observe.ts). */
const READ_FROM = 0.2;

/** @param drawnOn the size that the camera's zones are drawn on */
export function rejudge(observation: Observation, law: LawVersions, drawnOn: readonly [number, number]): Rejudged {
  const { zones, rules } = lawAt(law, observation);
  const { imageSize } = observation;
  const onPicture = zonesOn(imageSize, drawnOn, zones);
  let unread = 0;
  const vehicles = observation.vehicles.map((vehicle) => {
    const standing = standingOf(vehicle.box, { zones: onPicture, rules, imageSize });
    const isNew = vehicle.contact.sidewalk < READ_FROM && standing.contact.sidewalk >= READ_FROM;
    if (isNew && vehicle.plate === null) unread += 1;
    return { ...vehicle, ...standing };
  });
  const described: StorefrontSighting[] = [];
  const undescribed: ZoneId[] = [];
  for (const zone of zones) {
    if (zone.type !== 'storefront') continue;
    const seen = observation.storefronts.find((sighting) => sighting.zone.zoneId === zone.id);
    const was = law.zones.find(
      ({ id, cameraId, version }) => id === zone.id && cameraId === zone.cameraId && version === seen?.zone.version,
    );
    if (seen === undefined || was === undefined || !isSameDrawing(was, zone)) undescribed.push(zone.id);
    // Its features lie under the version it was described by, which is why it keeps that.
    else described.push({ ...seen, shop: zone.shop, rule: ruleOf(zone, rules, 'street-trading') });
  }
  return { observation: { ...observation, vehicles, storefronts: described }, undescribed, unread };
}

/** The zones and rules that judge an observation, as `inspect` would have been given them. */
export function lawAt(
  { zones, rules }: LawVersions,
  { cameraId, placeId, capturedAt }: Pick<Observation, 'cameraId' | 'placeId' | 'capturedAt'>,
): { zones: readonly Zone[]; rules: readonly Rule[] } {
  const mine = zones.filter((zone) => zone.cameraId === cameraId);
  const inForceNow = [...groupBy(mine, ({ id }) => id).values()].flatMap((all) => inForce(all, capturedAt) ?? []);
  const ids = new Set(inForceNow.flatMap(({ ruleIds }) => ruleIds));
  const named = rules.filter(({ id }) => ids.has(id));
  return {
    zones: inForceNow.filter((zone) => zone.placeId === placeId),
    rules: [...groupBy(named, ({ id }) => id).values()].flatMap((all) => inForce(all, capturedAt) ?? []),
  };
}

const isSameDrawing = (a: Zone, b: Zone): boolean =>
  a.type === b.type && canonicalJson(a.polygon) === canonicalJson(b.polygon);
