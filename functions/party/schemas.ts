/** Shapes of the party's API. Times are ISO 8601 in Beijing time; whatever is read by people is Chinese first. */
import { z } from '@hono/zod-openapi';
import { InstantText } from '#platform/http/openapi.ts';

const Words = z.object({ zh: z.string(), en: z.string() });

export const SessionBody = z
  .object({
    incident: z.string().trim().min(1).max(64).openapi({ example: 'KW20260512-6ATDKRCV' }),
    code: z.string().min(1).max(64).openapi({ example: 'ACDE-FGHJ-KMNP' }),
  })
  .openapi('PartyLogin');

export const SessionView = z
  .object({
    incident: z.string(),
    token: z.string().openapi({ description: 'Authorization: Bearer；仅限本案' }),
    expiresAt: InstantText,
  })
  .openapi('PartySession');

export const CaseView = z
  .object({
    incident: z.string(),
    state: z.string(),
    stateWords: Words,
    type: z.string(),
    typeWords: Words,
    place: z.string(),
    unit: z.string(),
    plate: z.string().nullable(),
    plateWords: Words,
    shop: z.string().nullable(),
    firstSeen: InstantText,
    lastSeen: InstantText,
    dwellWords: Words,
    endWords: Words,
    rules: z.array(Words),
    grounds: z.array(Words),
    rights: z.array(Words),
    sufficiency: z.array(
      z.object({
        words: Words,
        source: Words,
        answer: z.enum(['holds', 'fails', 'not-applicable']),
        facts: Words,
      }),
    ),
    notice: z.object({ sentAt: InstantText, graceUntil: InstantText, text: z.string().nullable() }).nullable(),
    decisions: z
      .array(z.object({ stage: z.string(), outcome: z.string(), officerName: z.string(), at: InstantText }))
      .openapi({ description: '审核期间为空 Empty while officers judge' }),
    withdrawal: z.object({ at: InstantText, reasonWords: Words }).nullable(),
    deadlines: z.array(z.object({ words: Words, until: InstantText, source: Words })),
    statements: z.array(
      z.object({
        id: z.string(),
        kind: z.enum(['state', 'defend', 'object']),
        text: z.string(),
        at: InstantText,
        by: z.enum(['party', 'case-system']),
      }),
    ),
    copy: z.object({
      state: z.enum(['ready', 'to-be-made', 'none']),
      sha256: z.string().nullable(),
      bytes: z.number().int().nullable(),
    }),
  })
  .openapi('PartyCase');
export type CaseView = z.infer<typeof CaseView>;

/** Text over several lines: no control characters but line breaks and tabs, no half characters. */
const Prose = z
  .string()
  .trim()
  .min(1)
  .max(5_000)
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text.replaceAll(/[\r\n\t]/g, ' ')), '1 to 5000 readable characters');

export const StatementBody = z
  .object({
    kind: z.enum(['state', 'defend', 'object']).openapi({ description: '陈述、申辩、异议；异议由另一名执法人员复核' }),
    text: Prose,
  })
  .openapi('PartyStatement');

export const CopyLink = z
  .object({
    url: z.string(),
    expiresAt: InstantText,
    sha256: z.string(),
    bytes: z.number().int(),
    fileName: z.string(),
  })
  .openapi('PartyCopyLink');

export const CopyComing = z
  .object({ state: z.literal('making'), retryAfterSeconds: z.number().int() })
  .openapi('PartyCopyComing');

export const Trail = z
  .object({
    items: z.array(
      z.object({
        seq: z.number().int(),
        at: InstantText,
        by: z.object({ kind: z.string(), words: Words }),
        act: z.string(),
        isLook: z.boolean(),
        hash: z.string(),
      }),
    ),
  })
  .openapi('PartyTrail');

export const CodeView = z
  .object({
    incident: z.string(),
    code: z.string().openapi({ example: 'ACDE-FGHJ-KMNP', description: '只显示这一次 Shown this once' }),
    expiresAt: InstantText,
    path: z.string().openapi({ example: '/party.html', description: '当事人查询页 Where the party enters it' }),
  })
  .openapi('PartyCode');

export const ViolationParam = z.object({ id: z.string().min(1).max(200) });
