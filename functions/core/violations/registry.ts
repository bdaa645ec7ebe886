/** Every violation type the house knows, one line each. */
import type { Stay } from '../incident.ts';
import type { Looks, PlaceDay } from '../stays/place-day.ts';
import type { Violation } from './finder.ts';
import { sidewalkParking } from './sidewalk-parking.ts';
import { streetTrading } from './street-trading.ts';

export const VIOLATIONS: readonly Violation[] = [sidewalkParking, streetTrading];

/** The stays of all types at one place on one rule day; `incidentsOf` says which of them outlast their rule. */
export function staysOf(placeDay: PlaceDay, looks: Looks): Stay[] {
  return VIOLATIONS.flatMap((violation) => violation.staysOf(placeDay, looks));
}
