/**
 * The main job on sequence folders, without a server: the frames take the way every frame takes (accept, inspect,
 * correlate, seal) through a store of their own.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { systemActor } from '#core/audit.ts';
import { canonicalJson } from '#core/canonical-json.ts';
import type { Incident } from '#core/incident.ts';
import { formatPlate } from '#core/plates/plate.ts';
import { Refusal } from '#core/refusal.ts';
import { dayOf, formatInstant } from '#core/time.ts';
import { type Clock, systemClock } from '#platform/clock.ts';
import type { Log } from '#platform/http/log.ts';
import { incidentsOfPlaceDay } from '#platform/records/incidents.ts';
import type { TimeStamper } from '#platform/time-stamper.ts';
import { acceptFrame } from '../../functions/accept/accept-frame.ts';
import { DEFAULT_LIMITS } from '../../functions/accept/limits.ts';
import { resumeFrames } from '../../functions/accept/resume.ts';
import { checkModels } from '../../functions/inspect/model-registry.ts';
import type { InspectionTimings } from '../../functions/inspect/observe.ts';
import { tend } from '../../functions/tend/tend.ts';
import { SYSTEM_VERSION } from '../common/version.ts';
import { type InspectPool, openInspectPool } from './inspect-pool.ts';
import { openNotifier } from './notifying.ts';
import type { PatrolIncident, PatrolReport } from './patrol-report.ts';
import { type Pipeline, type Stage, startPipeline } from './pipeline.ts';
import { registerFolders } from './register-folders.ts';
import { registrationOf } from './registration.ts';
import type { Sequence } from './sequence.ts';
import { openStore, type Store } from './store.ts';

export interface PatrolOptions {
  /** Packages go here, the store into `store` beneath. An unfinished patrol of the same folders is gone on with. */
  out: string;
  log?: Log;
  /** Stamps what is sealed. A patrol does not wait for one that is out of reach: it fails, and goes on when called again. */
  timeStamper?: TimeStamper | undefined;
  /** Inference threads; as many as the machine has cores by default. */
  workers?: number;
  /** Shared with others instead of opened for this patrol. */
  pool?: InspectPool;
  onProgress?(done: number, total: number): void;
}

/** @throws {Refusal} when a model is not what its card says; nothing is written then */
export async function patrol(sequences: readonly Sequence[], options: PatrolOptions): Promise<PatrolReport> {
  const started = performance.now();
  if (options.pool === undefined) await checkModels();
  const { out, log = () => {} } = options;
  const clock = clockFor(sequences);
  const notifier = openNotifier(process.env, { log, clock });
  const journal = await openJournal(out, sequences);
  const store = await openStore(join(out, 'store'), { baseUrl: 'http://localhost', clock, maxDeliveries: 4 });
  const pool = options.pool ?? openInspectPool(options.workers ?? availableParallelism());
  const timings: InspectionTimings[] = [];
  try {
    await pool.ready;
    await registerFolders(store.table, clock, registrationOf(sequences));
    const work = (stage: Stage) =>
      startPipeline({
        ...{ store, pool, clock, log, timeStamper: options.timeStamper, systemVersion: SYSTEM_VERSION },
        unstamped: 'fails',
        stages: [stage],
        // Nothing more will come: what was seen is all there is.
        settling: { quietMs: 0, patienceMs: 0 },
        onTimings(frame) {
          timings.push(frame);
          options.onProgress?.(timings.length, total);
        },
      });
    const total = sequences.reduce((sum, { frames }) => sum + frames.length, 0);
    // What an earlier run of this patrol failed at, and what it accepted and did not get to.
    for (const queue of Object.values(store.queues)) await queue.deadLetters.replay('all');
    await resumeFrames({ table: store.table, queue: store.queues.inspect, clock }, { idleMs: 0 });
    const seeing = work('inspect');
    const { accepted, refused } = await acceptAll(store, sequences, { clock, log, wake: seeing.wake });
    await finish(seeing);
    // All frames are seen: each day is correlated once and each incident sealed once, whatever order they came in.
    await finish(work('correlate'));
    // Where the folder asks for a notice, what left unwarned is corrected; the rest waits for its grace, unsealed.
    await tend({ table: store.table, blobs: store.blobs, notifier }, clock.now());
    await finish(work('seal'));
    await assertNothingFailed(store);
    const incidents = await writePackages(store, sequences, out);
    await journal.finish();
    return {
      incidents,
      frames: accepted,
      refused,
      timings: { totalMs: Math.round(performance.now() - started), frameMs: medians(timings) },
    };
  } finally {
    if (options.pool === undefined) await pool.close();
    store.close();
  }
}

async function finish(pipeline: Pipeline): Promise<void> {
  await pipeline.drained();
  await pipeline.stop();
}

/** The real clock, unless the folders were recorded by one that runs ahead of it. */
function clockFor(sequences: readonly Sequence[]): Clock {
  const last = Math.max(0, ...sequences.flatMap(({ frames }) => frames.map(({ capturedAt }) => capturedAt)));
  return last < systemClock.now() ? systemClock : { now: () => Math.max(systemClock.now(), last + 1_000) };
}

