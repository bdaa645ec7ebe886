import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Rule } from '#core/camera.ts';
import { cameraId, placeId, ruleId, sha256Of, zoneId } from '#core/ids.ts';
import type { Incident } from '#core/incident.ts';
import type { Instant } from '#core/time.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import type { Notifier } from '#platform/notifier.ts';
import { streamEntries, verifyAll } from '#platform/records/audit.ts';
import { cameraWrites, healthPut, zonePut } from '#platform/records/cameras.ts';
import {
  acceptedWrites,
  evidencePut,
  type Frame,
  frameIdOf,
  getFrame,
  inspectedPut,
} from '#platform/records/frames.ts';
import { putIncident, readIncident } from '#platform/records/incidents.ts';
import { takeLease } from '#platform/records/leases.ts';
import { observationPut, observationsBetween, sceneKey } from '#platform/records/observations.ts';
import { rulePut } from '#platform/records/rules.ts';
import { type TendDependencies, tend } from '../../functions/tend/tend.ts';
import { ANNA, incident, MINUTE, T0 } from './review-incident.ts';
import { car, frame as shot } from './stays/builders.ts';

const DAY = 86_400_000;
const CAMERA = cameraId('CAM-1');
const PLACE = placeId('P1');

/** Asks for a notice. */
const rule: Rule = {
  id: ruleId('R1'),
  version: 1,
  violation: 'sidewalk-parking',
  permittedStaySeconds: 300,
  hours: [],
  phase: 'enforcing',
  notice: { required: true, graceSeconds: 300 },
  dayStartsAt: '00:00',
  departureFrames: 1,
  twoWheelers: false,
  secondReview: false,
  effectiveFrom: 0,
  effectiveTo: null,
};

let directory: string;
let now: Instant;
let house: TendDependencies & { table: ReturnType<typeof openSqliteTable> };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tend-'));
  now = T0;
  const clock = { now: () => now };
  const table = openSqliteTable(join(directory, 'table.db'), clock);
  house = { table, blobs: openFileBlobs(join(directory, 'blobs'), { secret: 's', baseUrl: '', clock }) };
});
afterEach(async () => {
  house.table.close();
  await rm(directory, { recursive: true, force: true });
});

const add = async (subject: Incident) => {
  await house.table.transact(putIncident(subject, null));
  return subject;
};
const stateOf = async ({ id }: Incident) => (await readIncident(house.table, id))?.incident.state;
const actsOf = async ({ id }: Incident) => (await streamEntries(house.table, `incident/${id}`)).map(({ act }) => act);

describe('a lease that ended', () => {
  const hold = async () => {
    const subject = await add(incident());
    const lease = { officerId: ANNA.id, until: T0 + 10 * MINUTE };
    await house.table.transact(takeLease({ incident: subject, leaseVersion: 0 }, lease));
    return subject;
  };

  it('is cleared, once, and the trail says so', async () => {
    const subject = await hold();
    const reports = await Promise.all([1, 2].map(() => tend(house, T0 + 11 * MINUTE)));
    expect(reports.map(({ leasesReturned }) => leasesReturned).toSorted()).toEqual([0, 1]);
    expect((await readIncident(house.table, subject.id))?.incident.lease).toBeNull();
    expect(await actsOf(subject)).toEqual(['incident.lease-expired']);
  });

  it('is left alone while it runs', async () => {
    const subject = await hold();
    expect((await tend(house, T0 + 10 * MINUTE - 1)).leasesReturned).toBe(0);
    expect((await readIncident(house.table, subject.id))?.incident.lease?.officerId).toBe(ANNA.id);
  });
});

describe('deadlines', () => {
  it('that passed are counted and named, oldest first', async () => {
    await add(incident({ deadline: T0 + 2 * DAY, state: 'escalated' }, 'second'));
    await add(incident({ deadline: T0 + DAY }, 'first'));
    await add(incident({ deadline: T0 + 5 * DAY }, 'later'));
    expect((await tend(house, T0 + 3 * DAY)).overdue).toEqual({ count: 2, first: ['first', 'second'] });
  });
});

