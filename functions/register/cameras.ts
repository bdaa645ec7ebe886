/** 摄像机登记: cameras and their dossiers, and the list of them that anyone may read (Administrative Penalty Law art. 41). */
import { createRoute, z } from '@hono/zod-openapi';
import { type Camera, type Dossier, dossierGaps, gradeAt, inForce } from '#core/camera.ts';
import { canonicalJson } from '#core/canonical-json.ts';
import { cameraId } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import { formatInstant, type Instant, parseInstant } from '#core/time.ts';
import { type Access, ADMIN } from '#platform/http/auth.ts';
import { actorOf } from '#platform/http/caller.ts';
import type { EdgeApp } from '#platform/http/edge.ts';
import { BY_TOKEN_OR_SESSION, GUARDED, InstantText, json, jsonBody, refusals } from '#platform/http/openapi.ts';
import {
  camera,
  cameraOfGbDevice,
  camerasPage,
  cameraWrites,
  readHealth,
  zonesOfCamera,
} from '#platform/records/cameras.ts';
import type { Table } from '#platform/table.ts';
import { assertCurrent, assertNew, change, type RegisterDependencies, unknown } from './change.ts';
import { IdText, idParam, ListQuery, listOf, NameText, pageOf, VersionNumber } from './schemas.ts';

const TAG = ['登记 Administration'];
const READERS = { scopes: ['admin'], roles: 'any' } as const;

const DossierBody = z
  .object({
    legalReviewNumber: z.string().max(120),
    legalReviewedAt: InstantText,
    technicalVerificationNumber: z.string().max(120),
    technicalVerifiedUntil: InstantText,
    signInPlace: z.boolean(),
    publishedAt: InstantText,
    publicationUrl: z.string().max(500),
  })
  .openapi('Dossier', { description: '设备档案（行政处罚法第四十一条）；缺失或过期则只产生线索' });

const CameraFields = {
  name: NameText,
  lat: z.number().min(-90).max(90).openapi({ description: 'WGS-84' }),
  lng: z.number().min(-180).max(180).openapi({ description: 'WGS-84' }),
  jurisdiction: NameText.openapi({ description: '负责中队 the squad that answers for it', example: '蒋村中队' }),
  imageSize: z
    .tuple([z.number().int().min(1280).max(20_000), z.number().int().min(720).max(20_000)])
    .openapi({ description: '[width, height] in pixels, at least 1280 x 720', example: [1920, 1080] }),
  dossier: DossierBody.nullable().default(null),
  enabled: z.boolean().default(true),
  gbDeviceId: z
    .string()
    .regex(/^\d{20}$/, '20 digits')
    .optional()
    .openapi({ description: 'GB/T 28181 设备编码' }),
};
const CameraBody = z.object({ id: IdText, ...CameraFields });
const CameraChange = z.object({ ...CameraFields, version: VersionNumber });
const CameraView = z
  .object({
    id: z.string(),
    ...CameraFields,
    dossier: DossierBody.nullable(),
    enabled: z.boolean(),
    grade: z.enum(['evidence', 'clue', 'off']).openapi({ description: '当前证据等级 what its output may become now' }),
    missing: z
      .array(z.object({ zh: z.string(), en: z.string() }))
      .openapi({ description: '档案所缺；有缺则只产生线索 what the dossier lacks: until then nothing but clues' }),
    health: z.object({ lastSeen: z.string(), clockOffsetMs: z.number().nullable() }).nullable(),
    version: z.number().int(),
  })
  .openapi('Camera');
const PublicCamera = z
  .object({
    id: z.string(),
    name: z.string(),
    lat: z.number(),
    lng: z.number(),
    jurisdiction: z.string(),
    publishedAt: z.string(),
    publicationUrl: z.string(),
  })
  .openapi('PublicCamera');