interface Accepting {
  clock: Clock;
  log: Log;
  wake(): void;
}

async function acceptAll(store: Store, sequences: readonly Sequence[], { clock, log, wake }: Accepting) {
  const dependencies = {
    ...{ table: store.table, blobs: store.blobs, queue: store.queues.inspect, clock, log },
    limits: DEFAULT_LIMITS,
  };
  const from = { actor: systemActor('patrol'), address: 'local' };
  const frames = new Set<string>();
  const refused: { file: string; code: string; message: string }[] = [];
  for (const { camera, frames: listed } of sequences) {
    for (const { path, capturedAt } of listed) {
      try {
        const bytes = await readFile(path).catch((error: unknown) => unreadable(error));
        const { frame } = await acceptFrame(dependencies, { cameraId: camera.id, capturedAt, bytes, from });
        frames.add(frame.frameId);
        wake();
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refused.push({ file: path, code: error.code, message: error.message });
      }
    }
  }
  return { accepted: frames.size, refused };
}

function unreadable(cause: unknown): never {
  throw new Refusal(
    'frame-unreadable',
    400,
    {
      expected: 'a readable file',
      received: cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error',
      action: 'Restore the file or take it out of sequence.json.',
    },
    cause,
  );
}

/** A patrol that leaves something undone must not look like one that found nothing. */
async function assertNothingFailed({ queues }: Store): Promise<void> {
  for (const [name, queue] of Object.entries(queues)) {
    const [letter] = await queue.deadLetters.list({ limit: 1 });
    if (letter !== undefined)
      throw new Error(`Expected every message of ${name} worked off, one failed: ${letter.error}`);
  }
}

async function writePackages({ table, blobs }: Store, sequences: readonly Sequence[], out: string) {
  const found = new Map<string, Incident>();
  for (const { place, frames } of sequences) {
    for (const day of new Set(frames.map(({ capturedAt }) => dayOf(capturedAt)))) {
      for (const incident of await incidentsOfPlaceDay(table, place.id, day)) found.set(incident.id, incident);
    }
  }
  const incidents: PatrolIncident[] = [];
  for (const incident of found.values()) {
    if (incident.state === 'dissolved') continue;
    const sealed = incident.package;
    const path = sealed === null ? null : join(out, `${incident.id}.zip`);
    const bytes = sealed === null ? undefined : await blobs.get(sealed.key);
    if (path !== null && bytes !== undefined) await writeFile(path, bytes);
    incidents.push(reportOf(incident, path));
  }
  return incidents.sort(
    (a, b) => (a.firstSeen < b.firstSeen ? -1 : Number(a.firstSeen > b.firstSeen)) || (a.id < b.id ? -1 : 1),
  );
}

function reportOf(
  { id, stay, placeName, state, grade, phase, package: sealed }: Incident,
  path: string | null,
): PatrolIncident {
  return {
    id,
    type: stay.type,
    plate: stay.plate === null ? null : formatPlate(stay.plate.text),
    place: placeName,
    zone: stay.zone.zoneId,
    shop: stay.shop,
    firstSeen: formatInstant(stay.firstSeen),
    lastSeen: formatInstant(stay.lastSeen),
    frames: new Set(stay.sightings.map(({ frameId }) => frameId)).size,
    state,
    grade,
    phase,
    package: path,
    packageSha256: sealed?.sha256 ?? null,
  };
}

/** Says whether the store belongs to an unfinished patrol of these very folders; any other one of ours is started over. */
async function openJournal(out: string, sequences: readonly Sequence[]): Promise<{ finish(): Promise<void> }> {
  const path = join(out, 'patrol.json');
  const input = createHash('sha256').update(canonicalJson(sequences)).digest('hex');
  const text = await readFile(path, 'utf8').catch(() => null);
  const goesOn = text !== null && canonicalJson(JSON.parse(text)) === canonicalJson({ input, finished: false });
  if (!goesOn && text !== null) await rm(join(out, 'store'), { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await writeFile(path, canonicalJson({ input, finished: false }));
  return { finish: () => writeFile(path, canonicalJson({ input, finished: true })) };
}

function medians(timings: readonly InspectionTimings[]): PatrolReport['timings']['frameMs'] {
  const median = (of: (frame: InspectionTimings) => number) => {
    const values = timings.map(of).toSorted((a, b) => a - b);
    return Math.round(values[values.length >> 1] ?? 0);
  };
  return {
    decode: median(({ decodeMs }) => decodeMs),
    detect: median(({ detectMs }) => detectMs),
    plate: median(({ plateMs }) => plateMs),
    storefront: median(({ storefrontMs }) => storefrontMs),
    total: median(({ totalMs }) => totalMs),
    sessionRun: median(({ sessionRunMs }) => sessionRunMs),
  };
}
