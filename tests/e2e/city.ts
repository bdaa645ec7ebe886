/**
 * A small city: the store of one machine as `npm start` opens it, guarded as it is, with the incidents that the real pipeline
 * made of a shipped sequence, every HTTP door, and a clock in the hand. Made once a test file; each city is a copy.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Incident, IncidentState } from '#core/incident.ts';
import { handClock } from '#platform/clock.ts';
import { incidentsInState } from '#platform/records/incidents.ts';
import { type Credentials, openCredentials } from '../../infra/local/credentials.ts';
import { patrol } from '../../infra/local/patrol.ts';
import { readSequence, type Sequence } from '../../infra/local/sequence.ts';
import { localApp } from '../../infra/local/server.ts';
import { openStore } from '../../infra/local/store.ts';

export type Who =
  | 'reviewer'
  | 'reviewer2'
  | 'legal'
  | 'supervisor'
  | 'admin'
  | 'case system'
  | 'camera network'
  | 'nobody';

export interface Plan {
  /** Folders of tests/samples. */
  samples?: readonly string[];
  /** What the folders do not say: another dossier, another rule. */
  change?: (sequence: Sequence) => Sequence;
}

/** The folder that cities are copied from. */
export async function planCity({ samples = ['g_two_cars'], change = (sequence) => sequence }: Plan = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'kerbwatch-plan-'));
  const folders = samples.map((name) => fileURLToPath(new URL(`../samples/${name}`, import.meta.url)));
  const sequences = await Promise.all(folders.map(readSequence));
  await patrol(sequences.map(change), { out: directory });
  const store = await openStore(join(directory, 'store'), { baseUrl: 'http://localhost' });
  const credentials = await openCredentials(store, '*');
  store.close();
  return {
    credentials,
    /** When the city opens: somebody comes to work after everything was sealed. */
    open: () => openCity(join(directory, 'store'), credentials),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}
export type CityPlan = Awaited<ReturnType<typeof planCity>>;

async function openCity(plan: string, credentials: Credentials) {
  const directory = mkdtempSync(join(tmpdir(), 'kerbwatch-city-'));
  cpSync(plan, directory, { recursive: true });
  const clock = handClock(Date.now());
  const store = await openStore(directory, { baseUrl: 'http://localhost', clock });
  const app = localApp({
    store,
    log: () => {},
    counters: { framesInspected: 0, inspectionMsTotal: 0 },
    models: [],
    isSeeing: () => true,
    wake() {},
  });
  const signedIn = new Map<Who, string>();

  async function request(method: string, path: string, token: string | undefined, body: unknown) {
    const response = await app.request(path, {
      method,
      headers: {
        Accept: 'application/json',
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('Content-Type')?.includes('json') ?? false;
    return { status: response.status, json: isJson ? JSON.parse(text) : {}, text, headers: response.headers };
  }

  async function tokenOf(who: Who): Promise<string | undefined> {
    if (who === 'nobody') return undefined;
    if (who === 'case system') return credentials.tokens.case.token;
    if (who === 'camera network') return credentials.tokens.camera.token;
    const known = signedIn.get(who);
    if (known !== undefined) return known;
    const password = credentials.accounts.find(({ account }) => account === who)?.password;
    const { json } = await request('POST', '/v1/session', undefined, { account: who, password });
    signedIn.set(who, json.token);
    return json.token;
  }

  /** One request as somebody: `ask('reviewer', 'POST /v1/review/claim', {})`. */
  async function ask(who: Who, what: string, body?: unknown) {
    const [method = 'GET', path = '/'] = what.split(' ');
    return request(method, path, await tokenOf(who), body);
  }

  return {
    ...{ directory, clock, store, app, ask, request },
    /** A session ends after a shift: whoever moves the clock far signs in again. */
    forgetSessions: () => signedIn.clear(),
    /** Claims an item and decides; what the decision was answered with. */
    async decide(who: Who, id: string, decision: Record<string, unknown>) {
      const claimed = await ask(who, 'POST /v1/review/claim', { id });
      if (claimed.status !== 200) return claimed;
      return ask(who, `POST /v1/review/${id}/decision`, { version: claimed.json.lease.version, ...decision });
    },
    async inState(state: IncidentState): Promise<Incident[]> {
      const found: Incident[] = [];
      for await (const incident of incidentsInState(store.table, state)) found.push(incident);
      return found.sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    /** What the case system would be handed. */
    async feed(): Promise<{ id: string; state: string; plate: string | null }[]> {
      return (await ask('case system', 'GET /v1/violations')).json.items;
    },
    close() {
      store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
export type City = Awaited<ReturnType<typeof openCity>>;
