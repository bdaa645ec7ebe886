/** Shapes of the review API. Times are ISO 8601 in Beijing time, plates carry their dot (浙A·8K3F2). */
import { z } from '@hono/zod-openapi';
import { CLOCK_IDS } from '#core/clocks.ts';
import { REASON_CODES, type ReasonCode } from '#core/incident.ts';
import { WORK_STATES } from '#core/incident-machine.ts';
import { SECOND_SAID } from '#core/plates/second-reader.ts';
import { BY_TOKEN_OR_SESSION, InstantText, refusals } from '#platform/http/openapi.ts';

/** What every route of the review says of itself. */
export const REVIEW = { tags: ['审核 Review'], security: BY_TOKEN_OR_SESSION };

/** Whom a stage is closed to. */
export const STAGE_REFUSALS = refusals('scope-missing', 'role-missing', 'cross-site', 'same-officer', 'not-blind');

const point = z.array(z.number()).min(2).max(2);
const Sha256Text = z.string().openapi({ description: 'SHA-256, lower-case hex' });

export const ViolationTypeName = z.enum(['sidewalk-parking', 'street-trading']);
export const ReasonName = z
  .custom<ReasonCode>((value) => typeof value === 'string' && Object.hasOwn(REASON_CODES, value), 'a reason code')
  .openapi('ReasonCode', { type: 'string', enum: Object.keys(REASON_CODES) });
export const StateName = z.enum([
  'open',
  'pending',
  'second-review',
  'arbitration',
  'legal-review',
  'confirmed',
  'objected',
  'withdrawn',
  'rejected',
  'educated',
  'self-corrected',
  'escalated',
  'dissolved',
]);

const OUTCOME_NAMES = ['confirm', 'reject', 'educate', 'escalate', 'send-back', 'uphold', 'sustain'] as const;

const LeaseView = z.object({ officerId: z.string(), until: InstantText });

export const Summary = z
  .object({
    id: z.string(),
    state: StateName,
    type: ViolationTypeName,
    version: z.number().int().openapi({ description: 'Name it when you decide' }),
    plate: z.string().nullable(),
    place: z.object({ id: z.string(), name: z.string() }),
    shop: z.string().nullable(),
    jurisdiction: z.string(),
    grade: z.enum(['evidence', 'clue', 'off']),
    phase: z.enum(['warning', 'enforcing']),
    secondReview: z.boolean(),
    legalReview: z.boolean(),
    firstSeen: InstantText,
    lastSeen: InstantText,
    dwellSeconds: z.number().int(),
    score: z.number(),
    deadline: InstantText,
    overdue: z.boolean(),
    lease: LeaseView.nullable(),
  })
  .openapi('IncidentSummary');
export type Summary = z.infer<typeof Summary>;

export const Picture = z
  .object({
    frameId: z.string(),
    cameraId: z.string(),
    capturedAt: InstantText,
    url: z.string().openapi({ description: 'The original as received; short-lived' }),
    sha256: Sha256Text,
    imageSize: point,
    box: z.array(z.number()).min(4).max(4).openapi({ description: 'x0, y0, x1, y1 in pixels of the original' }),
    plate: z.object({ text: z.string(), corners: z.array(point) }).nullable(),
    zone: z.object({ id: z.string(), version: z.number().int(), polygon: z.array(point) }),
  })
  .openapi('Picture');
export type Picture = z.infer<typeof Picture>;

const BilingualText = z.object({ zh: z.string(), en: z.string() });
export const ClockView = z
  .object({
    id: z.enum(CLOCK_IDS),
    words: BilingualText,
    source: BilingualText,
    startedAt: InstantText,
    warnsAt: InstantText,
    dueAt: InstantText,
    state: z.enum(['running', 'met', 'overdue', 'stopped']).openapi({
      description: 'met 与 overdue 亦用于已结束者 `met` and `overdue` also of what ended, in time or late',
    }),
    endedAt: InstantText.nullable(),
    remainingSeconds: z.number().int().nullable().openapi({ description: '负数为已超期 Negative once overdue' }),
  })
  .openapi('Clock', { description: '办案期限' });
export type ClockView = z.infer<typeof ClockView>;

export const Sufficiency = z
  .object({
    checkedAt: InstantText,
    policy: z.object({ jurisdiction: z.string(), version: z.number().int() }),
    findings: z.array(
      z.object({
        id: z.string(),
        words: BilingualText,
        source: BilingualText,
        blocking: z.boolean().openapi({ description: '不成立则不得确认 Forbids a confirmation when it fails' }),
        answer: z.enum(['holds', 'fails', 'not-applicable']),
        facts: BilingualText,
      }),
    ),
  })
  .openapi('Sufficiency', { description: '证据充分性审查' });

export const SecondReadingView = z
  .object({
    state: z.enum([...SECOND_SAID, 'off']).openapi({ description: 'off 为未启用 `off`: nobody was asked' }),
    words: BilingualText,
    readers: z.array(z.object({ name: z.string(), version: z.string().nullable() })),
    frames: z.object({
      agrees: z.number().int(),
      disagrees: z.number().int(),
      unread: z.number().int(),
      unavailable: z.number().int(),
    }),
    differences: z.array(
      z.object({
        position: z.number().int().openapi({ description: '第 1 位为省份汉字 1 is the province' }),
        ours: z.string(),
        theirs: z.string(),
        frames: z.number().int(),
      }),
    ),
  })
  .openapi('SecondReading', { description: '第二读数：仅核对字母与数字 Letters and digits, read a second time' });

