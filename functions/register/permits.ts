/** 许可登记: who may stand or trade where, for how long, and why. */
import { randomUUID } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import type { Permit } from '#core/camera.ts';
import { type PlaceId, placeId } from '#core/ids.ts';
import { isPlateText } from '#core/plates/grammar.ts';
import { normalizePlate } from '#core/plates/plate.ts';
import { refuse } from '#core/refusal.ts';
import { formatInstant, parseInstant } from '#core/time.ts';
import { type Access, ADMIN } from '#platform/http/auth.ts';
import { actorOf } from '#platform/http/caller.ts';
import type { EdgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN_OR_SESSION, GUARDED, InstantText, json, jsonBody, refusals } from '#platform/http/openapi.ts';
import { permit, permitsOfPlace, permitWrites, place } from '#platform/records/places.ts';
import { assertCurrent, assertNew, change, type RegisterDependencies, unknown } from './change.ts';
import { AskedId, assertPeriod, IdText, idParam, NameText, VersionNumber, VersionQuery } from './schemas.ts';

const TAG = ['登记 Administration'];
const Subject = z.union([z.strictObject({ plate: z.string().min(1).max(20) }), z.strictObject({ shop: NameText })]);
const PermitFields = {
  subject: Subject.openapi({ description: '号牌或店名 a plate or a shop' }),
  from: InstantText,
  to: InstantText.openapi({ description: '不含 exclusive' }),
  reason: NameText.openapi({ example: '占道施工许可 2026-118' }),
};
const PermitBody = z.object({ id: IdText.optional(), placeId: AskedId, ...PermitFields });
const PermitChange = z.object({ ...PermitFields, version: VersionNumber });
const PermitView = z
  .object({ id: z.string(), placeId: z.string(), ...PermitFields, version: z.number().int() })
  .openapi('Permit');
const Permits = z.object({ items: z.array(PermitView) }).openapi('Permits');
const Params = z.object({ permitId: idParam('permitId') });

export function permitRoutes(app: EdgeApp, access: Access, deps: RegisterDependencies): void {
  const { table, clock } = deps;
  const readers = [access.either({ scopes: ['admin'], roles: 'any' })];
  const admins = [access.either(ADMIN)];

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/permits',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: readers,
      summary: '某地点的许可 Permits of a place',
      request: { query: z.object({ placeId: AskedId }) },
      responses: { 200: json(Permits, '列表 List'), 400: refusals('request-invalid'), ...GUARDED },
    }),
    async (c) => {
      const permits = await permitsOfPlace(table, placeId(c.req.valid('query').placeId));
      return c.json({ items: permits.map(permitView) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/permits',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '登记许可 Grant a permit',
      request: jsonBody(PermitBody),
      responses: {
        201: json(PermitView, '已登记 Granted'),
        400: refusals('request-invalid', 'time-invalid'),
        ...GUARDED,
        409: refusals('permit-exists'),
        422: refusals('place-unknown', 'plate-invalid', 'period-empty'),
      },
    }),
    async (c) => {
      const body = c.req.valid('json');
      const next = permitOf(body, placeId(body.placeId), body.id ?? randomUUID(), 1);
      await change(deps, actorOf(c.get('principal')), async () => {
        assertNew('permit', next.id, await permit(table, next.id));
        if ((await place(table, next.placeId)) === undefined) throw unknown('place', next.placeId, 422);
        return { act: 'permit.granted', ...entryOf(next), writes: permitWrites(next), result: undefined };
      });
      return c.json(permitView(next), 201);
    },
  );

  app.openapi(
    createRoute({
      method: 'put',
      path: '/v1/permits/{permitId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '变更许可 Change a permit',
      request: { params: Params, ...jsonBody(PermitChange) },
      responses: {
        200: json(PermitView, '已变更 Changed'),
        400: refusals('request-invalid', 'time-invalid'),
        ...GUARDED,
        404: refusals('permit-unknown'),
        409: refusals('version-outdated'),
        422: refusals('plate-invalid', 'period-empty'),
      },
    }),
    async (c) => {
      const { permitId: id } = c.req.valid('param');
      const body = c.req.valid('json');
      const next = await change(deps, actorOf(c.get('principal')), async () => {
        const before = await permit(table, id);
        assertCurrent('permit', id, before, body.version);
        const result = permitOf(body, before.placeId, id, body.version + 1);
        return { act: 'permit.changed', ...entryOf(result), writes: permitWrites(result), result };
      });
      return c.json(permitView(next), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/permits/{permitId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '终止许可 End a permit now',
      request: { params: Params, query: VersionQuery },
      responses: {
        200: json(PermitView, '已终止 Ended; what it permitted before stays permitted'),
        ...GUARDED,
        404: refusals('permit-unknown'),
        409: refusals('version-outdated'),
      },
    }),
    async (c) => {
      const { permitId: id } = c.req.valid('param');
      const { version } = c.req.valid('query');
      const ended = await change(deps, actorOf(c.get('principal')), async () => {
        const before = await permit(table, id);
        assertCurrent('permit', id, before, version);
        const to = Math.min(before.to, Math.max(clock.now(), before.from));
        const next: Permit = { ...before, to, version: version + 1 };
        return { act: 'permit.ended', ...entryOf(next), writes: permitWrites(next), result: next };
      });
      return c.json(permitView(ended), 200);
    },
  );
}

type Fields = Pick<z.infer<typeof PermitBody>, 'subject' | 'from' | 'to' | 'reason'>;

/** @throws {Refusal} `plate-invalid`, `period-empty`, `time-invalid` */
function permitOf({ subject, from, to, reason }: Fields, at: PlaceId, id: string, version: number): Permit {
  const period = { from: parseInstant(from, 'from'), to: parseInstant(to, 'to') };
  assertPeriod(period.from, period.to, 'from and to');
  return {
    id,
    placeId: at,
    subject: 'plate' in subject ? { plate: plateOf(subject.plate) } : subject,
    ...period,
    reason,
    version,
  };
}

function plateOf(typed: string): string {
  const plate = normalizePlate(typed.normalize('NFKC'));
  if (isPlateText(plate)) return plate;
  throw refuse('plate-invalid', 422, {
    expected: 'a number plate of GA 36, such as 浙A·12345 or 浙A·D12345',
    received: `${[...plate].length} characters that are none`,
    action: 'Correct the plate.',
  });
}

function permitView({ from, to, ...rest }: Permit): z.infer<typeof PermitView> {
  return { ...rest, from: formatInstant(from), to: formatInstant(to) };
}

/** Without the plate: the trail is read by more people than the register. */
const entryOf = ({ id, placeId: at, subject, from, to, reason, version }: Permit) => ({
  subject: id,
  facts: { placeId: at, of: 'plate' in subject ? 'plate' : 'shop', from, to, reason, version },
});
