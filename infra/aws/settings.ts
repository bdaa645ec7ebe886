/**
 * 部署参数: what an operator may say with `cdk -c key=value`, read once and refused when it cannot be meant. The words here are
 * the table in docs/operations.md.
 */
import { z } from 'zod';
import { SHORTEST_RETENTION } from '#core/policy.ts';
import { refuse } from '#core/refusal.ts';
import { type Feature, offers, PARTITION_NAMES, type Partition, partitionOf } from './partition.ts';

export interface Settings {
  /** Names everything: two stages in one account share nothing. */
  readonly stage: string;
  readonly region: string;
  readonly partition: Partition;
  readonly account: string | undefined;
  readonly arch: 'arm64' | 'x86_64';
  readonly evidenceLock: { readonly mode: 'governance' | 'compliance'; readonly days: number };
  readonly signingKeys: number;
  readonly noncurrentDays: number;
  readonly logDays: LogDays;
  readonly rekognition: boolean;
  readonly identity: 'cognito' | 'built-in' | 'provider';
  /** The city's own OpenID provider, with `identity=provider`. */
  readonly provider: { readonly issuer: string; readonly client: string } | undefined;
  readonly console: 'cloudfront' | 'lambda';
  readonly origin: string | undefined;
  readonly certificate: string | undefined;
  readonly webAcl: string | undefined;
  readonly tracing: boolean;
  readonly alarmEmail: string | undefined;
  readonly throttle: { readonly rate: number; readonly burst: number };
}

/** What CloudWatch Logs takes: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_DAYS = [30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827] as const;
export type LogDays = (typeof LOG_DAYS)[number];

/** Context is text from the command line, and JSON from cdk.json. */
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/**
 * A policy may let a case go {@link SHORTEST_RETENTION}.negativeDays after it was closed, and what proves it may be as young as
 * that then. A lock that is still shut on that day would make the program break the law it keeps.
 */
export const LONGEST_LOCK_DAYS = SHORTEST_RETENTION.negativeDays - 1;

interface Setting {
  readonly schema: z.ZodType;
  /** What is right, as a refusal and the documentation say it. */
  readonly expected: string;
  readonly otherwise: string;
  readonly meaning: string;
}

