import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { incidentId } from '#core/ids.ts';
import type { NoticeMessage } from '#core/notice-message.ts';
import { partnersBySecret, readSettings } from '#platform/aws/settings-secret.ts';
import { handClock } from '#platform/clock.ts';
import type { LogLine } from '#platform/http/log.ts';
import { failing } from '../../aws/json-service.ts';
import { type SecretsForTests, startSecrets } from '../../aws/secrets.ts';

let secrets: SecretsForTests;
beforeAll(async () => {
  secrets = await startSecrets();
});
afterAll(() => secrets.stop());

let clock: ReturnType<typeof handClock>;
let lines: LogLine[];
beforeEach(() => {
  clock = handClock(1_000_000);
  lines = [];
  secrets.always(undefined);
});

const MINUTE = 60_000;
const NOTICE = { noticeUrl: 'https://gateway.example/notices', noticeSecret: `whsec_${'QUJD'.repeat(8)}` };
const MESSAGE: NoticeMessage = {
  id: 'notice_KW1',
  incidentId: incidentId('KW1'),
  body: '{}',
  ...{ graceMs: 0, recipient: { kind: 'on-site' }, text: '', language: 'zh-CN' },
};
const TSA = 'https://tsa.example/stamp';
const open = (value: unknown) =>
  partnersBySecret({
    ...{ client: secrets.client, secret: secrets.put('settings', value), clock },
    log: (line) => void lines.push(line),
  });
const refusalOf = async (value: unknown) => {
  const error: unknown = await open(value)().catch((thrown: unknown) => thrown);
  return { error, text: inspect(error, { depth: 9 }) };
};

describe('the settings in a secret', () => {
  it('say who carries notices and who stamps', async () => {
    const { notifier, timeStamper } = await open({ ...NOTICE, tsaUrl: TSA })();
    expect(timeStamper?.authority).toBe(TSA);
    expect(lines).toEqual([]);
    expect(notifier).toBeDefined();
  });

  it.each(['{}', JSON.stringify({ noticeUrl: '', noticeSecret: '', tsaUrl: '', tsaCa: '' })])(
    'may be none (%s): a notice is then a line in the log, and nothing is stamped',
    async (text) => {
      const { notifier, timeStamper } = await open(text)();
      expect(timeStamper).toBeUndefined();
      await notifier.notify(MESSAGE);
      expect(lines).toMatchObject([{ event: 'notice-due', reference: MESSAGE.id }]);
    },
  );

  it('are given as they are to whoever opens more than partners', async () => {
    const secret = secrets.put('settings', { ...NOTICE, tsaUrl: '' });
    expect(await readSettings({ client: secrets.client, secret })).toEqual({ ...NOTICE, tsaUrl: undefined });
  });

  const wrong = [
    { what: 'no JSON', value: 'S3CRET', says: 'not JSON' },
    { what: 'no object', value: '["S3CRET"]', says: 'no object' },
    { what: 'a number for a text', value: { noticeUrl: 5, tsaUrl: 'S3CRET' }, says: 'noticeUrl' },
    { what: 'a member of another name', value: { noticeURL: 'S3CRET' }, says: 'other members' },
    { what: 'a secret as the name of a member', value: { S3CRET: '' }, says: 'other members' },
    { what: 'an address that is none', value: { ...NOTICE, noticeUrl: 'ftp://S3CRET' }, says: 'notice-url-invalid' },
    { what: 'a gateway without its secret', value: { noticeUrl: 'https://s3cret/' }, says: 'notice-secret-invalid' },
    { what: 'a short secret', value: { ...NOTICE, noticeSecret: 'whsec_S3CRET' }, says: 'notice-secret-invalid' },
    { what: 'an authority that is none', value: { tsaUrl: 'S3CRET' }, says: 'tsa-setting-invalid' },
    { what: 'certificates that are none', value: { tsaUrl: TSA, tsaCa: 'S3CRET' }, says: 'certificate-invalid' },
  ];
  it.each(wrong)('are refused for $what, without a word of what they say', async ({ value, says }) => {
    const { error, text } = await refusalOf(value);
    expect(error).toMatchObject({ code: 'settings-invalid' });
    expect(text).toContain(says);
    expect(text.toLowerCase()).not.toContain('s3cret');
  });

  it('are asked for again after some minutes, and a change is taken up then', async () => {
    const partners = open({ tsaUrl: TSA });
    const first = await partners();
    secrets.put('settings', { tsaUrl: 'https://other.example/stamp' });
    const asked = secrets.asked.length;
    clock.set(clock.now() + 4 * MINUTE);
    expect(await partners()).toBe(first);
    expect(secrets.asked).toHaveLength(asked);
    clock.set(clock.now() + MINUTE);
    expect((await partners()).timeStamper?.authority).toBe('https://other.example/stamp');
  });

  it('that did not change keep their partners, with what these know of who is out of reach', async () => {
    const partners = open({ tsaUrl: TSA });
    const first = await partners();
    clock.set(clock.now() + 10 * MINUTE);
    expect((await partners()).timeStamper).toBe(first.timeStamper);
  });

  it('are asked for again when the service throttles or fails', async () => {
    secrets.first(failing(400, 'ThrottlingException'), failing(500, 'InternalServiceError'));
    expect((await open({ tsaUrl: TSA })()).timeStamper?.authority).toBe(TSA);
  });

  it('stay what they were while the service does not answer, and the log says so', async () => {
    const partners = open({ tsaUrl: TSA });
    const first = await partners();
    clock.set(clock.now() + 10 * MINUTE);
    secrets.always(failing(400, 'AccessDeniedException'));
    expect(await partners()).toBe(first);
    expect(lines).toMatchObject([{ level: 'warn', event: 'settings-unavailable' }]);
  });

  it('that were never known are waited for', async () => {
    secrets.always(failing(400, 'AccessDeniedException'));
    const { error, text } = await refusalOf({});
    expect(error).toMatchObject({ code: 'settings-unavailable', status: 503 });
    expect(text).toContain('AccessDenied');
  });
});
