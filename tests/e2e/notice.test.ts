/** 劝导在先, the whole way: seen, reminded, gone or still there, and what reaches an officer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '#core/evidence/bag.ts';
import { verifyPackage } from '#core/evidence/verify.ts';
import { readZip } from '#core/evidence/zip-read.ts';
import type { Incident } from '#core/incident.ts';
import { nextVersion } from '#core/incident-machine.ts';
import { logNotifier } from '#platform/log-notifier.ts';
import type { Notifier } from '#platform/notifier.ts';
import { streamEntries, verifyAll } from '#platform/records/audit.ts';
import { putIncident } from '#platform/records/incidents.ts';
import { rulePut } from '#platform/records/rules.ts';
import { webhookNotifier } from '#platform/webhook-notifier.ts';
import { metricsText } from '../../infra/local/metrics.ts';
import { at, car, type FrameOptions, rule, trading } from '../unit/stays/builders.ts';
import { answers, breaksOff, type Gateway, openGateway, SECRET } from './message-gateway.ts';
import { openStreet, PLATE, SHOP, type Street, type StreetOptions } from './street.ts';

let gateway: Gateway;
let street: Street;
beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(async () => {
  street.close();
  await gateway.close();
});

/** The gateway checks that a signature is of now: it lives in real time, the street in its own. */
const realTime: Notifier = {
  async notify(message) {
    const clock = { now: () => Date.now() };
    const delivery = await webhookNotifier({ url: gateway.url, secret: SECRET, clock, timeoutMs: 500 }).notify(message);
    return { ...delivery, answeredAt: street.clock.now() };
  },
};
const open = async (options: StreetOptions = {}) => {
  street = await openStreet({ notifier: realTime, ...options });
};

const there: FrameOptions = { cars: [car({ plate: PLATE })] };
const gone: FrameOptions = { cars: [] };
const out: FrameOptions = { shops: [{ zone: 'front', shop: SHOP, verdict: 'occupied', share: 0.15 }] };
const clear: FrameOptions = { shops: [{ zone: 'front', shop: SHOP, verdict: 'clear' }] };

const only = async (): Promise<Incident> => {
  const [incident, ...more] = await street.incidents();
  if (incident === undefined || more.length > 0) throw new Error(`Expected one incident, found ${more.length + 1}`);
  return incident;
};
const queue = async () => (await street.ask('supervisor', 'GET /v1/review/queue')).json.items;
const feed = async () => (await street.ask('case system', 'GET /v1/violations')).json.items;
const actsOf = async ({ id }: Incident) => (await streamEntries(street.table, `incident/${id}`)).map(({ act }) => act);
const packageOf = async ({ package: sealed }: Incident) =>
  (await street.blobs.get(sealed?.key ?? '')) ?? new Uint8Array();
async function manifestOf(incident: Incident) {
  const bytes = await packageOf(incident);
  const file = readZip(bytes).entries.find(({ name }) => name.endsWith('data/manifest.json'));
  return JSON.parse(new TextDecoder().decode(file?.bytes));
}

/** Seen long enough for an incident, and reminded of it at 10:11 (goods) or 09:04 (a car). */
const SUBJECTS = [
  {
    name: 'goods before a shop',
    shows: out,
    free: clear,
    seen: ['10:00', '10:05', '10:10'],
    notified: '10:11',
    within: '10:15',
    after: '10:22',
    recipient: { kind: 'shop', shop: SHOP },
  },
  {
    name: 'a car on the sidewalk',
    shows: there,
    free: gone,
    seen: ['09:00', '09:02', '09:03'],
    notified: '09:04',
    within: '09:06',
    after: '09:10',
    recipient: { kind: 'owner', plate: PLATE },
  },
] as const;

