import type { Stay } from '../incident.ts';
import type { Looks, PlaceDay } from '../stays/place-day.ts';
import type { ViolationType } from './violation.ts';

/** How one type of violation is found in what a place's cameras saw on a rule day. */
export interface Violation {
  type: ViolationType;
  /**
   * Every stay of this type, the short ones too, by first sighting. A pure function of the set of observations. Each
   * sighting in a stay is one that a zone and a rule in force judge, inside the rule's hours and outside any permit.
   */
  staysOf(placeDay: PlaceDay, looks: Looks): Stay[];
}
