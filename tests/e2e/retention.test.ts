/** A case from its first frame to the certificate that it was destroyed, on the real parts, through the guarded table. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson } from '#core/canonical-json.ts';
import type { FrameId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import { DAY_MS } from '#core/time.ts';
import { BlobHeldError, type Blobs } from '#platform/blobs.ts';
import { guardTable } from '#platform/guarded-table.ts';
import { logNotifier } from '#platform/log-notifier.ts';
import type { Notifier } from '#platform/notifier.ts';
import { streamEntries, verifyAll } from '#platform/records/audit.ts';
import { type Frame, getFrame } from '#platform/records/frames.ts';
import { putIncident, readIncident } from '#platform/records/incidents.ts';
import { readWithdrawalSending } from '#platform/records/notices.ts';
import { sceneKey } from '#platform/records/observations.ts';
import { copyBlobKey, partyCopiesOf, partyCopyPut } from '#platform/records/party-copies.ts';
import { isPlateOf } from '#platform/records/plate-keys.ts';
import type { Table } from '#platform/table.ts';
import { tableOf } from '#platform/table-rights.ts';
import { tend } from '../../functions/tend/tend.ts';
import { T0 } from '../unit/review-incident.ts';
import { type Office, openOffice } from './review-office.ts';

let office: Office;
let table: Table;
let frames: readonly Frame[];
let subject: Incident;

beforeEach(async () => {
  office = await openOffice();
  table = guardTable(office.table);
  subject = await office.add('K1');
  frames = await Promise.all(subject.stay.sightings.map(({ frameId }) => pictured(frameId)));
});
afterEach(() => office.close());

/** Whose case it is. */
const plate = () => subject.stay.plate!.text;

/** The bytes that the record of a frame speaks of, and what was made of them. */
async function pictured(id: FrameId): Promise<Frame> {
  const frame = (await getFrame(table, id))!.value;
  const bytes = new TextEncoder().encode(`${frame.cameraId} ${frame.capturedAt}`);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(frame.sha256);
  await office.blobs.putIfAbsent(frame.blobKey, bytes, 'image/jpeg');
  await office.blobs.putIfAbsent(sceneKey(frame.frameId), bytes, 'application/octet-stream');
  return frame;
}

/** Time goes by as it does: a step a day, so that nobody takes it for a leap. */
async function live(days: number) {
  let cases = 0;
  for (let day = 0; day < days; day++) {
    office.clock.set(office.clock.now() + DAY_MS);
    cases += (await round()).cases;
  }
  return cases;
}
/** The same in few rounds: a leap, and the time until it is believed. */
async function wait(days: number) {
  office.clock.set(office.clock.now() + (days - 2) * DAY_MS);
  await round();
  return live(2);
}
const round = async () => {
  const tending = { table: tableOf(table, 'tend'), blobs: office.blobs };
  return (await tend(tending, office.clock.now())).discarded;
};
const bytesLeft = async () => {
  const keys = [...frames.map(({ blobKey }) => blobKey), subject.package!.key];
  return (await Promise.all(keys.map((key) => office.blobs.head(key)))).filter((info) => info !== undefined).length;
};
const certificate = async (sha256: string) =>
  (await office.ask('auditor', `GET /v1/audit/deletions?sha256=${sha256}`)).json.items;

/** Confirmed, pulled, decided and served. */
async function serve() {
  await office.confirm('anna', 'K1');
  await office.ask('case', 'GET /v1/violations');
  for (const outcome of ['decided', 'served']) await office.ask('case', 'POST /v1/violations/K1/outcome', { outcome });
}