describe.each(SUBJECTS)('$name', ({ shows, free, seen, notified, within, after, recipient }) => {
  const reminded = async () => {
    for (const time of seen) await street.see(time, shows);
    expect(await street.sealAll()).toEqual(['not-needed']);
    expect((await street.tend(notified)).notices).toMatchObject({ sent: 1, unsent: 0 });
    return only();
  };

  it('reminded and gone closes as self-corrected: no queue, no package, no feed', async () => {
    await open();
    await reminded();
    await street.see(within, free);
    expect(await street.sealAll()).toEqual(['not-needed']);
    await street.tend(after);
    const incident = await only();
    expect(incident).toMatchObject({ state: 'self-corrected', package: null });
    expect([await queue(), await feed()]).toEqual([[], []]);
    expect(await actsOf(incident)).toEqual([
      'incident.opened',
      'notice.sent',
      'incident.updated',
      'incident.self-corrected',
    ]);
    expect((await verifyAll(street.table)).ok).toBe(true);
  });

  it('reminded and still there after the grace is sealed with the record of the notice, and reviewed', async () => {
    await open();
    const { notice } = await reminded();
    await street.see(after, shows);
    expect(await street.sealAll()).toEqual(['sealed']);
    const incident = await only();
    expect(incident).toMatchObject({ state: 'pending', notice });
    expect(notice).toMatchObject({
      channel: 'webhook',
      reference: `SMS-notice_${incident.id}`,
      sentAt: at(notified),
      proof: { recipient, response: { status: 202 } },
    });
    const manifest = await manifestOf(incident);
    const kept = await street.blobs.head(notice?.proof?.record.key ?? '');
    expect(manifest.notice).toMatchObject({
      reference: notice?.reference,
      text: [...gateway.delivered.values()][0]?.text,
      recipient: { kind: recipient.kind },
      recordSha256: kept?.sha256,
      response: { status: 202 },
    });
    // The exchange itself is enclosed, to the byte, and the verifier holds it against what was kept.
    const enclosed = readZip(await packageOf(incident)).entries.find(({ name }) => name.endsWith('data/notice.json'));
    expect(sha256Hex(enclosed?.bytes ?? '')).toBe(kept?.sha256);
    const record = JSON.parse(new TextDecoder().decode(enclosed?.bytes));
    expect(Buffer.from(record.request.bodyBase64, 'base64').toString()).toBe(gateway.received[0]?.body);
    const checks = await verifyPackage(await packageOf(incident));
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    const sent = (await streamEntries(street.table, `incident/${incident.id}`)).find(
      ({ act }) => act === 'notice.sent',
    );
    expect(sent?.facts).toMatchObject({ record: { sha256: kept?.sha256 }, recipient: recipient.kind });
    expect(JSON.stringify(sent)).not.toMatch(new RegExp(`${PLATE}|${SHOP}`));
    expect((await queue()).map(({ id }: { id: string }) => id)).toEqual([incident.id]);
    const { json } = await street.ask('reviewer', 'POST /v1/review/claim', { id: incident.id });
    expect(json.item.notice).toMatchObject({ reference: notice?.reference });
    expect(manifest.sufficiency.findings.find(({ id }: { id: string }) => id === 'notice-proven').answer).toBe('holds');
  });

  it('that nobody sees after the grace stays where it is', async () => {
    await open();
    await reminded();
    for (const time of ['10:40', '12:00', '20:00']) await street.tend(time);
    expect(await only()).toMatchObject({ state: 'open' });
    expect(gateway.delivered.size).toBe(1);
  });
});

