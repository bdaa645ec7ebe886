/** The whole system behind one port: every function's app, links to blobs, the page, and what an operator asks. */
import { serve } from '@hono/node-server';
import { refuse } from '#core/refusal.ts';
import type { ModelVersion } from '#core/sighting.ts';
import { type EdgeApp, edgeApp, frontDoor } from '#platform/http/edge.ts';
import type { Log } from '#platform/http/log.ts';
import { serveContract } from '#platform/http/openapi.ts';
import { type Issuer, identityOf } from '#platform/issuer-identity.ts';
import { serveBlobs } from '#platform/local/serve-blobs.ts';
import { incidentsOfFrame } from '#platform/records/frame-incidents.ts';
import { tableOf } from '#platform/table-rights.ts';
import type { AcceptDependencies } from '../../functions/accept/accept-frame.ts';
import { acceptApp } from '../../functions/accept/app.ts';
import { DEFAULT_LIMITS } from '../../functions/accept/limits.ts';
import { receiveApp } from '../../functions/accept/receive-app.ts';
import { completeUpload } from '../../functions/accept/uploads.ts';
import { partyApp } from '../../functions/party/app.ts';
import { registerApp } from '../../functions/register/app.ts';
import { releaseApp } from '../../functions/release/app.ts';
import { replayApp } from '../../functions/replay/app.ts';
import type { ReplayDependencies } from '../../functions/replay/replay.ts';
import { reviewApp } from '../../functions/review/app.ts';
import { keysApp } from '../../functions/seal/keys-app.ts';
import { withdrawApp } from '../../functions/withdraw/app.ts';
import { type WithdrawalRunner, withdrawalRunner } from '../../functions/withdraw/runner.ts';
import { CONTRACT } from '../common/contract.ts';
import { replayLooks } from '../common/replaying.ts';
import { SYSTEM_VERSION } from '../common/version.ts';
import { servePages, serveVerifier } from '../console/serve-site.ts';
import { type Counters, metricsText } from './metrics.ts';
import type { Store } from './store.ts';

export interface ServerOptions {
  store: Store;
  log: Log;
  counters: Counters;
  /** The models that look at frames, as their cards name them. */
  models: readonly ModelVersion[];
  /** Whether models are loaded and frames can be inspected. */
  isSeeing(): boolean;
  /** Told when a queue got something from outside. */
  wake(): void;
  /** Looks at a stored frame again; until models are loaded nobody can. */
  inspect?: ReplayDependencies['inspect'];
  /** Carries bulk withdrawals out; one of its own by default. */
  withdrawals?: WithdrawalRunner;
  /** Signs people in beside the built-in accounts. */
  issuer?: Issuer | undefined;
  /** Where browsers find us, when a proxy stands before. */
  publicOrigin?: string | undefined;
}

/** What `accept` needs of a store; a frame put into the queue wakes whoever inspects. */
export function acceptDependencies({
  store,
  log,
  wake,
}: Pick<ServerOptions, 'store' | 'log' | 'wake'>): AcceptDependencies {
  const { table, blobs, clock, queues } = store;
  const queue: AcceptDependencies['queue'] = {
    ...queues.inspect,
    async send(body, options) {
      await queues.inspect.send(body, options);
      wake();
    },
  };
  return { table: tableOf(table, 'accept'), blobs, clock, log, limits: DEFAULT_LIMITS, queue };
}

/** Everything but the socket: the same app that tests call. */
export function localApp({
  store,
  log,
  counters,
  models,
  isSeeing,
  wake,
  withdrawals,
  inspect = unseeing,
  issuer,
  publicOrigin,
}: ServerOptions): EdgeApp {
  const { table, blobs, clock } = store;
  const { start } = withdrawals ?? withdrawalRunner({ table, clock, log });
  const identity = identityOf(issuer, { table, clock });
  const accepting = acceptDependencies({ store, log, wake });
  const app = frontDoor(edgeApp(), { log, publicOrigin });
  app.route('/', receiveApp({ ...accepting, identity }));
  app.route('/', acceptApp({ ...accepting, identity, incidentsOfFrame: (frame) => incidentsOfFrame(table, frame) }));
  const secureCookies = publicOrigin?.startsWith('https:') ?? false;
  app.route('/', registerApp({ table: tableOf(table, 'register'), blobs, clock, identity, secureCookies }));
  app.route('/', reviewApp({ table: tableOf(table, 'review'), blobs, clock, identity }));
  app.route('/', keysApp({ signer: store.signer }));
  const copies = {
    async send(...message: Parameters<typeof store.queues.copy.send>) {
      await store.queues.copy.send(...message);
      wake();
    },
  };
  app.route('/', partyApp({ table: tableOf(table, 'party'), blobs, clock, identity, copies }));
  app.route('/', releaseApp({ table: tableOf(table, 'release'), blobs, clock, identity }));
  app.route('/', withdrawApp({ table: tableOf(table, 'withdraw'), clock, identity, start }));
  const replaying = { table: tableOf(table, 'replay'), blobs, clock, looks: replayLooks(store) };
  app.route('/', replayApp({ ...replaying, identity, inspect }));

  const answerBlob = serveBlobs(blobs, async ({ key }) => {
    if (!key.startsWith('uploads/')) return;
    const arrival = await completeUpload(accepting, key);
    // Whoever uploads waits for this answer: better now than on asking.
    if (arrival.kind === 'refused') throw arrival.refusal;
  });
  app.on(['GET', 'HEAD', 'PUT'], '/blobs/*', (c) => answerBlob(c.req.raw));
  app.get('/healthz', (c) => c.json({ status: 'ok', version: SYSTEM_VERSION }));
  app.get('/readyz', async (c) => {
    await table.get({ partition: 'readyz', sort: 'probe' });
    return c.json({ status: 'ready', seeing: isSeeing(), models });
  });
  app.get('/metrics', async (c) =>
    c.text(await metricsText(store, counters), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );
  servePages(app);
  serveVerifier(app);
  serveContract(app, CONTRACT);
  return app;
}

const unseeing = (): Promise<never> =>
  Promise.reject(
    refuse('models-loading', 503, {
      expected: 'models that are loaded',
      received: 'none yet',
      action: 'Ask again in a moment: GET /readyz says when.',
    }),
  );

export interface Listening {
  port: number;
  close(): Promise<void>;
}

/** @throws {Error} with `code` EADDRINUSE when the port is taken */
export function listen(app: EdgeApp, { port, hostname }: { port: number; hostname: string }): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname }, (info) =>
      resolve({
        port: info.port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ('closeIdleConnections' in server) server.closeIdleConnections();
          }),
      }),
    );
    server.once('error', reject);
  });
}
