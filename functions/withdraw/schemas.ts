import { z } from '@hono/zod-openapi';
import { cameraId, ruleId, zoneId } from '#core/ids.ts';
import { REASON_CODES, type ReasonCode } from '#core/incident.ts';
import { formatInstant, parseInstant } from '#core/time.ts';
import type { Selector } from '#core/withdrawal.ts';
import { InstantText, printable } from '#platform/http/openapi.ts';
import type { BulkWithdrawal } from '#platform/records/withdrawals.ts';
import type { Selected } from './select.ts';

const Id = printable(1, 64);
const Version = z.number().int().positive();

export const SelectorBody = z
  .union([
    z.strictObject({ zone: z.strictObject({ cameraId: Id, zoneId: Id, version: Version }) }),
    z.strictObject({ rule: z.strictObject({ id: Id, version: Version }) }),
    z.strictObject({ model: z.strictObject({ name: Id, version: Id }) }),
    z.strictObject({
      camera: z.strictObject({
        id: Id,
        from: InstantText,
        to: InstantText.openapi({ description: '不含 exclusive' }),
      }),
    }),
  ])
  .openapi('WithdrawalSelector', {
    description: '由什么产生：区域、规则、模型的某一版本，或某摄像机的一段时间 What produced them',
  });

const Sha = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits');
const Reason = z
  .custom<ReasonCode>((value) => typeof value === 'string' && Object.hasOwn(REASON_CODES, value), 'a reason code')
  .openapi('WithdrawalReason', { type: 'string', enum: Object.keys(REASON_CODES) });
export const PreviewBody = z.object({ selector: SelectorBody });
export const RequestBody = z.object({
  selector: SelectorBody,
  reason: Reason,
  note: printable(0, 1000).openapi({ description: '说明：错在何处' }),
  seen: z
    .object({ count: z.number().int().nonnegative(), digest: Sha })
    .openapi({ description: '预览所示的件数与摘要；不符则不执行 what the preview showed' }),
});

const Listed = z.object({
  count: z.number().int(),
  first: z.array(z.object({ id: z.string(), state: z.string() })),
});
export const PreviewView = z
  .object({
    count: z.number().int(),
    digest: Sha,
    sample: z.array(
      z.object({
        id: z.string(),
        state: z.string(),
        type: z.string(),
        placeName: z.string(),
        firstSeen: InstantText,
        lastSeen: InstantText,
      }),
    ),
    undecided: Listed.openapi({
      description: '尚未决定的：重新计算后不成立，或由审核人员驳回 not decided yet: listed, not withdrawn',
    }),
  })
  .openapi('WithdrawalPreview');

export const WithdrawalView = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'done']),
    selector: z.record(z.string(), z.unknown()),
    reason: z.string(),
    reasonWords: z.string(),
    note: z.string(),
    by: z.object({ id: z.string(), name: z.string(), unit: z.string() }),
    requestedAt: InstantText,
    finishedAt: InstantText.nullable(),
    count: z.number().int(),
    digest: Sha,
    done: z.number().int(),
    withdrawn: z.number().int(),
    skipped: z.number().int().openapi({ description: '轮到时已非违法行为 no violation any more when their turn came' }),
    firstSeq: z.number().int().nullable(),
    lastSeq: z.number().int().nullable(),
  })
  .openapi('Withdrawal');

/** @throws {Refusal} `time-invalid` */
export function selectorOf(body: z.infer<typeof SelectorBody>): Selector {
  if ('zone' in body) {
    const { zone } = body;
    return { zone: { ...zone, cameraId: cameraId(zone.cameraId), zoneId: zoneId(zone.zoneId) } };
  }
  if ('rule' in body) return { rule: { ...body.rule, id: ruleId(body.rule.id) } };
  if ('model' in body) return body;
  const { id, from, to } = body.camera;
  return { camera: { id: cameraId(id), from: parseInstant(from, 'from'), to: parseInstant(to, 'to') } };
}

export const previewView = ({ ids, digest, sample, undecided }: Selected): z.infer<typeof PreviewView> => ({
  count: ids.length,
  digest,
  sample: sample.map(({ id, state, stay, placeName }) => ({
    ...{ id, state, type: stay.type, placeName },
    firstSeen: formatInstant(stay.firstSeen),
    lastSeen: formatInstant(stay.lastSeen),
  })),
  undecided: { count: undecided.count, first: undecided.first.map((one) => ({ ...one })) },
});

export const withdrawalView = (act: BulkWithdrawal): z.infer<typeof WithdrawalView> => ({
  ...act,
  selector: { ...act.selector },
  reasonWords: REASON_CODES[act.reason],
  by: { ...act.by },
  requestedAt: formatInstant(act.requestedAt),
  finishedAt: act.finishedAt === null ? null : formatInstant(act.finishedAt),
});
