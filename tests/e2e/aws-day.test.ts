/**
 * 所交付即所测: the very folders that `cdk deploy` would upload, each with the variables and the rights of its own template, from an
 * upload to a verified package. What they find equals what one machine finds on the same frames.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPublishedKeys } from '#core/evidence/signing-keys.ts';
import { verifyPackage } from '#core/evidence/verify.ts';
import { dayOf } from '#core/time.ts';
import { openDynamoTable } from '#platform/aws/dynamo-table.ts';
import { systemClock } from '#platform/clock.ts';
import type { Table } from '#platform/table.ts';
import { patrol } from '../../infra/local/patrol.ts';
import type { PatrolReport } from '../../infra/local/patrol-report.ts';
import type { Sequence } from '../../infra/local/sequence.ts';
import { type Cloud, startCloud } from '../aws/cloud.ts';
import { type Engines, hasEngines, startEngines } from '../aws/engines.ts';
import * as samples from '../aws/samples.ts';
import type { ServiceCall } from '../aws/service-proxy.ts';
import type { Mishap } from '../aws/sqs-source.ts';
import { synthesise } from '../aws/synth.ts';
import { call } from './house.ts';

const PUSHED = ['a_sidewalk_parking', 'c_short_stop', 'd_storefront_goods', 'e_nothing_wrong', 'f_dusk_rain'];
const UPLOADED = ['b_second_camera', 'g_two_cars'];
/** Two cameras that see one stay, and two cars at once. */
const DISTURBED = ['a_sidewalk_parking', 'b_second_camera', 'g_two_cars'];
const MINUTE_MS = 60_000;

let folder: string;
let assembly: string;
let engines: Engines;
let local: PatrolReport;
let all: readonly Sequence[];

