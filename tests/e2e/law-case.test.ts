/**
 * What the law asks of a case (shared vocabulary: docs/law.md), each tried past: by the APIs, by a function that writes the
 * table directly, by old messages, by the clock.
 */
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditStream } from '#core/audit.ts';
import { verifyPackage } from '#core/evidence/verify.ts';
import { incidentId, officerId, sightingId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { dayOf } from '#core/time.ts';
import { streamEntries, verifyAll } from '#platform/records/audit.ts';
import { putIncident, readIncident } from '#platform/records/incidents.ts';
import { type FunctionName, tableOf } from '#platform/table-rights.ts';
import { startPipeline } from '../../infra/local/pipeline.ts';
import { type City, type CityPlan, planCity } from './city.ts';

const DAY = 86_400_000;
let plan: CityPlan;
beforeAll(async () => {
  plan = await planCity();
}, 180_000);
afterAll(() => plan.close());

/** A city of its own for each test, and the two cases that wait in it: the first with a plate, the other without. */
async function withCity(work: (city: City, cases: { read: Incident; unread: Incident }) => Promise<void>) {
  const city = await plan.open();
  try {
    const waiting = await city.inState('pending');
    const read = waiting.find(({ stay }) => stay.plate !== null);
    const unread = waiting.find(({ stay }) => stay.plate === null);
    if (read === undefined || unread === undefined) throw new Error('Expected one plate read and one not');
    await work(city, { read, unread });
    // Whatever was tried, the trail is whole afterwards.
    expect((await verifyAll(city.store.table)).failures).toEqual([]);
  } finally {
    city.close();
  }
}

/** Writes an incident as a function would that has gone wrong: past every rule of ours but those of storage. */
async function rewrite(city: City, name: FunctionName, base: Incident, change: Partial<Incident>) {
  const stored = (await readIncident(city.store.table, base.id))?.incident ?? base;
  const next = { ...stored, ...change, lease: null, version: stored.version + 1 };
  await tableOf(city.store.table, name).transact(putIncident(next, stored));
  return next;
}

async function replay(city: City, { stay, id }: Incident) {
  const { store, clock } = city;
  await store.queues.correlate.send({ placeId: stay.placeId, day: dayOf(stay.firstSeen), dayStartsAt: '00:00' });
  await store.queues.seal.send({ incidentId: id });
  const pipeline = startPipeline({
    ...{ store, clock, log: () => {}, systemVersion: 'test', settling: { quietMs: 0, patienceMs: 0 } },
    pool: {
      size: 1,
      // Not a stand-in for the models: nothing here has frames to inspect.
      inspect: () => Promise.reject(new Error('Expected no frame to be inspected')),
    },
    stages: ['correlate', 'seal'],
  });
  await pipeline.drained();
  await pipeline.stop();
}

const failing = (answer: { json: { findings?: { id: string }[] } }) => (answer.json.findings ?? []).map(({ id }) => id);

describe('art. 41: a camera without its dossier makes clues', () => {
  const withoutSign = async (city: City, camera: string) => {
    const { json } = await city.ask('admin', `GET /v1/cameras/${camera}`);
    const { grade: _, missing: __, health: ___, id: ____, ...fields } = json;
    const body = { ...fields, dossier: { ...fields.dossier, signInPlace: false } };
    return city.ask('admin', `PUT /v1/cameras/${camera}`, body);
  };

  it('what was captured before the sign was taken down stays evidence, whatever is replayed', () =>
    withCity(async (city, { read }) => {
      expect((await withoutSign(city, 'CAM-06')).json.grade).toBe('clue');
      await replay(city, read);
      const answer = await city.decide('reviewer', read.id, { outcome: 'confirm' });
      expect([answer.status, answer.json.state]).toEqual([200, 'confirmed']);
    }));

  it('a time declared unfit is a clue: by no repainting of the grade, no replay, no clock', () =>
    withCity(async (city, { read }) => {
      const declared = await city.ask('admin', 'POST /v1/cameras/CAM-06/impairments', {
        from: '2026-05-15T00:00:00+08:00',
        to: '2026-05-16T00:00:00+08:00',
        note: '标志被遮挡',
      });
      expect(declared.status).toBe(201);
      await replay(city, read);
      expect((await readIncident(city.store.table, read.id))?.incident.grade).toBe('clue');
      expect((await city.decide('reviewer', read.id, { outcome: 'confirm' })).json.code).toBe('grade-clue');
      await city.ask('reviewer', `POST /v1/review/${read.id}/release`);
      // A function that calls it evidence again: the list looks at the camera, not at the word.
      await rewrite(city, 'correlate', read, { grade: 'evidence' });
      const painted = await city.decide('reviewer', read.id, { outcome: 'confirm' });
      expect([painted.status, painted.json.code]).toEqual([422, 'evidence-insufficient']);
      expect(failing(painted)).toContain('dossier-valid');
      await city.ask('reviewer', `POST /v1/review/${read.id}/release`);
      city.clock.set(city.clock.now() - 30 * DAY);
      city.forgetSessions();
      expect((await city.decide('reviewer2', read.id, { outcome: 'confirm' })).status).toBe(422);
      expect(await city.feed()).toEqual([]);
    }));
});

describe('GA/T 832-2014: a stay, not a picture', () => {
  it.each<[string, (stay: Incident['stay']) => Incident['stay']['sightings'], string]>([
    ['one picture', ({ sightings }) => sightings.slice(0, 1), 'two-panoramas'],
    [
      'one picture under two times',
      ({ sightings: [one] }) =>
        one === undefined
          ? []
          : [one, { ...one, sightingId: sightingId('again'), capturedAt: one.capturedAt + DAY / 24 }],
      'two-panoramas',
    ],
    [
      'pictures that nobody received',
      ({ sightings }) => sightings.map((one) => ({ ...one, frameId: `${one.frameId}0` as typeof one.frameId })),
      'two-panoramas',
    ],
  ])('%s proves none, though a function says so', (_name, forge, requirement) =>
    withCity(async (city, { read }) => {
      await rewrite(city, 'correlate', read, { stay: { ...read.stay, sightings: forge(read.stay) } });
      const answer = await city.decide('reviewer', read.id, { outcome: 'confirm' });
      expect([answer.status, answer.json.code]).toEqual([422, 'evidence-insufficient']);
      expect(failing(answer)).toContain(requirement);
      expect(await city.feed()).toEqual([]);
    }),
  );
});

describe('art. 29: once per act', () => {
  it('the same frames again, the same day again, the same message again: one case', () =>
    withCity(async (city, { read }) => {
      for (let again = 0; again < 3; again++) await replay(city, read);
      expect((await city.inState('pending')).map(({ id }) => id)).toContain(read.id);
      expect((await city.inState('pending')).length).toBe(2);
    }));

  it('a copy of a case, slipped in beside it, is not confirmed a second time', () =>
    withCity(async (city, { read }) => {
      const copy = { ...read, id: incidentId('KW20260515-FORGED00'), version: 1, lease: null };
      await tableOf(city.store.table, 'correlate').transact(putIncident(copy, null));
      expect((await city.decide('reviewer', read.id, { outcome: 'confirm' })).status).toBe(200);
      const second = await city.decide('reviewer2', copy.id, { outcome: 'confirm' });
      expect([second.status, failing(second)]).toEqual([422, ['once-per-act']]);
      expect((await city.feed()).map(({ id }) => id)).toEqual([read.id]);
    }));
});

describe('arts. 42, 58: two officers, and the legal review', () => {
  const twice = async (city: City, base: Incident) => rewrite(city, 'correlate', base, { secondReview: true });

  it('one officer is not two: not by undo, not by another session, not by a direct write', () =>
    withCity(async (city, { read }) => {
      await twice(city, read);
      const first = await city.decide('reviewer', read.id, { outcome: 'confirm' });
      expect(first.json.state).toBe('second-review');
      city.forgetSessions();
      expect((await city.decide('reviewer', read.id, { outcome: 'confirm' })).json.code).toBe('same-officer');
      const stored = (await readIncident(city.store.table, read.id))!.incident;
      const [decision] = stored.decisions;
      const forged = { ...decision!, officerId: officerId('reviewer2'), stage: 'second' as const };
      const state = 'confirmed' as const;
      await expect(rewrite(city, 'review', read, { state, decisions: [decision!, forged] })).rejects.toThrow();
      expect(await city.feed()).toEqual([]);
      const second = await city.decide('reviewer2', read.id, { outcome: 'confirm' });
      expect(second.json.state).toBe('confirmed');
    }));

  it('a rule that is changed afterwards, or forgotten by a function, excuses nobody who decided', () =>
    withCity(async (city, { read }) => {
      await twice(city, read);
      await city.decide('reviewer', read.id, { outcome: 'confirm' });
      await expect(rewrite(city, 'review', read, { secondReview: false, state: 'confirmed' })).rejects.toThrow();
      expect(await city.feed()).toEqual([]);
    }));
});

describe('Procedure Provisions art. 22, Administrative Penalty Law art. 33: reasons, and other outcomes than a penalty', () => {
  it.each([
    [{ outcome: 'reject' }, 422],
    [{ outcome: 'educate' }, 422],
    [{ outcome: 'reject', reason: 'because' }, 400],
    [{ outcome: 'reject', reason: 'other' }, 422],
    [{ outcome: 'acquit', reason: 'duplicate' }, 400],
  ])('%j is no decision', (decision, status) =>
    withCity(async (city, { read }) => {
      expect((await city.decide('reviewer', read.id, decision)).status).toBe(status);
      expect((await city.inState('pending')).length).toBe(2);
    }),
  );

  it.each(['reject', 'educate'] as const)('what was %sed never leaves, however it is called afterwards', (outcome) =>
    withCity(async (city, { read }) => {
      const reason = outcome === 'reject' ? 'legal-bay-or-permit' : 'first-minor-corrected';
      expect((await city.decide('reviewer', read.id, { outcome, reason })).status).toBe(200);
      await replay(city, read);
      await expect(rewrite(city, 'review', read, { state: 'confirmed' })).rejects.toThrow();
      expect(await city.feed()).toEqual([]);
    }),
  );
});

describe('行政诉讼证据规定 arts. 12, 71: what may have been altered does not stand', () => {
  it('a picture altered on the disk is neither shown nor sealed, and the package still proves the first bytes', () =>
    withCity(async (city, { read }) => {
      const { store } = city;
      const frame = read.stay.sightings[0]!.frameId;
      const listed = (await city.ask('camera network', `GET /v1/frames/${encodeURIComponent(frame)}`)).json;
      const path = fileWith(join(store.directory, 'blobs', 'objects'), listed.sha256);
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      chmodSync(path, 0o600);
      writeFileSync(path, bytes);
      await expect(store.blobs.get(`frames/${listed.sha256}.jpg`)).rejects.toThrow();
      const sealed = (await store.blobs.get(read.package!.key))!;
      expect((await verifyPackage(sealed)).every(({ ok }) => ok)).toBe(true);
      await expect(store.blobs.putIfAbsent(read.package!.key, bytes, 'application/zip')).rejects.toThrow();
      await expect(store.blobs.delete(read.package!.key)).rejects.toThrow();
    }));
});

describe('公共安全视频图像信息系统管理条例 art. 16: every look is on record', () => {
  it('with the person, the unit and the reason, whatever way somebody looked', () =>
    withCity(async (city, { read }) => {
      await city.ask('reviewer', `GET /v1/review/${read.id}?reason=${encodeURIComponent('投诉核查')}`);
      await city.ask('supervisor', `GET /v1/review/${read.id}/package`);
      await city.ask('reviewer2', `GET /v1/review/${read.id}/audit`);
      const acts = await streamEntries(city.store.table, auditStream.incident(read.id));
      const looks = acts.filter(({ actor }) => actor.kind === 'officer');
      expect(looks.map(({ act, actor, facts }) => [act, actor.id, facts.unit, facts.reason])).toEqual([
        ['incident.viewed', 'reviewer', '示例中队', '投诉核查'],
        ['incident.package-fetched', 'supervisor', '示例中队', 'review'],
        ['incident.viewed', 'reviewer2', '示例中队', 'audit'],
      ]);
    }));

  it('and none is taken out of it again', () =>
    withCity(async (city, { read }) => {
      await city.ask('reviewer', `GET /v1/review/${read.id}`);
      const partition = `audit/${auditStream.incident(read.id)}`;
      const { items } = await city.store.table.query({ partition, limit: 100 });
      for (const name of ['review', 'tend', 'register', 'correlate'] as const) {
        for (const { sort } of items) {
          await expect(
            tableOf(city.store.table, name).write({ kind: 'delete', partition, sort, expect: 'any' }),
          ).rejects.toThrow();
        }
      }
    }));
});

/** The file under a folder that holds bytes with this SHA-256 in front. */
function fileWith(folder: string, sha256: string): string {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    const bytes = readFileSync(path);
    const end = bytes.lastIndexOf(Buffer.from([0xff, 0xd9]));
    if (
      end > 0 &&
      createHash('sha256')
        .update(bytes.subarray(0, end + 2))
        .digest('hex') === sha256
    )
      return path;
  }
  throw new Error('Expected the picture on the disk');
}
