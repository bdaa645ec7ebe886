/** Shapes of the case-system API. Times are ISO 8601 in Beijing time, plates carry their dot (浙A·8K3F2). */
import { z } from '@hono/zod-openapi';
import { REASON_CODES, type ReasonCode } from '#core/incident.ts';
import { formatPlate } from '#core/plates/plate.ts';
import { formatInstant } from '#core/time.ts';
import { InstantText } from '#platform/http/openapi.ts';
import { type FeedEntry, OUTCOMES, REPORTED } from '#platform/records/feed.ts';

const OutcomeName = z.enum(OUTCOMES);
const ReasonName = z
  .custom<ReasonCode>((value) => typeof value === 'string' && Object.hasOwn(REASON_CODES, value), 'a reason code')
  .openapi({ type: 'string', enum: Object.keys(REASON_CODES) });

export const Violation = z
  .object({
    id: z.string(),
    seq: z.number().int().openapi({ description: 'Where it stands in the feed; a withdrawal takes a new one' }),
    state: z.enum(['confirmed', 'withdrawn']),
    type: z.enum(['sidewalk-parking', 'street-trading']),
    plate: z.string().nullable().openapi({ example: '浙A·8K3F2', description: 'As confirmed by the officers' }),
    place: z.object({ id: z.string(), name: z.string() }),
    jurisdiction: z.string(),
    zone: z.string(),
    shop: z.string().nullable(),
    firstSeen: InstantText,
    lastSeen: InstantText,
    dwellSeconds: z.number().int(),
    decidedAt: InstantText,
    package: z.object({ sha256: z.string(), bytes: z.number().int() }),
    withdrawnReason: ReasonName.nullable(),
    withdrawnAt: InstantText.nullable(),
    caseNumber: z.string().nullable(),
    outcomes: z.array(z.object({ outcome: OutcomeName, at: InstantText, note: z.string() })),
  })
  .openapi('Violation');
export type Violation = z.infer<typeof Violation>;

export function violationView(entry: FeedEntry): Violation {
  return {
    id: entry.id,
    seq: entry.seq,
    state: entry.state,
    type: entry.type,
    plate: entry.plate === null ? null : formatPlate(entry.plate),
    place: { id: entry.placeId, name: entry.placeName },
    jurisdiction: entry.jurisdiction,
    zone: entry.zoneId,
    shop: entry.shop,
    firstSeen: formatInstant(entry.firstSeen),
    lastSeen: formatInstant(entry.lastSeen),
    dwellSeconds: Math.round((entry.lastSeen - entry.firstSeen) / 1000),
    decidedAt: formatInstant(entry.decidedAt),
    package: { sha256: entry.package.sha256, bytes: entry.package.bytes },
    withdrawnReason: entry.withdrawn?.reason ?? null,
    withdrawnAt: entry.withdrawn === null ? null : formatInstant(entry.withdrawn.at),
    caseNumber: entry.ack?.caseNumber ?? null,
    outcomes: entry.outcomes.map(({ outcome, at, note }) => ({ outcome, at: formatInstant(at), note })),
  };
}

export const FeedQuery = z.object({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'a nextCursor of this feed')
    .optional()
    .openapi({ description: 'nextCursor of the page before; none to start at the beginning' }),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const FeedPage = z
  .object({
    items: z.array(Violation),
    nextCursor: z.string().openapi({ description: 'Always given: keep it and poll with it' }),
  })
  .openapi('FeedPage');

export const ViolationParam = z.object({ id: z.string().min(1).max(200) });

export const AckBody = z
  .object({ caseNumber: z.string().trim().min(1).max(100) })
  .openapi('Acknowledgement', { example: { caseNumber: '余综执罚字〔2026〕第00123号' } });
export const OutcomeBody = z
  .object({ outcome: z.enum(REPORTED), at: InstantText.optional(), note: z.string().max(2000).default('') })
  .openapi('Outcome');

export const PackageLink = z
  .object({
    url: z.string(),
    expiresAt: InstantText,
    sha256: z.string(),
    bytes: z.number().int(),
    fileName: z.string(),
  })
  .openapi('PackageLink');

export const ReconciliationQuery = z.object({ day: z.iso.date().openapi({ example: '2026-05-12' }) });
export const Reconciliation = z
  .object({
    day: z.string(),
    confirmed: z.number().int(),
    withdrawn: z.number().int(),
    acknowledged: z.number().int(),
    waiting: z.number().int().openapi({ description: 'Numbered on that day and not pulled yet; not in the digest' }),
    firstSeq: z.number().int().nullable(),
    lastSeq: z.number().int().nullable(),
    digest: z.string().openapi({
      description:
        'SHA-256 over one line `seq id state sha256-of-package` and a line feed for each violation counted, by seq',
    }),
  })
  .openapi('Reconciliation');