describe('a case', () => {
  it('that was rejected goes ninety days later, frames and package, and what is left tells of nobody', async () => {
    await office.ask('anna', 'POST /v1/review/claim', { id: 'K1' });
    await office.ask('anna', 'POST /v1/review/K1/decision', { outcome: 'reject', reason: 'image-unclear', version: 1 });
    expect(await live(89)).toBe(0);
    expect(await bytesLeft()).toBe(3);
    expect(await live(2)).toBe(1);
    expect(await bytesLeft()).toBe(0);
    expect((await readIncident(table, subject.id))?.incident).toMatchObject({
      state: 'rejected',
      stay: { plate: null },
      destroyed: { class: 'clue' },
    });
    const rows = office.table.database.prepare("SELECT value FROM items WHERE partition NOT LIKE 'tend%'").all();
    expect(JSON.stringify(rows)).not.toContain(plate());
    const past = office.table.database.prepare("SELECT partition FROM items WHERE partition LIKE 'history/%'").all();
    expect(past).toEqual([]);
    expect((await verifyAll(table)).ok).toBe(true);
  });

  it('that was served stays five years from then; its entry in the feed then names no plate', async () => {
    await serve();
    const decided = (await streamEntries(table, 'incident/K1')).find(({ act }) => act === 'incident.decided');
    const before = decided?.facts.plateProof;
    expect(await isPlateOf(table, subject.id, plate(), before)).toBe(true);
    expect(await isPlateOf(table, subject.id, '浙A8K3F7', before)).toBe(false);
    await live(1);
    expect(await wait(1823)).toBe(0);
    expect(await bytesLeft()).toBe(3);
    expect(await live(2)).toBe(1);
    expect(await bytesLeft()).toBe(0);
    expect((await office.ask('case', 'GET /v1/violations/K1')).json).toMatchObject({ state: 'confirmed', plate: null });
    expect((await readIncident(table, subject.id))?.incident.decisions).toMatchObject([
      { officerId: 'anna', outcome: 'confirm', plate: '已销毁1' },
    ]);
    // Nothing anywhere, the trail included, and nothing to try plates against.
    expect(JSON.stringify(office.table.database.prepare('SELECT value FROM items').all())).not.toContain(plate());
    expect(await isPlateOf(table, subject.id, plate(), before)).toBe(false);
  });

  it('that the case system has not served stays for ever', async () => {
    await office.confirm('anna', 'K1');
    await round();
    // Years go by between two rounds, and the clock settles.
    office.clock.set(T0 + 4000 * DAY_MS);
    await round();
    expect(await live(3)).toBe(0);
    expect(await bytesLeft()).toBe(3);
  });
});

describe('what was made for the party', () => {
  it('goes with the case', async () => {
    const key = copyBlobKey(subject.id, 'a-copy');
    const { sha256, bytes } = await office.blobs.putIfAbsent(
      key,
      new TextEncoder().encode('a copy'),
      'application/zip',
    );
    const record = {
      incidentId: subject.id,
      name: 'a-copy',
      packageSha256: subject.package!.sha256,
      key,
      sha256,
      bytes,
    };
    await table.write(partyCopyPut({ ...record, madeAt: T0 }));
    await serve();
    await live(1);
    await wait(1830);
    expect(await office.blobs.head(key)).toBeUndefined();
    expect(await partyCopiesOf(table, subject.id)).toEqual([]);
    expect((await certificate(sha256))[0].certificate).toMatchObject({ what: 'party-copy', subject: 'K1' });
  });
});

describe('what told the party that it was taken back', () => {
  it('goes with the case: the proof that it was sent, and the message of what was not', async () => {
    const { stay } = subject;
    const notice = { channel: 'webhook', reference: 'gw-1', sentAt: T0, graceUntil: T0 + 60_000 };
    await office.table.transact(putIncident({ ...subject, notice, version: subject.version + 1 }, subject));
    await office.confirm('anna', 'K1');
    const body = { reason: 'wrong-zone', note: '' };
    expect((await office.ask('su', 'POST /v1/review/K1/withdraw', body)).status).toBe(200);
    const tending = { table: tableOf(table, 'tend'), blobs: office.blobs };
    const down: Notifier = { notify: () => Promise.reject(new Error('no line')) };
    const sent = async (notifier: Notifier) =>
      (await tend({ ...tending, notifier }, office.clock.now())).withdrawalNotices.sent;
    const rows = () => JSON.stringify(office.table.database.prepare('SELECT value FROM items').all());
    expect(await sent(down)).toBe(0);
    office.clock.set(office.clock.now() + 60_000);
    expect(await sent(logNotifier(() => {}, office.clock))).toBe(1);
    const proof = 'notices/K1/withdrawn-2.json';
    expect(new TextDecoder().decode(await office.blobs.get(proof))).toContain('"messageId":"withdrawn_K1"');
    await live(1);
    await wait(1830);
    expect((await readIncident(table, subject.id))?.incident.destroyed).not.toBeNull();
    expect(await office.blobs.head(proof)).toBeUndefined();
    expect(await readWithdrawalSending(table, subject.id)).toBeUndefined();
    expect(rows()).not.toContain(stay.plate!.text);
  });
});

