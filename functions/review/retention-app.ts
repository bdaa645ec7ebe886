/** Holds on cases, and what is certified of what was destroyed. */
import { createRoute, z } from '@hono/zod-openapi';
import { auditStream } from '#core/audit.ts';
import { leafOf } from '#core/deletion.ts';
import { sha256Of } from '#core/ids.ts';
import { CLASS_WORDS } from '#core/retention.ts';
import { formatInstant } from '#core/time.ts';
import { commit } from '#platform/commit.ts';
import { type Access, officerOf } from '#platform/http/auth.ts';
import { actorOf } from '#platform/http/caller.ts';
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';
import {
  BY_TOKEN_OR_SESSION,
  GUARDED,
  InstantText,
  json,
  jsonBody,
  printable,
  refusals,
} from '#platform/http/openapi.ts';
import { certificatesOf } from '#platform/records/deletions.ts';
import { hold, release } from './hold.ts';
import { IncidentParam, REVIEW } from './schemas.ts';
import { idOf, type Workplace } from './work.ts';

const HoldBody = z.object({
  reason: printable(1, 500).openapi({ description: '保全理由' }),
  authority: printable(1, 200).nullish().openapi({ description: '要求保全的法院、复议机关或文号' }),
});
const ReleaseQuery = z.object({ reason: printable(1, 500).openapi({ description: '解除理由' }) });
const HoldView = z
  .object({ by: z.string(), at: InstantText, reason: z.string(), authority: z.string().nullable() })
  .openapi('Hold');

const Words = z.object({ zh: z.string(), en: z.string() });
export const RuleView = z
  .object({
    class: z.enum(['negative', 'clue', 'evidence', 'hold']),
    words: Words,
    days: z.number().nullable(),
    policy: z.object({ jurisdiction: z.string(), version: z.number().int() }),
    source: Words,
  })
  .openapi('RetentionRule');
const Sha = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits');
const Certificates = z
  .object({
    items: z.array(
      z.object({
        certificate: z
          .record(z.string(), z.unknown())
          .openapi({ description: '凭证原文；其规范 JSON（RFC 8785）的 SHA-256 即 leaf' }),
        leaf: Sha,
        destroyedAt: InstantText,
        class: Words,
        batch: z.object({
          leaves: z.array(Sha).openapi({ description: '每行一个并以换行结尾，其 SHA-256 即 digest' }),
          digest: Sha,
        }),
        audit: z
          .object({ stream: z.string(), seq: z.number().int(), hash: z.string() })
          .nullable()
          .openapi({ description: '全过程记录中载有 digest 的条目' }),
      }),
    ),
  })
  .openapi('DeletionCertificates');

export function retentionRoutes(place: Workplace, access: Access): EdgeApp {
  const { table, clock } = place;
  const supervisors = [access.role('supervisor')];
  const app = edgeApp();

  app.openapi(
    createRoute({
      ...REVIEW,
      method: 'post',
      path: '/v1/review/{id}/hold',
      summary: '证据保全：保全期间本案一切材料不销毁 Hold a case: nothing of it is destroyed while the hold stands',
      middleware: supervisors,
      request: { params: IncidentParam, ...jsonBody(HoldBody) },
      responses: {
        ...GUARDED,
        201: json(HoldView, 'Held'),
        404: refusals('incident-unknown'),
        409: refusals('hold-stands'),
        410: refusals('case-destroyed'),
      },
    }),
    async (c) => {
      const { reason, authority = null } = c.req.valid('json');
      const made = await hold(place, officerOf(c.get('principal')), idOf(c.req.valid('param').id), {
        reason,
        authority,
      });
      return c.json({ by: made.officerName, at: formatInstant(made.at), reason, authority }, 201);
    },
  );

  app.openapi(
    createRoute({
      ...REVIEW,
      method: 'delete',
      path: '/v1/review/{id}/hold',
      summary: '解除保全 Let a held case go',
      middleware: supervisors,
      request: { params: IncidentParam, query: ReleaseQuery },
      responses: {
        ...GUARDED,
        204: { description: 'Released' },
        404: refusals('incident-unknown', 'hold-unknown'),
      },
    }),
    async (c) => {
      const { reason } = c.req.valid('query');
      await release(place, officerOf(c.get('principal')), idOf(c.req.valid('param').id), reason);
      return c.body(null, 204);
    },
  );

  app.openapi(
    createRoute({
      tags: ['全过程记录 Audit'],
      security: BY_TOKEN_OR_SESSION,
      method: 'get',
      path: '/v1/audit/deletions',
      summary: '销毁凭证：某一 SHA-256 何时、依何规定销毁 When and by which rule the bytes of a SHA-256 were destroyed',
      middleware: [access.either({ scopes: ['audit:read'], roles: ['supervisor', 'legal-reviewer'] })],
      request: { query: z.object({ sha256: Sha }) },
      responses: { ...GUARDED, 200: json(Certificates, 'None: nothing of these bytes was destroyed here') },
    }),
    async (c) => {
      const { sha256 } = c.req.valid('query');
      const found = await certificatesOf(table, sha256Of(sha256));
      const actor = actorOf(c.get('principal'));
      await commit(table, async () => ({
        writes: [],
        acts: [
          { stream: auditStream.system, at: clock.now(), actor, act: 'deletions.viewed', subject: sha256, facts: {} },
        ],
        result: undefined,
      }));
      return c.json({ items: found.map(certificateView) }, 200);
    },
  );

  return app;
}

function certificateView({ deletion, batch, entry }: Awaited<ReturnType<typeof certificatesOf>>[number]) {
  return {
    certificate: { ...deletion },
    leaf: leafOf(deletion),
    destroyedAt: formatInstant(deletion.destroyedAt),
    class: CLASS_WORDS[deletion.rule.class],
    batch: { leaves: [...batch.leaves], digest: batch.digest },
    audit: entry === undefined ? null : { stream: entry.stream, seq: entry.seq, hash: entry.hash },
  };
}
