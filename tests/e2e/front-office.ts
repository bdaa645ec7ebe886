/** The doors of `accept` and `register` on the real adapters, in a store of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import type { Camera } from '#core/camera.ts';
import { cameraId } from '#core/ids.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import { handClock } from '#platform/clock.ts';
import { type EdgeApp, edgeApp, frontDoor } from '#platform/http/edge.ts';
import type { LogLine } from '#platform/http/log.ts';
import { serveContract } from '#platform/http/openapi.ts';
import type { Scope } from '#platform/identity.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import { serveBlobs } from '#platform/local/serve-blobs.ts';
import { openSqliteQueue } from '#platform/local/sqlite-queue.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { cameraWrites } from '#platform/records/cameras.ts';
import { tableIdentity } from '#platform/records/identities.ts';
import type { InspectMessage } from '#platform/records/messages.ts';
import { machineTokenPut, newMachineToken } from '#platform/records/tokens.ts';
import { acceptApp } from '../../functions/accept/app.ts';
import { DEFAULT_LIMITS } from '../../functions/accept/limits.ts';
import { receiveApp } from '../../functions/accept/receive-app.ts';
import { completeUpload } from '../../functions/accept/uploads.ts';
import { registerApp } from '../../functions/register/app.ts';

export const NOW: Instant = Date.parse('2026-05-12T09:30:00+08:00');
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export const CAMERA: Camera = {
  id: cameraId('CAM-01'),
  name: '梧桐路 18 号',
  lat: 30.28,
  lng: 120.14,
  jurisdiction: '蒋村中队',
  imageSize: [1280, 720],
  dossier: null,
  enabled: true,
  gbDeviceId: '33010600001320000001',
  version: 1,
};

/** A picture like no other: `seed` draws it. */
export function picture(seed: number, width = 1280, height = 720): Promise<Buffer> {
  const channel = (step: number) => (seed * step) % 256;
  return sharp({
    create: { width, height, channels: 3, background: { r: channel(37), g: channel(59), b: channel(83) } },
  })
    .jpeg({ quality: 80 })
    .toBuffer();
}

type Body = NonNullable<RequestInit['body']>;
const Json = z.record(z.string(), z.unknown());

export interface Call {
  token?: string;
  json?: unknown;
  body?: Body;
  headers?: Record<string, string>;
}

export async function openFrontOffice() {
  const directory = mkdtempSync(join(tmpdir(), 'kerbwatch-front-'));
  const clock = handClock(NOW);
  const table = openSqliteTable(join(directory, 'store.db'), clock);
  const blobs = openFileBlobs(join(directory, 'blobs'), { secret: 'of this test', baseUrl: 'http://localhost', clock });
  const queue = openSqliteQueue<InspectMessage>(table.database, 'inspect', { maxDeliveries: 3, clock });
  const lines: LogLine[] = [];
  const log = (line: LogLine) => {
    lines.push(line);
  };
  const identity = tableIdentity(table, clock);
  const accept = { table, blobs, queue, clock, log, limits: DEFAULT_LIMITS };
  const app: EdgeApp = frontDoor(edgeApp(), { log });
  app.route('/', receiveApp({ ...accept, identity }));
  app.route('/', acceptApp({ ...accept, identity, incidentsOfFrame: async () => [] }));
  app.route('/', registerApp({ table, blobs, clock, identity, secureCookies: false }));
  const answer = serveBlobs(blobs, async ({ key }) => {
    await completeUpload(accept, key);
  });
  app.on(['GET', 'PUT'], '/blobs/*', (c) => answer(c.req.raw));
  serveContract(app, { version: 'test', description: '' });
  await table.transact(cameraWrites(CAMERA));

  const issue = async (scopes: readonly Scope[], cameras: readonly string[] | '*' = []): Promise<string> => {
    const bound = cameras === '*' ? cameras : cameras.map(cameraId);
    const { token, record } = newMachineToken({ name: 'test', scopes, cameras: bound, expiresAt: null }, NOW);
    await table.write(machineTokenPut(record));
    return token;
  };
  const call = async (method: string, path: string, { token, json, body, headers = {} }: Call = {}) =>
    app.request(path, {
      method,
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body }),
    });
  const pushToken = await issue(['frames:write'], [CAMERA.id]);
  const adminToken = await issue(['admin']);
  const push = (bytes: Body, capturedAt: Instant = NOW, options: Call = {}) =>
    call('POST', `/v1/cameras/${CAMERA.id}/frames?capturedAt=${encodeURIComponent(formatInstant(capturedAt))}`, {
      token: pushToken,
      body: bytes,
      ...options,
      headers: { 'Content-Type': 'image/jpeg', ...options.headers },
    });
  const admin = (method: string, path: string, json?: unknown) =>
    call(method, path, json === undefined ? { token: adminToken } : { token: adminToken, json });
  return {
    ...{ app, accept, adminToken, admin, blobs, call, clock, issue, lines, push, pushToken, queue, table, directory },
    close() {
      table.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
export type FrontOffice = Awaited<ReturnType<typeof openFrontOffice>>;

/** `[status, code]` of a refusal, with what every problem document must have checked on the way. */
export async function refusalOf(response: Response): Promise<[number, unknown]> {
  const problem = await bodyOf(response);
  const whole =
    response.headers.get('content-type')?.startsWith('application/problem+json') === true &&
    problem.status === response.status &&
    ['type', 'title', 'detail', 'code', 'expected', 'received', 'action'].every(
      (member) => typeof problem[member] === 'string' && problem[member] !== '',
    );
  if (!whole) throw new Error(`Expected a whole problem document, received ${JSON.stringify(problem)}`);
  return [response.status, problem.code];
}

export const bodyOf = async (response: Response) => Json.parse(await response.json());