describe('a hold', () => {
  const HOLD = 'POST /v1/review/K1/hold';
  const order = { reason: '行政诉讼', authority: '（2026）浙0110行初12号' };

  it('keeps everything whatever the clock says, and lets go when the supervisor does', async () => {
    await serve();
    expect((await office.ask('su', HOLD, order)).status).toBe(201);
    await live(2);
    office.clock.set(T0 + 4000 * DAY_MS);
    await live(5);
    expect(await bytesLeft()).toBe(3);
    expect((await office.ask('su', 'DELETE /v1/review/K1/hold?reason=over')).status).toBe(204);
    await live(2);
    expect(await bytesLeft()).toBe(0);
    const acts = (await streamEntries(table, 'incident/K1')).map(({ act }) => act);
    expect(acts).toEqual(expect.arrayContaining(['incident.held', 'incident.hold-released', 'incident.destroyed']));
  });

  it('is a supervisor’s, with a reason, once, and not on what is gone', async () => {
    expect((await office.ask('anna', HOLD, order)).status).toBe(403);
    expect((await office.ask('su', HOLD, { reason: '' })).status).toBe(400);
    expect((await office.ask('su', HOLD, order)).status).toBe(201);
    expect((await office.ask('wu', HOLD, order)).json.code).toBe('hold-stands');
    await office.ask('su', 'DELETE /v1/review/K1/hold?reason=over');
    expect((await office.ask('su', 'DELETE /v1/review/K1/hold?reason=over')).json.code).toBe('hold-unknown');
    await serve();
    await live(1);
    office.clock.set(T0 + 4000 * DAY_MS);
    await live(3);
    expect((await office.ask('su', HOLD, order)).json.code).toBe('case-destroyed');
  });
});

describe('a lock at the store itself', () => {
  async function reject() {
    await office.ask('anna', 'POST /v1/review/claim', { id: 'K1' });
    await office.ask('anna', 'POST /v1/review/K1/decision', { outcome: 'reject', reason: 'image-unclear', version: 1 });
  }
  const lockedActs = async () => (await streamEntries(table, 'system')).filter(({ act }) => act === 'deletions.locked');

  it('keeps the bytes past their time, without a certificate; once it is open they go within a day, certified once', async () => {
    const { blobKey, sha256, frameId } = frames[0]!;
    await office.blobs.setLegalHold(blobKey, true);
    await reject();
    await live(95);
    expect(await office.blobs.head(blobKey)).toMatchObject({ sha256 });
    expect(await bytesLeft()).toBe(1);
    expect(await certificate(sha256)).toEqual([]);
    expect(await certificate(frames[1]!.sha256)).toHaveLength(1);
    expect(await lockedActs()).toMatchObject([{ facts: { count: 1, subjects: [frameId] } }]);
    await office.blobs.setLegalHold(blobKey, false);
    await live(1);
    expect(await bytesLeft()).toBe(0);
    expect(await certificate(sha256)).toHaveLength(1);
    await live(3);
    expect(await certificate(sha256)).toHaveLength(1);
    expect((await verifyAll(table)).ok).toBe(true);
  });

  it('that is a retention is waited for; what somebody holds meanwhile is not let go by us', async () => {
    const { key } = subject.package!;
    let isOver = false;
    const retaining: Blobs = {
      ...office.blobs,
      async delete(deleted) {
        if (deleted === key && !isOver) throw new BlobHeldError('under retention');
        await office.blobs.delete(deleted);
      },
    };
    const day = async () => {
      office.clock.set(office.clock.now() + DAY_MS);
      await tend({ table: tableOf(table, 'tend'), blobs: retaining }, office.clock.now());
    };
    await reject();
    await live(88);
    for (let days = 0; days < 6; days++) await day();
    expect(await bytesLeft()).toBe(1);
    // By hand, at the store.
    await office.blobs.setLegalHold(key, true);
    isOver = true;
    for (let days = 0; days < 2; days++) await day();
    expect(await office.blobs.head(key)).toMatchObject({ key });
    await office.blobs.setLegalHold(key, false);
    await day();
    expect(await bytesLeft()).toBe(0);
    expect(await certificate(subject.package!.sha256)).toHaveLength(1);
  });

  it('is tried once a day, not with every round', async () => {
    await office.blobs.setLegalHold(frames[0]!.blobKey, true);
    await reject();
    await live(95);
    let tries = 0;
    const counting: Blobs = {
      ...office.blobs,
      async delete(key) {
        tries += 1;
        await office.blobs.delete(key);
      },
    };
    for (let hour = 0; hour < 48; hour++) {
      office.clock.set(office.clock.now() + DAY_MS / 24);
      await tend({ table: tableOf(table, 'tend'), blobs: counting }, office.clock.now());
    }
    // The frame, and before it what was made of it.
    expect(tries).toBe(2 * 2);
  });
});

