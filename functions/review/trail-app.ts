/** The audit trail (全过程记录) for those who answer for it. */
import { createRoute, z } from '@hono/zod-openapi';
import { auditStream } from '#core/audit.ts';
import { formatInstant } from '#core/time.ts';
import { type Access, officerOf } from '#platform/http/auth.ts';
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN_OR_SESSION, GUARDED, InstantText, json, refusals } from '#platform/http/openapi.ts';
import { streamEntries, verifyAll } from '#platform/records/audit.ts';
import { seen } from './look.ts';
import { IncidentParam } from './schemas.ts';
import { idOf, type Workplace } from './work.ts';

const Verified = z
  .object({
    ok: z.boolean(),
    streams: z.number().int(),
    entries: z.number().int(),
    failures: z.array(z.object({ stream: z.string(), seq: z.number().int(), why: z.string() })),
    checkedAt: InstantText,
  })
  .openapi('AuditReport');

const Trail = z
  .object({
    items: z.array(
      z.object({
        seq: z.number().int(),
        at: InstantText,
        actor: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
        act: z.string(),
        facts: z.record(z.string(), z.unknown()),
        hash: z.string(),
      }),
    ),
  })
  .openapi('AuditTrail');

const TAG = { tags: ['全过程记录 Audit'], security: BY_TOKEN_OR_SESSION };

export function trailRoutes(place: Workplace, access: Access): EdgeApp {
  const { table, clock } = place;
  const app = edgeApp();

  app.openapi(
    createRoute({
      ...TAG,
      method: 'get',
      path: '/v1/audit/verify',
      summary: '验证全过程记录是否完整 Whether the audit trail is whole',
      middleware: [access.either({ scopes: ['audit:read'], roles: ['supervisor'] })],
      responses: { ...GUARDED, 200: json(Verified, '`ok` says it; `failures` say where it is not') },
    }),
    async (c) => c.json(verifiedView(await verifyAll(table), clock.now()), 200),
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'get',
      path: '/v1/review/{id}/audit',
      summary: '一件事件的全过程记录 What was done to an incident, looks included; this look too',
      middleware: [access.role('reviewer', 'legal-reviewer', 'supervisor')],
      request: { params: IncidentParam },
      responses: { ...GUARDED, 200: json(Trail, 'Oldest first'), 404: refusals('incident-unknown') },
    }),
    async (c) => {
      const id = idOf(c.req.valid('param').id);
      await seen(place, officerOf(c.get('principal')), id, 'audit');
      const entries = await streamEntries(table, auditStream.incident(id));
      const items = entries.map(({ seq, at, actor, act, facts, hash }) => ({
        seq,
        at: formatInstant(at),
        actor,
        act,
        facts: { ...facts },
        hash,
      }));
      return c.json({ items }, 200);
    },
  );

  return app;
}

const verifiedView = (report: Awaited<ReturnType<typeof verifyAll>>, now: number) => ({
  ...report,
  failures: report.failures.map((failure) => ({ ...failure })),
  checkedAt: formatInstant(now),
});
