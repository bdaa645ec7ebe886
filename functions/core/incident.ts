/** 事件: one stay, or one shopfront occupation, that outlasted what its rule permits. */
import type { Box, Grade, Point, Polygon } from './camera.ts';
import type { CameraId, FrameId, IncidentId, OfficerId, PlaceId, SightingId } from './ids.ts';
import type { PlateCharacter, PlateColor } from './plates/plate.ts';
import type { SecondOpinion, SecondVote } from './plates/second-reader.ts';
import type { ModelVersion, RuleVersion, VehicleClass, ZoneVersion } from './sighting.ts';
import type { KeptReport } from './sufficiency/requirement.ts';
import type { Instant } from './time.ts';
import type { ViolationType } from './violations/violation.ts';

/** A plate as several frames together give it, every character voted. */
export interface PlateVote {
  /** Without the dot: 浙A8K3F2. */
  text: string;
  characters: readonly PlateCharacter[];
  color: PlateColor | null;
  /** Probability that the whole text is right, 0..1. */
  confidence: number;
  /** How many frames contributed. */
  reads: number;
}

/** One sighting of a stay, as evidence cites it: box, plate corners and frame are one bound fact. */
export interface StaySighting {
  sightingId: SightingId;
  frameId: FrameId;
  cameraId: CameraId;
  capturedAt: Instant;
  box: Box;
  /** Where the plate was read in this very frame, with the text of this very reading. */
  plate: {
    text: string;
    confidence: number;
    corners: readonly [Point, Point, Point, Point];
    /** The characters of this very reading, for the evidence; absent when only its text was kept. */
    characters?: readonly PlateCharacter[];
    /** What a second reader said of this very reading; absent where none was asked. */
    second?: SecondOpinion;
  } | null;
  zone: ZoneVersion;
  rule: RuleVersion;
  /** What was put out before a shop, as this very frame shows it; absent for vehicles. */
  occupation?: Occupation;
}

export interface Occupation {
  /** Of the part of the zone that is seen, 0..1. */
  share: number;
  /** 0..1 */
  confidence: number;
  /** Around what was put out, and what the detector names there, in pixels; only at key frames, the others have none. */
  outline: readonly Polygon[];
  supporting: readonly { label: string; score: number; box: Box }[];
}

/** 连续性: whether a stay is one and the same vehicle that never moved, from every pair of its neighbouring sightings. */
export interface Continuity {
  /** Probability that its weakest pair is unbroken, 0..1; calibrated on labelled pairs (core/continuity). */
  score: number;
  /** Pairs of neighbouring sightings of one camera that were compared. */
  links: number;
  /** The pair that says least, which may be the first and the last; null when there was nothing to compare. */
  weakest: ContinuityLink | null;
}

export interface ContinuityLink {
  from: FrameId;
  to: FrameId;
  /** 0..1 */
  score: number;
  /** Intersection over union of the boxes, 0..1; null between two cameras, whose pictures do not compare. */
  overlap: number | null;
  /** Of the ground contact, in shares of the box's width; null between two cameras. */
  shift: number | null;
  /** Likeness of the vehicle and of its spot, -1..1; null where nothing was kept to compare. */
  appearance: number | null;
  spot: number | null;
  /** Whether both plates say the same; null where one was not read. */
  samePlate: boolean | null;
}

/** How a stay ended, as far as anyone saw. */
export type StayEnd =
  | { kind: 'departed'; seenFreeAt: Instant }
  | { kind: 'replaced'; by: Instant }
  | { kind: 'boundary'; at: Instant }
  | { kind: 'ongoing' };

/** 停留: the sightings of one subject at one place with no observed departure. */
export interface Stay {
  type: ViolationType;
  placeId: PlaceId;
  /** The zone of the first sighting; further zones stand at the sightings. */
  zone: ZoneVersion;
  shop: string | null;
  vehicleClass: VehicleClass | null;
  plate: PlateVote | null;
  firstSeen: Instant;
  lastSeen: Instant;
  /** Ordered by capture time, then camera; at least one. */
  sightings: readonly StaySighting[];
  end: StayEnd;
  /** Share of the storefront that was occupied at most, 0..1; null for vehicles. */
  occupiedShare: number | null;
  /** How sure the machine is, 0..1: orders the queue, decides nothing. */
  score: number;
  /** That it was one and the same vehicle, unmoved; absent for shopfronts, and for what was judged before it was measured. */
  continuity?: Continuity | null;
  /** What a second reader said of the plate; absent where none was asked. */
  second?: SecondVote;
}

export type IncidentState =
  /** Outlasted its rule, not yet sealed: more frames may still extend it. */
  | 'open'
  /** Sealed and in the queue: waits for the technical review. */
  | 'pending'
  /** Confirmed once; a second officer judges it without knowing what the first said (art. 42). */
  | 'second-review'
  /** Confirmed by the officers; waits for the legal review (art. 58). */
  | 'legal-review'
  /** The two officers differ: a supervisor who took no part decides. */
  | 'arbitration'
  /** Confirmed and in the feed: a violation. */
  | 'confirmed'
  /** A violation whose party objects (art. 45): stays in the feed while somebody else looks at it. */
  | 'objected'
  /** Confirmed earlier, taken back. Stays in the feed as withdrawn. */
  | 'withdrawn'
  | 'rejected'
  | 'educated'
  /** Gone within the grace of its notice. */
  | 'self-corrected'
  /** Escalated to a supervisor. */
  | 'escalated'
  /** A recomputation no longer supports it (late frames, a changed zone) before anyone decided. */
  | 'dissolved';

export interface Lease {
  officerId: OfficerId;
  until: Instant;
}

