/** Branded identifiers: a plain string at run time, a distinct type to the compiler. */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type CameraId = Branded<'CameraId'>;
export type PlaceId = Branded<'PlaceId'>;
/** Unique within one camera. */
export type ZoneId = Branded<'ZoneId'>;
export type RuleId = Branded<'RuleId'>;
export type FrameId = Branded<'FrameId'>;
export type SightingId = Branded<'SightingId'>;
/** An incident keeps its id when it becomes a violation: one act, one number. */
export type IncidentId = Branded<'IncidentId'>;
export type OfficerId = Branded<'OfficerId'>;
/** Lower-case hex, 64 characters. */
export type Sha256 = Branded<'Sha256'>;

export const cameraId = (value: string) => value as CameraId;
export const placeId = (value: string) => value as PlaceId;
export const zoneId = (value: string) => value as ZoneId;
export const ruleId = (value: string) => value as RuleId;
export const frameId = (value: string) => value as FrameId;
export const sightingId = (value: string) => value as SightingId;
export const incidentId = (value: string) => value as IncidentId;
export const officerId = (value: string) => value as OfficerId;
export const sha256Of = (hex: string) => hex as Sha256;
