/** On what a vehicle stands, by the zones and rules of an instant: one judgement, for frames that come and for frames that came. */
import type { Box, Rule, Zone } from './camera.ts';
import { footprintOf, groundContact } from './ground-contact.ts';
import type { VehicleSighting } from './sighting.ts';

export type Standing = Pick<VehicleSighting, 'contact' | 'zone' | 'rule'>;

/**
 * @param zones in force, on the picture's own size
 * @param rules in force
 */
export function standingOf(
  box: Box,
  { zones, rules, imageSize }: { zones: readonly Zone[]; rules: readonly Rule[]; imageSize: readonly [number, number] },
): Standing {
  const { contact, sidewalk } = groundContact(footprintOf(box, zones, imageSize), zones);
  return {
    contact: { sidewalk: share(contact.sidewalk), bay: share(contact.bay), road: share(contact.road) },
    zone: sidewalk === null ? null : { zoneId: sidewalk.id, version: sidewalk.version },
    rule: sidewalk === null ? null : ruleOf(sidewalk, rules, 'sidewalk-parking'),
  };
}

/** The version in force of the rule by which a zone judges a violation. */
export function ruleOf(
  zone: Pick<Zone, 'ruleIds'>,
  rules: readonly Rule[],
  violation: Rule['violation'],
): VehicleSighting['rule'] {
  const rule = rules.find((one) => one.violation === violation && zone.ruleIds.includes(one.id));
  return rule === undefined ? null : { ruleId: rule.id, version: rule.version };
}

/** Zones are drawn on one size of picture; a camera may deliver another. */
export function zonesOn(
  [width, height]: readonly [number, number],
  drawnOn: readonly [number, number],
  zones: readonly Zone[],
): readonly Zone[] {
  const [scaleX, scaleY] = [width / drawnOn[0], height / drawnOn[1]];
  if (scaleX === 1 && scaleY === 1) return zones;
  return zones.map((zone) => ({ ...zone, polygon: zone.polygon.map(([x, y]) => [x * scaleX, y * scaleY] as const) }));
}

const share = (value: number) => Number(value.toFixed(3));
