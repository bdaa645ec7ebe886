/** 执法单位设置登记: what a squad or bureau asks beyond the law. A change is the next version; the law is the floor. */
import { createRoute, z } from '@hono/zod-openapi';
import { assertLawful, DEFAULT_POLICY, type Policy } from '#core/policy.ts';
import { type Access, ADMIN } from '#platform/http/auth.ts';
import { actorOf } from '#platform/http/caller.ts';
import type { EdgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN_OR_SESSION, GUARDED, json, jsonBody, refusals } from '#platform/http/openapi.ts';
import { ownPolicy, policiesPage, policyOf, policyPut } from '#platform/records/policies.ts';
import { assertSeen, change, type RegisterDependencies } from './change.ts';
import * as schemas from './schemas.ts';

const TAG = ['登记 Administration'];
const count = (most: number) => z.number().int().min(0).max(most);
const days = () => count(36_500);

/** What is left out is what the law asks. The limits here are those of sense; {@link assertLawful} holds the law's. */
const Settings = {
  panoramas: z
    .object({
      least: count(20).default(DEFAULT_POLICY.panoramas.least),
      apartSeconds: count(86_400).default(DEFAULT_POLICY.panoramas.apartSeconds),
      width: count(20_000).default(DEFAULT_POLICY.panoramas.width),
      height: count(20_000).default(DEFAULT_POLICY.panoramas.height),
    })
    .default(DEFAULT_POLICY.panoramas)
    .openapi({
      description: '全景快照的张数、间隔秒数、像素 Panoramas: number, seconds apart, pixels (GA/T 832-2014)',
    }),
  clockWithinMs: count(60_000)
    .default(DEFAULT_POLICY.clockWithinMs)
    .openapi({ description: '时钟误差限值，毫秒 Clock limit, milliseconds (GA/T 832-2014)' }),
  continuityFrom: z.number().min(0).max(1).default(DEFAULT_POLICY.continuityFrom).openapi({
    description: '认定同一车辆未移动所需的概率 Probability from which the same vehicle, unmoved, counts as proven',
  }),
  stages: z
    .object({ secondReview: z.boolean().default(false), legalReview: z.boolean().default(false) })
    .default(DEFAULT_POLICY.stages)
    .openapi({ description: '每件均须的复核环节，自此后立案的起 Stages of every case that opens from now on' }),
  deadlines: z
    .object({
      reviewDays: days().default(DEFAULT_POLICY.deadlines.reviewDays),
      decideDays: days().default(DEFAULT_POLICY.deadlines.decideDays),
      serveDays: days().default(DEFAULT_POLICY.deadlines.serveDays),
      limitDays: days().default(DEFAULT_POLICY.deadlines.limitDays),
    })
    .default(DEFAULT_POLICY.deadlines)
    .openapi({ description: '审核、决定、送达、追究期限，日 Days to review, decide, serve, and of limitation' }),
  firstTimeDays: days()
    .default(DEFAULT_POLICY.firstTimeDays)
    .openapi({ description: '多少日内无同类行为视为首次 Days without the like that make a first offender' }),
  retention: z
    .object({
      negativeDays: days().default(DEFAULT_POLICY.retention.negativeDays),
      clueDays: days().default(DEFAULT_POLICY.retention.clueDays),
      evidenceDays: days().default(DEFAULT_POLICY.retention.evidenceDays),
    })
    .default(DEFAULT_POLICY.retention)
    .openapi({ description: '保存期限，日 Days of retention' }),
};
const PolicyChange = z
  .object({
    ...Settings,
    version: z.number().int().min(0).openapi({
      description: '所见本单位的版本；尚无则为 0 the version of its own that you read; 0 where it has none',
    }),
  })
  .strict();
const PolicyView = z
  .object({
    jurisdiction: z.string().openapi({ description: '`*` 为其余各单位 for all without one of their own' }),
    version: z.number().int().openapi({ description: '0 为法定缺省 0: the defaults of the law' }),
    ...Settings,
  })
  .openapi('Policy');
const Params = z.object({
  jurisdiction: schemas
    .idParam('jurisdiction')
    .openapi({ example: '五常中队', description: '`*` 为其余各单位 all others' }),
});

export function policyRoutes(app: EdgeApp, access: Access, deps: RegisterDependencies): void {
  const { table } = deps;
  const readers = [access.either({ scopes: ['admin'], roles: 'any' })];

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/policies',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '执法单位设置（各版本）Policies, every version',
      request: { query: schemas.ListQuery },
      responses: { 200: json(schemas.listOf(PolicyView, 'Policies'), '列表 List'), ...GUARDED },
    }),
    async (c) =>
      c.json(schemas.pageBody(await policiesPage(table, schemas.pageOf(c.req.valid('query'))), policyView), 200),
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/policies/{jurisdiction}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '对某执法单位有效的设置：本单位的、通用的，或法定缺省 What holds for a jurisdiction',
      request: { params: Params },
      responses: { 200: json(PolicyView, '有效设置 In force'), ...GUARDED },
    }),
    async (c) => c.json(policyView(await policyOf(table, c.req.valid('param').jurisdiction)), 200),
  );

  app.openapi(
    createRoute({
      method: 'put',
      path: '/v1/policies/{jurisdiction}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: [access.either(ADMIN)],
      summary: '设置的下一版本 Next version of a policy',
      request: {
        params: Params,
        ...jsonBody(PolicyChange, '缺省的项为法定要求 What is left out is what the law asks'),
      },
      responses: {
        200: json(PolicyView, '新版本 New version'),
        400: refusals('request-invalid'),
        ...GUARDED,
        409: refusals('version-outdated'),
        422: refusals('policy-unlawful'),
      },
    }),
    async (c) => {
      const { jurisdiction } = c.req.valid('param');
      const { version, ...settings } = c.req.valid('json');
      const next: Policy = { ...settings, jurisdiction, version: version + 1 };
      assertLawful(next);
      await change(deps, actorOf(c.get('principal')), async () => {
        assertSeen(`the policy of ${jurisdiction}`, (await ownPolicy(table, jurisdiction))?.version ?? 0, version);
        return {
          act: 'policy.changed',
          subject: jurisdiction,
          facts: factsOf(next),
          writes: [policyPut(next)],
          result: next,
        };
      });
      return c.json(policyView(next), 200);
    },
  );
}

const factsOf = ({ jurisdiction: _, ...facts }: Policy) => facts;

const policyView = (policy: Policy): z.infer<typeof PolicyView> => ({ ...policy });