/** In the order an operator meets them. */
export const SETTINGS = {
  stage: {
    schema: z.string().regex(/^[a-z][a-z0-9]{1,11}$/),
    expected: '2 to 12 small letters and digits, a letter first',
    otherwise: '`dev`',
    meaning: 'Names the stacks and all in them. Only `dev` may be deleted with what it holds.',
  },
  region: {
    schema: z.string().refine((region) => partitionOf(region) !== undefined),
    expected: `a region of ${PARTITION_NAMES.join(', ')} by its name, as cn-north-1`,
    otherwise: 'that of your credentials, else `us-east-1`',
    meaning: 'Where it stands. `cn-north-1` and `cn-northwest-1` get what those regions have.',
  },
  account: {
    schema: z.string().regex(/^\d{12}$/),
    expected: 'the 12 digits of an account',
    otherwise: 'that of your credentials',
    meaning: 'Refuses to be deployed into another.',
  },
  arch: {
    schema: z.enum(['arm64', 'x86_64']),
    expected: '`arm64` or `x86_64`',
    otherwise: '`arm64`; `x86_64` where Lambda is not known to have it (China, GovCloud)',
    meaning: 'Processor of the Lambdas.',
  },
  evidenceLock: {
    schema: z.enum(['governance', 'compliance']),
    expected: '`governance` or `compliance`',
    otherwise: '`governance`',
    meaning:
      'Object Lock of packages. `compliance`: not even the root of the account can delete earlier, and it cannot be taken back.',
  },
  evidenceLockDays: {
    schema: whole(1, LONGEST_LOCK_DAYS),
    expected: `1 to ${LONGEST_LOCK_DAYS} days: a policy may ask for destruction after ${SHORTEST_RETENTION.negativeDays} (core/policy.ts)`,
    otherwise: '`28`',
    meaning:
      'So long nothing deletes a package after it was written; after that, legal holds and the retention rules keep it.',
  },
  signingKeys: {
    schema: whole(1, 20),
    expected: '1 to 20',
    otherwise: '`1`',
    meaning:
      'One more makes a new signing key, which signs from then on; the others stay to be verified by. Never fewer again.',
  },
  noncurrentDays: {
    schema: whole(1, 30),
    expected: '1 to 30 days',
    otherwise: '`1`',
    meaning: 'So long an overwritten or deleted frame can be brought back by hand.',
  },
  logDays: {
    schema: z.coerce.number().pipe(z.literal([...LOG_DAYS])),
    expected: `one of ${LOG_DAYS.join(', ')} days`,
    otherwise: '`180` (网络安全法 art. 21: at least six months)',
    meaning: 'Logs of functions and of access.',
  },
  rekognition: {
    schema: z.enum(['on', 'off']),
    expected: '`on` or `off`',
    otherwise: '`off`',
    meaning: 'A second reader of plates. Crops of plates and people leave for that service.',
  },
  identity: {
    schema: z.enum(['cognito', 'built-in', 'provider']),
    expected: '`cognito`, `built-in` or `provider`',
    otherwise: '`cognito`; `built-in` where there is none (China)',
    meaning:
      "Who signs people in: a Cognito user pool with a second factor, the accounts under /v1/officers alone, or the city's own OpenID provider.",
  },
  issuer: {
    schema: z.url({ protocol: /^https$/ }),
    expected: 'the https:// address of the provider, as its tokens name it',
    otherwise: 'none',
    meaning: 'With `identity=provider`. The function `authorize` asks it for its keys.',
  },
  client: {
    schema: z.string().min(1).max(255),
    expected: 'the name of the client that people sign in to',
    otherwise: 'none',
    meaning: 'With `identity=provider`: the audience of its tokens.',
  },
  console: {
    schema: z.enum(['cloudfront', 'lambda']),
    expected: '`cloudfront` or `lambda`',
    otherwise: '`cloudfront`; `lambda` where there is none (China, GovCloud)',
    meaning: 'Who serves the pages: S3 behind CloudFront, where WAF can stand too, or a Lambda behind the HTTP API.',
  },
  origin: {
    schema: z.url({ protocol: /^https$/ }).refine((url) => new URL(url).origin === url),
    expected: 'https:// and a host, nothing after it',
    otherwise: 'the address of CloudFront or of the HTTP API',
    meaning: 'Where browsers find the console, when a domain of your own leads to it.',
  },
  certificate: {
    schema: z.string().regex(/^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/),
    expected: 'the ARN of a certificate of ACM for the host in `origin`',
    otherwise: 'none: the address that AWS gives, whose oldest TLS is not ours to say',
    meaning: 'Of us-east-1 for `console=cloudfront`, of the region itself for `console=lambda`. Needs `origin`.',
  },
  webAcl: {
    schema: z.string().regex(/^arn:[a-z-]+:wafv2:[a-z0-9-]+:\d{12}:global\/webacl\/.+$/),
    expected: 'the ARN of a web ACL of WAF with scope CLOUDFRONT',
    otherwise: 'none',
    meaning:
      'Stands before the console and the API. An HTTP API itself can carry none; with `console=lambda` there is no place for it.',
  },
  tracing: {
    schema: z.enum(['on', 'off']),
    expected: '`on` or `off`',
    otherwise: '`off`',
    meaning: 'X-Ray.',
  },
  alarmEmail: {
    schema: z.email(),
    expected: 'an e-mail address',
    otherwise: 'none: subscribe to the topic by hand',
    meaning: 'Who is told of alarms; confirms once by the link in a first mail.',
  },
  throttleRate: {
    schema: whole(1, 100_000),
    expected: 'requests a second, 1 to 100000',
    otherwise: '`500`',
    meaning: 'Steady rate of the HTTP API, all callers together. The quota of an account is 10000.',
  },
  throttleBurst: {
    schema: whole(1, 100_000),
    expected: 'requests, 1 to 100000',
    otherwise: '`1000`',
    meaning: 'What the HTTP API takes at once above that.',
  },
} as const satisfies Readonly<Record<string, Setting>>;
export type SettingKey = keyof typeof SETTINGS;
export const SETTING_KEYS = Object.keys(SETTINGS).filter((key): key is SettingKey => key in SETTINGS);

export type Context = Readonly<Record<string, unknown>>;

/**
 * @param context all of the app's, that of the CDK itself included
 * @param environment where the CDK CLI names the region of the credentials
 * @throws {Refusal} `setting-invalid`, `setting-unknown`, `setting-unavailable`, `setting-incomplete`, naming the one that is wrong
 */
