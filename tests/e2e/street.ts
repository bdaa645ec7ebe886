/**
 * A street from frame to officer, without models: what a frame shows is said by the test, everything after it is the real
 * thing on the store of one machine as `npm start` opens it: correlation, notices to a gateway, sealing, review, the feed.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Camera, Rule } from '#core/camera.ts';
import { cameraId, type IncidentId, sha256Of } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import type { Looks } from '#core/stays/place-day.ts';
import { dayOf, type Instant } from '#core/time.ts';
import { handClock } from '#platform/clock.ts';
import type { Notifier } from '#platform/notifier.ts';
import { cameraWrites, zonePut } from '#platform/records/cameras.ts';
import { acceptedWrites, frameIdOf, getFrame, inspectedPut } from '#platform/records/frames.ts';
import { incidentsOfPlaceDay, readIncident } from '#platform/records/incidents.ts';
import type { CorrelateMessage } from '#platform/records/messages.ts';
import { observationPut } from '#platform/records/observations.ts';
import { placeWrites } from '#platform/records/places.ts';
import { rulePut } from '#platform/records/rules.ts';
import { correlatePlaceDay } from '../../functions/correlate/correlate.ts';
import type { LooksReader } from '../../functions/correlate/looks.ts';
import { type SealOutcome, sealWhenSettled } from '../../functions/seal/handler.ts';
import { type TendReport, tend } from '../../functions/tend/tend.ts';
import { type Credentials, openCredentials } from '../../infra/local/credentials.ts';
import { localApp } from '../../infra/local/server.ts';
import { openStore } from '../../infra/local/store.ts';
import { at, DAY, type FrameOptions, frame, PLACE, rule, storefront, trading, zone } from '../unit/stays/builders.ts';

export const SHOP = '老王水果店';
export const PLATE = '浙A8K3F2';

export const CAMERA: Camera = {
  ...{ id: cameraId('CAM-01'), name: '梧桐路 18 号', lat: 30.28, lng: 120.14, jurisdiction: '五常中队' },
  imageSize: [1920, 1080],
  dossier: {
    legalReviewNumber: '法审〔2026〕14号',
    legalReviewedAt: 1,
    technicalVerificationNumber: 'JJ-2026-0311',
    technicalVerifiedUntil: at('23:00') + 365 * 86_400_000,
    signInPlace: true,
    publishedAt: 1,
    publicationUrl: 'https://example.gov.cn/cameras',
  },
  enabled: true,
  version: 1,
};

export interface StreetOptions {
  notifier?: Notifier;
  /** Both ask for a notice unless said otherwise: parking 5 minutes, shops 10. */
  rules?: readonly Rule[];
  /** Opened again after a crash. */
  directory?: string;
}

export const PARKING_GRACE = 300;
export const SHOP_GRACE = 600;
const ASKING = [
  rule({ notice: { required: true, graceSeconds: PARKING_GRACE } }),
  trading({ notice: { required: true, graceSeconds: SHOP_GRACE } }),
];

type Who = 'reviewer' | 'reviewer2' | 'supervisor' | 'admin' | 'case system' | 'camera network' | 'nobody';

