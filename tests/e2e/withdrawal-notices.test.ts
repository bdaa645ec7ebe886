/** Who was reminded of what is taken back is told so, once, by whatever act it was taken back. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { destroyed } from '#core/destroyed.ts';
import { cameraId, type IncidentId, zoneId } from '#core/ids.ts';
import type { Incident, NoticeRecipient } from '#core/incident.ts';
import { handClock } from '#platform/clock.ts';
import { guardTable } from '#platform/guarded-table.ts';
import type { Officer } from '#platform/identity.ts';
import { openFileBlobs } from '#platform/local/file-blobs.ts';
import { openSqliteTable, type SqliteTable } from '#platform/local/sqlite-table.ts';
import { logNotifier } from '#platform/log-notifier.ts';
import type { Notifier } from '#platform/notifier.ts';
import { streamEntries, verifyAll } from '#platform/records/audit.ts';
import { filesOfCase } from '#platform/records/case-files.ts';
import { putIncident, readIncident } from '#platform/records/incidents.ts';
import { forgetSending, readWithdrawalSending } from '#platform/records/notices.ts';
import { outbox } from '#platform/records/withdrawals.ts';
import type { Table } from '#platform/table.ts';
import { tableOf } from '#platform/table-rights.ts';
import { webhookNotifier } from '#platform/webhook-notifier.ts';
import { claim, record, withdrawViolation } from '../../functions/review/work.ts';
import { tend } from '../../functions/tend/tend.ts';
import { tendWithdrawalNotices } from '../../functions/tend/withdrawal-notices.ts';
import { preview, request } from '../../functions/withdraw/request.ts';
import { runWithdrawal } from '../../functions/withdraw/run.ts';
import { metricsText } from '../../infra/local/metrics.ts';
import { addViolations, violation } from '../bench/violations.ts';
import { BO, MINUTE, SUPERVISOR, T0 } from '../unit/review-incident.ts';
import { answers, breaksOff, type Gateway, openGateway, SECRET } from './message-gateway.ts';

const SU: Officer = { kind: 'officer', ...SUPERVISOR, unit: '五常中队', roles: ['supervisor'] };
const bo: Officer = { kind: 'officer', ...BO, unit: '五常中队', roles: ['reviewer'] };
const PLATE = '浙A8K3F2';
const clock = handClock(T0 + 86_400_000);

let directory: string;
let sqlite: SqliteTable;
let gateway: Gateway;
let house: { table: Table; blobs: ReturnType<typeof openFileBlobs> };
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'withdrawal-notices-'));
  clock.set(T0 + 86_400_000);
  gateway = await openGateway();
  openHouse();
});
function openHouse() {
  sqlite = openSqliteTable(join(directory, 'kerbwatch.db'), clock);
  const blobs = openFileBlobs(join(directory, 'blobs'), { secret: 's', baseUrl: '', clock });
  house = { table: tableOf(guardTable(sqlite), 'tend'), blobs };
}
afterEach(async () => {
  sqlite.close();
  await gateway.close();
  await rm(directory, { recursive: true, force: true });
});

/** The gateway checks that a signature is of now; the house lives in its own time. */
const notifier: Notifier = {
  async notify(message) {
    const real = { now: () => Date.now() };
    const sender = webhookNotifier({ url: gateway.url, secret: SECRET, clock: real, timeoutMs: 500 });
    return { ...(await sender.notify(message)), answeredAt: clock.now() };
  },
};
const round = (options: { notifier?: Notifier; table?: Table; sendForMs?: number } = {}) =>
  tendWithdrawalNotices({ ...house, notifier, ...options }, clock.now());

/** A violation whose party was reminded. The plate that stands today is not the one that the notice went to. */
function reminded(index = 0, recipient: NoticeRecipient = { kind: 'owner', plate: PLATE }): Incident {
  const base = violation(index);
  const proof = {
    ...{ messageId: `notice_${base.id}`, recipient, text: '…', language: 'zh-CN', requestSha256: '0'.repeat(64) },
    ...{ response: null, record: { key: `notices/${base.id}/1.json`, sha256: '0'.repeat(64) } },
  };
  const about = base.stay.sightings[0]!.sightingId;
  const times = { sentAt: T0, graceUntil: T0 + MINUTE };
  return { ...base, notice: { channel: 'webhook', reference: `gw-${base.id}`, ...times, about, proof } };
}
const office = () => ({
  ...{ table: tableOf(guardTable(sqlite), 'review'), blobs: house.blobs, clock },
  ...{ leaseMs: MINUTE, leasesAtOnce: 5, linkMs: MINUTE },
});
const takeBack = ({ id }: Incident) =>
  withdrawViolation(office(), SU, id, { reason: 'wrong-zone', note: '区域画到了车行道' });
