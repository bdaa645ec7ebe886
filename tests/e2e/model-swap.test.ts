/** The detector and the plate reader are replaced by new versions while a car stands and goods lie out. */
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { EvidenceManifest } from '#core/evidence/manifest-schema.ts';
import { verifyPackage } from '#core/evidence/verify.ts';
import { readZip } from '#core/evidence/zip-read.ts';
import { sha256Of } from '#core/ids.ts';
import { decodeFeatures } from '#core/occupancy/feature-bytes.ts';
import type { Observation } from '#core/sighting.ts';
import { parseInstant } from '#core/time.ts';
import { frameIdOf } from '#platform/records/frames.ts';
import { featuresKey, observationsBetween, sceneKey } from '#platform/records/observations.ts';
import { createInspector } from '../../functions/inspect/observe.ts';
import type { InspectPool } from '../../infra/local/inspect-pool.ts';
import { patrol } from '../../infra/local/patrol.ts';
import type { PatrolIncident } from '../../infra/local/patrol-report.ts';
import { readSequence, type Sequence } from '../../infra/local/sequence.ts';
import { openStore } from '../../infra/local/store.ts';

const shipped = fileURLToPath(new URL('../../models', import.meta.url));
const sample = (name: string) => readSequence(fileURLToPath(new URL(`../samples/${name}`, import.meta.url)));
/** Where the new version begins, in the middle of what is to be seen. */
const SWAPS = { a_sidewalk_parking: '2026-05-12T09:37:00+08:00', d_storefront_goods: '2026-05-13T10:20:00+08:00' };
const NEXT = '99.0.0';

let folder: string;
let sequences: Sequence[];
let incidents: readonly PatrolIncident[];
let observations: Observation[];
let featureModels: (string | undefined)[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerbwatch-swap-'));
  const before = await createInspector();
  vi.stubEnv('KERBWATCH_MODELS', await nextVersions(['nanodet-g', 'platerec']));
  const after = await createInspector();
  const pool: InspectPool = {
    size: 1,
    ready: Promise.resolve(),
    unable: new Promise(() => {}),
    close: async () => {},
    privacy: after.privacy,
    inspect(bytes, context) {
      const swap =
        context.capturedAt < parseInstant('2026-05-13T00:00:00+08:00')
          ? SWAPS.a_sidewalk_parking
          : SWAPS.d_storefront_goods;
      return (context.capturedAt < parseInstant(swap) ? before : after).inspect(bytes, context);
    },
  };
  sequences = [await sample('a_sidewalk_parking'), await sample('d_storefront_goods')];
  const out = join(folder, 'out');
  // Frames of an earlier run that was ended in between: other models left other pictures and features of them.
  await leaveRemains(out, sequences);
  ({ incidents } = await patrol(sequences, { out, pool }));
  const store = await openStore(join(out, 'store'), { baseUrl: 'http://localhost' });
  try {
    const ever = { from: 0, to: parseInstant('2027-01-01T00:00:00+08:00') };
    const perPlace = await Promise.all(sequences.map(({ place }) => observationsBetween(store.table, place.id, ever)));
    observations = perPlace.flat();
    const sightings = observations.flatMap(({ storefronts }) => storefronts);
    featureModels = await Promise.all(
      sightings.map(
        async ({ id }) => decodeFeatures((await store.blobs.get(featuresKey(id))) ?? new Uint8Array()).model,
      ),
    );
  } finally {
    store.close();
  }
}, 240_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** The shipped models, some of them under another version; their weights are the same, so what they see is too. */
async function nextVersions(names: readonly string[]): Promise<string> {
  const models = join(folder, 'models');
  await cp(shipped, models, { recursive: true });
  for (const name of names) {
    const path = join(models, name, 'card.json');
    const card = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...card, version: NEXT }));
  }
  return models;
}

const shippedVersion = async (name: string): Promise<string> =>
  JSON.parse(await readFile(join(shipped, name, 'card.json'), 'utf8')).version;

async function leaveRemains(out: string, of: readonly Sequence[]): Promise<void> {
  const store = await openStore(join(out, 'store'), { baseUrl: 'http://localhost' });
  for (const { camera, frames, zones } of of) {
    for (const { path, capturedAt } of frames) {
      const sha256 = sha256Of(
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      );
      const id = frameIdOf(camera.id, capturedAt, sha256);
      const keys = [sceneKey(id), ...zones.map((zone) => featuresKey(`${id}:${zone.id}:${zone.version}`))];
      for (const key of keys) await store.blobs.putIfAbsent(key, new TextEncoder().encode('other'), 'text/plain');
    }
  }
  store.close();
}

const manifestOf = async ({ package: path }: PatrolIncident): Promise<EvidenceManifest> => {
  const { entries } = readZip(await readFile(path ?? ''));
  const entry = entries.find(({ name }) => name.endsWith('data/manifest.json'));
  return EvidenceManifest.parse(JSON.parse(new TextDecoder().decode(entry?.bytes)));
};

it('each frame records the versions that looked at it', () => {
  const seen = observations.map(({ cameraId, capturedAt, models }) => {
    const versionOf = (name: string) => models.find((model) => model.name === name)?.version;
    const swap = cameraId === sequences[0]?.camera.id ? SWAPS.a_sidewalk_parking : SWAPS.d_storefront_goods;
    const isNext = [versionOf('nanodet-g') === NEXT, versionOf('platerec') === NEXT, versionOf('ppocr-rec') === NEXT];
    return [capturedAt >= parseInstant(swap), ...isNext];
  });
  expect(seen.toSorted()).toEqual([
    ...Array(6).fill([false, false, false, false]),
    ...Array(6).fill([true, true, true, false]),
  ]);
});

it('features of a storefront say whose they are', () => {
  expect(featureModels.filter((model) => model?.startsWith(`nanodet-g ${NEXT} `))).toHaveLength(
    featureModels.length / 2,
  );
});

it('a stay that both versions saw is one incident, from its first frame to its last', () => {
  expect(
    incidents.map(({ type, plate, firstSeen, lastSeen, frames }) => [type, plate, firstSeen, lastSeen, frames]),
  ).toEqual([
    ['sidewalk-parking', '浙A·8K3F2', '2026-05-12T09:32:30+08:00', '2026-05-12T09:43:30+08:00', 4],
    ['street-trading', null, '2026-05-13T10:06:00+08:00', '2026-05-13T10:35:00+08:00', 4],
  ]);
});

it('its package names both versions, and what did not change once, and verifies', async () => {
  expect(incidents.length).toBeGreaterThan(0);
  for (const incident of incidents) {
    const { models } = await manifestOf(incident);
    const versionsOf = (name: string) => models.filter((model) => model.name === name).map(({ version }) => version);
    for (const name of ['nanodet-g', 'platerec'])
      expect(versionsOf(name).toSorted()).toEqual([await shippedVersion(name), NEXT].toSorted());
    expect(versionsOf('ppocr-rec')).toHaveLength(1);
    const checks = await verifyPackage(await readFile(incident.package ?? ''));
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  }
});
