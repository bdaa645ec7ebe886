/** 以往记录: what the same subject was found at before: a vehicle by its plate, a shop by its name at its place. */
import type { IncidentId, PlaceId } from './ids.ts';
import type { Incident, IncidentState } from './incident.ts';
import { DAY_MS, type Instant } from './time.ts';
import type { ViolationType } from './violations/violation.ts';

export type Subject = { kind: 'vehicle'; plate: string } | { kind: 'shop'; placeId: PlaceId; shop: string };

export interface PastIncident {
  id: IncidentId;
  type: ViolationType;
  placeId: PlaceId;
  placeName: string;
  firstSeen: Instant;
  state: IncidentState;
}

/** By the plate as an officer last confirmed it, else as the frames voted; null where nobody knows who it was. */
export function subjectOf({ stay, decisions }: Pick<Incident, 'stay' | 'decisions'>): Subject | null {
  if (stay.type === 'street-trading') {
    return stay.shop === null ? null : { kind: 'shop', placeId: stay.placeId, shop: stay.shop };
  }
  const plate = decisions.findLast((decision) => decision.plate !== null)?.plate ?? stay.plate?.text ?? null;
  return plate === null ? null : { kind: 'vehicle', plate };
}

/** What is remembered of an incident; null of one that nothing supports any more, that was destroyed, or whose subject nobody knows. */
export function remembered(incident: Incident): { subject: Subject; past: PastIncident } | null {
  // Until both officers have decided, nobody learns the first one's plate by finding the incident among another's past.
  const subject = subjectOf(incident.state === 'second-review' ? { ...incident, decisions: [] } : incident);
  if (subject === null || incident.state === 'dissolved' || incident.destroyed != null) return null;
  const { id, stay, placeName, state } = incident;
  const { type, placeId, firstSeen } = stay;
  return { subject, past: { id, type, placeId, placeName, firstSeen, state } };
}

/** `[from, to)` in which something counts as before an incident, by when it was first seen. */
export const pastOf = (
  { stay }: Pick<Incident, 'stay'>,
  { firstTimeDays }: { firstTimeDays: number },
): { from: Instant; to: Instant } => ({ from: stay.firstSeen - firstTimeDays * DAY_MS, to: stay.firstSeen });