describe('a notice', () => {
  const told: string[] = [];
  const notifier: Notifier = {
    notify: async ({ incidentId, body }) => {
      told.push(incidentId);
      return {
        ...{ channel: 'sms', reference: `sms-${told.length}`, answeredAt: now, acceptedAt: null },
        request: { url: 'sms:', headers: {}, body: new TextEncoder().encode(body) },
        response: null,
      };
    },
  };
  beforeEach(() => {
    told.length = 0;
  });
  const opened = async (change: Partial<Incident['stay']> = {}) => {
    await house.table.write(rulePut(rule));
    const fresh = incident({ state: 'open', package: null });
    now = T0 + 11 * MINUTE;
    return add({ ...fresh, stay: { ...fresh.stay, ...change } });
  };
  const seenAgain = async (subject: Incident, change: Partial<Incident['stay']>) => {
    const stored = (await readIncident(house.table, subject.id))!.incident;
    const next = { ...stored, stay: { ...stored.stay, ...change }, version: stored.version + 1 };
    await house.table.transact(putIncident(next, stored));
  };

  it('goes out once, though two processes tend, and its proof is on record', async () => {
    const subject = await opened();
    await Promise.all([1, 2].map(() => tend({ ...house, notifier }, now)));
    await tend({ ...house, notifier }, now);
    expect(told).toEqual(['i1']);
    const notice = (await readIncident(house.table, subject.id))?.incident.notice;
    expect(notice).toMatchObject({ channel: 'sms', reference: 'sms-1', sentAt: now, graceUntil: now + 5 * MINUTE });
    expect(notice?.proof).toMatchObject({ messageId: 'notice_i1', recipient: { kind: 'owner', plate: '浙A8K3F2' } });
    const trail = await streamEntries(house.table, `incident/${subject.id}`);
    expect(trail.map(({ act }) => act)).toEqual(['notice.sent']);
    expect(trail[0]?.facts).toMatchObject({
      record: notice?.proof?.record,
      requestSha256: notice?.proof?.requestSha256,
    });
    expect(JSON.stringify(trail)).not.toContain('8K3F2');
  });

  it('that was heeded within its grace closes the incident as self-corrected', async () => {
    const subject = await opened();
    await tend({ ...house, notifier }, now);
    await seenAgain(subject, {
      lastSeen: now + 2 * MINUTE,
      end: { kind: 'departed', seenFreeAt: now + 3 * MINUTE },
    });
    expect((await tend(house, now + 3 * MINUTE)).notices.corrected).toEqual(['i1']);
    expect(await stateOf(subject)).toBe('self-corrected');
    expect((await tend(house, now + 4 * MINUTE)).notices.corrected).toEqual([]);
  });

  it('that was not heeded leaves the incident open for sealing', async () => {
    const subject = await opened();
    await tend({ ...house, notifier }, now);
    const gone = { kind: 'departed', seenFreeAt: now + 9 * MINUTE } as const;
    await seenAgain(subject, { lastSeen: now + 6 * MINUTE, end: gone });
    expect((await tend(house, now + 10 * MINUTE)).notices.corrected).toEqual([]);
    expect(await stateOf(subject)).toBe('open');
  });

  it('is not sent after somebody has left, who then counts as corrected', async () => {
    const subject = await opened({ end: { kind: 'departed', seenFreeAt: T0 + 10.5 * MINUTE } });
    await tend({ ...house, notifier }, now);
    expect(told).toEqual([]);
    expect(await stateOf(subject)).toBe('self-corrected');
  });

  it('that could not be sent stays due and is tried again', async () => {
    const subject = await opened();
    const broken: Notifier = { notify: () => Promise.reject(new Error('gateway down')) };
    expect((await tend({ ...house, notifier: broken }, now)).notices).toMatchObject({ sent: 0, unsent: 1 });
    now += 6 * MINUTE;
    expect((await tend({ ...house, notifier }, now)).notices.sent).toBe(1);
    expect(await actsOf(subject)).toEqual(['notice.sent']);
  });

  it('waits for the next round where the gateway is so slow that this one took long enough', async () => {
    await house.table.write(rulePut(rule));
    for (const name of ['i1', 'i2']) await add(incident({ state: 'open', package: null }, name));
    now = T0 + 11 * MINUTE;
    const slow: Notifier = {
      notify: async (message) => {
        await new Promise((resolve) => setTimeout(resolve, 60));
        return notifier.notify(message);
      },
    };
    const first = await tend({ ...house, notifier: slow, sendNoticesForMs: 30 }, now);
    expect(first.notices).toMatchObject({ sent: 1, unsent: 1, failures: {} });
    expect((await tend({ ...house, notifier: slow, sendNoticesForMs: 30 }, now)).notices).toMatchObject({
      sent: 1,
      unsent: 0,
    });
    expect(told.toSorted()).toEqual(['i1', 'i2']);
  });

  it('is not asked for by other rules', async () => {
    const subject = await add(incident({ state: 'open', package: null }));
    await house.table.write(rulePut({ ...rule, notice: { required: false } }));
    expect((await tend({ ...house, notifier }, now)).notices).toMatchObject({ sent: 0, unsent: 0, corrected: [] });
    expect(await stateOf(subject)).toBe('open');
  });
});