describe('a gateway', () => {
  const waiting = async () => {
    for (const time of ['09:00', '09:03']) await street.see(time, there);
  };

  it('that is down for an hour: nothing is sealed, it is told, and grace begins when it is back', async () => {
    await open();
    await waiting();
    for (let minute = 4; minute < 60; minute++) {
      gateway.next(answers(503));
      const time = `09:${String(minute).padStart(2, '0')}`;
      if (minute % 5 === 0) await street.see(time, there);
      const { notices } = await street.tend(time);
      expect(notices).toMatchObject({ sent: 0, unsent: 1, failures: { 'notice-gateway-failed': 1 } });
      expect(notices.unsentSince).toBe(at('09:03') + 1_000);
      await street.sealAll();
      expect((await only()).state).toBe('open');
    }
    expect([await queue(), gateway.delivered.size]).toEqual([[], 0]);
    // Tried ever less often, not every half minute for an hour.
    expect(gateway.received.length).toBeLessThan(12);
    await gateway.close();
    gateway = await openGateway();
    await street.see('10:10', there);
    expect((await street.tend('10:11')).notices.sent).toBe(1);
    await street.see('10:15', there);
    expect(await street.sealAll()).toEqual(['not-needed']);
    await street.see('10:17', there);
    expect(await street.sealAll()).toEqual(['sealed']);
    expect((await only()).notice).toMatchObject({ sentAt: at('10:11'), graceUntil: at('10:16') });
  });

  it('that says 4xx leaves it due and told, and does not keep others waiting', async () => {
    await open();
    for (const time of ['10:00', '10:05', '10:10']) await street.see(time, { ...there, ...out });
    gateway.next(answers(422));
    expect((await street.tend('10:11')).notices).toMatchObject({
      sent: 1,
      unsent: 1,
      failures: { 'notice-refused': 1 },
    });
    expect(gateway.delivered.size).toBe(1);
    expect((await street.tend('10:12')).notices).toMatchObject({ sent: 1, unsent: 0 });
  });

  it('that asks to wait is left alone for so long', async () => {
    await open();
    await waiting();
    gateway.next(answers(429, '', { 'Retry-After': '600' }));
    await street.tend('09:04');
    await street.see('09:12', there);
    expect((await street.tend('09:13')).notices).toMatchObject({ unsent: 1, failures: { 'notice-throttled': 1 } });
    expect(gateway.received.length).toBe(1);
    expect((await street.tend('09:14')).notices).toMatchObject({ sent: 1, unsent: 0 });
  });

  it('that took it, though nobody heard, gets the same message again and delivers it once', async () => {
    await open();
    await waiting();
    gateway.next(breaksOff);
    expect((await street.tend('09:04')).notices).toMatchObject({ unsent: 1, failures: { 'notice-unreachable': 1 } });
    await street.see('09:05', { cars: [car({ plate: '浙A8K3F3' })] });
    expect((await street.tend('09:06')).notices.sent).toBe(1);
    const [first, second] = gateway.received;
    expect(gateway.received.length).toBe(2);
    expect(second?.body).toBe(first?.body);
    expect(gateway.delivered.size).toBe(1);
    // The grace runs from the second, which is on record, not from the first, which may never have come.
    expect((await only()).notice?.sentAt).toBe(at('09:06'));
  });

  it('that is nowhere leaves all unsent, by no-notifier, where an operator looks', async () => {
    street = await openStreet();
    await waiting();
    const { notices } = await street.tend('09:04');
    expect(notices).toMatchObject({ unsent: 1, failures: { 'no-notifier': 1 } });
    const text = await metricsText(street.store, { framesInspected: 0, inspectionMsTotal: 0, notices });
    expect(text).toContain('\nkerbwatch_notices_unsent 1\n');
    expect(text).toContain('\nkerbwatch_notices_unsent_seconds 59\n');
  });
});

describe('a process that dies between sending and writing down', () => {
  it('leaves one message at the gateway, one notice on record, and the grace whole', { timeout: 60_000 }, async () => {
    await open();
    for (const time of ['09:00', '09:03']) await street.see(time, there);
    const { directory } = street;
    street.close({ keep: true });
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', 'tests/e2e/children/send-notice.ts', directory, gateway.url, SECRET, String(at('09:04'))],
      { stdio: 'ignore' },
    );
    expect((await once(child, 'exit'))[1]).toBe('SIGKILL');
    expect([...gateway.delivered.keys()].length).toBe(1);

    await open({ directory });
    expect((await only()).notice ?? null).toBeNull();
    // Somebody may still be at it.
    expect((await street.tend('09:04')).notices.sent).toBe(0);
    expect((await street.tend('09:06')).notices.sent).toBe(1);
    expect(gateway.received.length).toBe(2);
    expect(new Set(gateway.received.map(({ id }) => id)).size).toBe(1);
    expect(new Set(gateway.received.map(({ body }) => body)).size).toBe(1);
    expect(gateway.delivered.size).toBe(1);
    const incident = await only();
    expect(incident.notice?.sentAt).toBe(at('09:06'));
    expect((await actsOf(incident)).filter((act) => act === 'notice.sent').length).toBe(1);
    expect((await street.tend('09:08')).notices).toMatchObject({ sent: 0, running: 1 });
  });
});

