/**
 * A day of two cameras through the real functions, above ports that count: a pavement on which four cars come and go, a shop that
 * puts its goods out four times, a frame every five minutes from 08:00 to 22:00. The pictures are those of tests/samples, each
 * with a comment of its own, so that no two frames have the same bytes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { cameraId, frameId, incidentId } from '#core/ids.ts';
import { formatInstant, type Instant, parseInstant } from '#core/time.ts';
import { handClock } from '#platform/clock.ts';
import { openCollapser } from '#platform/collapser.ts';
import { guardTable } from '#platform/guarded-table.ts';
import { edgeApp, frontDoor } from '#platform/http/edge.ts';
import type { Identity } from '#platform/identity.ts';
import type { Queue } from '#platform/queue.ts';
import { cameraWrites } from '#platform/records/cameras.ts';
import { tableIdentity } from '#platform/records/identities.ts';
import type { CorrelateMessage, InspectMessage, SealMessage } from '#platform/records/messages.ts';
import { newOfficer, officerPut } from '#platform/records/officers.ts';
import { machineTokenPut, newMachineToken } from '#platform/records/tokens.ts';
import { DEFAULT_LIMITS } from '../../functions/accept/limits.ts';
import { receiveApp } from '../../functions/accept/receive-app.ts';
import { looksReader } from '../../functions/correlate/looks.ts';
import { inspectFrame } from '../../functions/inspect/handler.ts';
import { createInspector } from '../../functions/inspect/observe.ts';
import { registerApp } from '../../functions/register/app.ts';
import { releaseApp } from '../../functions/release/app.ts';
import { reviewApp } from '../../functions/review/app.ts';
import { sealWhenSettled } from '../../functions/seal/handler.ts';
import { tend } from '../../functions/tend/tend.ts';
import { correlateStep, SETTLING } from '../common/steps.ts';
import { registerFolders } from '../local/register-folders.ts';
import { registrationOf } from '../local/registration.ts';
import { readSequence } from '../local/sequence.ts';
import { openStore } from '../local/store.ts';
import {
  type Counter,
  countedQueue,
  emptyTally,
  type Kettle,
  meteredBlobs,
  meteredTable,
  rowBytes,
  type Shelf,
  type Tally,
} from './meters.ts';
import { add, minus, per, times } from './tally.ts';
import type { Usage } from './usage.ts';
import { picture } from './usage-pictures.ts';

const FOLDERS = ['a_sidewalk_parking', 'd_storefront_goods'];
const DAY = '2026-05-18';
const MINUTE = 60_000;
const EVERY_MINUTES = 5;
const FRAMES = (14 * 60) / EVERY_MINUTES;
const IDLE_ROUNDS = 10;
const PASSWORD = 'counted, not guessed';

/** @param framesPerCamera of the beginning of the day; all of it by default */
export async function countUsage(say: (line: string) => void, framesPerCamera = FRAMES): Promise<Usage> {
  const directory = mkdtempSync(join(tmpdir(), 'kerbwatch-usage-'));
  const start = parseInstant(`${DAY}T08:00:00+08:00`, 'start');
  const clock = handClock(start);
  const store = await openStore(directory, { baseUrl: 'http://localhost', clock });
  try {
    return await run();
  } finally {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  }

  async function run(): Promise<Usage> {
    const counter: Counter = { current: emptyTally() };
    const kettle: Kettle = new Map();
    const shelf: Shelf = new Map();
    const bare = meteredTable(store.table, counter, kettle);
    // The guard reads, too: it stands above what is counted.
    const table = guardTable(bare);
    const blobs = meteredBlobs(store.blobs, counter, shelf);
    const collapser = (queue: string) => openCollapser({ table: bare, queue, clock });
    const queues = {
      // A frame is sent once: nothing would collapse (platform/table-rights.ts gives nobody a marker there).
      inspect: countedQueue<InspectMessage>(counter),
      correlate: countedQueue<CorrelateMessage>(counter, collapser('correlate')),
      seal: countedQueue<SealMessage>(counter, collapser('seal')),
    };
    const during = async <T>(tally: Tally, work: () => Promise<T>): Promise<T> => {
      const around = counter.current;
      counter.current = tally;
      const before = process.cpuUsage();
      try {
        return await work();
      } finally {
        const { user, system } = process.cpuUsage(before);
        tally.cpuMs += (user + system) / 1000;
        counter.current = around;
      }
    };

    const sequences = await Promise.all(
      FOLDERS.map((name) => readSequence(new URL(`../../tests/samples/${name}`, import.meta.url).pathname)),
    );
    await registerFolders(table, clock, registrationOf(sequences));
    const network = newMachineToken(
      { name: '视频平台', scopes: ['frames:write'], cameras: '*', expiresAt: null },
      start,
    );
    const caseSystem = newMachineToken(
      { name: '案件系统', scopes: ['violations:read', 'violations:ack'], cameras: [], expiresAt: null },
      start,
    );
    await table.write(machineTokenPut(network.record));
    await table.write(machineTokenPut(caseSystem.record));
    await table.write(
      officerPut(
        await newOfficer({ account: 'wang', name: '王莉', unit: '蒋村中队', roles: ['reviewer'], password: PASSWORD }),
      ),
    );
    const rowsBefore = rowBytes(kettle, clock.now());

    const inspector = await createInspector();
    const tallies = {
      ...{ authorize: emptyTally(), receive: emptyTally(), inspect: emptyTally(), correlate: emptyTally() },
      ...{ tend: emptyTally(), discard: emptyTally(), seal: emptyTally(), review: emptyTally(), release: emptyTally() },
    };
    // On AWS the authorizer reads the token, not the function: frames are counted so, people with their requests.
    let asking = tallies.authorize;
    const identity: Identity = {
      authenticate: (token) => during(asking, () => tableIdentity(table, clock).authenticate(token)),
    };
    const app = frontDoor(edgeApp(), { log: () => undefined });
    const doors = { table, blobs, clock, identity };
    const accepting = { ...doors, queue: queues.inspect.queue, log: () => undefined, limits: DEFAULT_LIMITS };
    app.route('/', receiveApp(accepting));
    app.route('/', registerApp({ ...doors, secureCookies: false }));
    app.route('/', reviewApp(doors));
    app.route('/', releaseApp(doors));
    const ask = async (token: string, method: string, path: string, body?: Uint8Array | string): Promise<unknown> => {
      const type = typeof body === 'string' ? 'application/json' : 'image/jpeg';
      const headers = { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'Content-Type': type }) };
      const answer = await app.request(path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
      });
      const text = await answer.text();
      if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return /json/.test(answer.headers.get('Content-Type') ?? '') ? JSON.parse(text) : undefined;
    };
    const looks = looksReader(blobs);

    const toSeal = new Map<string, Instant>();
    const calls = { seal: 0, review: 0, release: 0 };
    let frameBytes = 0;
    let apiUnits = 0;

    // The first use of a model is slower than the others; so is the first of every path of the code.
    for (const sequence of sequences) {
      const { camera, place, zones, rules } = sequence;
      const context = { frameId: frameId('warm'), camera, placeId: place.id, capturedAt: start, zones, rules };
      await inspector.inspect(await picture(sequence, 0, 'warm'), context);
    }

    // Frames.
    for (let at = 0; at < framesPerCamera; at += 1) {
      for (const sequence of sequences) {
        const capturedAt = start + at * EVERY_MINUTES * MINUTE;
        clock.set(capturedAt + 2_000);
        const bytes = await picture(sequence, at, `${sequence.camera.id} ${at}`);
        frameBytes += bytes.byteLength;
        apiUnits += Math.ceil(bytes.byteLength / (512 * 1024));
        const path = `/v1/cameras/${sequence.camera.id}/frames?capturedAt=${encodeURIComponent(formatInstant(capturedAt))}`;
        await during(tallies.receive, () => ask(network.token, 'POST', path, bytes));
        for (const message of await during(tallies.inspect, queues.inspect.take)) {
          const deps = { table, blobs, clock, correlateQueue: queues.correlate.queue, inspect: inspector.inspect };
          await during(tallies.inspect, () => inspectFrame(deps, message));
        }
        for (const message of await during(tallies.correlate, queues.correlate.take)) {
          await during(tallies.correlate, () => correlate(message));
        }
      }
      await during(tallies.tend, () => tend({ table, blobs, signer: store.signer }, clock.now()));
      await sealWhatIsDue();
      if (at % 12 === 0) say(`${at * sequences.length} of ${framesPerCamera * sequences.length} frames`);
    }
    for (let more = 0; more < 6 && toSeal.size > 0; more += 1) {
      clock.set(clock.now() + SETTLING.patienceMs);
      await sealWhatIsDue();
    }

    // Officers and the case system.
    const { token } = Session.parse(
      await ask('', 'POST', '/v1/session', JSON.stringify({ account: 'wang', password: PASSWORD })),
    );
    let incidents = 0;
    let confirmed = 0;
    for (;;) {
      const claimed = Claimed.parse(
        await call('review', token, 'POST', '/v1/review/claim').catch(() => ({ item: null })),
      );
      if (claimed.item === null) break;
      incidents += 1;
      const { id, lease } = { id: claimed.item.id, lease: claimed.lease };
      const decide = (body: object) =>
        call(
          'review',
          token,
          'POST',
          `/v1/review/${id}/decision`,
          JSON.stringify({ ...body, version: lease?.version }),
        );
      const done = await decide({ outcome: 'confirm' }).then(
        () => true,
        async (refused: unknown) => {
          say(`${id} ${String(refused).slice(0, 200)}`);
          await decide({ outcome: 'reject', reason: 'image-unclear' });
          return false;
        },
      );
      confirmed += done ? 1 : 0;
    }
    await call('release', caseSystem.token, 'GET', '/v1/violations?limit=100');
    for (const { id } of Feed.parse(await ask(caseSystem.token, 'GET', '/v1/violations?limit=100')).items) {
      await call('release', caseSystem.token, 'GET', `/v1/violations/${id}/package`);
      await call(
        'release',
        caseSystem.token,
        'POST',
        `/v1/violations/${id}/ack`,
        JSON.stringify({ caseNumber: `C-${id}` }),
      );
    }

    const rowsAfter = rowBytes(kettle, clock.now());
    const derived = [...shelf].filter(([key]) => /^(scenes|features|view-references)\//.test(key));
    const packages = [...shelf].filter(([key]) => key.startsWith('evidence/'));
    const frames = framesPerCamera * sequences.length;
    say(`${frames} frames, ${incidents} incidents, ${confirmed} confirmed, ${packages.length} packages`);

    // A month and more later, in steps that no clock would be doubted for.
    for (let day = 0; day < 33; day += 1) {
      clock.set(clock.now() + 86_400_000 - MINUTE);
      const round = emptyTally();
      const report = await during(round, () =>
        tend({ table, blobs, signer: store.signer, discardAtOnce: 1000 }, clock.now()),
      );
      if (report.discarded.frames > 0) add(tallies.discard, round);
    }
    const kept = [...shelf.keys()].filter((key) => key.startsWith('frames/')).length;
    // Readings of cameras go by themselves (KEEP_READING_MS).
    const rowsForever = rowBytes(kettle, clock.now() + 500 * 86_400_000);

    const few = await idleRound();
    const MORE = 400;
    for (const { camera } of sequences.slice(0, 1)) {
      for (let at = 0; at < MORE; at += 1)
        await table.transact(cameraWrites({ ...camera, id: cameraId(`CAM-X${at}`) }));
    }
    const perCamera = per(minus(await idleRound(), few), MORE);
    // What each round of the day would have cost anyhow is counted with the rounds.
    const ofFrames = minus(tallies.tend, times(few, framesPerCamera));

    return {
      countedOn: new Date().toISOString().slice(0, 10),
      machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, Node ${process.versions.node}`,
      day: {
        cameras: sequences.length,
        framesPerCamera,
        everyMinutes: EVERY_MINUTES,
        incidents,
        confirmed,
        citedFrames: kept,
      },
      perFrame: {
        ...{ authorize: per(tallies.authorize, frames), receive: per(tallies.receive, frames) },
        ...{ inspect: per(tallies.inspect, frames), correlate: per(tallies.correlate, frames) },
        ...{ tend: per(ofFrames, frames), discard: per(tallies.discard, frames - kept) },
      },
      perIncident: {
        ...{ seal: per(tallies.seal, packages.length), review: per(tallies.review, incidents) },
        release: per(tallies.release, Math.max(1, confirmed)),
      },
      perIncidentCalls: {
        ...{ seal: calls.seal / packages.length, review: calls.review / incidents },
        release: calls.release / Math.max(1, confirmed),
      },
      idleRound: { base: minus(few, times(perCamera, sequences.length)), perCamera },
      stored: {
        frame: frameBytes / frames,
        apiUnits: apiUnits / frames,
        derivedPerFrame: sum(derived) / frames,
        packagePerIncident: sum(packages) / packages.length,
        rowsPerFrame: (rowsAfter.ofFrames - rowsBefore.ofFrames) / frames,
        rowsPerFrameForever: (rowsForever.ofFrames - rowsBefore.ofFrames) / frames,
        rowsPerIncident: (rowsAfter.others - rowsBefore.others) / incidents,
      },
    };

    function correlate(message: CorrelateMessage): Promise<void> {
      const seal: Pick<Queue<SealMessage>, 'send'> = {
        async send(body, options) {
          await queues.seal.queue.send(body, options);
          toSeal.set(body.incidentId, clock.now());
        },
      };
      const sending = { correlate: queues.correlate.queue, seal };
      return correlateStep({ table, blobs, clock, looks, settling: SETTLING, queues: sending }, message);
    }

    async function sealWhatIsDue(): Promise<void> {
      await during(tallies.seal, queues.seal.take);
      const deps = { table, blobs, clock, signer: store.signer, systemVersion: 'counted', settling: SETTLING };
      for (const [id, due] of toSeal) {
        if (due > clock.now()) continue;
        calls.seal += 1;
        const outcome = await during(tallies.seal, () => sealWhenSettled(deps, incidentId(id)));
        if (outcome.kind !== 'later') toSeal.delete(id);
        else {
          toSeal.set(id, clock.now() + outcome.delayMs);
          const again = { delayMs: outcome.delayMs, dedupeKey: id };
          await during(tallies.seal, () => queues.seal.queue.send({ incidentId: incidentId(id) }, again));
        }
      }
    }

    async function call(
      kind: 'review' | 'release',
      who: string,
      method: string,
      path: string,
      body?: string,
    ): Promise<unknown> {
      calls[kind] += 1;
      asking = tallies[kind];
      return during(tallies[kind], () => ask(who, method, path, body));
    }

    /** The mean of some, for one is too short to be timed. */
    async function idleRound(): Promise<Tally> {
      const rounds = emptyTally();
      for (let round = 0; round <= IDLE_ROUNDS; round += 1) {
        clock.set(clock.now() + MINUTE);
        const tally = emptyTally();
        await during(tally, () => tend({ table, blobs, signer: store.signer }, clock.now()));
        // The first has still something to do.
        if (round > 0) add(rounds, tally);
      }
      return per(rounds, IDLE_ROUNDS);
    }
  }
}

const Session = z.object({ token: z.string() });
const Claimed = z.object({
  item: z.object({ id: z.string() }).nullable(),
  lease: z.object({ version: z.number() }).nullish(),
});
const Feed = z.object({ items: z.array(z.object({ id: z.string() })) });

const sum = (files: readonly [string, number][]) => files.reduce((total, [, bytes]) => total + bytes, 0);
