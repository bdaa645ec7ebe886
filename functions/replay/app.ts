/**
 * 预演: what a change of a zone, a rule or the models would do to the last days, before anybody activates it.
 *
 * @example
 * root.route('/', replayApp({ table, blobs, clock, identity, inspect: pool.inspect, looks }));
 */
import { createRoute, z } from '@hono/zod-openapi';
import { auditStream } from '#core/audit.ts';
import { cameraId, placeId, ruleId, zoneId } from '#core/ids.ts';
import type { Judged } from '#core/replay/compare.ts';
import type { Draft } from '#core/replay/draft.ts';
import { formatInstant } from '#core/time.ts';
import { commit } from '#platform/commit.ts';
import { ADMIN, accessControl } from '#platform/http/auth.ts';
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
import type { Identity } from '#platform/identity.ts';
import { MOST_DAYS, type ReplayDependencies, type Replayed, replay } from './replay.ts';

const Id = printable(1, 64);
const Clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM');
const ZoneDraftBody = z.strictObject({
  id: Id,
  cameraId: Id,
  type: z.enum(['sidewalk', 'storefront', 'legal_parking', 'road']),
  polygon: z
    .array(z.tuple([z.number(), z.number()]))
    .min(3)
    .max(200),
  shop: printable(1, 120).nullable().default(null),
  ruleIds: z.array(Id).max(10).default([]),
});
const RuleDraftBody = z.strictObject({
  id: Id,
  violation: z.enum(['sidewalk-parking', 'street-trading']),
  permittedStaySeconds: z.number().int().min(0).max(86_400),
  hours: z
    .array(z.object({ from: Clock, to: Clock }))
    .max(10)
    .default([]),
  phase: z.enum(['warning', 'enforcing']),
  notice: z
    .discriminatedUnion('required', [
      z.object({ required: z.literal(false) }),
      z.object({
        required: z.literal(true),
        graceSeconds: z
          .number()
          .int()
          .min(0)
          .max(30 * 86_400),
      }),
    ])
    .default({ required: false }),
  dayStartsAt: Clock.default('00:00'),
  departureFrames: z.number().int().min(1).max(20).default(1),
  twoWheelers: z.boolean().default(false),
  secondReview: z.boolean().default(false),
});
const Body = z
  .strictObject({
    placeId: Id,
    days: z.number().int().min(1).max(MOST_DAYS).openapi({ description: '最近几天（规则日），含末日' }),
    until: z.iso.date().optional().openapi({ description: '末日，缺省为今天 the last day; today when left out' }),
    draft: z.union([
      z.strictObject({ zone: ZoneDraftBody }),
      z.strictObject({ rule: RuleDraftBody }),
      z.strictObject({ model: z.literal('loaded').openapi({ description: '以现在载入的模型重新识别存留的快照' }) }),
    ]),
  })
  .openapi('ReplayRequest');

const Item = z.object({
  type: z.string(),
  cameraIds: z.array(z.string()),
  zoneId: z.string(),
  shop: z.string().nullable(),
  plateRead: z.boolean().openapi({ description: '是否读出号牌；号牌本身不在此显示' }),
  firstSeen: InstantText,
  lastSeen: InstantText,
  frames: z.array(z.string()).openapi({ description: '首、末快照 first and last frame' }),
  sightings: z.number().int(),
  score: z.number(),
  phase: z.enum(['warning', 'enforcing']),
  onRecord: z.object({ id: z.string(), state: z.string() }).nullable(),
});
const Answer = z
  .object({
    window: z.object({ from: InstantText, to: InstantText }),
    frames: z.number().int(),
    reinspected: z.number().int(),
    unjudged: z.object({
      discarded: z.number().int().openapi({ description: '须重新识别而快照已依期限销毁 discarded by retention' }),
      platesUnread: z.number().int().openapi({ description: '新划入区域的车辆，当时未识别号牌' }),
      outsideZones: z.number().openapi({ description: '新区域中现有区域未覆盖的比例；该处当时未检测车辆' }),
    }),
    counts: z.object({
      added: z.number().int(),
      lost: z.number().int(),
      changed: z.number().int(),
      kept: z.number().int(),
    }),
    added: z.array(Item),
    lost: z.array(Item),
    changed: z.array(z.object({ before: Item, after: Item, what: z.array(z.string()) })),
    truncated: z.boolean(),
  })
  .openapi('Replay');

