/** 规则登记: a change is the next version, so that nobody is judged by a rule of another day. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Rule } from '#core/camera.ts';
import { ruleId } from '#core/ids.ts';
import { type Access, ADMIN } from '#platform/http/auth.ts';
import { actorOf } from '#platform/http/caller.ts';
import type { EdgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN_OR_SESSION, GUARDED, json, jsonBody, refusals } from '#platform/http/openapi.ts';
import { rulePut, rulesPage, ruleVersions } from '#platform/records/rules.ts';
import { endWhereFollowed } from '#platform/records/versions.ts';
import { assertCurrent, assertNew, change, type RegisterDependencies, unknown } from './change.ts';
import * as schemas from './schemas.ts';

const TAG = ['登记 Administration'];
const TimeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM')
  .openapi({ example: '08:00' });
const Notice = z.discriminatedUnion('required', [
  z.object({ required: z.literal(false) }),
  z.object({
    required: z.literal(true),
    graceSeconds: z
      .number()
      .int()
      .min(0)
      .max(30 * 86_400),
  }),
]);
const RuleFields = {
  violation: z.enum(['sidewalk-parking', 'street-trading']),
  permittedStaySeconds: z.number().int().min(0).max(86_400).openapi({ description: '允许停留秒数' }),
  hours: z
    .array(z.object({ from: TimeOfDay, to: TimeOfDay }))
    .max(10)
    .default([])
    .openapi({ description: '适用时段；空为全天' }),
  phase: z.enum(['warning', 'enforcing']).default('warning').openapi({ description: 'warning 期间不产生处罚' }),
  notice: Notice.optional().openapi({
    description:
      '劝导提醒：是否须先提醒及宽限；缺省：出店经营须提醒、宽限 600 秒，停车不须 Whether a notice must come first, and its grace; left out: required for street-trading with 600 s, not for parking',
  }),
  dayStartsAt: TimeOfDay.default('00:00'),
  departureFrames: z.number().int().min(1).max(20).default(1).openapi({ description: '几帧空位算离开' }),
  twoWheelers: z.boolean().default(false),
  secondReview: z
    .boolean()
    .default(false)
    .openapi({ description: '须第二名执法人员复核，不知初审结论 a second officer, blind' }),
  legalReview: z.boolean().default(false).openapi({ description: '须法制审核 a legal review after the officers' }),
  ...schemas.Effective,
};
const RuleBody = z.object({ id: schemas.IdText, ...RuleFields });
const RuleChange = z.object({ ...RuleFields, version: schemas.VersionNumber });
const RuleView = z
  .object({
    id: z.string(),
    ...RuleFields,
    notice: Notice,
    effectiveFrom: z.string(),
    effectiveTo: z.string().nullable(),
    version: z.number().int(),
  })
  .openapi('Rule');
const RuleVersions = z.object({ items: z.array(RuleView) }).openapi('RuleVersions');
const Params = z.object({ ruleId: schemas.idParam('ruleId') });

export function ruleRoutes(app: EdgeApp, access: Access, deps: RegisterDependencies): void {
  const { table, clock } = deps;
  const readers = [access.either({ scopes: ['admin'], roles: 'any' })];
  const admins = [access.either(ADMIN)];

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/rules',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '规则列表（各版本，原文）Rules, every version as written',
      request: { query: schemas.ListQuery },
      responses: { 200: json(schemas.listOf(RuleView, 'Rules'), '列表 List'), ...GUARDED },
    }),
    async (c) => c.json(schemas.pageBody(await rulesPage(table, schemas.pageOf(c.req.valid('query'))), ruleView), 200),
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/rules/{ruleId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '规则的各版本 Versions of a rule',
      request: { params: Params },
      responses: { 200: json(RuleVersions, '各版本 Versions'), ...GUARDED, 404: refusals('rule-unknown') },
    }),
    async (c) => {
      const id = ruleId(c.req.valid('param').ruleId);
      const versions = await ruleVersions(table, id);
      if (versions.length === 0) throw unknown('rule', id);
      return c.json({ items: endWhereFollowed(versions, (rule) => rule.id).map(ruleView) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/rules',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '登记规则 Register a rule',
      request: jsonBody(RuleBody),
      responses: {
        201: json(RuleView, '已登记 Registered'),
        400: refusals('request-invalid', 'time-invalid'),
        ...GUARDED,
        409: refusals('rule-exists'),
        422: refusals('period-empty'),
      },
    }),
    async (c) => {
      const body = c.req.valid('json');
      const next = ruleOf(body, body.id, 1, clock.now());
      await change(deps, actorOf(c.get('principal')), async () => {
        assertNew('rule', body.id, (await ruleVersions(table, next.id)).at(-1));
        return { act: 'rule.registered', ...entryOf(next), writes: [rulePut(next)], result: undefined };
      });
      return c.json(ruleView(next), 201);
    },
  );

  app.openapi(
    createRoute({
      method: 'put',
      path: '/v1/rules/{ruleId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '规则的下一版本 Next version of a rule',
      request: { params: Params, ...jsonBody(RuleChange) },
      responses: {
        200: json(RuleView, '新版本 New version'),
        400: refusals('request-invalid', 'time-invalid'),
        ...GUARDED,
        404: refusals('rule-unknown'),
        409: refusals('version-outdated'),
        422: refusals('period-empty'),
      },
    }),
    async (c) => {
      const { ruleId: id } = c.req.valid('param');
      const body = c.req.valid('json');
      const next = ruleOf(body, id, body.version + 1, clock.now());
      await change(deps, actorOf(c.get('principal')), async () => {
        assertCurrent('rule', id, (await ruleVersions(table, next.id)).at(-1), body.version);
        return { act: 'rule.changed', ...entryOf(next), writes: [rulePut(next)], result: undefined };
      });
      return c.json(ruleView(next), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/rules/{ruleId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '停用规则 Retire a rule from now on',
      request: { params: Params, query: schemas.VersionQuery },
      responses: {
        200: json(RuleView, '已停用 Retired; its versions remain'),
        ...GUARDED,
        404: refusals('rule-unknown'),
        409: refusals('version-outdated'),
      },
    }),
    async (c) => {
      const id = ruleId(c.req.valid('param').ruleId);
      const { version } = c.req.valid('query');
      const retired = await change(deps, actorOf(c.get('principal')), async () => {
        const current = (await ruleVersions(table, id)).at(-1);
        assertCurrent('rule', id, current, version);
        const now = clock.now();
        const next: Rule = { ...current, version: version + 1, effectiveFrom: now, effectiveTo: now };
        return { act: 'rule.retired', ...entryOf(next), writes: [rulePut(next)], result: next };
      });
      return c.json(ruleView(retired), 200);
    },
  );
}

/** Shops are dissuaded first: notice, a look again, and only then an incident. In Xiaoshan 88 % correct it then. */
const SHOP_GRACE_SECONDS = 600;
const defaultNotice = (violation: Rule['violation']): Rule['notice'] =>
  violation === 'street-trading' ? { required: true, graceSeconds: SHOP_GRACE_SECONDS } : { required: false };

type Fields = Omit<z.infer<typeof RuleBody>, 'id'>;

function ruleOf(body: Fields, id: string, version: number, now: number): Rule {
  const { violation, permittedStaySeconds, hours, phase, notice, dayStartsAt, departureFrames } = body;
  const { twoWheelers, secondReview, legalReview } = body;
  const effective = schemas.effectiveOf(body, now);
  schemas.assertPeriod(effective.effectiveFrom, effective.effectiveTo);
  return {
    ...{
      violation,
      permittedStaySeconds,
      hours,
      phase,
      notice: notice ?? defaultNotice(violation),
      dayStartsAt,
      departureFrames,
      twoWheelers,
      secondReview,
      legalReview,
    },
    ...{ id: ruleId(id), version },
    ...effective,
  };
}

function ruleView(rule: Rule): z.infer<typeof RuleView> {
  return {
    legalReview: false,
    ...rule,
    hours: rule.hours.map((hours) => ({ ...hours })),
    ...schemas.effectiveView(rule),
  };
}

const entryOf = ({ id, ...facts }: Rule) => ({ subject: id, facts });
