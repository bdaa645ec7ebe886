/** An office in a temporary directory: the real table, blobs and HTTP apps, and a few people who may come in. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Of } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { handClock } from '#platform/clock.ts';
import { edgeApp } from '#platform/http/edge.ts';
import type { Identity, Principal } from '#platform/identity.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import { serveBlobs } from '#platform/local/serve-blobs.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { putIncident } from '#platform/records/incidents.ts';
import type { CopyMessage } from '#platform/records/messages.ts';
import { partyApp } from '../../functions/party/app.ts';
import { releaseApp } from '../../functions/release/app.ts';
import { reviewApp } from '../../functions/review/app.ts';
import { framesOf, groundWrites } from '../unit/review-ground.ts';
import { ANNA, BO, CHEN, incident, LI, MINUTE, plateNamed, SUPERVISOR, T0, WU } from '../unit/review-incident.ts';

const officer = (person: typeof ANNA, roles: Extract<Principal, { kind: 'officer' }>['roles']): Principal => ({
  kind: 'officer',
  ...person,
  unit: '五常中队',
  roles,
});

const PEOPLE: Readonly<Record<string, Principal>> = {
  anna: officer(ANNA, ['reviewer']),
  bo: officer(BO, ['reviewer', 'legal-reviewer']),
  chen: officer(CHEN, ['reviewer']),
  li: officer(LI, ['legal-reviewer']),
  su: officer(SUPERVISOR, ['supervisor']),
  wu: officer(WU, ['supervisor']),
  case: {
    kind: 'machine',
    id: 'case-system',
    name: '综合执法案件系统',
    scopes: ['violations:read', 'violations:ack'],
    cameras: [],
  },
  network: { kind: 'machine', id: 'network', name: '视频平台', scopes: ['frames:write'], cameras: '*' },
  auditor: { kind: 'machine', id: 'auditor', name: '审计', scopes: ['audit:read'], cameras: [] },
};
export type Person = 'anna' | 'bo' | 'chen' | 'li' | 'su' | 'wu' | 'case' | 'network' | 'auditor';

export async function openOffice() {
  const directory = await mkdtemp(join(tmpdir(), 'office-'));
  const clock = handClock(T0 + 15 * MINUTE);
  const table = openSqliteTable(join(directory, 'table.db'), clock);
  const blobs = openFileBlobs(join(directory, 'blobs'), { secret: 'office', baseUrl: 'http://localhost', clock });
  const identity: Identity = { authenticate: async (token) => PEOPLE[token] };
  const app = edgeApp();
  app.use(async (c, next) => {
    c.set('address', c.req.header('X-Test-Address') ?? '203.0.113.7');
    await next();
  });
  /** Copies that were asked for. */
  const copies: CopyMessage[] = [];
  const queue = { send: async (message: CopyMessage) => void copies.push(message) };
  app.route('/', reviewApp({ table, blobs, clock, identity }));
  app.route('/', releaseApp({ table, blobs, clock, identity }));
  app.route('/', partyApp({ table, blobs, clock, identity, copies: queue }));
  await table.transact(groundWrites());
  const links = serveBlobs(blobs);
  app.get('/blobs/*', (c) => links(c.req.raw));

  /** One request as a person; what came back as status, JSON and headers. */
  async function ask(who: Person, request: string, body?: unknown, headers: Record<string, string> = {}) {
    const [method = 'GET', path = '/'] = request.split(' ');
    const response = await app.request(path, {
      method,
      headers: {
        Authorization: `Bearer ${who}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('Content-Type')?.includes('json') ?? false;
    return { status: response.status, json: isJson ? JSON.parse(text) : {}, text, headers: response.headers };
  }

  /** A sealed incident in the queue, with the bytes of a package behind it. */
  async function add(name: string, change: Partial<Incident> = {}): Promise<Incident> {
    const one = incident({}, name);
    const fresh = { ...one, stay: { ...one.stay, plate: plateNamed(name) } };
    const key = `packages/${name}/1.zip`;
    const stored = await blobs.putIfAbsent(key, new TextEncoder().encode(`package of ${name}`), 'application/zip');
    const sealed = {
      sha256: sha256Of(stored.sha256),
      key,
      bytes: stored.bytes,
      revision: 1,
      sealedAt: T0 + 12 * MINUTE,
    };
    const whole = { ...fresh, package: sealed, ...change };
    await table.transact([...putIncident(whole, null), ...framesOf(whole)]);
    return whole;
  }

  async function confirm(who: Person, id: string, change: Record<string, unknown> = {}) {
    const { json } = await ask(who, 'POST /v1/review/claim', { id });
    return ask(who, `POST /v1/review/${id}/decision`, { outcome: 'confirm', version: json.lease?.version, ...change });
  }

  return {
    table,
    blobs,
    clock,
    app,
    copies,
    ask,
    add,
    confirm,
    async close() {
      table.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
export type Office = Awaited<ReturnType<typeof openOffice>>;
