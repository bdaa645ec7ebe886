/**
 * List prices, as a dated table. An operator replaces any of them by a JSON file of the same shape:
 * `npm run docs:cost -- --prices mine.json`; what the file leaves out stays as it is here.
 */
import { z } from 'zod';
import { refuse } from '#core/refusal.ts';

export interface Price {
  /** In the currency of the table, for one `unit`. */
  readonly each: number;
  readonly unit: string;
  readonly source: string;
  /** Whether a page that names it was read when the table was made; else it is from memory. */
  readonly seen: boolean;
}

const usd = (each: number, unit: string, source: string, seen = false): Price => ({
  ...{ each, unit, seen },
  source: `https://aws.amazon.com/${source}/pricing/`,
});

/** us-east-1, first tier, no free tier, on demand. */
export const PRICES = {
  lambdaGbSecond: usd(0.0000133334, 'GB-second, arm64', 'lambda', true),
  lambdaRequest: usd(0.2e-6, 'request', 'lambda', true),
  apiRequest: usd(1e-6, 'request of up to 512 KB', 'api-gateway'),
  queueRequest: usd(0.4e-6, 'request', 'sqs'),
  tableWrite: usd(0.625e-6, 'write request unit', 'dynamodb', true),
  tableRead: usd(0.125e-6, 'read request unit', 'dynamodb', true),
  tableGbMonth: usd(0.25, 'GB-month', 'dynamodb'),
  tableBackupGbMonth: usd(0.2, 'GB-month, point in time', 'dynamodb'),
  blobPut: usd(5e-6, 'PUT', 's3'),
  blobGet: usd(0.4e-6, 'GET', 's3'),
  blobGbMonth: usd(0.023, 'GB-month', 's3'),
  logGb: usd(0.5, 'GB taken in', 'cloudwatch'),
  transferGb: usd(0.09, 'GB to the internet', 'ec2/on-demand'),
  keyMonth: usd(1, 'key and month', 'kms', true),
  signature: usd(0.000015, 'signature, ECC', 'kms', true),
  secretMonth: usd(0.4, 'secret and month', 'secrets-manager'),
  alarmMonth: usd(0.1, 'alarm and month', 'cloudwatch'),
  dashboardMonth: usd(3, 'dashboard and month', 'cloudwatch'),
} as const satisfies Readonly<Record<string, Price>>;
export type PriceName = keyof typeof PRICES;

export interface PriceTable {
  readonly region: string;
  readonly date: string;
  readonly currency: string;
  readonly prices: Readonly<Record<PriceName, Price>>;
}

export const LIST_PRICES: PriceTable = { region: 'us-east-1', date: '2026-11', currency: 'USD', prices: PRICES };

const Own = z.object({
  region: z.string(),
  date: z.string(),
  currency: z.string(),
  prices: z.record(z.string(), z.object({ each: z.number().nonnegative() })),
});

/** @throws {Refusal} `prices-invalid` */
export function ownPrices(json: unknown): PriceTable {
  const parsed = Own.safeParse(json);
  const strange = parsed.success ? Object.keys(parsed.data.prices).find((name) => !(name in PRICES)) : 'another shape';
  if (!parsed.success || strange !== undefined) {
    throw refuse('prices-invalid', 400, {
      expected: `{region, date, currency, prices: {name: {each}}} with names of ${Object.keys(PRICES).join(', ')}`,
      received: strange ?? 'another shape',
      action: 'Correct the file; what it leaves out stays as in infra/docs/prices.ts.',
    });
  }
  const { prices, ...table } = parsed.data;
  const merged: Record<PriceName, Price> = { ...PRICES };
  for (const [name, price] of Object.entries(PRICES)) {
    const own = prices[name];
    if (own !== undefined && isName(name)) merged[name] = { ...price, each: own.each, source: 'own', seen: true };
  }
  return { ...table, prices: merged };
}

const isName = (name: string): name is PriceName => name in PRICES;