export function settingsOf(
  context: Context,
  environment: { readonly CDK_DEFAULT_REGION?: string | undefined },
): Settings {
  const strange = Object.keys(context).find((key) => !isOfCdk(key) && !(key in SETTINGS));
  if (strange !== undefined) {
    throw refuse('setting-unknown', 400, {
      expected: `-c with one of ${SETTING_KEYS.join(', ')}`,
      received: strange,
      action: 'Leave it out, or write it as listed in docs/operations.md.',
    });
  }
  const value = <T>(key: SettingKey, { schema }: { readonly schema: z.ZodType<T> }): T | undefined => {
    const given = key === 'region' ? (context[key] ?? environment.CDK_DEFAULT_REGION) : context[key];
    if (given === undefined) return undefined;
    const parsed = schema.safeParse(given);
    if (parsed.success) return parsed.data;
    throw refuse('setting-invalid', 400, {
      expected: `${key} to be ${SETTINGS[key].expected}`,
      received: typeof given === 'string' ? given : JSON.stringify(given),
      action: `Say -c ${key}=..., or leave it out: ${SETTINGS[key].otherwise}.`,
    });
  };

  const region = value('region', SETTINGS.region) ?? 'us-east-1';
  const partition = partitionOf(region) ?? 'aws';
  const there = (feature: Feature) => offers(partition, feature) === 'there';
  const available = <T>(chosen: T, needs: { is: NoInfer<T>; feature: Feature; key: SettingKey }): T => {
    if (chosen === needs.is && offers(partition, needs.feature) === 'absent')
      throw unavailable(needs.key, needs.feature, region);
    return chosen;
  };
  const pages: Settings['console'] =
    value('console', SETTINGS.console) ?? (there('cloudfront') ? 'cloudfront' : 'lambda');
  const console = available(pages, { is: 'cloudfront', feature: 'cloudfront', key: 'console' });
  const people: Settings['identity'] =
    value('identity', SETTINGS.identity) ?? (there('cognito') ? 'cognito' : 'built-in');
  const identity = available(people, { is: 'cognito', feature: 'cognito', key: 'identity' });
  const issuer = value('issuer', SETTINGS.issuer);
  const client = value('client', SETTINGS.client);
  if (identity === 'provider' && (issuer === undefined || client === undefined))
    throw alone('identity=provider', 'issuer and client');
  if (identity !== 'provider' && (issuer ?? client) !== undefined) throw alone('issuer or client', 'identity=provider');
  const certificate = value('certificate', SETTINGS.certificate);
  if (certificate !== undefined && value('origin', SETTINGS.origin) === undefined) throw alone('certificate', 'origin');
  const webAcl = value('webAcl', SETTINGS.webAcl);
  if (webAcl !== undefined && console === 'lambda') throw alone('webAcl', 'console=cloudfront');
  return {
    stage: value('stage', SETTINGS.stage) ?? 'dev',
    region,
    partition,
    account: value('account', SETTINGS.account),
    arch: value('arch', SETTINGS.arch) ?? (there('arm64') ? 'arm64' : 'x86_64'),
    evidenceLock: {
      mode: value('evidenceLock', SETTINGS.evidenceLock) ?? 'governance',
      days: value('evidenceLockDays', SETTINGS.evidenceLockDays) ?? 28,
    },
    signingKeys: value('signingKeys', SETTINGS.signingKeys) ?? 1,
    noncurrentDays: value('noncurrentDays', SETTINGS.noncurrentDays) ?? 1,
    logDays: value('logDays', SETTINGS.logDays) ?? 180,
    rekognition: available(value('rekognition', SETTINGS.rekognition) === 'on', {
      is: true,
      feature: 'rekognition',
      key: 'rekognition',
    }),
    identity,
    provider: issuer === undefined || client === undefined ? undefined : { issuer, client },
    console,
    origin: value('origin', SETTINGS.origin),
    certificate,
    webAcl,
    tracing: available(value('tracing', SETTINGS.tracing) === 'on', { is: true, feature: 'xray', key: 'tracing' }),
    alarmEmail: value('alarmEmail', SETTINGS.alarmEmail),
    throttle: {
      rate: value('throttleRate', SETTINGS.throttleRate) ?? 500,
      burst: value('throttleBurst', SETTINGS.throttleBurst) ?? 1000,
    },
  };
}

/** Feature flags and what the CLI hands on: `@aws-cdk/…`, `aws:cdk:…`, `availability-zones:…`, `cdk-…`. */
const isOfCdk = (key: string): boolean => /[@:/]/.test(key) || key.startsWith('aws-cdk') || key.startsWith('cdk-');

const unavailable = (key: SettingKey, feature: Feature, region: string) =>
  refuse('setting-unavailable', 400, {
    expected: `${key} as ${region} has it`,
    received: `a wish for ${feature}, which that region has not`,
    action: `Leave ${key} out there: ${SETTINGS[key].otherwise}.`,
  });

const alone = (key: string, other: string) =>
  refuse('setting-incomplete', 400, {
    expected: `${other} beside ${key}`,
    received: `${key} alone`,
    action: `Say both, or leave ${key} out.`,
  });

/** Whether a stage may be deleted with what it holds. */
export const isDisposable = ({ stage }: Pick<Settings, 'stage'>): boolean => stage === 'dev';
