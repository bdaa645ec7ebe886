/**
 * `kill -9` at random moments of the first run, and started again each time: nothing lost, nothing doubled. How many
 * kills is set by KERBWATCH_KILLS; by hand it was run with many more than here.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyPackage } from '#core/evidence/verify.ts';
import { systemClock } from '#platform/clock.ts';
import { verifyAll } from '#platform/records/audit.ts';
import { framesInState } from '#platform/records/frames.ts';
import { incidentsInState } from '#platform/records/incidents.ts';
import { openStore } from '../../infra/local/store.ts';
import { freePort, startHouse } from './house.ts';

const KILLS = Number(process.env.KERBWATCH_KILLS ?? 6);
/** Kept apart from Math.random so that a failure names the moments it came from. */
const moments: number[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerbwatch-kill-'));
  const port = await freePort();
  for (let kill = 0; kill < KILLS; kill++) {
    const house = await startHouse(folder, { port });
    const ms = 300 + Math.random() * 7_000;
    moments.push(Math.round(ms));
    await new Promise((resolve) => setTimeout(resolve, ms));
    await house.kill();
  }
  const last = await startHouse(folder, { port });
  await last.printed(/试一试 Try/, 300_000);
  await last.stop();
}, 900_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe(`after ${KILLS} kills`, () => {
  it('every frame was inspected once, every incident found once and sealed, the audit trail is whole', async () => {
    const store = await openStore(folder, { baseUrl: 'http://localhost', clock: systemClock });
    try {
      const said = `killed after ${moments.join(', ')} ms`;
      const inspected = await framesInState(store.table, 'inspected', { before: Date.now() + 1, limit: 1_000 });
      expect(inspected.items.length, said).toBe(35);
      const pending = [];
      for await (const incident of incidentsInState(store.table, 'pending')) pending.push(incident);
      expect(pending.map(({ stay }) => stay.plate?.text ?? stay.zone.zoneId).sort(), said).toEqual(
        ['storefront-32', 'sidewalk', '浙A7C2H9', '浙A8K3F2', '浙AF68205'].sort(),
      );
      for (const state of ['open', 'dissolved', 'confirmed'] as const) {
        for await (const incident of incidentsInState(store.table, state))
          throw new Error(`${incident.id} is ${state}; ${said}`);
      }
      for (const incident of pending) {
        const bytes = await store.blobs.get(incident.package?.key ?? '');
        const checks = await verifyPackage(bytes ?? new Uint8Array());
        expect(
          checks.filter(({ ok }) => !ok),
          said,
        ).toEqual([]);
      }
      expect(await verifyAll(store.table), said).toMatchObject({ ok: true });
      for (const queue of Object.values(store.queues))
        expect(await queue.depth(), said).toEqual({ waiting: 0, working: 0, dead: 0 });
    } finally {
      store.close();
    }
  });
});