export const Detail = Summary.extend({
  zone: z.object({ zoneId: z.string(), version: z.number().int() }),
  vehicleClass: z.enum(['car', 'bus', 'truck', 'motorcycle', 'bicycle']).nullable(),
  plateRead: z
    .object({
      text: z.string(),
      color: z.string().nullable(),
      confidence: z.number(),
      reads: z.number().int(),
      characters: z.array(z.object({ char: z.string(), confidence: z.number() })),
    })
    .nullable(),
  /** Null where no plate is at stake. */
  secondReading: SecondReadingView.nullable(),
  end: z.object({ kind: z.enum(['departed', 'replaced', 'boundary', 'ongoing']), at: InstantText.nullable() }),
  package: z
    .object({ sha256: Sha256Text, bytes: z.number().int(), revision: z.number().int(), sealedAt: InstantText })
    .nullable(),
  outcomes: z
    .array(z.enum(OUTCOME_NAMES))
    .openapi({ description: '本环节可作的决定 What may be decided in its state' }),
  decisions: z.array(
    z.object({
      officerId: z.string(),
      officerName: z.string(),
      stage: z.enum(['first', 'second', 'arbitration', 'legal', 'objection']),
      outcome: z.enum(OUTCOME_NAMES),
      reason: ReasonName.nullable(),
      plate: z.string().nullable(),
      note: z.string(),
      at: InstantText,
      packageSha256: Sha256Text,
    }),
  ),
  withdrawal: z
    .object({ officerId: z.string(), officerName: z.string(), reason: ReasonName, note: z.string(), at: InstantText })
    .nullable(),
  notice: z
    .object({
      channel: z.string(),
      reference: z.string(),
      sentAt: InstantText,
      graceUntil: InstantText,
      recipient: z.enum(['owner', 'shop', 'on-site']).nullable(),
      text: z.string().nullable().openapi({ description: '所发文字 As sent' }),
      recordSha256: Sha256Text.nullable(),
    })
    .nullable(),
  statements: z
    .array(
      z.object({
        id: z.string(),
        kind: z.enum(['state', 'defend', 'object']),
        text: z.string(),
        at: InstantText,
        by: z.enum(['party', 'case-system']),
      }),
    )
    .openapi({ description: '当事人的陈述、申辩、异议 What the party said' }),
  lateFrames: z.object({ count: z.number().int(), contradicts: z.boolean() }),
  pictures: z.array(Picture),
  /** Null in the answer to a decision. */
  clocks: z.array(ClockView).nullable(),
  /** As it stands at this moment; null in the answer to a decision. */
  sufficiency: Sufficiency.nullable(),
}).openapi('IncidentDetail');
export type Detail = z.infer<typeof Detail>;

const AlarmView = z
  .object({
    id: z.string(),
    state: StateName,
    type: ViolationTypeName,
    place: z.object({ id: z.string(), name: z.string() }),
    jurisdiction: z.string(),
    level: z.enum(['warning', 'overdue']),
    recordedAt: InstantText,
    clock: ClockView,
  })
  .openapi('Alarm');
export type AlarmView = z.infer<typeof AlarmView>;
export const AlarmsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().min(1).max(2000).optional(),
});
export const AlarmsPage = z
  .object({
    items: z.array(AlarmView).openapi({ description: 'May be fewer than asked for, also before the end' }),
    nextCursor: z.string().nullable(),
  })
  .openapi('AlarmsPage');

export const LeaseGranted = z.object({ until: InstantText, version: z.number().int() }).openapi('Lease');

export const QueueQuery = z.object({
  type: ViolationTypeName.optional(),
  place: z.string().min(1).optional(),
  jurisdiction: z.string().min(1).optional(),
  state: z.enum(WORK_STATES).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(2000).optional(),
});

export const QueueRowView = Summary.omit({ secondReview: true, legalReview: true, lease: true })
  .extend({ lease: LeaseView.extend({ mine: z.boolean() }).nullable() })
  .openapi('QueueRow');

export const QueuePage = z
  .object({ items: z.array(QueueRowView), nextCursor: z.string().nullable() })
  .openapi('QueuePage');

export const ReasonList = z
  .object({ items: z.array(z.object({ code: z.string(), text: z.string() })) })
  .openapi('ReasonCodes');

const note = z.string().max(2000).default('');
export const ClaimBody = z
  .object({
    id: z.string().min(1).optional(),
    type: ViolationTypeName.optional(),
    place: z.string().min(1).optional(),
    jurisdiction: z.string().min(1).optional(),
  })
  .openapi('Claim');
export const DecisionBody = z
  .object({
    outcome: z.enum(OUTCOME_NAMES).openapi({
      description:
        '异议环节中 confirm 即维持 uphold，reject 即采纳 sustain On an objection confirm upholds, reject sustains',
    }),
    reason: ReasonName.nullish(),
    plate: z.string().max(32).nullish().openapi({ description: 'Corrected plate, with or without the dot' }),
    note,
    version: z.number().int(),
  })
  .openapi('DecisionRequest');
export const UndoBody = z.object({ version: z.number().int().optional(), note }).openapi('Undo');
export const WithdrawBody = z
  .object({ reason: ReasonName, note, version: z.number().int().optional() })
  .openapi('Withdrawal');
export const IncidentParam = z.object({ id: z.string().min(1).max(200) });
/** Why somebody looks: goes into the audit trail. */
export const LookQuery = z.object({ reason: z.string().max(200).default('review') });
