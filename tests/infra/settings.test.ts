import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../functions/core/policy.ts';
import { Refusal } from '../../functions/core/refusal.ts';
import { type Context, LONGEST_LOCK_DAYS, SETTING_KEYS, SETTINGS, settingsOf } from '../../infra/aws/settings.ts';

const refusalOf = (context: Context, environment = {}): Refusal => {
  try {
    settingsOf(context, environment);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error(`Expected a refusal of ${JSON.stringify(context)}`);
};

describe('settings', () => {
  it('are whole without a word said', () => {
    expect(settingsOf({}, {})).toEqual({
      ...{ stage: 'dev', region: 'us-east-1', partition: 'aws', account: undefined, arch: 'arm64' },
      ...{ evidenceLock: { mode: 'governance', days: 28 }, signingKeys: 1, noncurrentDays: 1, logDays: 180 },
      ...{ rekognition: false, identity: 'cognito', provider: undefined, console: 'cloudfront', tracing: false },
      ...{ origin: undefined, certificate: undefined, webAcl: undefined, alarmEmail: undefined },
      throttle: { rate: 500, burst: 1000 },
    });
  });

  it('stand where the credentials are, unless somebody says where', () => {
    expect(settingsOf({}, { CDK_DEFAULT_REGION: 'eu-central-1' }).region).toBe('eu-central-1');
    expect(settingsOf({ region: 'ap-east-1' }, { CDK_DEFAULT_REGION: 'eu-central-1' }).region).toBe('ap-east-1');
  });

  it('are in China what China has', () => {
    expect(settingsOf({ region: 'cn-northwest-1' }, {})).toMatchObject({
      ...{ partition: 'aws-cn', identity: 'built-in', console: 'lambda', rekognition: false, arch: 'x86_64' },
    });
  });

  it('let a city have people signed in by its own provider, in China too', () => {
    const provider = { issuer: 'https://id.kerb.example', client: 'kerb' };
    expect(settingsOf({ region: 'cn-north-1', identity: 'provider', ...provider }, {})).toMatchObject({
      ...{ identity: 'provider', provider },
    });
  });

  it('take what an operator knows better than we', () => {
    expect(settingsOf({ region: 'cn-north-1', arch: 'arm64' }, {}).arch).toBe('arm64');
  });

  it('take text from the command line for numbers', () => {
    expect(
      settingsOf({ evidenceLockDays: '7', logDays: '365', throttleRate: '20', signingKeys: '2' }, {}),
    ).toMatchObject({
      ...{ evidenceLock: { days: 7 }, logDays: 365, throttle: { rate: 20, burst: 1000 }, signingKeys: 2 },
    });
  });

  it('pass over what the CDK itself puts into the context', () => {
    expect(() =>
      settingsOf({ '@aws-cdk/x:y': true, 'aws:cdk:bundling-stacks': ['**'], 'cdk-migrate': true }, {}),
    ).not.toThrow();
  });

  it('lock evidence for less time than any lawful policy lets a case stay', () => {
    const { clueDays, negativeDays } = DEFAULT_POLICY.retention;
    expect(LONGEST_LOCK_DAYS).toBeLessThan(Math.min(clueDays, negativeDays));
    expect(settingsOf({}, {}).evidenceLock.days).toBeLessThanOrEqual(LONGEST_LOCK_DAYS);
  });

  it.each<[context: Context, code: string, says: string]>([
    [{ stage: 'Prod' }, 'setting-invalid', 'small letters'],
    [{ stage: 'a' }, 'setting-invalid', '2 to 12'],
    [{ region: 'cn-south-9' }, 'setting-invalid', 'a region'],
    [{ region: 'us-iso-east-1' }, 'setting-invalid', 'aws, aws-cn, aws-us-gov'],
    [{ account: '12345' }, 'setting-invalid', '12 digits'],
    [{ arch: 'arm' }, 'setting-invalid', '`arm64` or `x86_64`'],
    [{ evidenceLock: 'on' }, 'setting-invalid', '`governance` or `compliance`'],
    [{ evidenceLockDays: '30' }, 'setting-invalid', '1 to 29 days'],
    [{ evidenceLockDays: '0' }, 'setting-invalid', '1 to 29 days'],
    [{ signingKeys: '0' }, 'setting-invalid', '1 to 20'],
    [{ noncurrentDays: '31' }, 'setting-invalid', '1 to 30 days'],
    [{ logDays: '100' }, 'setting-invalid', 'one of 30, 60'],
    [{ rekognition: 'yes' }, 'setting-invalid', '`on` or `off`'],
    [{ identity: 'okta' }, 'setting-invalid', '`cognito`, `built-in` or `provider`'],
    [{ identity: 'provider', issuer: 'https://id.kerb.example' }, 'setting-incomplete', 'issuer and client'],
    [{ issuer: 'https://id.kerb.example', client: 'kerb' }, 'setting-incomplete', 'identity=provider'],
    [{ identity: 'provider', issuer: 'id.kerb.example', client: 'kerb' }, 'setting-invalid', 'https://'],
    [{ console: 's3' }, 'setting-invalid', '`cloudfront` or `lambda`'],
    [{ origin: 'http://kerb.example' }, 'setting-invalid', 'https://'],
    [{ origin: 'https://kerb.example/' }, 'setting-invalid', 'nothing after it'],
    [{ certificate: 'mine', origin: 'https://kerb.example' }, 'setting-invalid', 'ARN'],
    [{ webAcl: 'mine' }, 'setting-invalid', 'ARN'],
    [{ tracing: true }, 'setting-invalid', '`on` or `off`'],
    [{ alarmEmail: 'nobody' }, 'setting-invalid', 'e-mail'],
    [{ throttleRate: '0' }, 'setting-invalid', 'requests a second'],
    [{ throttleBurst: 'many' }, 'setting-invalid', '1 to 100000'],
    [{ rekogniton: 'on' }, 'setting-unknown', 'rekogniton'],
    [{ region: 'cn-north-1', rekognition: 'on' }, 'setting-unavailable', 'rekognition'],
    [{ region: 'cn-north-1', identity: 'cognito' }, 'setting-unavailable', 'cognito'],
    [{ region: 'cn-north-1', console: 'cloudfront' }, 'setting-unavailable', 'cloudfront'],
    [{ region: 'cn-north-1', tracing: 'on' }, 'setting-unavailable', 'xray'],
    [{ certificate: 'arn:aws:acm:us-east-1:123456789012:certificate/a-b' }, 'setting-incomplete', 'origin'],
    [
      { webAcl: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b', console: 'lambda' },
      ...(['setting-incomplete', 'console=cloudfront'] as const),
    ],
  ])('%j is refused: %s', (context, code, says) => {
    const refusal = refusalOf(context);
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain(says);
  });

  it('refuse a region of the credentials that nobody looked at, by name', () => {
    expect(refusalOf({}, { CDK_DEFAULT_REGION: 'us-isob-east-1' }).message).toContain('us-isob-east-1');
  });

  it('are each described for an operator', () => {
    for (const key of SETTING_KEYS) expect(SETTINGS[key].meaning).toMatch(/^.+\.$/);
  });
});