async function withdrawn(): Promise<Incident> {
  const subject = reminded();
  await addViolations(sqlite, [subject], clock.now());
  return takeBack(subject);
}
async function twoWithdrawn(): Promise<readonly [Incident, Incident]> {
  const both = [reminded(0), reminded(1)] as const;
  await addViolations(sqlite, both, clock.now());
  return [await takeBack(both[0]), await takeBack(both[1])];
}
const trailOf = (id: IncidentId) => streamEntries(sqlite, `incident/${id}`);
const sentActs = async (id: IncidentId) => (await trailOf(id)).filter(({ act }) => act === 'withdrawal-notice.sent');
const onlyDelivered = () => {
  expect(gateway.delivered.size).toBe(1);
  return [...gateway.delivered.values()][0];
};

describe('a message that something was taken back', () => {
  it('goes to whom the notice went, with the reason in words, and is proven by what was kept', async () => {
    const { id } = await withdrawn();
    expect(await round()).toEqual({ sent: 1, unsent: 0, failures: {} });
    const message = onlyDelivered();
    expect(message).toMatchObject({
      ...{ id: `withdrawn_${id}`, incidentId: id, recipient: { kind: 'owner', plate: PLATE } },
      reason: { code: 'wrong-zone', zh: '区域错误', en: 'the monitored area was drawn wrongly' },
    });
    expect(message?.text).toBe(
      '【五常中队】车主您好：5月12日09:30就您的车辆浙A·8K3F2停放于文一西路北侧人行道一事发出的提醒及相关违法记录，经复核已撤回。撤回理由：区域错误。该记录不作为处罚依据，您无需办理任何手续。给您带来不便，敬请谅解。',
    );
    expect(message?.textEn).toContain('Reason: the monitored area was drawn wrongly.');
    expect(await outbox(sqlite)).toEqual([]);
    const key = `notices/${id}/withdrawn-1.json`;
    const kept = await house.blobs.head(key);
    const [sent, ...more] = await sentActs(id);
    expect(more).toEqual([]);
    expect(sent?.facts).toMatchObject({
      ...{ messageId: `withdrawn_${id}`, reference: `SMS-withdrawn_${id}`, recipient: 'owner', reason: 'wrong-zone' },
      ...{ response: { status: 202 }, record: { key, sha256: kept?.sha256 } },
    });
    const enclosed = JSON.parse(new TextDecoder().decode(await house.blobs.get(key)));
    expect(Buffer.from(enclosed.request.bodyBase64, 'base64').toString()).toBe(gateway.received[0]?.body);
    expect(JSON.stringify(await trailOf(id))).not.toMatch(/8K3F2|浙A/);
    expect((await verifyAll(sqlite)).ok).toBe(true);
    expect(await round()).toEqual({ sent: 0, unsent: 0, failures: {} });
    expect(gateway.received).toHaveLength(1);
  });

  it('does not carry what the officer noted', async () => {
    await withdrawn();
    await round();
    expect(gateway.received[0]?.body).not.toContain('车行道');
  });

  it('is sent when an objection is sustained', async () => {
    const statement = { id: 's1', kind: 'object' as const, text: '在装卸', at: clock.now(), by: 'party' as const };
    const subject: Incident = { ...reminded(), state: 'objected', statements: [statement] };
    await addViolations(sqlite, [subject], clock.now());
    await claim(office(), bo, subject.id);
    const command = { outcome: 'reject', reason: 'not-stationary', note: '', version: subject.version } as const;
    expect((await record(office(), bo, subject.id, command)).state).toBe('withdrawn');
    expect(await round()).toMatchObject({ sent: 1 });
    expect(onlyDelivered()?.reason).toMatchObject({ code: 'not-stationary', zh: '未停留' });
  });

  it('is sent by the clock for each of a bulk withdrawal that had a notice, and for no other', async () => {
    const shop = { kind: 'shop', shop: '老王修车' } as const;
    await addViolations(sqlite, [reminded(0), violation(1), reminded(2, shop)], clock.now());
    const table = tableOf(guardTable(sqlite), 'withdraw');
    const selector = { zone: { cameraId: cameraId('CAM-1'), zoneId: zoneId('Z1'), version: 1 } };
    const { ids, digest } = await preview({ table, clock }, SU, selector);
    const asked = { selector, reason: 'system-fault' as const, note: '模型误判', count: ids.length, digest };
    await runWithdrawal({ table, clock }, (await request({ table, clock }, SU, asked)).id);
    const { withdrawalNotices } = await tend({ ...house, notifier }, clock.now());
    expect(withdrawalNotices).toEqual({ sent: 2, unsent: 0, failures: {} });
    expect([...gateway.delivered.values()].map(({ recipient }) => recipient)).toEqual([
      { kind: 'owner', plate: PLATE },
      shop,
    ]);
  });
});

