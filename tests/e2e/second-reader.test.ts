/**
 * A car on the sidewalk, from its frames to the officer, with a second reader that agrees, differs, or is silent: the models, the
 * storage and the SDK are real, the service is a stand-in. Whatever it says, the incident is the same.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { systemActor } from '#core/audit.ts';
import { EvidenceManifest } from '#core/evidence/manifest-schema.ts';
import { verifyPackage } from '#core/evidence/verify.ts';
import { readZip } from '#core/evidence/zip-read.ts';
import type { Incident } from '#core/incident.ts';
import { plateText } from '#core/plates/plate.ts';
import { openRekognitionReader, rekognitionClient } from '#platform/aws/rekognition-reader.ts';
import { handClock } from '#platform/clock.ts';
import { readIncident } from '#platform/records/incidents.ts';
import type { SecondReader } from '#platform/second-reader.ts';
import { acceptFrame } from '../../functions/accept/accept-frame.ts';
import { DEFAULT_LIMITS } from '../../functions/accept/limits.ts';
import { correlatePlaceDay } from '../../functions/correlate/correlate.ts';
import { looksReader } from '../../functions/correlate/looks.ts';
import { inspectFrame } from '../../functions/inspect/handler.ts';
import {
  createInspector,
  type Inspection,
  type InspectionContext,
  type Inspector,
} from '../../functions/inspect/observe.ts';
import { loadPlateReader } from '../../functions/inspect/plate-reader.ts';
import { decodeFrame } from '../../functions/inspect/raster.ts';
import { Detail } from '../../functions/review/schemas.ts';
import { sealWhenSettled } from '../../functions/seal/handler.ts';
import { openCredentials } from '../../infra/local/credentials.ts';
import { registerFolders } from '../../infra/local/register-folders.ts';
import { registrationOf } from '../../infra/local/registration.ts';
import { readSequence, type Sequence } from '../../infra/local/sequence.ts';
import { localApp } from '../../infra/local/server.ts';
import { openStore } from '../../infra/local/store.ts';
import { answering, failing, hanging, openRekognition, type Rekognition, textAnswer } from '../aws/rekognition.ts';

let folder: string;
let sequence: Sequence;
let inspector: Inspector;
let service: Rekognition;
/** What the models say of a frame is the same each time; it takes a second each time. */
const seen = new Map<string, Promise<Inspection>>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerbwatch-second-reader-'));
  sequence = await readSequence(fileURLToPath(new URL('../samples/a_sidewalk_parking', import.meta.url)));
  inspector = await createInspector();
  service = await openRekognition();
  for (const [name, value] of Object.entries(service.environment)) vi.stubEnv(name, value);
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

function inspect(bytes: Uint8Array, context: InspectionContext): Promise<Inspection> {
  const key = `${context.frameId} ${context.wantsPlateCrops === true}`;
  const known = seen.get(key) ?? inspector.inspect(bytes, context);
  seen.set(key, known);
  return known;
}

interface Day {
  incidents: Incident[];
  manifest: EvidenceManifest;
  zip: Uint8Array;
  detail: Detail;
  /** Milliseconds that the slowest frame took, the models' time left out. */
  slowest: number;
}