describe('a clock set forward by mistake', () => {
  it('destroys nothing at once, says so, and nothing at all when it is set right within a day', async () => {
    await serve();
    await live(1);
    const right = office.clock.now();
    office.clock.set(right + 3000 * DAY_MS);
    expect((await round()).clockLeaptAt).toBe(right + 3000 * DAY_MS);
    office.clock.set(office.clock.now() + DAY_MS / 2);
    await round();
    expect(await bytesLeft()).toBe(3);
    expect((await streamEntries(table, 'system')).at(-1)).toMatchObject({ act: 'retention.clock-leapt' });
    office.clock.set(right + DAY_MS / 2);
    await live(5);
    expect(await bytesLeft()).toBe(3);
  });
});

describe('the report on personal information', () => {
  const report = async (who: 'su' | 'li' = 'su') => (await office.ask(who, 'GET /v1/review/K1/privacy-report')).json;

  it('says what is kept, why and until when, who looked, and to whom it was given', async () => {
    await office.ask('bo', 'GET /v1/review/K1?reason=spot-check');
    await serve();
    const made = await report();
    expect(made.keeping).toMatchObject({ rule: { class: 'evidence', days: 1825 } });
    expect(Date.parse(made.keeping.until)).toBe(office.clock.now() + 1825 * DAY_MS);
    expect(made.files.map(({ what, sha256 }: { what: string; sha256: string }) => [what, sha256])).toEqual([
      ...frames.map(({ sha256 }) => ['frame', sha256]),
      ['package', subject.package!.sha256],
    ]);
    expect(made.looks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          act: 'incident.viewed',
          reason: 'spot-check',
          who: expect.objectContaining({ id: 'bo', unit: '五常中队' }),
        }),
        expect.objectContaining({ act: 'incident.decided', who: expect.objectContaining({ id: 'anna' }) }),
        // Looking at the report is itself a look.
        expect.objectContaining({
          act: 'incident.viewed',
          reason: 'privacy-report',
          who: expect.objectContaining({ id: 'su' }),
        }),
      ]),
    );
    expect(made.given).toMatchObject([{ act: 'violation.handed-out', who: { kind: 'machine', id: 'case-system' } }]);
    expect(JSON.stringify(made)).not.toContain(plate());
    const page = await office.ask('li', 'GET /v1/review/K1/privacy-report?format=html');
    expect(page.headers.get('Content-Type')).toContain('text/html');
    expect(page.text).toContain(subject.package!.sha256);
  });

  it('has no end for a case that is held, and says of what was destroyed that it was', async () => {
    await office.ask('su', 'POST /v1/review/K1/hold', { reason: '行政诉讼' });
    expect((await report()).keeping).toMatchObject({ rule: { class: 'hold' }, until: null });
    await office.ask('su', 'DELETE /v1/review/K1/hold?reason=over');
    await office.ask('anna', 'POST /v1/review/claim', { id: 'K1' });
    await office.ask('anna', 'POST /v1/review/K1/decision', { outcome: 'reject', reason: 'image-unclear', version: 1 });
    await live(1);
    await wait(95);
    const made = await report();
    expect(made.files).toMatchObject([
      { what: 'frame', keeping: null },
      { what: 'frame', keeping: null },
    ]);
  });

  it('is for supervisors and the legal review', async () => {
    expect((await office.ask('anna', 'GET /v1/review/K1/privacy-report')).status).toBe(403);
    expect((await office.ask('li', 'GET /v1/review/K1/privacy-report')).status).toBe(200);
  });
});