describe('a process that dies between sending and writing down', () => {
  it('leaves one message at the gateway and one act in the trail', { timeout: 60_000 }, async () => {
    const { id } = await withdrawn();
    sqlite.close();
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', 'tests/e2e/children/send-notice.ts', directory, gateway.url, SECRET, String(clock.now())],
      { stdio: 'ignore' },
    );
    expect((await once(child, 'exit'))[1]).toBe('SIGKILL');
    openHouse();
    expect([gateway.delivered.size, (await outbox(sqlite)).length, await sentActs(id)]).toEqual([1, 1, []]);
    // Somebody may still be at it.
    expect(await round()).toMatchObject({ sent: 0, unsent: 1 });
    clock.set(clock.now() + 2 * MINUTE);
    expect(await round()).toMatchObject({ sent: 1, unsent: 0 });
    expect(gateway.received).toHaveLength(2);
    expect(new Set(gateway.received.map(({ id: one, body }) => `${one} ${body}`)).size).toBe(1);
    expect(gateway.delivered.size).toBe(1);
    expect(await sentActs(id)).toHaveLength(1);
  });

  it('is not needed for two rounds at once to send one', async () => {
    const { id } = await withdrawn();
    const reports = await Promise.all([round(), round()]);
    expect(reports.map(({ sent }) => sent).toSorted()).toEqual([0, 1]);
    expect([gateway.received.length, (await sentActs(id)).length]).toEqual([1, 1]);
  });
});

describe('a gateway', () => {
  it('that is nowhere keeps the row, is counted where an operator looks, and is tried ever less often', async () => {
    const [{ id }] = await twoWithdrawn();
    gateway.next(breaksOff);
    const report = await round();
    // The second was not tried: it would have fared no better.
    expect(report).toEqual({ sent: 0, unsent: 2, failures: { 'notice-unreachable': 1 } });
    const store = { queues: {}, clock };
    const text = await metricsText(store, {
      framesInspected: 0,
      inspectionMsTotal: 0,
      withdrawalNotices: report,
    });
    expect(text).toContain('\nkerbwatch_withdrawal_notices_unsent 2\n');
    expect(await outbox(sqlite)).toHaveLength(2);
    expect(await sentActs(id)).toEqual([]);
    expect((await readWithdrawalSending(sqlite, id))?.value.nextAt).toBe(clock.now() + MINUTE / 2);
    // The first waits, the second is due.
    expect(await round()).toEqual({ sent: 1, unsent: 1, failures: { 'notice-unreachable': 1 } });
    gateway.next(answers(503));
    clock.set(clock.now() + MINUTE / 2);
    expect(await round()).toMatchObject({ unsent: 1, failures: { 'notice-gateway-failed': 1 } });
    expect((await readWithdrawalSending(sqlite, id))?.value.nextAt).toBe(clock.now() + MINUTE);
    clock.set(clock.now() + MINUTE);
    expect(await round()).toEqual({ sent: 1, unsent: 0, failures: {} });
    expect(new Set(gateway.received.filter((one) => one.id === `withdrawn_${id}`).map(({ body }) => body)).size).toBe(
      1,
    );
  });

  it('that refuses one does not keep the others waiting', async () => {
    await twoWithdrawn();
    gateway.next(answers(422));
    expect(await round()).toEqual({ sent: 1, unsent: 1, failures: { 'notice-refused': 1 } });
  });

  it('gets no more than a round has time for', async () => {
    await twoWithdrawn();
    expect(await round({ sendForMs: 0 })).toEqual({ sent: 0, unsent: 2, failures: {} });
    expect(gateway.received).toEqual([]);
  });

  it('that is not set leaves a line in the log, which names nobody', async () => {
    const { id } = await withdrawn();
    const lines: unknown[] = [];
    expect(await round({ notifier: logNotifier((line) => lines.push(line), clock) })).toMatchObject({ sent: 1 });
    expect(lines).toEqual([
      { level: 'info', event: 'withdrawal-notice-due', incidentId: id, reference: `withdrawn_${id}` },
    ]);
    expect((await sentActs(id))[0]?.facts).toMatchObject({ channel: 'log', response: null });
  });
});

describe('when the time of the case is over', () => {
  it('the proof and whatever may hold a message go with it', async () => {
    const subject = await withdrawn();
    await round();
    const files = await filesOfCase({ ...house, table: sqlite }, subject);
    expect(files.map(({ what, key }) => [what, key])).toContainEqual([
      'notice-proof',
      `notices/${subject.id}/withdrawn-1.json`,
    ]);
    await house.table.transact(await forgetSending(house.table, subject.id));
    expect(await readWithdrawalSending(sqlite, subject.id)).toBeUndefined();
  });

  it('nobody is told any more, and the trail says so', async () => {
    const { id } = await withdrawn();
    const { incident } = (await readIncident(sqlite, id))!;
    await sqlite.transact(putIncident(destroyed(incident, 'evidence', clock.now()), incident));
    expect(await round()).toEqual({ sent: 0, unsent: 0, failures: {} });
    expect([gateway.received.length, await outbox(sqlite)]).toEqual([0, []]);
    expect((await trailOf(id)).at(-1)?.act).toBe('withdrawal-notice.dropped');
  });
});