describe.skipIf(!hasEngines)('the bundles of a synthesised template', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kerbwatch-bundle-'));
    assembly = join(folder, 'cdk.out');
    all = await Promise.all([...PUSHED, ...UPLOADED].map(samples.readSample));
    const arch = process.arch === 'arm64' ? 'arm64' : 'x86_64';
    const context = { arch, identity: 'built-in', console: 'lambda', region: 'us-east-1' };
    [engines, local] = await Promise.all([
      startEngines(),
      patrol(all, { out: join(folder, 'patrol') }),
      synthesise(assembly, context),
    ]);
  }, 240_000);

  afterAll(async () => {
    await engines?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const open = async (suffix: string): Promise<{ cloud: Cloud; table: Table }> => {
    const { services, access, makers } = engines;
    const cloud = await startCloud({ assembly, services, access, makers, suffix });
    return {
      cloud,
      table: openDynamoTable({ client: cloud.clients.dynamodb, table: cloud.table, clock: systemClock }),
    };
  };
  const administratorOf = async (cloud: Cloud): Promise<samples.Administrator> => {
    const { token } = Object(
      await cloud.invoke('operate', {
        ...{
          do: 'issue-token',
          by: '测试',
          name: '首个管理令牌',
          scopes: ['admin', 'audit:read'],
          cameras: [],
          expiresAt: null,
        },
      }),
    );
    return { url: cloud.url, token: String(token) };
  };

  describe('an ordinary day', () => {
    let cloud: Cloud;
    let table: Table;
    let administrator: samples.Administrator;
    let reviewer: string;
    let cases: string;

    beforeAll(async () => {
      ({ cloud, table } = await open('-ordinary'));
    }, 60_000);
    afterAll(() => cloud?.stop());

    it('begins with a token from the function of the operator, by which everything is registered', async () => {
      await cloud.invoke('operate', { do: 'record-keys', by: '测试' });
      administrator = await administratorOf(cloud);
      await samples.registerSamples(administrator, all);
      cases = await samples.issueToken(administrator, ['violations:read', 'violations:ack']);
      reviewer = await samples.newOfficer(administrator, 'reviewer', 'reviewer');
      const { body } = await call(cloud.url, 'GET', '/v1/public/cameras');
      expect(body.items).toHaveLength(6);
    }, 60_000);

    it('takes frames in as bodies and as uploads, and finds what one machine finds, incident for incident', async () => {
      const network = await samples.issueToken(administrator, ['frames:write']);
      for (const { camera, frames, directory } of all) {
        for (const frame of frames) {
          if (PUSHED.some((name) => directory.endsWith(name)))
            await samples.pushFrame(cloud.url, network, camera.id, frame);
          else expect((await samples.uploadFrame(cloud.url, network, camera.id, frame)).status).toBe(200);
        }
      }
      await cloud.drained(150_000);
      expect(samples.comparable(await samples.incidentsIn(table, all))).toEqual(samples.comparable(local.incidents));
      expect(local.incidents.length).toBeGreaterThan(3);
      expect(await cloud.depth('inspect-dead-letters')).toBe(0);
    }, 200_000);

    const confirm = async (plate: string): Promise<string> => {
      const { items } = await samples.ask(cloud.url, 'GET', '/v1/review/queue?limit=100', reviewer);
      const [row] = (Array.isArray(items) ? items : []).filter((item) => item.plate === plate);
      const { lease } = await samples.ask(cloud.url, 'POST', '/v1/review/claim', reviewer, { id: row.id });
      const decision = { outcome: 'confirm', version: Object(lease).version };
      await samples.ask(cloud.url, 'POST', `/v1/review/${row.id}/decision`, reviewer, decision);
      return row.id;
    };
    const verified = async (response: Response) => {
      expect(response.status).toBe(200);
      const keys = readPublishedKeys(await (await fetch(`${cloud.url}/v1/public/keys`)).text());
      const checks = await verifyPackage(new Uint8Array(await response.arrayBuffer()), { keys });
      expect(checks.filter(({ ok }) => !ok)).toEqual([]);
      expect(checks.length).toBeGreaterThan(5);
    };

    it('shows them to an officer, who confirms; the case system pulls, verifies the package and acknowledges', async () => {
      const id = await confirm('浙A·8K3F2');
      const feed = await samples.ask(cloud.url, 'GET', '/v1/violations', cases);
      expect(feed.items).toEqual([expect.objectContaining({ id, state: 'confirmed', plate: '浙A·8K3F2' })]);
      await verified(
        await fetch(`${cloud.url}/v1/violations/${id}/package`, { headers: { Authorization: `Bearer ${cases}` } }),
      );
      await samples.ask(cloud.url, 'POST', `/v1/violations/${id}/ack`, cases, { caseNumber: 'A-2026-1' });
    }, 60_000);

    it('shows a party its case, and makes a copy in which nobody else can be recognised', async () => {
      const id = await confirm('浙A·7C2H9');
      const { code } = await samples.ask(cloud.url, 'POST', `/v1/violations/${id}/party-code`, cases);
      const { token } = await samples.ask(cloud.url, 'POST', '/v1/party/session', '', { incident: id, code });
      const party = String(token);
      expect(await samples.ask(cloud.url, 'GET', '/v1/party/case', party)).toMatchObject({ state: 'confirmed' });
      const copy = () => samples.ask(cloud.url, 'GET', '/v1/party/case/copy', party);
      expect(await copy()).toMatchObject({ state: 'making' });
      await cloud.drained(120_000);
      await verified(await fetch(String((await copy()).url)));
    }, 150_000);

    it('replays a day with the models that are loaded: nothing differs', async () => {
      const [place] = all
        .filter(({ directory }) => directory.endsWith('g_two_cars'))
        .map((sequence) => sequence.place.id);
      const asked = { placeId: place, days: 1, until: '2026-05-15', draft: { model: 'loaded' } };
      const { counts } = await samples.ask(cloud.url, 'POST', '/v1/replay', administrator.token, asked);
      expect(counts).toEqual({ added: 0, lost: 0, changed: 0, kept: 2 });
    }, 60_000);

    it('takes back all that a wrong zone produced', async () => {
      const supervisor = await samples.newOfficer(administrator, 'supervisor', 'supervisor');
      const selector = { zone: { cameraId: 'CAM-06', zoneId: 'sidewalk', version: 1 } };
      const preview = await samples.ask(cloud.url, 'POST', '/v1/withdrawals/preview', supervisor, { selector });
      const seen = { count: preview.count, digest: preview.digest };
      const asked = { selector, reason: 'wrong-zone', note: '画错', seen };
      const { id } = await samples.ask(cloud.url, 'POST', '/v1/withdrawals', supervisor, asked);
      await cloud.drained(30_000);
      const done = await samples.ask(cloud.url, 'GET', `/v1/withdrawals/${id}`, supervisor);
      expect(done).toMatchObject({ state: 'done', withdrawn: 1 });
    }, 60_000);

    it('serves the pages and the contract', async () => {
      for (const path of ['/', '/party.html', '/verify.html', '/openapi.json', '/healthz']) {
        expect([path, (await fetch(cloud.url + path)).status]).toEqual([path, 200]);
      }
    });

    it('has a clock: a lease that ended returns its item, a day that is over gets its root', async () => {
      await samples.ask(cloud.url, 'POST', '/v1/review/claim', reviewer, {});
      await cloud.tick('tend');
      cloud.setClockAhead(11 * MINUTE_MS);
      await cloud.tick('tend');
      expect(cloud.lambda('tend').output()).toMatch(/"leasesReturned":1/);
      // A day at once would be a clock that leapt, and no root is made by one.
      for (const hours of [13, 25]) {
        cloud.setClockAhead(hours * 60 * MINUTE_MS);
        await cloud.tick('tend');
      }
      const { items } = await samples.ask(cloud.url, 'GET', '/v1/audit/roots', administrator.token);
      expect(Array.isArray(items) ? items.length : 0).toBeGreaterThan(0);
      cloud.setClockAhead(0);
    }, 60_000);

    it('left no function out, and none asked for what its role does not allow', () => {
      const asleep = [...cloud.lambdas].filter(([, lambda]) => lambda.starts().length === 0).map(([name]) => name);
      // What uploads without a word from the storage need is for the bad day.
      expect(asleep).toEqual(['resume']);
      expect(cloud.refused).toEqual([]);
    });

    it('wrote no plate and no token into any log', () => {
      const written = [...cloud.lambdas.values()].map((lambda) => lambda.output()).join('\n');
      expect(written).not.toMatch(/[京津沪浙苏粤][A-Z]·?[A-Z0-9]{5,6}\b/);
      for (const secret of [administrator.token, cases, reviewer]) expect(written).not.toContain(secret);
    });
  });

  describe('a bad day', () => {
    let cloud: Cloud;
    let table: Table;
    let administrator: samples.Administrator;
    let network: string;
    let disturbed: readonly Sequence[];
    let lostFrame: string;
    let outOfReach: string;

    const stateOf = async (frameId: string) =>
      (await samples.ask(cloud.url, 'GET', `/v1/frames/${frameId}`, network)).state;
    /** Resolves when a function first calls a service in this way. */
    const seen: { isIt(name: string, call: ServiceCall): boolean; resolve(): void }[] = [];
    const when = (isIt: (name: string, call: ServiceCall) => boolean) =>
      new Promise<void>((resolve) => seen.push({ isIt, resolve }));

    beforeAll(async () => {
      ({ cloud, table } = await open('-bad'));
      administrator = await administratorOf(cloud);
      disturbed = all.filter(({ directory }) => DISTURBED.some((name) => directory.endsWith(name)));
      await samples.registerSamples(administrator, disturbed);
      network = await samples.issueToken(administrator, ['frames:write']);
      cloud.breakServices((name, call) => {
        for (const { isIt, resolve } of seen) if (isIt(name, call)) resolve();
        const isLost = outOfReach !== undefined && call.service === 's3' && call.path.includes(outOfReach);
        return isLost && name === 'inspect' ? 'out of reach' : undefined;
      });
    }, 60_000);
    afterAll(() => cloud?.stop());

    it('an upload of which the storage told nobody is taken in by `resume`', async () => {
      cloud.hold('inspect', true);
      cloud.notifications.lose(() => true);
      const [sequence] = disturbed.filter(({ directory }) => directory.endsWith('b_second_camera'));
      const [frame] = sequence?.frames ?? [];
      if (sequence === undefined || frame === undefined) throw new Error('Expected a frame');
      lostFrame = (await samples.uploadFrame(cloud.url, network, sequence.camera.id, frame)).frameId;
      expect(await stateOf(lostFrame)).toBe('awaiting-upload');
      cloud.setClockAhead(16 * MINUTE_MS);
      await cloud.tick('resume');
      cloud.setClockAhead(0);
      cloud.notifications.lose(false);
      expect(cloud.notifications.lost).toHaveLength(1);
      expect(await stateOf(lostFrame)).toBe('accepted');
    }, 60_000);

    it('what nobody can work off goes to the dead letters, and takes nothing else of its batch with it', async () => {
      const [kept] = disturbed[0]?.frames.slice(2) ?? [];
      outOfReach = createHash('sha256')
        .update(await readFile(String(kept?.path)))
        .digest('hex');
      const [firstScene, firstPackage] = [
        when((name, { method, path }) => name === 'inspect' && method === 'PUT' && path.includes('/scenes/')),
        when((name, { method, path }) => name === 'seal' && method === 'PUT' && path.includes('/evidence/')),
      ];
      for (const name of ['arrive', 'correlate']) cloud.disturb(name, () => ({ twice: 'at-once' }));
      cloud.disturb('inspect', twiceAndKilledOnce('one-after-the-other', firstScene));
      cloud.disturb('seal', twiceAndKilledOnce('at-once', firstPackage));
      for (const { camera, frames, directory } of disturbed) {
        for (const frame of frames) {
          if (directory.endsWith('g_two_cars')) await samples.uploadFrame(cloud.url, network, camera.id, frame);
          else await samples.pushFrame(cloud.url, network, camera.id, frame);
        }
      }
      await cloud.send('inspect', 'no message of ours');
      cloud.hold('inspect', false);
      await expect.poll(() => cloud.depth('inspect-dead-letters'), { timeout: 90_000 }).toBe(2);
      const partial = cloud.outcomes.filter(({ name, outcome, messages }) => {
        const failed = outcome.kind === 'answered' ? Object(outcome.payload).batchItemFailures?.length : 0;
        return name === 'inspect' && failed > 0 && failed < messages;
      });
      expect(partial.length).toBeGreaterThan(0);
    }, 120_000);

    it('dead letters are seen and sent again by the function of the operator', async () => {
      const { letters } = Object(
        await cloud.invoke('operate', { do: 'list-dead-letters', by: '测试', queue: 'inspect', limit: 10 }),
      );
      const [letter] = letters.filter(({ body }: { body: unknown }) => typeof Object(body).frameId === 'string');
      expect(letters).toHaveLength(2);
      outOfReach = 'nothing';
      await expect
        .poll(
          async () =>
            Object(
              await cloud.invoke('operate', {
                do: 'replay-dead-letters',
                by: '测试',
                queue: 'inspect',
                ids: [letter.id],
              }),
            ).replayed,
          { timeout: 30_000 },
        )
        .toBe(1);
      await cloud.drained(150_000);
      expect(await cloud.depth('inspect-dead-letters')).toBe(1);
    }, 200_000);

    it('killed in the middle, told twice, told never, told late: it ends as it does on one machine', async () => {
      const killed = cloud.outcomes.filter(({ outcome }) => outcome.kind === 'timed-out').map(({ name }) => name);
      expect(new Set(killed)).toEqual(new Set(['inspect', 'seal']));
      const days = new Set(disturbed.flatMap(({ frames }) => frames.map(({ capturedAt }) => dayOf(capturedAt))));
      const places = new Set(disturbed.map(({ place }) => place.name));
      const expected = local.incidents.filter(
        ({ place, firstSeen }) => places.has(place) && days.has(firstSeen.slice(0, 10)),
      );
      expect(expected).toHaveLength(3);
      expect(samples.comparable(await samples.incidentsIn(table, disturbed))).toEqual(samples.comparable(expected));
      const { ok, failures } = await samples.ask(cloud.url, 'GET', '/v1/audit/verify', administrator.token);
      expect({ ok, failures }).toEqual({ ok: true, failures: [] });
    }, 60_000);

    it('asked for nothing that a role does not allow', () => {
      expect(cloud.refused).toEqual([]);
    });
  });
});

/** Whatever is at work when it is killed; what comes after goes well. */
function twiceAndKilledOnce(twice: Mishap['twice'] & string, killed: Promise<void>): () => Mishap {
  let isOver = false;
  void killed.then(() => {
    isOver = true;
  });
  return () => (isOver ? { twice } : { twice, killed });
}