/** Of each list; the counts tell of all. */
const LISTED = 100;

export function replayApp(dependencies: ReplayDependencies & { identity: Identity }): EdgeApp {
  const { table, clock, identity } = dependencies;
  const access = accessControl(identity);
  const app = edgeApp();
  app.openapi(
    createRoute({
      tags: ['登记 Administration'],
      security: BY_TOKEN_OR_SESSION,
      method: 'post',
      path: '/v1/replay',
      summary:
        '预演：区域、规则或模型的改动会增减哪些事件 What a draft would add, lose and change over the last days; nothing is written',
      middleware: [access.either(ADMIN)],
      request: jsonBody(Body),
      responses: {
        ...GUARDED,
        200: json(Answer, 'What it would do'),
        400: refusals('request-invalid'),
        422: refusals('replay-too-large'),
      },
    }),
    async (c) => {
      const { placeId: place, days, until, draft: drafted } = c.req.valid('json');
      const draft = draftOf(drafted);
      const result = await replay(dependencies, { placeId: placeId(place), days, until, draft });
      const view = answerOf(result);
      const actor = actorOf(c.get('principal'));
      await commit(table, async () => ({
        writes: [],
        acts: [
          {
            ...{ stream: auditStream.system, at: clock.now(), actor, act: 'replay.run', subject: place },
            facts: { days, until: until ?? null, draft, counts: view.counts, reinspected: view.reinspected },
          },
        ],
        result: undefined,
      }));
      return c.json(view, 200);
    },
  );
  return app;
}

function draftOf(body: z.infer<typeof Body>['draft']): Draft {
  if ('model' in body) return body;
  if ('rule' in body) return { rule: { ...body.rule, id: ruleId(body.rule.id) } };
  const { zone } = body;
  return {
    zone: { ...zone, id: zoneId(zone.id), cameraId: cameraId(zone.cameraId), ruleIds: zone.ruleIds.map(ruleId) },
  };
}

function answerOf({ window, frames, reinspected, unjudged, comparison, onRecord }: Replayed): z.infer<typeof Answer> {
  const { added, lost, changed, kept } = comparison;
  const item = ({ stay, phase }: Judged): z.infer<typeof Item> => {
    const { sightings } = stay;
    const known = sightings.map(({ sightingId }) => onRecord.get(sightingId)).find((one) => one !== undefined);
    return {
      type: stay.type,
      cameraIds: [...new Set(sightings.map(({ cameraId: id }) => id))],
      ...{ zoneId: stay.zone.zoneId, shop: stay.shop, plateRead: stay.plate !== null },
      ...{ firstSeen: formatInstant(stay.firstSeen), lastSeen: formatInstant(stay.lastSeen) },
      frames: [...new Set([sightings[0], sightings.at(-1)].flatMap((one) => (one === undefined ? [] : [one.frameId])))],
      ...{ sightings: sightings.length, score: stay.score, phase },
      onRecord: known === undefined ? null : { id: known.id, state: known.state },
    };
  };
  return {
    window: { from: formatInstant(window.from), to: formatInstant(window.to) },
    ...{ frames, reinspected, unjudged },
    counts: { added: added.length, lost: lost.length, changed: changed.length, kept: kept.length },
    added: added.slice(0, LISTED).map(item),
    lost: lost.slice(0, LISTED).map(item),
    changed: changed
      .slice(0, LISTED)
      .map(({ before, after, what }) => ({ before: item(before), after: item(after), what: [...what] })),
    truncated: [added, lost, changed].some((list) => list.length > LISTED),
  };
}