export async function openStreet({ notifier, rules = ASKING, directory: given }: StreetOptions = {}) {
  const directory = given ?? mkdtempSync(join(tmpdir(), 'kerbwatch-street-'));
  const clock = handClock(at('08:00'));
  const store = await openStore(directory, { baseUrl: 'http://localhost', clock });
  const { table, blobs, signer } = store;
  if (given === undefined) {
    await table.transact([
      ...cameraWrites(CAMERA),
      ...placeWrites({ id: PLACE, name: '梧桐路 18 号前人行道', version: 1 }),
      ...[zone(), storefront('front', SHOP)].map(zonePut),
      ...rules.map(rulePut),
    ]);
  }
  const app = localApp({
    store,
    log: () => {},
    counters: { framesInspected: 0, inspectionMsTotal: 0 },
    models: [],
    isSeeing: () => true,
    wake() {},
  });

  const occupancy = new Map<string, Looks['occupancy'] extends ReadonlyMap<infer _, infer V> ? V : never>();
  const looks: LooksReader = {
    async of(observations) {
      const shown = observations.flatMap(({ storefronts }) =>
        storefronts.flatMap(({ id }) => {
          const verdict = occupancy.get(id);
          return verdict === undefined ? [] : [[id, verdict] as const];
        }),
      );
      return { spot: () => undefined, occupancy: new Map(shown) };
    },
    storefronts: async () => ({ frames: new Map(), complete: true }),
    pictures: async () => [],
  };

  /** Messages to seal, as correlation leaves them; old ones can be played again. */
  const toSeal: IncidentId[] = [];

  /** A frame is accepted; what it shows is said when it is inspected. */
  async function accept(capturedAt: Instant): Promise<ReturnType<typeof frameIdOf>> {
    const [red, green] = [Math.floor(capturedAt / 1000) % 251, Math.floor(capturedAt / 251_000) % 251];
    const background = { r: red, g: green, b: 90 };
    const bytes = await sharp({ create: { width: 1920, height: 1080, channels: 3, background } })
      .jpeg()
      .toBuffer();
    const sha256 = sha256Of(createHash('sha256').update(bytes).digest('hex'));
    const id = frameIdOf(CAMERA.id, capturedAt, sha256);
    const blobKey = `frames/${sha256}.jpg`;
    await blobs.putIfAbsent(blobKey, bytes, 'image/jpeg');
    await table.transact(
      acceptedWrites({
        ...{ frameId: id, cameraId: CAMERA.id, capturedAt, receivedAt: clock.now(), receivedFrom: 'network' },
        ...{ sha256, bytes: bytes.length, width: 1920, height: 1080, late: false, clockOffsetMs: 0, repeats: null },
        ...{ state: 'accepted', blobKey, places: [], sightings: 0, retention: 'transient' },
      }),
    );
    return id;
  }

  async function inspect(frameId: Awaited<ReturnType<typeof accept>>, time: string, options: FrameOptions) {
    const shot = frame(time, options);
    for (const [id, verdict] of shot.occupancy) occupancy.set(id, verdict);
    const stored = await getFrame(table, frameId);
    if (stored === undefined) throw new Error('Expected the frame');
    await table.write(observationPut({ ...shot.observation, frameId }));
    await table.write(inspectedPut(stored, { places: [PLACE], sightings: 1, at: clock.now() }));
    await correlate({ placeId: PLACE, day: dayOf(shot.observation.capturedAt), dayStartsAt: '00:00' });
  }

  async function correlate(message: CorrelateMessage) {
    const { unsealed } = await correlatePlaceDay(
      { table, blobs, clock, looks, reviewWithinMs: 5 * 86_400_000, patienceMs: 0 },
      message,
    );
    toSeal.push(...unsealed);
  }

  /** Made when somebody comes in: hashing five passwords takes longer than most of these tests. */
  let credentials: Promise<Credentials> | undefined;
  const tokens = new Map<Who, string>();
  async function request(
    method: string,
    path: string,
    token: string | undefined,
    body: unknown,
    accept = 'application/json',
  ) {
    const response = await app.request(path, {
      method,
      headers: {
        Accept: accept,
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('Content-Type')?.includes('json') ?? false;
    return { status: response.status, json: isJson ? JSON.parse(text) : {}, text, headers: response.headers };
  }

  const seal = (id: IncidentId): Promise<SealOutcome> =>
    sealWhenSettled(
      { table, blobs, clock, signer, systemVersion: 'test', settling: { quietMs: 0, patienceMs: 0 } },
      id,
    );

  return {
    ...{ directory, store, app, table, blobs, clock, toSeal, seal, accept, inspect },
    credentials: () => (credentials ??= openCredentials(store, '*')),
    /** What the camera shows at a time of the day, seen at once; the clock is there at least. */
    async see(time: string, options: FrameOptions, { now = at(time) + 1_000 }: { now?: Instant } = {}) {
      clock.set(Math.max(clock.now(), now));
      await inspect(await accept(at(time)), time, options);
    },
    /** The clock's round, at a time of the day, and the days that it has judged anew. */
    async tend(time: string): Promise<TendReport> {
      clock.set(at(time));
      const days: CorrelateMessage[] = [];
      const report = await tend(
        {
          table,
          blobs,
          ...(notifier === undefined ? {} : { notifier }),
          correlate: async (day) => void days.push(day),
        },
        clock.now(),
      );
      for (const day of days) await correlate(day);
      return report;
    },
    /** Works off what asks for sealing; what has to wait is asked again once. */
    async sealAll(): Promise<readonly SealOutcome['kind'][]> {
      const kinds: SealOutcome['kind'][] = [];
      for (const id of new Set(toSeal.splice(0))) {
        const outcome = await seal(id);
        if (outcome.kind === 'later') toSeal.push(id);
        kinds.push(outcome.kind);
      }
      return kinds;
    },
    async incidents(): Promise<readonly Incident[]> {
      return (await incidentsOfPlaceDay(table, PLACE, DAY)).toSorted((a, b) => a.stay.firstSeen - b.stay.firstSeen);
    },
    async incident(id: IncidentId): Promise<Incident> {
      const stored = await readIncident(table, id);
      if (stored === undefined) throw new Error('Expected the incident');
      return stored.incident;
    },
    /** One request as somebody: `ask('reviewer', 'POST /v1/review/claim', {})`. */
    async ask(who: Who, what: string, body?: unknown, accepting?: string) {
      const [method = 'GET', path = '/'] = what.split(' ');
      credentials ??= openCredentials(store, '*');
      const known = await credentials;
      if (who === 'nobody') return request(method, path, undefined, body, accepting);
      if (who === 'camera network') return request(method, path, known.tokens.camera.token, body);
      if (who === 'case system') return request(method, path, known.tokens.case.token, body);
      if (!tokens.has(who)) {
        const password = known.accounts.find(({ account }) => account === who)?.password;
        const { json } = await request('POST', '/v1/session', undefined, { account: who, password });
        tokens.set(who, json.token);
      }
      return request(method, path, tokens.get(who), body);
    },
    close({ keep = false }: { keep?: boolean } = {}) {
      store.close();
      if (!keep) rmSync(directory, { recursive: true, force: true });
    },
  };
}
export type Street = Awaited<ReturnType<typeof openStreet>>;