describe('frames that come late', () => {
  const reminded = async () => {
    for (const time of ['09:00', '09:03']) await street.see(time, there);
    await street.tend('09:04');
  };

  it('from within the grace change nothing', async () => {
    await open();
    await reminded();
    await street.see('09:07', there, { now: at('09:30') });
    expect(await street.sealAll()).toEqual(['not-needed']);
    await street.tend('09:31');
    expect((await only()).state).toBe('open');
  });

  it('cannot bring back what closed, and stand on it as contradiction for people to see', async () => {
    await open();
    await reminded();
    await street.see('09:20', gone);
    await street.tend('09:21');
    const closed = await only();
    expect(closed.state).toBe('self-corrected');
    await street.see('09:12', there, { now: at('09:40') });
    await street.sealAll();
    await street.tend('09:41');
    const incident = await only();
    expect(incident).toMatchObject({ state: 'self-corrected', lateFrames: { contradicts: true } });
    expect(incident.lateFrames.frameIds.length).toBe(1);
    const { json } = await street.ask('reviewer', `GET /v1/review/${incident.id}`);
    expect(json.lateFrames).toEqual({ count: 1, contradicts: true });
    expect([await queue(), await feed()]).toEqual([[], []]);
  });

  it('that wait to be looked at keep it from closing', async () => {
    await open();
    await reminded();
    const waiting = await street.accept(at('09:12'));
    await street.see('09:20', gone);
    expect((await street.tend('09:21')).notices.corrected).toEqual([]);
    await street.inspect(waiting, '09:12', there);
    expect(await street.sealAll()).toEqual(['sealed']);
    expect((await only()).state).toBe('pending');
  });

  it('show who came back, who is reminded anew, by another message', async () => {
    await open();
    await reminded();
    await street.see('09:06', gone);
    await street.tend('09:07');
    for (const time of ['09:20', '09:24']) await street.see(time, there);
    expect((await street.tend('09:25')).notices.sent).toBe(1);
    expect((await street.incidents()).map(({ state }) => state)).toEqual(['self-corrected', 'open']);
    expect(gateway.delivered.size).toBe(2);
  });
});

