/** 每日根哈希 for those who keep a copy outside: what left the house cannot be rewritten in it. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { auditStream } from '#core/audit.ts';
import { headLeaf, RootDocument, RootStatement } from '#core/audit-root.ts';
import { hexOf } from '#core/bytes.ts';
import { inclusionProof } from '#core/merkle.ts';
import { refuse } from '#core/refusal.ts';
import { commit } from '#platform/commit.ts';
import type { Access } from '#platform/http/auth.ts';
import { type EdgeApp, type EdgeEnv, edgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN_OR_SESSION, GUARDED, json, refusals } from '#platform/http/openapi.ts';
import { readRoot, rootDocument, rootsBefore } from '#platform/records/audit-roots.ts';
import type { Workplace } from './work.ts';

const Day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .openapi({ example: '2026-05-11' });
const DayParam = z.object({ day: Day });

const Row = z
  .object({ statement: RootStatement, sha256: z.string(), keyId: z.string(), isStamped: z.boolean() })
  .openapi('AuditRoot');
const Page = z.object({ items: z.array(Row), before: Day.nullable() }).openapi('AuditRootPage');
const Document = z.object(RootDocument.shape).openapi('AuditRootDocument');
const Proof = z
  .object({
    stream: z.string(),
    seq: z.number().int(),
    hash: z.string(),
    index: z.number().int(),
    leaves: z.number().int(),
    root: z.string(),
    proof: z.array(z.string()),
  })
  .openapi('AuditInclusionProof');

const TAG = { tags: ['全过程记录 Audit'], security: BY_TOKEN_OR_SESSION };

export function rootRoutes({ table, blobs, clock }: Workplace, access: Access): EdgeApp {
  const app = edgeApp();
  const middleware = [access.either({ scopes: ['audit:read'], roles: ['supervisor'] })];
  const looked = (c: Context<EdgeEnv>, subject: string) => {
    const { kind, id, name } = c.get('principal');
    const act = {
      stream: auditStream.system,
      at: clock.now(),
      actor: { kind, id, name },
      act: 'audit.root-read',
      subject,
    };
    return commit(table, async () => ({ writes: [], acts: [{ ...act, facts: {} }], result: undefined }));
  };
  const existing = async (day: string): Promise<RootDocument> => {
    const document = (await readRoot(table, day)) === undefined ? undefined : await rootDocument(blobs, day);
    if (document === undefined) throw unknown(day);
    if (document === null) throw damaged(day);
    return document;
  };

  app.openapi(
    createRoute({
      ...TAG,
      method: 'get',
      path: '/v1/audit/roots',
      summary: '每日根哈希，新的在前 Daily roots of the audit trail, newest first',
      middleware,
      request: {
        query: z.object({ limit: z.coerce.number().int().min(1).max(366).default(31), before: Day.optional() }),
      },
      responses: { ...GUARDED, 200: json(Page, '`before` for the next page'), 400: refusals('request-invalid') },
    }),
    async (c) => {
      const { limit, before } = c.req.valid('query');
      const items = await rootsBefore(table, before, limit);
      await looked(c, before ?? 'newest');
      const oldest = items.length < limit ? undefined : items.at(-1)?.statement.day;
      return c.json({ items, before: oldest ?? null }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'get',
      path: '/v1/audit/roots/{day}',
      summary:
        '一天的根哈希，含签名、时间戳与全部叶 The root of a day with its signature, its time stamp and every leaf',
      middleware,
      request: { params: DayParam },
      responses: {
        ...GUARDED,
        200: json(Document, 'Keep it outside; docs/evidence.md says how to check it'),
        404: refusals('audit-root-unknown'),
        500: refusals('audit-root-damaged'),
      },
    }),
    async (c) => {
      const { day } = c.req.valid('param');
      const document = await existing(day);
      await looked(c, day);
      return c.json(document, 200);
    },
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'get',
      path: '/v1/audit/roots/{day}/proof',
      summary: '某记录链在该日根哈希之内的证明 Proof that a stream is under the root of a day (RFC 9162)',
      middleware,
      request: { params: DayParam, query: z.object({ stream: z.string().min(1).max(300) }) },
      responses: {
        ...GUARDED,
        200: json(Proof, 'Siblings from the leaf up'),
        404: refusals('audit-root-unknown', 'audit-stream-unknown'),
        500: refusals('audit-root-damaged'),
      },
    }),
    async (c) => {
      const { day } = c.req.valid('param');
      const { stream } = c.req.valid('query');
      const { heads, statement } = await existing(day);
      const index = heads.findIndex((head) => head.stream === stream);
      const head = heads[index];
      if (head === undefined) throw notAmong(day);
      await looked(c, day);
      const proof = inclusionProof(heads.map(headLeaf), index).map(hexOf);
      return c.json({ ...head, index, leaves: heads.length, root: statement.root, proof }, 200);
    },
  );

  return app;
}

const unknown = (day: string) =>
  refuse('audit-root-unknown', 404, {
    expected: 'a day whose root was made',
    received: day,
    action: 'Take the day from GET /v1/audit/roots; a root is made when its day is over.',
  });

const notAmong = (day: string) =>
  refuse('audit-stream-unknown', 404, {
    expected: `a stream that moved before the root of ${day}`,
    received: 'another',
    action: 'Ask for the root of the day after it moved.',
  });

const damaged = (day: string) =>
  refuse('audit-root-damaged', 500, {
    expected: `the stored root of ${day} as it was made`,
    received: 'a document that is missing or cannot be read',
    action: 'Restore it from a backup; GET /v1/audit/verify says what else is wrong.',
  });
