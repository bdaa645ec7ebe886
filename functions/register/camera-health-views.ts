/** 设备状态, as it is written and read over HTTP. */
import { z } from '@hono/zod-openapi';
import { NEVER_RIGHT } from '#core/camera-condition.ts';
import { IMPAIRMENT_WORDS, type Impairment } from '#core/camera-impairment.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import { InstantText } from '#platform/http/openapi.ts';
import type { DeclaredImpairment } from '#platform/records/impairments.ts';
import { idParam } from './schemas.ts';

const Words = z.object({ zh: z.string(), en: z.string() });
export const Params = z.object({ cameraId: idParam('cameraId') });
const ImpairmentView = z
  .object({
    kind: z.string(),
    words: Words,
    from: z.string().nullable().openapi({
      description: '追溯至最后一次正常，从未正常则为空 back to when it was last right; null when it never was',
    }),
    to: z.string().nullable(),
    facts: Words,
  })
  .openapi('Impairment');
export const HealthView = z
  .object({
    grade: z
      .enum(['evidence', 'clue', 'off'])
      .openapi({ description: '当前产出可作为 what its output may become now' }),
    missing: z.array(Words).openapi({ description: '档案所缺 what the dossier lacks' }),
    lastSeen: z.string().nullable(),
    clockOffsetMs: z.number().nullable(),
    reading: z
      .object({
        at: z.string(),
        frameId: z.string(),
        luma: z.number(),
        bright: z.number(),
        sharpness: z.number(),
        structure: z.number(),
        view: z.enum(['still', 'moved', 'replaced', 'unknown']).nullable(),
      })
      .nullable(),
    impairments: z.array(ImpairmentView),
  })
  .openapi('CameraHealth');
export const Period = z.object({ from: InstantText.optional(), to: InstantText.optional() });
export const Declared = z
  .object({
    id: z.string(),
    from: z.string(),
    to: z.string().nullable(),
    note: z.string(),
    version: z.number().int(),
  })
  .openapi('DeclaredImpairment');
export const Affected = z
  .object({ items: z.array(z.object({ id: z.string(), state: z.string(), grade: z.string() })) })
  .openapi('AffectedIncidents');

const textOrNull = (at: Instant | null) => (at === null ? null : formatInstant(at));

export const declaredView = ({ id, from, to, note, version }: DeclaredImpairment): z.infer<typeof Declared> => ({
  ...{ id, note, version },
  from: formatInstant(from),
  to: textOrNull(to),
});

export const impairmentView = ({ kind, from, to, facts }: Impairment): z.infer<typeof ImpairmentView> => ({
  ...{ kind, facts },
  words: { ...IMPAIRMENT_WORDS[kind] },
  from: textOrNull(from === NEVER_RIGHT ? null : from),
  to: textOrNull(to),
});