/** The day of the folder in a house of its own. */
async function day(name: string, secondReader?: SecondReader): Promise<Day> {
  const clock = handClock(Math.max(...sequence.frames.map(({ capturedAt }) => capturedAt)) + 3_600_000);
  const store = await openStore(join(folder, name), { baseUrl: 'http://localhost', clock });
  const { table, blobs, signer, queues } = store;
  try {
    await registerFolders(table, clock, registrationOf([sequence]));
    let slowest = 0;
    for (const { path, capturedAt } of sequence.frames) {
      const { frame } = await acceptFrame(
        { ...{ table, blobs, clock, queue: queues.inspect, log: () => {} }, limits: DEFAULT_LIMITS },
        {
          ...{ cameraId: sequence.camera.id, capturedAt, bytes: await readFile(path) },
          from: { actor: systemActor('patrol'), address: 'local' },
        },
      );
      let models = 0;
      const started = performance.now();
      await inspectFrame(
        {
          ...{ table, blobs, clock, correlateQueue: queues.correlate },
          ...(secondReader === undefined ? {} : { secondReader }),
          async inspect(bytes, context) {
            const before = performance.now();
            const inspection = await inspect(bytes, context);
            models += performance.now() - before;
            return inspection;
          },
        },
        frame,
      );
      slowest = Math.max(slowest, performance.now() - started - models);
    }
    const incidents: Incident[] = [];
    for (const { body } of await queues.correlate.receive({ max: 10, visibilityMs: 60_000 })) {
      const { unsealed } = await correlatePlaceDay(
        { ...{ table, blobs, clock, looks: looksReader(blobs) }, reviewWithinMs: 5 * 86_400_000, patienceMs: 0 },
        body,
      );
      for (const id of unsealed) {
        const settling = { quietMs: 0, patienceMs: 0 };
        await sealWhenSettled({ ...{ table, blobs, clock, signer, settling }, systemVersion: 'test' }, id);
        const stored = await readIncident(table, id);
        if (stored !== undefined) incidents.push(stored.incident);
      }
    }
    const zip = (await blobs.get(incidents[0]?.package?.key ?? '')) ?? new Uint8Array();
    const app = localApp({
      ...{ store, log: () => {}, counters: { framesInspected: 0, inspectionMsTotal: 0 } },
      ...{ models: [], isSeeing: () => true, wake() {} },
    });
    const { accounts } = await openCredentials(store, '*');
    const password = accounts.find(({ account }) => account === 'reviewer')?.password;
    const session = await app.request('/v1/session', {
      ...{ method: 'POST', headers: { 'Content-Type': 'application/json' } },
      body: JSON.stringify({ account: 'reviewer', password }),
    });
    const { token } = z.object({ token: z.string() }).parse(await session.json());
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await app.request(`/v1/review/${incidents[0]?.id}`, { headers });
    const detail = Detail.parse(await answer.json());
    return { incidents, manifest: manifestOf(zip), zip, detail, slowest };
  } finally {
    store.close();
  }
}

function manifestOf(zip: Uint8Array): EvidenceManifest {
  const entry = readZip(zip).entries.find(({ name }) => name.endsWith('data/manifest.json'));
  return EvidenceManifest.parse(JSON.parse(new TextDecoder().decode(entry?.bytes)));
}

const rekognition = () => {
  service.asked.length = 0;
  return openRekognitionReader({ client: rekognitionClient() });
};
/** What must not depend on anybody but our own models. */
const whatHappened = ({ incidents }: Day) =>
  incidents.map(({ stay }) => ({
    ...{ type: stay.type, firstSeen: stay.firstSeen, lastSeen: stay.lastSeen, end: stay.end },
    sightings: stay.sightings.map(({ sightingId, box, plate }) => [sightingId, box, plate?.text, plate?.confidence]),
  }));

let alone: Day;
beforeAll(async () => {
  alone = await day('alone');
}, 120_000);

it('nobody is asked where there is no second reader, and nothing says that anybody was', () => {
  expect(alone.incidents.map(({ stay }) => stay.plate?.text)).toEqual(['浙A8K3F2']);
  expect(service.asked).toHaveLength(0);
  expect([...seen.keys()].some((key) => key.endsWith('true'))).toBe(false);
  expect(JSON.stringify([alone.manifest, alone.incidents])).not.toContain('"second"');
  expect(alone.manifest).not.toHaveProperty('secondReadings');
  expect(alone.detail.secondReading).toMatchObject({ state: 'off', differences: [] });
});