describe('nobody gets past the notice', () => {
  const still = async () => {
    for (const time of ['09:00', '09:03']) await street.see(time, there);
  };

  it('by confirming while the grace runs', async () => {
    await open();
    await still();
    await street.tend('09:04');
    const { id, version } = await only();
    const claimed = await street.ask('supervisor', 'POST /v1/review/claim', { id });
    const decided = await street.ask('supervisor', `POST /v1/review/${id}/decision`, { outcome: 'confirm', version });
    expect([claimed.status, claimed.json.code]).toEqual([409, 'state-conflict']);
    expect([decided.status, decided.json.code]).toEqual([409, 'state-conflict']);
  });

  it.each([
    ['without one', null, 'notice-missing'],
    ['within its grace', { sentAt: at('09:03'), graceUntil: at('09:08') }, 'grace-running'],
    ['with a grace cut short', { sentAt: at('09:02'), graceUntil: at('09:02') }, 'grace-running'],
  ])('by writing a confirmed incident %s into the table', async (_name, times, code) => {
    await open();
    await still();
    const before = await only();
    const about = before.stay.sightings.at(-1)!.sightingId;
    const decision = {
      ...{ officerId: 'x', officerName: 'x', stage: 'first', outcome: 'confirm', reason: null, note: '' },
      ...{ plate: PLATE, at: at('09:05'), packageSha256: 'ab'.repeat(32) },
    } as unknown as Incident['decisions'][number];
    const forged = nextVersion(
      before,
      {
        state: 'confirmed',
        decisions: [decision],
        package: { sha256: 'ab'.repeat(32), key: 'k', bytes: 1, revision: 1, sealedAt: 0 },
        notice: times === null ? null : { channel: 'webhook', reference: 'r', about, ...times },
      },
      at('09:05'),
    );
    expect(() => putIncident(forged, { ...before, state: 'pending' })).toThrow(expect.objectContaining({ code }));
    await expect(
      street.table.write({
        kind: 'put',
        ...{ partition: `incident/${before.id}`, sort: 'incident' },
        value: forged,
        expect: { version: before.version },
      }),
    ).rejects.toMatchObject({ code });
    expect((await only()).state).toBe('open');
  });

  it('by playing an old message to the sealer again', async () => {
    await open();
    await still();
    const { id } = await only();
    expect((await street.seal(id)).kind).toBe('not-needed');
    await street.tend('09:04');
    for (const time of ['09:05', '09:08', '11:00']) {
      street.clock.set(at(time));
      expect((await street.seal(id)).kind).toBe('not-needed');
    }
    await street.see('11:01', gone);
    await street.tend('11:02');
    expect((await street.seal(id)).kind).toBe('not-needed');
    expect(await only()).toMatchObject({ state: 'self-corrected', package: null });
  });

  it('by setting our clock back before the notice, or forward after it', async () => {
    await open();
    await still();
    await street.tend('07:00');
    // Not before what it is about was seen.
    expect((await only()).notice).toMatchObject({ sentAt: at('09:03'), graceUntil: at('09:08') });
    street.clock.set(at('15:00'));
    await street.see('09:07', there);
    expect(await street.sealAll()).toEqual(['not-needed']);
    expect((await only()).state).toBe('open');
  });

  it('by a camera whose clock runs ahead: ours must agree that the grace is over', async () => {
    await open();
    await still();
    await street.tend('09:04');
    await street.inspect(await street.accept(at('09:10')), '09:10', there);
    expect(await street.sealAll()).toEqual(['later']);
    expect((await only()).state).toBe('open');
    street.clock.set(at('09:09') + 1);
    expect(await street.sealAll()).toEqual(['sealed']);
  });

  it('by a rule that comes to ask in the middle of a stay', async () => {
    const silent = [rule(), trading()];
    await open({ rules: silent });
    await street.see('09:00', there);
    const asking = { required: true, graceSeconds: 300 } as const;
    await street.table.write(rulePut(rule({ version: 2, effectiveFrom: at('09:02'), notice: asking })));
    await street.see('09:04', { cars: [{ ...car({ plate: PLATE }), rule: { ruleId: rule().id, version: 2 } }] });
    expect(await street.sealAll()).toEqual(['not-needed']);
    expect((await street.tend('09:05')).notices.sent).toBe(1);
    expect((await only()).graceMs).toBe(300_000);
  });

  it('by a notice that went to another plate’s owner', async () => {
    await open();
    await still();
    await street.tend('09:04');
    await street.see('09:10', there);
    await street.sealAll();
    const { id } = await only();
    const { json } = await street.ask('reviewer', 'POST /v1/review/claim', { id });
    const confirm = { outcome: 'confirm', plate: '浙A8K3F9', version: json.lease.version };
    const { status, json: refused } = await street.ask('reviewer', `POST /v1/review/${id}/decision`, confirm);
    expect([status, refused.code]).toEqual([409, 'notice-elsewhere']);
  });

  it('by having no gateway: a line in our own log reminds nobody', async () => {
    const log = logNotifier(() => {}, { now: () => street.clock.now() });
    await open({ notifier: log });
    await still();
    expect((await street.tend('09:04')).notices.sent).toBe(1);
    await street.see('09:10', there);
    await street.sealAll();
    const { id } = await only();
    const { json } = await street.ask('reviewer', 'POST /v1/review/claim', { id });
    const confirm = { outcome: 'confirm', plate: PLATE, version: json.lease.version };
    const { status, json: refused } = await street.ask('reviewer', `POST /v1/review/${id}/decision`, confirm);
    expect([status, refused.code]).toEqual([409, 'notice-unproven']);
  });

  it('by an error that is none of the gateway’s', async () => {
    street = await openStreet({ notifier: { notify: () => Promise.reject(new Error('bug')) } });
    await still();
    expect((await street.tend('09:04')).notices).toMatchObject({ unsent: 1, failures: { 'notice-failed': 1 } });
  });
});
