/** The webhook notifier against a real gateway that checks signatures with the standard's own library. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type NoticeMessage, noticeMessage } from '#core/notice-message.ts';
import { systemClock } from '#platform/clock.ts';
import { type NotSentCode, NotSentError } from '#platform/notifier.ts';
import { webhookNotifier } from '#platform/webhook-notifier.ts';
import { incident, MINUTE } from '../unit/review-incident.ts';
import { answers, breaksOff, type Gateway, type Mood, openGateway, SECRET, takesSilently } from './message-gateway.ts';

const message: NoticeMessage = noticeMessage(incident(), 5 * MINUTE);

let gateway: Gateway;
beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.close());

const notifier = (change: Partial<Parameters<typeof webhookNotifier>[0]> = {}) =>
  webhookNotifier({ url: gateway.url, secret: SECRET, clock: systemClock, timeoutMs: 400, ...change });

const refusalOf = async (mood: Mood): Promise<Partial<NotSentError['facts']> & { code: NotSentCode }> => {
  gateway.next(mood);
  const error: unknown = await notifier()
    .notify(message)
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  if (!(error instanceof NotSentError)) throw new Error(`Expected NotSentError, received ${String(error)}`);
  return { code: error.code, ...error.facts };
};

describe('a notice by webhook', () => {
  it('says who, what, where, since when, and what to do within how long, in words a person would send', async () => {
    await notifier().notify(message);
    const [taken] = gateway.delivered.values();
    expect(taken).toMatchObject({
      incidentId: 'i1',
      violation: 'sidewalk-parking',
      place: '文一西路北侧人行道',
      recipient: { kind: 'owner', plate: '浙A8K3F2' },
      firstSeen: '2026-05-12T09:30:00+08:00',
      graceSeconds: 300,
      language: 'zh-CN',
    });
    expect(taken?.text).toBe(
      '【五常中队】车主您好：您的车辆浙A·8K3F2自5月12日09:30起停放在文一西路北侧人行道，该处为人行道，不得停车。请在收到本提醒后5分钟内驶离；按时驶离的，本次不予处罚。正在执行紧急任务、避险或车辆故障的，请回复说明。',
    );
  });

  it('comes back with the gateway’s reference and with what was sent and answered, to the byte', async () => {
    const delivery = await notifier().notify(message);
    expect(delivery).toMatchObject({ channel: 'webhook', reference: 'SMS-notice_i1', response: { status: 202 } });
    expect(new TextDecoder().decode(delivery.request.body)).toBe(gateway.received[0]?.body);
    expect(delivery.request.headers['webhook-signature']).toBe(gateway.received[0]?.headers['webhook-signature']);
    expect(new TextDecoder().decode(delivery.response?.body)).toBe('{"reference":"SMS-notice_i1"}');
    // The query may be a secret of the gateway's.
    expect(delivery.request.url).not.toContain('tenant');
  });

  it('is delivered once, however often it is sent', async () => {
    for (let time = 0; time < 3; time++) await notifier().notify(message);
    expect(gateway.received.length).toBe(3);
    expect([...gateway.delivered.keys()]).toEqual(['notice_i1']);
  });

  it('signed with another secret is not taken, and that is told apart', async () => {
    const other = `whsec_${Buffer.from('quite another secret of this size').toString('base64')}`;
    await expect(notifier({ secret: other }).notify(message)).rejects.toMatchObject({ code: 'notice-unauthorized' });
    expect([gateway.forged(), gateway.delivered.size]).toEqual([1, 0]);
  });

  it.each<[string, Mood, Partial<NotSentError['facts']> & { code: NotSentCode }]>([
    ['a failing gateway', answers(503), { code: 'notice-gateway-failed', uncertain: true, down: true }],
    [
      'its wish to wait',
      answers(503, '', { 'Retry-After': '120' }),
      { code: 'notice-gateway-failed', retryAfterMs: 120_000 },
    ],
    [
      'too many',
      answers(429, '', { 'Retry-After': '7' }),
      { code: 'notice-throttled', uncertain: false, retryAfterMs: 7_000 },
    ],
    [
      'a wish nobody can mean',
      answers(429, '', { 'Retry-After': '99999999' }),
      { code: 'notice-throttled', retryAfterMs: 3_600_000 },
    ],
    ['a refusal', answers(422, '{"no":"such plate"}'), { code: 'notice-refused', uncertain: false, down: false }],
    ['silence', takesSilently, { code: 'notice-timeout', uncertain: true, down: true }],
    ['a broken line', breaksOff, { code: 'notice-unreachable', uncertain: true, down: true }],
  ])('met by %s is still due', async (_name, mood, expected) => {
    expect(await refusalOf(mood)).toMatchObject(expected);
  });

  it('does not follow a redirect: a plate goes nowhere it was not meant for', async () => {
    const elsewhere = await openGateway();
    try {
      expect(await refusalOf(answers(307, '', { Location: elsewhere.url }))).toMatchObject({
        code: 'notice-redirected',
      });
      expect(elsewhere.received).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  it('whose answer trickles in for ever is given up in time', async () => {
    const trickle: Mood = (response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 50);
      response.on('close', () => clearInterval(timer));
    };
    expect(await refusalOf(trickle)).toMatchObject({ code: 'notice-timeout' });
  });

  it.each([
    ['garbage', '<html>ok</html>'],
    ['another kind of JSON', '[1]'],
    ['a reference that is none', '{"reference":{"$ne":1}}'],
    ['a reference with line breaks', '{"reference":"a\\nb"}'],
    ['nothing', ''],
    ['bytes that are no text', '\u0000\uFFFD'],
  ])('answered with 200 and %s was taken, under its own id', async (_name, body) => {
    gateway.next(answers(200, body));
    expect(await notifier().notify(message)).toMatchObject({ reference: 'notice_i1', acceptedAt: null });
  });

  it('keeps of a huge answer what is enough', async () => {
    gateway.next(answers(200, 'x'.repeat(1_000_000)));
    const { response } = await notifier().notify(message);
    expect(response?.body.length).toBe(64 * 1024);
  });

  it('brings back when the gateway took it, where it says so', async () => {
    gateway.next(answers(200, '{"reference":"r","acceptedAt":"2026-05-12T09:41:00+08:00"}'));
    expect((await notifier().notify(message)).acceptedAt).toBe(Date.parse('2026-05-12T09:41:00+08:00'));
  });
});

describe('the address and the secret', () => {
  it.each([
    'http://gateway.example/notices',
    'http://127.0.0.1.example/notices',
    'ftp://127.0.0.1/',
    'https://user:word@gateway.example/',
    'gateway.example',
    '',
  ])('%s is refused', (url) => {
    expect(() => notifier({ url })).toThrow(expect.objectContaining({ code: 'notice-url-invalid' }));
  });

  it.each(['https://gateway.example/notices', 'http://localhost:1/', 'http://[::1]:9/'])('%s is taken', (url) => {
    expect(() => notifier({ url })).not.toThrow();
  });

  it.each(['', 'whsec_', 'whsec_c2hvcnQ=', 'whsec_***'])('the secret "%s" is refused', (secret) => {
    expect(() => notifier({ secret })).toThrow(expect.objectContaining({ code: 'notice-secret-invalid' }));
  });
});

describe('a message', () => {
  it('of the same incident is the same to the byte', () => {
    const again = noticeMessage(incident(), 5 * MINUTE);
    const digest = ({ body }: NoticeMessage) => createHash('sha256').update(body).digest('hex');
    expect(digest(again)).toBe(digest(message));
  });

  it('to a shop names the shop and no plate', () => {
    const { stay } = incident();
    const shop = { ...stay, type: 'street-trading' as const, shop: '老王水果店', plate: null, vehicleClass: null };
    const { text, recipient } = noticeMessage(incident({ stay: shop }), 10 * MINUTE);
    expect(recipient).toEqual({ kind: 'shop', shop: '老王水果店' });
    expect(text).toBe(
      '【五常中队】老王水果店负责人您好：5月12日09:30起，在文一西路北侧人行道发现贵店在店外摆放物品经营。请在收到本提醒后10分钟内收回店内、恢复通行；按时改正的，本次不予处罚。',
    );
  });

  it('about a vehicle whose plate nobody could read goes to whoever is there', () => {
    const { stay } = incident();
    expect(noticeMessage(incident({ stay: { ...stay, plate: null } }), 90_000)).toMatchObject({
      recipient: { kind: 'on-site' },
      text: expect.stringContaining('您的车辆自5月12日09:30起'),
    });
  });
});
