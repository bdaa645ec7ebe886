/**
 * `npm start [-- --empty]`: the whole system on one machine. PORT, HOST, KERBWATCH_DATA may be set, and for notices
 * KERBWATCH_NOTICE_URL and KERBWATCH_NOTICE_SECRET, for time stamps KERBWATCH_TSA_URL and KERBWATCH_TSA_CA, for people whom an
 * OpenID provider signs in KERBWATCH_ISSUER and KERBWATCH_CLIENT, behind a proxy KERBWATCH_ORIGIN.
 */
import { createWriteStream, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemActor } from '#core/audit.ts';
import { systemClock } from '#platform/clock.ts';
import { jsonLog } from '#platform/http/log.ts';
import { issuerOf } from '#platform/issuer-identity.ts';
import { recordKeys } from '#platform/records/signing-keys.ts';
import { resumeFrames } from '../../functions/accept/resume.ts';
import { checkModels } from '../../functions/inspect/model-registry.ts';
import { withdrawalRunner } from '../../functions/withdraw/runner.ts';
import { SETTLING } from '../common/steps.ts';
import { SYSTEM_VERSION } from '../common/version.ts';
import { explain } from './cli.ts';
import { openCredentials } from './credentials.ts';
import { type InspectPool, openInspectPool } from './inspect-pool.ts';
import type { Counters } from './metrics.ts';
import { openNotifier } from './notifying.ts';
import { registerFolders } from './register-folders.ts';
import { registrationOf } from './registration.ts';
import { isEmpty, markSamples, pushFrames, readSamples, samplesState } from './samples.ts';
import { listen, localApp } from './server.ts';
import { openStore } from './store.ts';
import { banner, summary } from './summary.ts';
import { startTending } from './tending.ts';
import { openTerminal } from './terminal.ts';
import { timeStamperOf } from './tsa.ts';

const terminal = openTerminal(process.stdout);
const LONGEST_GOODBYE_MS = 8_000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { empty: { type: 'boolean', default: false } } });
  const directory = process.env.KERBWATCH_DATA ?? 'var';
  const port = Number(process.env.PORT ?? 8787);
  const hostname = process.env.HOST ?? '127.0.0.1';
  const baseUrl = `http://localhost:${port}`;
  const clock = systemClock;

  // Before anything is written: what wrong models see must not become evidence.
  const models = await checkModels();
  const timeStamper = timeStamperOf(process.env);
  const issuer = issuerOf(process.env);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const logFile = createWriteStream(join(directory, 'kerbwatch.log'), { flags: 'a', mode: 0o600 });
  const log = jsonLog((line) => void logFile.write(line));
  const notifier = openNotifier(process.env, { log, clock });
  const store = await openStore(directory, { baseUrl, clock });
  await recordKeys(store, { actor: systemActor('start'), now: clock.now() });
  const counters: Counters = { framesInspected: 0, inspectionMsTotal: 0 };
  let seeing = false;
  let wake = () => {};
  const withdrawals = withdrawalRunner({ table: store.table, clock, log });
  let look: (inspect: InspectPool['inspect']) => void = () => {};
  const looking = new Promise<InspectPool['inspect']>((resolve) => {
    look = resolve;
  });
  const app = localApp({
    ...{ store, log, counters, models, withdrawals, isSeeing: () => seeing, wake: () => wake() },
    ...{ issuer, publicOrigin: process.env.KERBWATCH_ORIGIN },
    inspect: async (bytes, context) => (await looking)(bytes, context),
  });
  const server = await listen(app, { port, hostname });
  log({ level: 'info', event: 'started', version: SYSTEM_VERSION, port: server.port });
  for (const line of banner(baseUrl, process.uptime())) terminal.line(line);

  // Frames are taken in from here on; who looks at them, and the fonts and models for it, come after.
  const { startPipeline } = await import('./pipeline.ts');
  // One core is left to those who wait for an answer.
  const pool = openInspectPool(Number(process.env.KERBWATCH_WORKERS ?? Math.max(1, availableParallelism() - 1)));
  look(pool.inspect);
  pool.ready.then(
    () => {
      seeing = true;
    },
    () => {},
  );
  pool.unable.then((reason) => {
    log({ level: 'error', event: 'models-unable', error: reason.message });
    for (const line of explain(reason)) terminal.line(line);
    process.exit(1);
  });
  const pipeline = startPipeline({
    ...{ store, pool, clock, log, timeStamper, systemVersion: SYSTEM_VERSION },
    settling: SETTLING,
    onTimings({ totalMs }) {
      counters.framesInspected += 1;
      counters.inspectionMsTotal += totalMs;
    },
  });
  wake = pipeline.wake;
  const tending = startTending({
    timeStamper,
    ...{ store, clock, log, notifier, withdrawals, wake },
    onReport({ notices, withdrawalNotices, alarms, overdue }) {
      counters.notices = notices;
      counters.withdrawalNotices = withdrawalNotices;
      const before = counters.deadlines ?? { warnings: 0, overdue: 0 };
      counters.deadlines = {
        warnings: before.warnings + alarms.warnings,
        overdue: before.overdue + alarms.overdue,
        waiting: overdue.count,
      };
    },
  });
  const credentials = await openCredentials(store, '*');

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    terminal.line('正在停止 Stopping');
    // Everything that was answered for is on the disk: nothing is worth waiting for longer than this.
    setTimeout(() => process.exit(0), LONGEST_GOODBYE_MS).unref();
    await tending.stop();
    await server.close();
    await pipeline.stop();
    await pool.close();
    store.close();
    process.exit(0);
  };
  process.once('SIGINT', () => void stop());
  process.once('SIGTERM', () => void stop());

  // What was on its way when the process ended last time.
  await resumeFrames({ table: store.table, queue: store.queues.inspect, clock }, { idleMs: 0 });
  pipeline.wake();

  const state = await samplesState(store);
  const wanted = state === 'playing' || (state === 'unplayed' && !values.empty && (await isEmpty(store)));
  if (wanted) {
    const samples = await readSamples();
    await markSamples(store, { played: false });
    await registerFolders(store.table, clock, registrationOf(samples));
    terminal.line(`首次运行：播放随附的示例序列 First run: playing the shipped sample sequences (${samples.length})`);
    const total = samples.reduce((sum, { frames }) => sum + frames.length, 0);
    let pushed = 0;
    const watch = setInterval(async () => {
      const { waiting, working } = await store.queues.inspect.depth();
      terminal.progress(Math.max(0, pushed - waiting - working), total, '识别快照 Inspecting frames');
    }, 500);
    await pushFrames(samples, {
      baseUrl: `http://127.0.0.1:${server.port}`,
      token: credentials.tokens.camera.token,
      onPushed: () => {
        pushed += 1;
      },
    });
    pipeline.wake();
    // What waits for a time stamp is sealed when the authority answers: nobody waits for that to be told how to sign in.
    await pipeline.drained(timeStamper === undefined ? undefined : ['inspect', 'correlate']);
    clearInterval(watch);
    terminal.progress(total, total, '识别快照 Inspecting frames');
    await markSamples(store, { played: true });
  }
  for (const line of await summary(store, { baseUrl, credentials, models })) terminal.line(line);
}

await main().catch((error: unknown) => {
  const lines = isPortTaken(error)
    ? ['端口已被占用 The port is taken: another Kerbwatch may be running. Choose one: PORT=8788 npm start']
    : explain(error);
  for (const line of lines) terminal.line(line);
  process.exit(1);
});

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