describe('a second reader that agrees', () => {
  let agreed: Day;
  beforeAll(async () => {
    service.answer(answering(textAnswer('A', '8K3F2')));
    agreed = await day('agreed', rekognition());
  }, 120_000);

  it('is asked once for each frame that shows the car on the sidewalk, about nobody else', () => {
    expect(service.asked.map(({ operation }) => operation)).toEqual(Array(4).fill('DetectText'));
  });

  it('is shown the plate, upright and large enough', async () => {
    const reader = await loadPlateReader();
    for (const { picture } of service.asked) {
      const raster = await decodeFrame(picture);
      expect(Math.min(raster.width, raster.height)).toBeGreaterThanOrEqual(80);
      const read = await reader.readCrop(raster);
      expect(read && plateText(read)).toBe('浙A8K3F2');
    }
  });

  it('changes neither the incident, nor its plate, nor its score', () => {
    expect(whatHappened(agreed)).toEqual(whatHappened(alone));
    expect(agreed.incidents.map(({ stay: { plate, score } }) => [plate, score])).toEqual(
      alone.incidents.map(({ stay: { plate, score } }) => [plate, score]),
    );
  });

  it('is named in the package, which verifies, and before the officer', async () => {
    expect(agreed.manifest.secondReadings).toMatchObject({
      readers: [{ name: 'Amazon Rekognition DetectText', version: '3.0' }],
      frames: { agrees: 4, disagrees: 0 },
    });
    expect(agreed.manifest.sightings.map(({ plate }) => plate?.second?.said)).toEqual(Array(4).fill('agrees'));
    expect((await verifyPackage(agreed.zip)).filter(({ ok }) => !ok)).toEqual([]);
    expect(agreed.detail.secondReading).toMatchObject({ state: 'agrees', frames: { agrees: 4 } });
  });
});

describe('a second reader that differs', () => {
  let differed: Day;
  beforeAll(async () => {
    service.answer(answering(textAnswer('A', 'BK3F2')));
    differed = await day('differed', rekognition());
  }, 120_000);

  it('leaves the incident what it was', () => {
    expect(whatHappened(differed)).toEqual(whatHappened(alone));
  });

  it('lowers its score, and leaves the plate to the officer', () => {
    expect(differed.incidents[0]?.stay.score).toBeLessThan(alone.incidents[0]?.stay.score ?? 0);
    expect(differed.incidents[0]?.stay.plate).toBeNull();
    expect(differed.detail.plateRead).toBeNull();
    expect(alone.detail.plateRead).not.toBeNull();
  });

  it('says where, to the officer and in the package, which verifies', async () => {
    const differences = [{ position: 3, ours: '8', theirs: 'B', frames: 4 }];
    expect(differed.detail.secondReading).toMatchObject({ state: 'disagrees', differences });
    expect(differed.manifest.secondReadings).toMatchObject({ frames: { agrees: 0, disagrees: 4 }, differences });
    expect(differed.manifest.secondReadings?.words.zh).toContain('不一致 4 帧：第 3 位 8↔B');
    expect(differed.manifest.sightings[0]?.plate?.second?.characters?.[2]).toEqual({ char: 'B', confidence: 0.992 });
    expect((await verifyPackage(differed.zip)).filter(({ ok }) => !ok)).toEqual([]);
  });
});

it('a second reader that differs once in four leaves the plate, less sure', async () => {
  service.answer(answering(textAnswer('A8K3F2')));
  service.first(answering(textAnswer('A8K3F7')));
  const once = await day('once', rekognition());
  const [after, before] = [once.incidents[0]?.stay, alone.incidents[0]?.stay];
  expect(after?.plate?.text).toBe('浙A8K3F2');
  expect(after?.plate?.confidence).toBeLessThan(before?.plate?.confidence ?? 0);
  expect(after?.score).toBeLessThan(before?.score ?? 0);
  expect(once.detail.secondReading).toMatchObject({ state: 'disagrees', frames: { agrees: 3, disagrees: 1 } });
}, 120_000);

it('a second reader that hangs, then fails, costs seconds and nothing else', async () => {
  service.first(hanging, hanging);
  service.answer(failing('InternalServerError', 500));
  const silent = await day('silent', rekognition());
  expect(silent.slowest).toBeGreaterThan(1000);
  expect(silent.slowest).toBeLessThan(5000);
  expect(whatHappened(silent)).toEqual(whatHappened(alone));
  expect(silent.incidents[0]?.stay.plate).toEqual(alone.incidents[0]?.stay.plate);
  expect(silent.incidents[0]?.stay.score).toBe(alone.incidents[0]?.stay.score);
  expect(silent.detail.secondReading).toMatchObject({ state: 'unavailable', frames: { unavailable: 4 } });
  expect(silent.manifest.sightings.map(({ plate }) => plate?.second?.why)).toEqual([
    'timeout',
    ...Array(3).fill('service-failed'),
  ]);
}, 120_000);