/** A FeatureCollection of RFC 7946; positions are [longitude, latitude], WGS-84. */
const CameraMap = z
  .object({
    type: z.literal('FeatureCollection'),
    features: z.array(
      z.object({
        type: z.literal('Feature'),
        id: z.string(),
        geometry: z.object({ type: z.literal('Point'), coordinates: z.array(z.number()).min(2).max(2) }),
        properties: z.object({
          name: z.string(),
          jurisdiction: z.string(),
          publishedAt: z.string(),
          publicationUrl: z.string(),
        }),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .openapi('PublicCameraMap');

const Params = z.object({ cameraId: idParam('cameraId') });

export function cameraRoutes(app: EdgeApp, access: Access, deps: RegisterDependencies): void {
  const { table, clock } = deps;
  const admins = [access.either(ADMIN)];

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/public/cameras',
      tags: ['公开 Public'],
      summary: '公开的电子监控设备名录 Published cameras',
      description: '行政处罚法第四十一条：设置地点应当向社会公布。无需凭据。',
      request: { query: ListQuery.extend({ format: z.enum(['json', 'geojson']).optional() }) },
      responses: {
        200: {
          description: '名录 List; as GeoJSON (RFC 7946) with Accept: application/geo+json or ?format=geojson',
          content: {
            'application/json': { schema: listOf(PublicCamera, 'PublicCameras') },
            'application/geo+json': { schema: CameraMap },
          },
        },
      },
    }),
    async (c) => {
      const { format, ...query } = c.req.valid('query');
      const page = await camerasPage(table, pageOf(query));
      const items = page.items.flatMap(({ value }) => publicView(value, clock.now()));
      const nextCursor = page.cursor ?? null;
      c.header('Cache-Control', 'public, max-age=300');
      c.header('Vary', 'Accept');
      const asMap = format === 'geojson' || (format === undefined && c.req.header('Accept')?.includes('geo+json'));
      if (!asMap) return c.json({ items, nextCursor }, 200);
      return c.json(mapOf(items, nextCursor), 200, { 'Content-Type': 'application/geo+json' });
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/cameras',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: [access.either(READERS)],
      summary: '摄像机列表 Cameras',
      request: { query: ListQuery },
      responses: { 200: json(listOf(CameraView, 'Cameras'), '列表 List'), ...GUARDED },
    }),
    async (c) => {
      const page = await camerasPage(table, pageOf(c.req.valid('query')));
      const items = await Promise.all(page.items.map(({ value }) => cameraView(table, value, clock.now())));
      return c.json({ items, nextCursor: page.cursor ?? null }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/cameras/{cameraId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: [access.either(READERS)],
      summary: '摄像机 One camera',
      request: { params: Params },
      responses: { 200: json(CameraView, '摄像机 Camera'), ...GUARDED, 404: refusals('camera-unknown') },
    }),
    async (c) => {
      const id = cameraId(c.req.valid('param').cameraId);
      const found = await camera(table, id);
      if (found === undefined) throw unknown('camera', id);
      return c.json(await cameraView(table, found, clock.now()), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/cameras',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '登记摄像机 Register a camera',
      request: jsonBody(CameraBody),
      responses: {
        201: json(CameraView, '已登记 Registered'),
        400: refusals('request-invalid', 'time-invalid'),
        ...GUARDED,
        409: refusals('camera-exists', 'gb-device-taken'),
      },
    }),
    async (c) => {
      const body = c.req.valid('json');
      const next: Camera = { ...cameraOf(body), id: cameraId(body.id), version: 1 };
      const result = await change(deps, actorOf(c.get('principal')), async () => {
        assertNew('camera', next.id, await camera(table, next.id));
        await assertDeviceFree(table, next);
        return { act: 'camera.registered', ...entryOf(next), writes: cameraWrites(next), result: next };
      });
      return c.json(await cameraView(table, result, clock.now()), 201);
    },
  );

  app.openapi(
    createRoute({
      method: 'put',
      path: '/v1/cameras/{cameraId}',
      tags: TAG,
      security: BY_TOKEN_OR_SESSION,
      middleware: admins,
      summary: '变更摄像机 Change a camera',
      request: { params: Params, ...jsonBody(CameraChange) },
      responses: {
        200: json(CameraView, '已变更 Changed'),
        400: refusals('request-invalid', 'time-invalid'),
        ...GUARDED,
        404: refusals('camera-unknown'),
        409: refusals('version-outdated', 'gb-device-taken', 'zones-in-force'),
      },
    }),
    async (c) => {
      const id = cameraId(c.req.valid('param').cameraId);
      const { version, ...body } = c.req.valid('json');
      const next: Camera = { ...cameraOf(body), id, version: version + 1 };
      const result = await change(deps, actorOf(c.get('principal')), async () => {
        const before = await camera(table, id);
        assertCurrent('camera', id, before, version);
        await assertDeviceFree(table, next);
        await assertZonesStillFit(table, before, next, clock.now());
        const whole = withHistory(before, next, clock.now());
        return { act: 'camera.changed', ...entryOf(whole), writes: cameraWrites(whole, before), result: whole };
      });
      return c.json(await cameraView(table, result, clock.now()), 200);
    },
  );
}

/** What stood until now goes on to judge what was captured until now: another dossier, and that it was in service. */
function withHistory(before: Camera, next: Camera, now: Instant): Camera {
  const { earlierDossiers = [] } = before;
  const disabledAt = before.enabled ? now : before.disabledAt;
  const whole = { ...next, ...(next.enabled || disabledAt === undefined ? {} : { disabledAt }) };
  if (canonicalJson(before.dossier) === canonicalJson(next.dossier)) return { ...whole, earlierDossiers };
  // In order, though the clock was set back.
  const until = Math.max(now, earlierDossiers.at(-1)?.until ?? 0);
  return { ...whole, earlierDossiers: [...earlierDossiers, { dossier: before.dossier, until }] };
}

type Fields = Omit<z.infer<typeof CameraBody>, 'id'>;

function cameraOf({ gbDeviceId, dossier, ...fields }: Fields): Omit<Camera, 'id' | 'version'> {
  return {
    ...fields,
    dossier: dossier === null ? null : dossierOf(dossier),
    ...(gbDeviceId === undefined ? {} : { gbDeviceId }),
  };
}

function dossierOf(body: z.infer<typeof DossierBody>): Dossier {
  return {
    ...body,
    legalReviewedAt: parseInstant(body.legalReviewedAt, 'dossier.legalReviewedAt'),
    technicalVerifiedUntil: parseInstant(body.technicalVerifiedUntil, 'dossier.technicalVerifiedUntil'),
    publishedAt: parseInstant(body.publishedAt, 'dossier.publishedAt'),
  };
}

async function cameraView(table: Table, found: Camera, now: Instant): Promise<z.infer<typeof CameraView>> {
  const { dossier, earlierDossiers: _, disabledAt: __, imageSize, ...rest } = found;
  const health = (await readHealth(table, found.id))?.value;
  return {
    ...rest,
    imageSize: [...imageSize],
    dossier:
      dossier === null
        ? null
        : {
            ...dossier,
            legalReviewedAt: formatInstant(dossier.legalReviewedAt),
            technicalVerifiedUntil: formatInstant(dossier.technicalVerifiedUntil),
            publishedAt: formatInstant(dossier.publishedAt),
          },
    grade: gradeAt(found, now),
    missing: dossierGaps(found, now),
    health:
      health === undefined ? null : { lastSeen: formatInstant(health.lastSeen), clockOffsetMs: health.clockOffsetMs },
  };
}

function publicView({ id, name, lat, lng, jurisdiction, dossier }: Camera, now: Instant) {
  if (dossier === null || dossier.publicationUrl === '' || dossier.publishedAt > now) return [];
  const { publishedAt, publicationUrl } = dossier;
  return [{ id, name, lat, lng, jurisdiction, publishedAt: formatInstant(publishedAt), publicationUrl }];
}

const mapOf = (items: readonly z.infer<typeof PublicCamera>[], nextCursor: string | null) =>
  ({
    type: 'FeatureCollection',
    features: items.map(({ id, lat, lng, ...properties }) => ({
      ...{ type: 'Feature' as const, id, properties },
      geometry: { type: 'Point' as const, coordinates: [lng, lat] },
    })),
    nextCursor,
  }) satisfies z.infer<typeof CameraMap>;

const entryOf = ({ id, version, enabled, imageSize, dossier }: Camera) => ({
  subject: id,
  cameraId: id,
  facts: { version, enabled, imageSize, dossier },
});

/** @throws {Refusal} `gb-device-taken` */
async function assertDeviceFree(table: Table, { id, gbDeviceId }: Camera): Promise<void> {
  const holder = gbDeviceId === undefined ? undefined : await cameraOfGbDevice(table, gbDeviceId);
  if (holder === undefined || holder.id === id) return;
  throw refuse('gb-device-taken', 409, {
    expected: 'a GB/T 28181 device id that no other camera carries',
    received: `the one of camera ${holder.id}`,
    action: 'Correct the id, or remove it from the other camera first.',
  });
}

/** @throws {Refusal} `zones-in-force`: zones are drawn on pixels, and pixels of another size lie elsewhere */
async function assertZonesStillFit(table: Table, before: Camera, next: Camera, now: Instant): Promise<void> {
  const [width, height] = before.imageSize;
  if (next.imageSize[0] === width && next.imageSize[1] === height) return;
  const versions = await zonesOfCamera(table, before.id);
  const ids = [...new Set(versions.map(({ id }) => id))];
  const standing = ids.filter(
    (id) =>
      inForce(
        versions.filter((zone) => zone.id === id),
        now,
      ) !== undefined,
  );
  if (standing.length === 0) return;
  throw refuse('zones-in-force', 409, {
    expected: `no zone in force that was drawn on ${width} x ${height}`,
    received: standing.join(', '),
    action: 'DELETE these zones, change the size, then draw them anew.',
    data: { zones: standing },
  });
}
