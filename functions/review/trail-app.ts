/** The audit trail (全过程记录) for those who answer for it. */
import { createRoute, z } from '@hono/zod-openapi';
import { type AuditEntry, auditStream } from '#core/audit.ts';
import { trailSeenBy, type Withheld } from '#core/review-blind.ts';
import { formatInstant } from '#core/time.ts';
import { type Access, officerOf } from '#platform/http/auth.ts';
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN_OR_SESSION, GUARDED, InstantText, json, refusals } from '#platform/http/openapi.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { verifyTrail } from '#platform/records/verify-roots.ts';
import { seen } from './look.ts';
import { IncidentParam } from './schemas.ts';
import { idOf, type Workplace } from './work.ts';

const Verified = z
  .object({
    ok: z.boolean(),
    streams: z.number().int(),
    entries: z.number().int(),
    /** Daily roots that it was held against. */
    roots: z.number().int(),
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
  const { table, blobs, clock } = place;
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
    async (c) => c.json(verifiedView(await verifyTrail({ table, blobs }), clock.now()), 200),
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'get',
      path: '/v1/review/{id}/audit',
      summary: '一件事件的全过程记录 What was done to an incident, looks included; this look too',
      description:
        '须两人审核时，两人均已决定之前，他人的记录只显示其位置（act 为 withheld）。Until both officers have decided, of what others did only its place in the chain is shown.',
      middleware: [access.role('reviewer', 'legal-reviewer', 'supervisor')],
      request: { params: IncidentParam },
      responses: { ...GUARDED, 200: json(Trail, 'Oldest first'), 404: refusals('incident-unknown') },
    }),
    async (c) => {
      const id = idOf(c.req.valid('param').id);
      const officer = officerOf(c.get('principal'));
      const incident = await seen(place, officer, id, 'audit');
      const entries = await streamEntries(table, auditStream.incident(id));
      return c.json({ items: trailSeenBy(incident, officer.id, entries).map(entryView) }, 200);
    },
  );

  return app;
}

const WITHHELD = { actor: { kind: 'officer', id: '', name: '（复核前不公开）' }, act: 'withheld', facts: {} };

function entryView(entry: AuditEntry | Withheld): z.infer<typeof Trail>['items'][number] {
  const place = { seq: entry.seq, at: formatInstant(entry.at), hash: entry.hash };
  if ('withheld' in entry) return { ...place, ...WITHHELD };
  return { ...place, actor: entry.actor, act: entry.act, facts: { ...entry.facts } };
}

const verifiedView = (report: Awaited<ReturnType<typeof verifyTrail>>, now: number) => ({
  ...report,
  failures: report.failures.map((failure) => ({ ...failure })),
  checkedAt: formatInstant(now),
});
