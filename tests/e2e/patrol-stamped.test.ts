/** The whole job with a time-stamp authority: nothing half sealed while it is down, everything stamped when it is back. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyPackage } from '#core/evidence/verify.ts';
import { httpTimeStamper } from '#platform/http-time-stamper.ts';
import { incidentsInState } from '#platform/records/incidents.ts';
import { sealWhenSettled } from '../../functions/seal/handler.ts';
import { patrol } from '../../infra/local/patrol.ts';
import { readSequence, type Sequence } from '../../infra/local/sequence.ts';
import { openStore } from '../../infra/local/store.ts';
import { type Authority, openAuthority } from './authority.ts';
import { failed } from './forging.ts';

const out = mkdtempSync(join(tmpdir(), 'patrol-stamped-'));
let authority: Authority;
let sequences: readonly Sequence[];
beforeAll(async () => {
  authority = await openAuthority();
  sequences = [await readSequence(fileURLToPath(new URL('../samples/g_two_cars', import.meta.url)))];
});
afterAll(async () => {
  await authority.close();
  rmSync(out, { recursive: true, force: true });
});
const stamper = () => httpTimeStamper({ url: authority.url, trust: authority.trust });

it('seals nothing while the authority is down, says so, and goes on when it is called again', async () => {
  authority.state.broken = 'down';
  await expect(patrol(sequences, { out, timeStamper: stamper() })).rejects.toThrow(/HTTP status 503|did not answer/);

  const store = await openStore(join(out, 'store'), { baseUrl: 'http://localhost' });
  const open = [];
  for await (const incident of incidentsInState(store.table, 'open')) open.push(incident);
  expect(open).toHaveLength(2);
  expect(open.map((incident) => incident.package)).toEqual([null, null]);
  const dependencies = {
    ...store,
    timeStamper: stamper(),
    systemVersion: 'test',
    settling: { quietMs: 0, patienceMs: 0 },
  };
  const [first] = open;
  if (first === undefined) throw new Error('Expected an open incident');
  for (const why of ['HTTP status 503', 'did not answer a moment ago']) {
    expect(await sealWhenSettled(dependencies, first.id)).toEqual({
      kind: 'later',
      delayMs: 30_000,
      why: expect.stringContaining(why),
    });
  }
  store.close();

  authority.state.broken = null;
  const { incidents } = await patrol(sequences, { out, timeStamper: stamper() });
  expect(incidents.map(({ state }) => state)).toEqual(['pending', 'pending']);
  for (const { package: path } of incidents) {
    const checks = await verifyPackage(readFileSync(path ?? ''), { tsaCa: authority.trust });
    expect(failed(checks)).toEqual([]);
    expect(checks.map(({ id }) => id)).toContain('time-stamp');
  }
}, 180_000);
