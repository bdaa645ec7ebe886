/** 机器令牌: issued once, shown once, bound, ended. */
import { createRoute, z } from '@hono/zod-openapi';
import { type CameraId, cameraId } from '#core/ids.ts';
import { formatInstant, parseInstant } from '#core/time.ts';
import { type Access, ADMIN } from '#platform/http/auth.ts';
import { actorOf } from '#platform/http/caller.ts';
import type { EdgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN_OR_SESSION, GUARDED, InstantText, json, jsonBody, refusals } from '#platform/http/openapi.ts';
import { camera } from '#platform/records/cameras.ts';
import {
  type MachineToken,
  machineToken,
  machineTokenPut,
  newMachineToken,
  tokensPage,
} from '#platform/records/tokens.ts';
import type { Table } from '#platform/table.ts';
import { assertCurrent, change, type RegisterDependencies, unknown } from './change.ts';
import {
  AskedId,
  idParam,
  ListQuery,
  listOf,
  NameText,
  pageBody,
  pageOf,
  VersionNumber,
  VersionQuery,
} from './schemas.ts';

const TAG = ['登记 Administration'];
const ScopeText = z.enum(['frames:write', 'violations:read', 'violations:ack', 'admin', 'audit:read']);
const TokenFields = {
  name: NameText.openapi({ example: '西湖区视频平台' }),
  scopes: z.array(ScopeText).min(1),
  cameras: z
    .union([z.literal('*'), z.array(AskedId).max(1000)])
    .default([])
    .openapi({ description: '可为哪些摄像机上传；* 为全部 cameras it may push for (frames:write)' }),
  expiresAt: InstantText.nullable().default(null),
};
const TokenBody = z.object(TokenFields);
const TokenChange = z.object({ ...TokenFields, version: VersionNumber });
const TokenView = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(ScopeText),
    cameras: z.union([z.literal('*'), z.array(z.string())]),
    issuedAt: z.string(),
    expiresAt: z.string().nullable(),
    revokedAt: z.string().nullable(),
    version: z.number().int(),
  })
  .openapi('Token');
const IssuedToken = TokenView.extend({
  token: z.string().openapi({ description: '仅此一次显示 shown this once' }),
}).openapi('IssuedToken');
const Params = z.object({ tokenId: idParam('tokenId') });

export function tokenRoutes(app: EdgeApp, access: Access, deps: RegisterDependencies): void {
  const { table, clock } = deps;
  const admins = [access.either(ADMIN)];

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/tokens',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '机器令牌列表（不含密文）Tokens, without their secrets',
      request: { query: ListQuery },
      responses: { 200: json(listOf(TokenView, 'Tokens'), '列表 List'), ...GUARDED },
    }),
    async (c) => c.json(pageBody(await tokensPage(table, pageOf(c.req.valid('query'))), tokenView), 200),
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/tokens',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '签发机器令牌 Issue a token',
      request: jsonBody(TokenBody),
      responses: {
        201: json(IssuedToken, '已签发；密文仅此一次显示 Issued'),
        400: refusals('request-invalid', 'time-invalid'),
        ...GUARDED,
        422: refusals('camera-unknown'),
      },
    }),
    async (c) => {
      const { token, record } = newMachineToken(requestOf(c.req.valid('json')), clock.now());
      await change(deps, actorOf(c.get('principal')), async () => {
        await assertCamerasKnown(table, record.cameras);
        return { act: 'token.issued', ...entryOf(record), writes: [machineTokenPut(record)], result: undefined };
      });
      return c.json({ ...tokenView(record), token }, 201);
    },
  );

  app.openapi(
    createRoute({
      method: 'put',
      path: '/v1/tokens/{tokenId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '变更令牌的范围与绑定 Change scopes and bindings',
      request: { params: Params, ...jsonBody(TokenChange) },
      responses: {
        200: json(TokenView, '已变更 Changed'),
        400: refusals('request-invalid', 'time-invalid'),
        ...GUARDED,
        404: refusals('token-unknown'),
        409: refusals('version-outdated'),
        422: refusals('camera-unknown'),
      },
    }),
    async (c) => {
      const { tokenId: id } = c.req.valid('param');
      const { version, ...body } = c.req.valid('json');
      const next = await change(deps, actorOf(c.get('principal')), async () => {
        const before = await machineToken(table, id);
        assertCurrent('token', id, before, version);
        const result: MachineToken = { ...before, ...requestOf(body), version: version + 1 };
        await assertCamerasKnown(table, result.cameras);
        return { act: 'token.changed', ...entryOf(result), writes: [machineTokenPut(result)], result };
      });
      return c.json(tokenView(next), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/tokens/{tokenId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '吊销令牌 Revoke a token',
      description: '立即生效，不可恢复。吊销两次不是错误。',
      request: { params: Params, query: VersionQuery.partial() },
      responses: {
        200: json(TokenView, '已吊销 Revoked'),
        ...GUARDED,
        404: refusals('token-unknown'),
        409: refusals('version-outdated'),
      },
    }),
    async (c) => {
      const { tokenId: id } = c.req.valid('param');
      const { version } = c.req.valid('query');
      const revoked = await change(deps, actorOf(c.get('principal')), async () => {
        const before = await machineToken(table, id);
        if (before === undefined) throw unknown('token', id);
        assertCurrent('token', id, before, version ?? before.version);
        const result = { ...before, revokedAt: before.revokedAt ?? clock.now(), version: before.version + 1 };
        return { act: 'token.revoked', ...entryOf(result), writes: [machineTokenPut(result)], result };
      });
      return c.json(tokenView(revoked), 200);
    },
  );
}

function requestOf({ name, scopes, cameras, expiresAt }: z.infer<typeof TokenBody>) {
  return {
    name,
    scopes: [...new Set(scopes)],
    cameras: cameras === '*' ? cameras : [...new Set(cameras)].map(cameraId),
    expiresAt: expiresAt === null ? null : parseInstant(expiresAt, 'expiresAt'),
  };
}

function tokenView({ id, name, scopes, cameras, version, ...times }: MachineToken): z.infer<typeof TokenView> {
  return {
    ...{ id, name, version },
    scopes: [...scopes],
    cameras: cameras === '*' ? cameras : [...cameras],
    issuedAt: formatInstant(times.issuedAt),
    expiresAt: times.expiresAt === null ? null : formatInstant(times.expiresAt),
    revokedAt: times.revokedAt === null ? null : formatInstant(times.revokedAt),
  };
}

const entryOf = ({ id, name, scopes, cameras, expiresAt, version }: MachineToken) => ({
  subject: id,
  facts: { name, scopes, cameras, expiresAt, version },
});

/** A slip of the pen in a binding would show itself only when the first frame is refused. */
async function assertCamerasKnown(table: Table, cameras: readonly CameraId[] | '*'): Promise<void> {
  if (cameras === '*') return;
  const found = await Promise.all(cameras.map((id) => camera(table, id)));
  const missing = cameras.find((_, at) => found[at] === undefined);
  if (missing !== undefined) throw unknown('camera', missing, 422);
}