export interface Decision {
  officerId: OfficerId;
  officerName: string;
  stage: 'first' | 'second' | 'arbitration' | 'legal' | 'objection';
  /** The last two answer an objection: the violation stands, or the party is right. */
  outcome: 'confirm' | 'reject' | 'educate' | 'escalate' | 'send-back' | 'uphold' | 'sustain';
  reason: ReasonCode | null;
  /** The plate as the officer confirms it, without the dot. */
  plate: string | null;
  note: string;
  at: Instant;
  /** The sealed package the officer looked at. */
  packageSha256: string;
}

/** 不予处罚或驳回的理由: Procedure Provisions for Handling Road Traffic Offences (公安部令157号) art. 22 and practice. */
export const REASON_CODES = {
  'emergency-vehicle': '执行紧急任务的警车、消防车、救护车、工程救险车',
  'stolen-or-cloned': '机动车被盗抢或号牌被套用',
  'rescue-or-avoidance': '救助危难或紧急避险',
  'handled-on-site': '现场已处理',
  'sign-unclear': '标志标线不清',
  'image-unclear': '图像不清',
  'plate-mismatch': '号牌与车辆不符',
  'legal-bay-or-permit': '合法泊位或已获许可',
  'not-stationary': '未停留',
  'not-same-vehicle': '非同一车辆',
  duplicate: '重复',
  'wrong-zone': '区域错误',
  'system-fault': '系统故障',
  'first-minor-corrected': '首次、轻微并已改正',
  other: '其他（须说明）',
} as const;
export type ReasonCode = keyof typeof REASON_CODES;

/** 劝导提醒: the reminder sent to the owner or shop; the grace of the rule runs from it. */
export interface Notice {
  channel: string;
  /** Under which the channel finds it again. */
  reference: string;
  /** When it is proven to have gone out, never when we meant it to. */
  sentAt: Instant;
  /** Gone by then: self-corrected. */
  graceUntil: Instant;
  /** The last sighting when it was sent: it is the notice of whatever stay that belongs to, however stays are recomputed. */
  about?: SightingId;
  /** What proves it; absent on what was recorded before proofs were kept. */
  proof?: NoticeProof;
}

/** To whom it went: the owner of a plate, a shop by its name, or whoever is met there, where neither could be read. */
export type NoticeRecipient = { kind: 'owner'; plate: string } | { kind: 'shop'; shop: string } | { kind: 'on-site' };

export interface NoticeProof {
  /** The message's own id: whoever delivers it takes it once, however often it is sent. */
  messageId: string;
  recipient: NoticeRecipient;
  /** As sent. */
  text: string;
  /** BCP 47. */
  language: string;
  /** Of the exact bytes sent, lower-case hex. */
  requestSha256: string;
  /** What the gateway answered; null where nobody answers (a line in a log). */
  response: { status: number; sha256: string } | null;
  /** Request and answer to the byte, write-once; the audit act `notice.sent` names its SHA-256. */
  record: { key: string; sha256: string };
}

/** 撤回: a supervisor takes a violation back that the case system already has. */
export interface Withdrawal {
  officerId: OfficerId;
  officerName: string;
  reason: ReasonCode;
  note: string;
  at: Instant;
}

/** What a party says of a case: states, defends, or objects, which asks for another person's eyes. */
export interface Statement {
  id: string;
  kind: 'state' | 'defend' | 'object';
  text: string;
  at: Instant;
  /** By the query code of the notice, or what the case system passed on. */
  by: 'party' | 'case-system';
}

export interface SealedPackage {
  sha256: string;
  /** Blob key. */
  key: string;
  bytes: number;
  /** 1 for the first seal; a re-seal after new frames counts up and never replaces. */
  revision: number;
  sealedAt: Instant;
}

export interface Incident {
  id: IncidentId;
  stay: Stay;
  placeName: string;
  jurisdiction: string;
  /** The lowest grade among the cameras that saw it, and the phase of its rule: both must allow before a violation leaves. */
  grade: Grade;
  phase: 'warning' | 'enforcing';
  secondReview: boolean;
  /** Stage after the officers: a legal review (art. 58); absent means no, on what was opened before there was one. */
  legalReview?: boolean;
  state: IncidentState;
  lease: Lease | null;
  decisions: readonly Decision[];
  package: SealedPackage | null;
  /** Where the days of its review start; absent on what was sealed before it was kept. */
  firstSealedAt?: Instant;
  /** Review must be done by then (5 days by default, Procedure Provisions art. 19). */
  deadline: Instant;
  createdAt: Instant;
  updatedAt: Instant;
  /** Frames that arrived after the decision; true when they speak against it. */
  lateFrames: { frameIds: readonly FrameId[]; contradicts: boolean };
  /** 劝导在先: the grace its rules ask for before it may be judged, ms; null when none does; absent on older records. */
  graceMs?: number | null;
  /** The reminder that went out, where the rule asks for one. */
  notice?: Notice | null;
  /** Set when a violation was taken back. */
  withdrawal?: Withdrawal | null;
  /** What held and what failed when it was last confirmed; binds to its package. */
  sufficiency?: KeptReport | null;
  /** Models whose findings its sightings are. */
  models?: readonly ModelVersion[];
  /** 陈述、申辩、异议: what the party said (Administrative Penalty Law art. 45). */
  statements?: readonly Statement[];
  /** Its time was over: pictures, packages, plates and what people said are gone, the record says that they were here. */
  destroyed?: { at: Instant; class: 'clue' | 'evidence' } | null;
  /** Grows with every change; a writer names the version it read. */
  version: number;
}
