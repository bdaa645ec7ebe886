/**
 * 批量撤回: a supervisor sees what a faulty zone, rule, model or camera produced, and takes all of it back in one act.
 *
 * @example
 * const runner = withdrawalRunner({ table, clock, log });
 * root.route('/', withdrawApp({ table, clock, identity, start: runner.start }));
 */
import { createRoute, z } from '@hono/zod-openapi';
import { auditStream } from '#core/audit.ts';
import { refuse } from '#core/refusal.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import { accessControl, officerOf } from '#platform/http/auth.ts';
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN_OR_SESSION, GUARDED, json, jsonBody, refusals } from '#platform/http/openapi.ts';
import type { Identity } from '#platform/identity.ts';
import { readWithdrawal } from '#platform/records/withdrawals.ts';
import type { Table } from '#platform/table.ts';
import { preview, request } from './request.ts';
import {
  PreviewBody,
  PreviewView,
  previewView,
  RequestBody,
  selectorOf,
  WithdrawalView,
  withdrawalView,
} from './schemas.ts';

export interface WithdrawDependencies {
  table: Table;
  clock: Clock;
  identity: Identity;
  /** Goes on with an act, behind the answer; what it resolves to is waited for. */
  start(id: string): void | Promise<void>;
}

const TAG = { tags: ['撤回 Withdrawals'], security: BY_TOKEN_OR_SESSION };

export function withdrawApp({ table, clock, identity, start }: WithdrawDependencies): EdgeApp {
  const access = accessControl(identity);
  const supervisors = [access.role('supervisor')];
  const app = edgeApp();

  app.openapi(
    createRoute({
      ...TAG,
      method: 'post',
      path: '/v1/withdrawals/preview',
      summary: '预览：将撤回哪些违法行为 What would be withdrawn; nothing is',
      middleware: supervisors,
      request: jsonBody(PreviewBody),
      responses: { ...GUARDED, 200: json(PreviewView, 'Count, digest and a sample'), 400: refusals('time-invalid') },
    }),
    async (c) => {
      const selector = selectorOf(c.req.valid('json').selector);
      return c.json(previewView(await preview({ table, clock }, officerOf(c.get('principal')), selector)), 200);
    },
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'post',
      path: '/v1/withdrawals',
      summary: '批量撤回：须写明预览所示件数与摘要 Withdraw them all, naming the count and digest of the preview',
      description:
        '受理后在后台进行，中断后继续；同一请求重复即同一撤回。It goes on behind the answer and survives a crash.',
      middleware: supervisors,
      request: jsonBody(RequestBody),
      responses: {
        ...GUARDED,
        202: json(WithdrawalView, 'On record; it runs'),
        400: refusals('time-invalid', 'request-invalid'),
        409: refusals('withdrawal-changed'),
        422: refusals('withdrawal-empty', 'note-missing'),
      },
    }),
    async (c) => {
      const { selector, reason, note, seen } = c.req.valid('json');
      const asked = { selector: selectorOf(selector), reason, note, ...seen };
      const act = await request({ table, clock }, officerOf(c.get('principal')), asked);
      if (act.state === 'running') await start(act.id);
      return c.json(withdrawalView(act), 202);
    },
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'get',
      path: '/v1/withdrawals/{id}',
      summary: '批量撤回的进度与结果 How far it got',
      middleware: supervisors,
      request: {
        params: z.object({
          id: z
            .string()
            .regex(/^W[0-9A-F]{20}$/)
            .openapi({ param: { name: 'id', in: 'path' } }),
        }),
      },
      responses: { ...GUARDED, 200: json(WithdrawalView, 'The act'), 404: refusals('withdrawal-unknown') },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      const act = await readWithdrawal(table, id);
      if (act === undefined) {
        throw refuse('withdrawal-unknown', 404, {
          expected: 'the id of a withdrawal',
          received: id,
          action: 'Take it from the answer to POST /v1/withdrawals.',
        });
      }
      const { id: officer, name, unit } = officerOf(c.get('principal'));
      await commit(table, async () => ({
        writes: [],
        acts: [
          {
            ...{ stream: auditStream.system, at: clock.now(), act: 'withdrawal.viewed', subject: id },
            ...{ actor: { kind: 'officer', id: officer, name }, facts: { unit } },
          },
        ],
        result: undefined,
      }));
      return c.json(withdrawalView(act.value), 200);
    },
  );

  return app;
}
