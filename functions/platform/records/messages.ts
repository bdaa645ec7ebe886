/** What travels between the functions: ids, never facts, so that a message that waited long says nothing outdated. */
import type { FrameId, IncidentId, PlaceId } from '#core/ids.ts';

export interface InspectMessage {
  frameId: FrameId;
}

/** A rule day of a place has something new: `day` as `dayOf(at, dayStartsAt)` names it. */
export interface CorrelateMessage {
  placeId: PlaceId;
  day: string;
  dayStartsAt: string;
}

export interface SealMessage {
  incidentId: IncidentId;
}

/** The party of a case is to have its copy of the package. */
export interface CopyMessage {
  incidentId: IncidentId;
}

/** A bulk withdrawal on record goes on. */
export interface WithdrawMessage {
  withdrawalId: string;
}

/** Messages with the same key that still wait are one. */
export const correlateKey = ({ placeId, day, dayStartsAt }: CorrelateMessage) =>
  `${placeId} ${ruleDay({ day, dayStartsAt })}`;

/** `2026-05-12`, or `2026-05-12T04:00` where the rule's day does not start at midnight. */
export const ruleDay = ({ day, dayStartsAt }: { day: string; dayStartsAt: string }) =>
  dayStartsAt === '00:00' ? day : `${day}T${dayStartsAt}`;