describe('a certificate', () => {
  it('proves when and why given bytes were destroyed, by the audit trail and SHA-256 alone', async () => {
    await office.ask('anna', 'POST /v1/review/claim', { id: 'K1' });
    await office.ask('anna', 'POST /v1/review/K1/decision', { outcome: 'reject', reason: 'image-unclear', version: 1 });
    expect(await certificate(frames[0]!.sha256)).toEqual([]);
    await live(91);
    const [one] = await certificate(frames[0]!.sha256);
    expect(one.certificate).toMatchObject({
      what: 'frame',
      subject: frames[0]!.frameId,
      sha256: frames[0]!.sha256,
      capturedAt: T0,
      rule: { class: 'clue', days: 90 },
    });
    const hash = (text: string) => createHash('sha256').update(text).digest('hex');
    expect(one.batch.leaves).toContain(hash(canonicalJson(one.certificate)));
    expect(hash(one.batch.leaves.map((leaf: string) => `${leaf}\n`).join(''))).toBe(one.batch.digest);
    const entry = (await streamEntries(table, one.audit.stream))[one.audit.seq - 1];
    expect(entry).toMatchObject({ hash: one.audit.hash, facts: { digest: one.batch.digest } });
    const [sealed] = await certificate(subject.package!.sha256);
    expect(sealed.certificate).toMatchObject({ what: 'package', subject: 'K1' });
    expect((await verifyAll(table)).ok).toBe(true);
  });

  it('is made once, though the process dies between the bytes and the certificate', async () => {
    await office.ask('anna', 'POST /v1/review/claim', { id: 'K1' });
    await office.ask('anna', 'POST /v1/review/K1/decision', { outcome: 'reject', reason: 'image-unclear', version: 1 });
    await live(89);
    let writes = 0;
    const dying: Table = {
      ...table,
      transact(all) {
        writes += 1;
        // Each time a little later.
        if (writes === budget) throw new Error('killed');
        return table.transact(all);
      },
    };
    let budget = 1;
    for (; ; budget++) {
      writes = 0;
      office.clock.set(office.clock.now() + DAY_MS / 4);
      try {
        await tend({ table: dying, blobs: office.blobs }, office.clock.now());
        if ((await bytesLeft()) === 0) break;
      } catch (error) {
        if (!(error instanceof Error) || error.message !== 'killed') throw error;
      }
      if (budget > 60) throw new Error('never came to its end');
    }
    await live(2);
    for (const { sha256 } of frames) expect(await certificate(sha256)).toHaveLength(1);
    expect((await verifyAll(table)).ok).toBe(true);
  });

  it('is for those who answer for the records', async () => {
    const path = `GET /v1/audit/deletions?sha256=${'ab'.repeat(32)}`;
    expect((await office.ask('anna', path)).status).toBe(403);
    expect((await office.ask('su', path)).json).toEqual({ items: [] });
    expect((await streamEntries(table, 'system')).at(-1)).toMatchObject({
      act: 'deletions.viewed',
      actor: { id: 'su' },
    });
  });
});
