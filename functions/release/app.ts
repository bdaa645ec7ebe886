/**
 * The door of the case system: a feed to poll, packages to fetch, answers to give back.
 *
 * @example
 * root.route('/', releaseApp({ table, blobs, clock, identity }));
 */
import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { incidentId } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import { formatInstant, parseInstant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import type { Clock } from '#platform/clock.ts';
import { accessControl } from '#platform/http/auth.ts';
import { type EdgeApp, type EdgeEnv, edgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN, GUARDED, json, jsonBody, refusals } from '#platform/http/openapi.ts';
import type { Identity, Machine } from '#platform/identity.ts';
import type { Table } from '#platform/table.ts';
import { acknowledge, look, type Outlet, packageLink, pull, reconcileDay, report } from './feed.ts';
import {
  AckBody,
  FeedPage,
  FeedQuery,
  OutcomeBody,
  PackageLink,
  Reconciliation,
  ReconciliationQuery,
  Violation,
  ViolationParam,
  violationView,
} from './schemas.ts';

export interface ReleaseDependencies {
  table: Table;
  blobs: Blobs;
  clock: Clock;
  identity: Identity;
  /** How long a package URL works; 5 minutes by default. */
  linkMs?: number;
}

const TAG = { tags: ['案件系统 Case system'], security: BY_TOKEN };

export function releaseApp({ table, blobs, clock, identity, linkMs = 5 * 60_000 }: ReleaseDependencies): EdgeApp {
  const outlet: Outlet = { table, blobs, clock, linkMs };
  const access = accessControl(identity);
  const reading = [access.scope('violations:read')];
  const answering = [access.scope('violations:ack')];
  const app = edgeApp();

  app.openapi(
    createRoute({
      ...TAG,
      method: 'get',
      path: '/v1/violations',
      summary: '违法行为队列：已确认与已撤回，按只增不减的序号 Confirmed and withdrawn, by a sequence that only grows',
      middleware: reading,
      request: { query: FeedQuery },
      responses: { ...GUARDED, 200: json(FeedPage, 'A page'), 400: refusals('cursor-ahead', 'request-invalid') },
    }),
    async (c) => {
      const { cursor, limit } = c.req.valid('query');
      const { entries, next } = await pull(outlet, machineOf(c), { cursor: Number(cursor ?? 0), limit });
      return c.json({ items: entries.map(violationView), nextCursor: String(next) }, 200);
    },
  );

  // Before /{id}: the router takes the first that fits.
  app.openapi(
    createRoute({
      ...TAG,
      method: 'get',
      path: '/v1/violations/reconciliation',
      summary: '按日对账 What both sides should hold of a day',
      middleware: reading,
      request: { query: ReconciliationQuery },
      responses: { ...GUARDED, 200: json(Reconciliation, 'Counts and digest') },
    }),
    async (c) => {
      const { day } = c.req.valid('query');
      return c.json({ day, ...(await reconcileDay(outlet, day)) }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'get',
      path: '/v1/violations/{id}',
      summary: '一件违法行为 One violation',
      middleware: reading,
      request: { params: ViolationParam },
      responses: { ...GUARDED, 200: json(Violation, 'The violation'), 404: refusals('violation-unknown') },
    }),
    async (c) => {
      const entry = await look(outlet, machineOf(c), incidentId(c.req.valid('param').id));
      return c.json(violationView(entry), 200);
    },
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'get',
      path: '/v1/violations/{id}/package',
      summary: '证据包：短时有效的签名地址 The sealed package by a short-lived signed URL',
      description:
        '`Accept: application/json` answers with the URL, anything else redirects to it. ETag is the SHA-256.',
      middleware: reading,
      request: { params: ViolationParam },
      responses: {
        ...GUARDED,
        200: json(PackageLink, 'The URL'),
        302: { description: 'To the URL' },
        304: { description: 'The package is the one you have' },
        404: refusals('violation-unknown'),
      },
    }),
    async (c) => {
      const { entry, link, fileName } = await packageLink(outlet, machineOf(c), incidentId(c.req.valid('param').id));
      const etag = `"${entry.package.sha256}"`;
      c.header('ETag', etag);
      c.header('Vary', 'Accept');
      if (namesEtag(c.req.header('If-None-Match'), etag)) return c.body(null, 304);
      if (!(c.req.header('Accept') ?? '').includes('application/json')) return c.redirect(link.url, 302);
      const { sha256, bytes } = entry.package;
      return c.json({ url: link.url, expiresAt: formatInstant(link.expiresAt), sha256, bytes, fileName }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'post',
      path: '/v1/violations/{id}/ack',
      summary: '登记案号 Acknowledge with your case number; repeating it changes nothing',
      middleware: answering,
      request: { params: ViolationParam, ...jsonBody(AckBody) },
      responses: {
        ...GUARDED,
        200: json(Violation, 'Acknowledged'),
        404: refusals('violation-unknown'),
        409: refusals('case-number-taken'),
      },
    }),
    async (c) => {
      const { caseNumber } = c.req.valid('json');
      const entry = await acknowledge(outlet, machineOf(c), incidentId(c.req.valid('param').id), caseNumber);
      return c.json(violationView(entry), 200);
    },
  );

  app.openapi(
    createRoute({
      ...TAG,
      method: 'post',
      path: '/v1/violations/{id}/outcome',
      summary: '回写处理结果 What became of it',
      middleware: answering,
      request: { params: ViolationParam, ...jsonBody(OutcomeBody) },
      responses: {
        ...GUARDED,
        200: json(Violation, 'Recorded'),
        400: refusals('time-invalid', 'request-invalid'),
        404: refusals('violation-unknown'),
      },
    }),
    async (c) => {
      const { outcome, at, note } = c.req.valid('json');
      const reported = { outcome, note, at: at === undefined ? undefined : parseInstant(at, 'at') };
      const entry = await report(outlet, machineOf(c), incidentId(c.req.valid('param').id), reported);
      return c.json(violationView(entry), 200);
    },
  );

  return app;
}

const namesEtag = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag) ?? false;

/** The gate let only machines through. */
function machineOf(c: Context<EdgeEnv>): Machine {
  const principal = c.get('principal');
  if (principal.kind === 'machine') return principal;
  throw refuse('scope-missing', 403, {
    expected: 'the token of a case system',
    received: 'a signed-in officer',
    action: 'Use a machine token with scope violations:read.',
  });
}
