/** 人员登记: who may sign in, as what. */
import { createRoute, z } from '@hono/zod-openapi';
import type { AuditActor } from '#core/audit.ts';
import { refuse } from '#core/refusal.ts';
import { type Access, ADMIN } from '#platform/http/auth.ts';
import { actorOf } from '#platform/http/caller.ts';
import type { EdgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN_OR_SESSION, GUARDED, json, jsonBody, refusals } from '#platform/http/openapi.ts';
import {
  accountId,
  newOfficer,
  type OfficerRecord,
  officer,
  officerPut,
  officersPage,
  withPassword,
} from '#platform/records/officers.ts';
import { assertCurrent, assertNew, change, type RegisterDependencies } from './change.ts';
import { idParam, ListQuery, listOf, NameText, pageBody, pageOf, VersionNumber } from './schemas.ts';

const TAG = ['登记 Administration'];
const RoleText = z.enum(['reviewer', 'legal-reviewer', 'supervisor', 'admin']);
const Account = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{1,39}$/, '2 to 40 letters, digits, ".", "_" or "-"')
  .openapi({ example: 'wang.li' });
const Password = z.string().min(1).max(256);
const OfficerFields = {
  name: NameText.openapi({ example: '王莉' }),
  unit: NameText.openapi({ description: '中队', example: '蒋村中队' }),
  roles: z.array(RoleText).min(1),
};
const OfficerBody = z.object({
  account: Account,
  ...OfficerFields,
  password: Password.nullable().openapi({
    description: 'null：仅由统一身份认证登录 signs in at the identity provider only',
  }),
  enabled: z
    .boolean()
    .default(true)
    .openapi({ description: 'false：立即停用，含统一身份认证账号 locks the account at once, wherever it signs in' }),
});
const OfficerChange = z.object({
  ...OfficerFields,
  enabled: z.boolean(),
  password: Password.optional().openapi({ description: '新口令；使该人员全部会话失效' }),
  version: VersionNumber,
});
const OfficerView = z
  .object({
    account: z.string(),
    name: z.string(),
    unit: z.string(),
    roles: z.array(RoleText),
    enabled: z.boolean(),
    version: z.number().int(),
  })
  .openapi('Officer');
const Params = z.object({ account: idParam('account') });

export function officerRoutes(app: EdgeApp, access: Access, deps: RegisterDependencies): void {
  const { table } = deps;
  const admins = [access.either(ADMIN)];

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/officers',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '人员列表 Officers',
      request: { query: ListQuery },
      responses: { 200: json(listOf(OfficerView, 'Officers'), '列表 List'), ...GUARDED },
    }),
    async (c) => c.json(pageBody(await officersPage(table, pageOf(c.req.valid('query'))), officerView), 200),
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/officers',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '登记人员 Register an officer',
      request: jsonBody(OfficerBody),
      responses: {
        201: json(OfficerView, '已登记 Registered'),
        400: refusals('request-invalid'),
        ...GUARDED,
        409: refusals('officer-exists', 'own-account'),
        422: refusals('password-weak'),
      },
    }),
    async (c) => {
      const next = await newOfficer(c.req.valid('json'));
      const actor = actorOf(c.get('principal'));
      if (!next.enabled) assertStillAdmin(actor, next);
      await change(deps, actor, async () => {
        assertNew('officer', next.id, await officer(table, next.id));
        return { act: 'officer.registered', ...entryOf(next), writes: [officerPut(next)], result: undefined };
      });
      return c.json(officerView(next), 201);
    },
  );

  app.openapi(
    createRoute({
      method: 'put',
      path: '/v1/officers/{account}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '变更人员、停用、重设口令 Change an officer',
      request: { params: Params, ...jsonBody(OfficerChange) },
      responses: {
        200: json(OfficerView, '已变更 Changed'),
        400: refusals('request-invalid'),
        ...GUARDED,
        404: refusals('officer-unknown'),
        409: refusals('version-outdated', 'own-account'),
        422: refusals('password-weak'),
      },
    }),
    async (c) => {
      const id = accountId(c.req.valid('param').account);
      const { password, version, ...fields } = c.req.valid('json');
      const actor = actorOf(c.get('principal'));
      const next = await change(deps, actor, async () => {
        const before = await officer(table, id);
        assertCurrent('officer', id, before, version);
        const changed: OfficerRecord = { ...before, ...fields, version: version + 1 };
        assertStillAdmin(actor, changed);
        const result = password === undefined ? changed : await withPassword({ ...changed, version }, password);
        const act = password === undefined ? 'officer.changed' : 'officer.password-set';
        return { act, ...entryOf(result), writes: [officerPut(result)], result };
      });
      return c.json(officerView(next), 200);
    },
  );
}

function officerView({ id, name, unit, roles, enabled, version }: OfficerRecord): z.infer<typeof OfficerView> {
  return { account: id, name, unit, roles: [...roles], enabled, version };
}

const entryOf = ({ id, name, unit, roles, enabled, version }: OfficerRecord) => ({
  subject: id,
  facts: { name, unit, roles, enabled, version },
});

/** @throws {Refusal} `own-account`: whoever locks himself out may be the last who could let anyone in */
function assertStillAdmin(actor: AuditActor, changed: OfficerRecord): void {
  if (actor.kind !== 'officer' || actor.id !== changed.id) return;
  if (changed.enabled && changed.roles.includes('admin')) return;
  throw refuse('own-account', 409, {
    expected: 'another administrator to take away your own administration',
    received: 'your own account',
    action: 'Ask another administrator.',
  });
}