describe('a frame', () => {
  const bytesOf = (name: string) => new TextEncoder().encode(`jpeg of ${name}`);
  const take = async (name: string, capturedAt: Instant, shows = name): Promise<Frame> => {
    const bytes = bytesOf(shows);
    const sha256 = sha256Of(createHash('sha256').update(bytes).digest('hex'));
    const frame: Frame = {
      frameId: frameIdOf(CAMERA, capturedAt, sha256),
      cameraId: CAMERA,
      capturedAt,
      receivedAt: capturedAt,
      receivedFrom: 'token:x',
      sha256,
      bytes: bytes.length,
      width: 1920,
      height: 1080,
      late: false,
      repeats: null,
      state: 'accepted',
      blobKey: `frames/${sha256}.jpg`,
      places: [],
      sightings: 0,
      retention: 'transient',
    };
    await house.blobs.putIfAbsent(frame.blobKey, bytes, 'image/jpeg');
    await house.blobs.putIfAbsent(sceneKey(frame.frameId), bytes, 'application/octet-stream');
    await house.table.transact(acceptedWrites(frame));
    const read = await getFrame(house.table, frame.frameId);
    await house.table.write(inspectedPut(read!, { places: [PLACE], sightings: 1, at: capturedAt }));
    return frame;
  };
  const stateNow = async ({ frameId }: Frame) => (await getFrame(house.table, frameId))?.value.state;
  const hasBytes = async ({ blobKey }: Frame) => (await house.blobs.head(blobKey)) !== undefined;

  it('that goes takes the plates with it that were read in it, and leaves what stood where', async () => {
    const frame = await take('with a car', T0);
    const parked = car({ plate: '浙A8K3F2' });
    const { observation } = shot('09:30', { cars: [parked] });
    const { frameId, capturedAt } = frame;
    await house.table.write(observationPut({ ...observation, placeId: PLACE, frameId, capturedAt }));
    await tend(house, T0 + 31 * DAY);
    const [left] = await observationsBetween(house.table, PLACE, { from: capturedAt, to: capturedAt + 1 });
    expect(left?.vehicles).toMatchObject([{ box: parked.box, plate: null, appearance: [] }]);
    expect(JSON.stringify(left)).not.toContain('8K3F2');
  });

  it('that nobody needs goes when its time is over, with what was made of it; the record stays', async () => {
    const frame = await take('old', T0);
    expect((await tend(house, T0 + 31 * DAY)).discarded).toMatchObject({ frames: 1, bytes: frame.bytes, cases: 0 });
    expect({ state: await stateNow(frame), bytes: await hasBytes(frame) }).toEqual({
      state: 'discarded',
      bytes: false,
    });
    expect(await house.blobs.head(sceneKey(frame.frameId))).toBeUndefined();
    expect((await streamEntries(house.table, 'system')).at(-1)).toMatchObject({
      act: 'frames.discarded',
      facts: { frames: 1 },
    });
    expect((await verifyAll(house.table)).ok).toBe(true);
  });

  it('is not touched a moment before', async () => {
    const frame = await take('young', T0);
    await tend(house, T0 + 30 * DAY);
    expect(await hasBytes(frame)).toBe(true);
  });

  it('kept as evidence stays', async () => {
    const frame = await take('evidence', T0);
    await house.table.write(evidencePut((await getFrame(house.table, frame.frameId))!, T0));
    await tend(house, T0 + 400 * DAY);
    expect(await hasBytes(frame)).toBe(true);
  });

  it('that an incident cites stays, though nobody marked it as evidence yet', async () => {
    const frame = await take('cited', T0);
    const base = incident({ state: 'open', package: null });
    const [first] = base.stay.sightings;
    await add({ ...base, stay: { ...base.stay, sightings: [{ ...first!, frameId: frame.frameId }] } });
    await house.table.write(
      zonePut({
        id: zoneId('Z1'),
        version: 1,
        cameraId: CAMERA,
        placeId: PLACE,
        type: 'sidewalk',
        polygon: [
          [0, 0],
          [1, 0],
          [1, 1],
        ],
        shop: null,
        ruleIds: [ruleId('R1')],
        effectiveFrom: 0,
        effectiveTo: null,
      }),
    );
    await house.table.write(rulePut(rule));
    await tend(house, T0 + 31 * DAY);
    expect(await hasBytes(frame)).toBe(true);
  });

  it('whose bytes another frame still needs leaves them there', async () => {
    const older = await take('a', T0, 'the same');
    const newer = await take('b', T0 + 20 * DAY, 'the same');
    expect(older.blobKey).toBe(newer.blobKey);
    await tend(house, T0 + 31 * DAY);
    expect([await stateNow(older), await stateNow(newer), await hasBytes(newer)]).toEqual([
      'discarded',
      'inspected',
      true,
    ]);
  });

  it('is found in small rounds, each frame once, by two processes too', async () => {
    for (let index = 0; index < 12; index++) await take(`f${index}`, T0 + index * MINUTE);
    let frames = 0;
    for (let round = 0; round < 8; round++) {
      const reports = await Promise.all([1, 2].map(() => tend({ ...house, discardAtOnce: 3 }, T0 + 31 * DAY)));
      frames += reports.reduce((sum, { discarded }) => sum + discarded.frames, 0);
    }
    expect(frames).toBe(12);
  });

  it('under a legal hold keeps its bytes', async () => {
    const frame = await take('held', T0);
    await house.blobs.setLegalHold(frame.blobKey, true);
    await tend(house, T0 + 31 * DAY);
    expect(await hasBytes(frame)).toBe(true);
  });

  it('is sent again by whom it was given to', async () => {
    expect((await tend({ ...house, resend: async () => 3 }, T0)).resent).toBe(3);
  });
});

describe('a camera', () => {
  it('that said nothing for ten minutes is listed, longest silent first', async () => {
    const register = async (name: string, lastSeen: Instant | null, enabled = true) => {
      const id = cameraId(name);
      const camera = { id, name, lat: 30, lng: 120, jurisdiction: '五常中队', dossier: null, enabled, version: 1 };
      await house.table.transact(cameraWrites({ ...camera, imageSize: [1920, 1080] }));
      if (lastSeen === null) return;
      await house.table.write(healthPut(id, { lastSeen, clockOffsetMs: null, clockCheckedAt: null }));
    };
    await register('speaks', T0 + 25 * MINUTE);
    await register('silent', T0 + 10 * MINUTE);
    await register('never', null);
    await register('switched-off', T0, false);
    const { silent } = await tend(house, T0 + 30 * MINUTE);
    expect(silent.map(({ cameraId: id, lastSeen }) => [id, lastSeen])).toEqual([
      ['never', null],
      ['silent', T0 + 10 * MINUTE],
    ]);
  });
});
