import type { Bilingual } from './bilingual.ts';
import type { CameraId, PlaceId, RuleId, ZoneId } from './ids.ts';
import type { Instant } from './time.ts';
import type { ViolationType } from './violations/violation.ts';

/** What a camera's output may become (Administrative Penalty Law art. 41): 证据 / 线索 / 停用. */
export type Grade = 'evidence' | 'clue' | 'off';

/** 设备档案: what art. 41 asks of an electronic monitoring device before its record may be evidence. */
export interface Dossier {
  legalReviewNumber: string;
  legalReviewedAt: Instant;
  technicalVerificationNumber: string;
  technicalVerifiedUntil: Instant;
  signInPlace: boolean;
  publishedAt: Instant;
  publicationUrl: string;
}

/** A dossier that was replaced or withdrawn. */
export interface EarlierDossier {
  dossier: Dossier | null;
  /** When the next one was recorded; exclusive. */
  until: Instant;
}

export interface Camera {
  id: CameraId;
  name: string;
  /** WGS-84 degrees. */
  lat: number;
  lng: number;
  /** The squad (中队) that answers for it. */
  jurisdiction: string;
  /** [width, height] in pixels that zones are drawn on. */
  imageSize: readonly [number, number];
  dossier: Dossier | null;
  /** What stood before, oldest first: an instant is judged by the dossier of its time. */
  earlierDossiers?: readonly EarlierDossier[] | undefined;
  /** One that is switched off is silent whatever its dossier says. */
  enabled: boolean;
  /** Since when it is switched off; what it captured before is judged by its dossier. Without it, always. */
  disabledAt?: Instant | undefined;
  /** 20 digits: the device id of GB/T 28181, where the camera also uploads snapshots by that standard. */
  gbDeviceId?: string | undefined;
  version: number;
}

/** 地点: a named stretch of pavement or shopfront. Duplicates are judged by place, not by camera. */
export interface Place {
  id: PlaceId;
  name: string;
  version: number;
}

export type ZoneType = 'sidewalk' | 'storefront' | 'legal_parking' | 'road';

/** [x, y] in pixels of the original frame. */
export type Point = readonly [number, number];
/** Simple polygon, at least three corners, either orientation, not closed. */
export type Polygon = readonly Point[];
/** [x0, y0, x1, y1] in pixels of the original frame, x0 < x1 and y0 < y1. */
export type Box = readonly [number, number, number, number];

/** 区域: a polygon in one camera's image showing a place. Never edited: a change is the next version. */
export interface Zone {
  id: ZoneId;
  version: number;
  cameraId: CameraId;
  placeId: PlaceId;
  type: ZoneType;
  polygon: Polygon;
  /** Name of the shop, for storefronts. The same shop seen by two cameras carries the same name. */
  shop: string | null;
  /** Rules that judge what is seen here, one a violation type; empty for bays and roads. */
  ruleIds: readonly RuleId[];
  effectiveFrom: Instant;
  /** Exclusive; null while in force. */
  effectiveTo: Instant | null;
}

/** 规则 */
export interface Rule {
  id: RuleId;
  version: number;
  violation: ViolationType;
  /** A stay that was seen for less than this is never an incident. Seconds. */
  permittedStaySeconds: number;
  /** Local times of day at which the rule applies; empty means always. `to` may be earlier than `from` (over midnight). */
  hours: readonly { from: string; to: string }[];
  /** In `warning` nothing it finds can become a penalty. */
  phase: 'warning' | 'enforcing';
  /** Whether a notice (劝导提醒) must precede an incident, and how long its grace runs. */
  notice: { required: false } | { required: true; graceSeconds: number };
  /** The boundary that ends a stay though nobody left: the local day, starting at this time (`HH:MM`). */
  dayStartsAt: string;
  /** How many frames of a camera must show the spot free before the subject counts as departed. At least 1. */
  departureFrames: number;
  /** Whether bicycles, scooters and motorcycles count as vehicles. */
  twoWheelers: boolean;
  /** Stages after the first confirmation: a second officer (Administrative Penalty Law art. 42). */
  secondReview: boolean;
  /** And a legal review after the officers (art. 58); absent on rules written before it could be asked for. */
  legalReview?: boolean;
  effectiveFrom: Instant;
  effectiveTo: Instant | null;
}

/** 许可: exempts a plate or a shop at a place for a time. */
export interface Permit {
  id: string;
  placeId: PlaceId;
  subject: { plate: string } | { shop: string };
  from: Instant;
  to: Instant;
  reason: string;
  version: number;
}

/** The version of a zone, rule, permit or dossier in force at an instant: `from <= at < to`. */
export function inForce<T extends { effectiveFrom: Instant; effectiveTo: Instant | null; version: number }>(
  versions: readonly T[],
  at: Instant,
): T | undefined {
  let best: T | undefined;
  for (const candidate of versions) {
    const applies = candidate.effectiveFrom <= at && (candidate.effectiveTo === null || at < candidate.effectiveTo);
    if (applies && (best === undefined || candidate.version > best.version)) best = candidate;
  }
  return best;
}

type Dossiered = Pick<Camera, 'enabled' | 'disabledAt' | 'dossier' | 'earlierDossiers'>;

/**
 * The dossier that stood at an instant. A renewal says nothing of the time before it was recorded, and a withdrawal poisons
 * nothing that was captured before.
 */
export function dossierAt({ dossier, earlierDossiers = [] }: Dossiered, at: Instant): Dossier | null {
  const earlier = earlierDossiers.find(({ until }) => at < until);
  return earlier === undefined ? dossier : earlier.dossier;
}

/** What art. 41 asks for and a camera lacked at an instant; empty when nothing was missing. */
export function dossierGaps(camera: Dossiered, at: Instant): Bilingual[] {
  const dossier = dossierAt(camera, at);
  if (dossier === null) return [{ zh: '没有设备档案', en: 'no dossier' }];
  const asked: readonly [boolean, Bilingual][] = [
    [dossier.legalReviewNumber !== '' && dossier.legalReviewedAt <= at, { zh: '未经法制审核', en: 'no legal review' }],
    [dossier.technicalVerificationNumber !== '', { zh: '未经技术检定', en: 'no technical verification' }],
    [at < dossier.technicalVerifiedUntil, { zh: '技术检定已过期', en: 'technical verification expired' }],
    [dossier.signInPlace, { zh: '未设置明显标志', en: 'no sign in place' }],
    [
      dossier.publicationUrl !== '' && dossier.publishedAt <= at,
      { zh: '设置地点未向社会公布', en: 'position not published' },
    ],
  ];
  return asked.flatMap(([holds, gap]) => (holds ? [] : [gap]));
}

/** Art. 41: without a whole, unexpired, published dossier a device yields clues, never evidence. */
export function gradeAt(camera: Dossiered, at: Instant): Grade {
  if (!camera.enabled && at >= (camera.disabledAt ?? 0)) return 'off';
  return dossierGaps(camera, at).length === 0 ? 'evidence' : 'clue';
}
