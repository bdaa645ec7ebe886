/** What the registers share, as the contract shows it. */
import { z } from '@hono/zod-openapi';
import { refuse } from '#core/refusal.ts';
import { formatInstant, type Instant, parseInstant } from '#core/time.ts';
import { InstantText, printable } from '#platform/http/openapi.ts';
import type { Page } from '#platform/table.ts';

/** Ids are typed, printed, put into addresses and file names. */
export const IdText = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, '1 to 64 letters, digits, ".", "_" or "-"')
  .openapi({ example: 'CAM-01' });
export const NameText = printable(1, 120).openapi({ example: '梧桐路 18 号前人行道' });
export const VersionNumber = z.number().int().positive().openapi({ description: '所见版本 the version you read' });

export const ListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(4000).optional(),
});
export const VersionQuery = z.object({
  version: z.coerce.number().int().positive().openapi({ description: '所见版本 the version you read' }),
});
/** An id somebody asks by: whatever may have been registered, also by other means than this API. */
export const AskedId = printable(1, 64).refine((id) => !id.includes('/'), 'without "/"');
export const idParam = (name: string) => AskedId.openapi({ param: { name, in: 'path' } });

export const listOf = <T extends z.ZodType>(item: T, name: string) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() }).openapi(name);

export function pageBody<T, V>(page: Page<T>, view: (value: T) => V): { items: V[]; nextCursor: string | null } {
  return { items: page.items.map(({ value }) => view(value)), nextCursor: page.cursor ?? null };
}

/** What `table.query` takes of {@link ListQuery}. */
export const pageOf = ({ limit, cursor }: z.infer<typeof ListQuery>) =>
  cursor === undefined ? { limit } : { limit, cursor };

export const Effective = {
  effectiveFrom: InstantText.optional().openapi({ description: '生效时间；缺省为即刻 now when left out' }),
  effectiveTo: InstantText.nullish().openapi({ description: '失效时间（不含）；null 为长期 until changed' }),
};

export function effectiveOf(
  body: { effectiveFrom?: string | undefined; effectiveTo?: string | null | undefined },
  now: Instant,
): { effectiveFrom: Instant; effectiveTo: Instant | null } {
  return {
    effectiveFrom: body.effectiveFrom === undefined ? now : parseInstant(body.effectiveFrom, 'effectiveFrom'),
    effectiveTo: body.effectiveTo == null ? null : parseInstant(body.effectiveTo, 'effectiveTo'),
  };
}

export function effectiveView({ effectiveFrom, effectiveTo }: { effectiveFrom: Instant; effectiveTo: Instant | null }) {
  return {
    effectiveFrom: formatInstant(effectiveFrom),
    effectiveTo: effectiveTo === null ? null : formatInstant(effectiveTo),
  };
}

/** @throws {Refusal} `period-empty` */
export function assertPeriod(from: Instant, to: Instant | null, names = 'effectiveFrom and effectiveTo'): void {
  if (to === null || from < to) return;
  throw refuse('period-empty', 422, {
    expected: `${names} in this order`,
    received: `${formatInstant(from)} and ${formatInstant(to)}`,
    action: 'Correct the period; to end a thing, DELETE it.',
  });
}
