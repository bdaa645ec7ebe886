/**
 * What a million frames cost on AWS: usage as counted (usage.json) times price. Pure: the same numbers give the same table, and
 * tests/infra/operations-doc.test.ts keeps docs/operations.md in step with it.
 */
import { LAMBDAS, type LambdaName } from '../aws/lambdas.ts';
import type { Tally } from './meters.ts';
import type { PriceName, PriceTable } from './prices.ts';
import type { Usage } from './usage.ts';

/** A city. */
export interface City {
  readonly cameras: number;
  readonly camerasPerStack: number;
}

/** What nobody can count here. Each is named in docs/operations.md. */
export interface Assumptions {
  readonly framesPerCameraDay: number;
  /** Nanhu: 10,367 captures of 91 cameras in 31 days. */
  readonly incidentsPerCameraDay: number;
  /** Nanhu: 6,065 of these were valid. */
  readonly confirmedShare: number;
  /** Of frames that are looked at: 1 without a change gate. */
  readonly inspectedShare: number;
  /** Seconds of an arm64 Lambda for a second of the machine that counted. */
  readonly cpuFactor: number;
  /** A call of each, as a function waits for it, one after the other. */
  readonly tableMs: number;
  readonly blobMs: number;
  readonly queueMs: number;
  readonly negativeMonths: number;
  readonly clueMonths: number;
  readonly evidenceMonths: number;
  /** How long rows are paid for that nothing deletes. */
  readonly rowMonths: number;
  readonly logBytesPerInvocation: number;
  readonly alarms: number;
  readonly keys: number;
}

export const ASSUMPTIONS: Assumptions = {
  framesPerCameraDay: 168,
  incidentsPerCameraDay: 10_367 / 91 / 31,
  confirmedShare: 6_065 / 10_367,
  inspectedShare: 1,
  cpuFactor: 1,
  tableMs: 5,
  blobMs: 25,
  queueMs: 10,
  negativeMonths: 1,
  clueMonths: 3,
  evidenceMonths: 60,
  rowMonths: 60,
  logBytesPerInvocation: 1_000,
  alarms: 59,
  keys: 2,
};

export const CITIES: readonly City[] = [
  { cameras: 100, camerasPerStack: 5_000 },
  { cameras: 150_000, camerasPerStack: 5_000 },
];

export interface Line {
  readonly what: string;
  readonly price: PriceName;
  /** For a million frames, in units of the price. */
  readonly quantity: number;
  readonly cost: number;
  /** The arithmetic, in words. */
  readonly how: string;
}
export interface Cost {
  /** What a round of the clock takes in a full stack, and how many frames it has to destroy. */
  readonly round: { readonly seconds: number; readonly frames: number };
  readonly lines: readonly Line[];
  readonly perMillion: number;
  readonly framesPerMonth: number;
  readonly perMonth: number;
}

const MILLION = 1e6;
const GB = 1e9;
const DAYS_A_MONTH = 30;
const ROUNDS_A_MONTH = DAYS_A_MONTH * 24 * 60;
/** 1 vCPU: below it a function has a part of a processor. */
const ONE_CPU_MB = 1769;
/** Send, receive, delete; Lambda receives and deletes up to ten at once, which is not counted on. */
const REQUESTS_A_MESSAGE = 3;
/** Five pollers a queue, twenty seconds a look, on an empty queue. */
const EMPTY_POLLS_A_MONTH = 6 * 5 * (ROUNDS_A_MONTH * 3);

/** Cameras looked at, frames destroyed, at the same time (functions/tend). */
const CAMERAS_TOGETHER = 50;
const FRAMES_TOGETHER = 10;
/** Requests of one destroyed blob: two looks, paid as reads, and a delete, which is free (functions/platform/aws/s3-destroy.ts). */
const LOOKS_A_DELETE = 2;

/** A stage of the way of a frame, and how often a frame takes it. */
interface Step {
  readonly lambda: LambdaName;
  readonly tally: Tally;
  readonly perFrame: number;
  readonly invocations: number;
  /** Calls that wait at the same time. */
  readonly atOnce: number;
}

function stepsOf(usage: Usage, assumed: Assumptions, city: City): Step[] {
  const { perFrame, perIncident, perIncidentCalls, idleRound } = usage;
  const incidents = assumed.incidentsPerCameraDay / assumed.framesPerCameraDay;
  const confirmed = incidents * assumed.confirmedShare;
  const seen = assumed.inspectedShare;
  const framesPerRound = framesPerMonth(assumed, city) / ROUNDS_A_MONTH / stacksOf(city);
  const camerasHere = Math.min(city.cameras, city.camerasPerStack);
  const calls = incidents * perIncidentCalls.review + confirmed * perIncidentCalls.release;
  const step = (lambda: LambdaName, tally: Tally, share: number, invocations = share, atOnce = 1): Step => ({
    ...{ lambda, tally, perFrame: share, invocations, atOnce },
  });
  const together = (most: number) => Math.min(most, Math.max(1, framesPerRound));
  return [
    step('authorize', perFrame.authorize, 1, 1 + calls),
    step('receive', perFrame.receive, 1),
    step('inspect', perFrame.inspect, seen),
    step('correlate', perFrame.correlate, seen, seen * (perFrame.inspect.messages + perFrame.correlate.messages)),
    step('seal', perIncident.seal, incidents, incidents * perIncidentCalls.seal),
    step('review', perIncident.review, incidents, incidents * perIncidentCalls.review),
    step('release', perIncident.release, confirmed, confirmed * perIncidentCalls.release),
    // The rounds are counted once, with what a round costs in which nothing happens.
    step('tend', perFrame.tend, seen, 0, together(CAMERAS_TOGETHER)),
    step('tend', perFrame.discard, 1, 0, together(FRAMES_TOGETHER)),
    step('tend', idleRound.base, 1 / framesPerRound),
    step('tend', idleRound.perCamera, camerasHere / framesPerRound, 0, Math.min(CAMERAS_TOGETHER, camerasHere)),
  ];
}

const stacksOf = ({ cameras, camerasPerStack }: City) => Math.ceil(cameras / camerasPerStack);
const framesPerMonth = ({ framesPerCameraDay }: Assumptions, { cameras }: City) =>
  cameras * framesPerCameraDay * DAYS_A_MONTH;

export function costOf(usage: Usage, { prices }: PriceTable, assumed: Assumptions, city: City): Cost {
  const steps = stepsOf(usage, assumed, city);
  const total = (of: (step: Step) => number) => steps.reduce((sum, step) => sum + of(step), 0);
  const count = (name: keyof Tally) => total(({ tally, perFrame }) => tally[name] * perFrame);
  const invocations = total(({ invocations: times_ }) => times_);
  const messages = count('messages');
  const incidents = assumed.incidentsPerCameraDay / assumed.framesPerCameraDay;
  const confirmed = incidents * assumed.confirmedShare;
  const { stored, day } = usage;
  const frames = framesPerMonth(assumed, city);
  const fixed = (aStackAndMonth: number) => (aStackAndMonth * stacksOf(city)) / frames;
  const caseMonths = confirmed * assumed.evidenceMonths + (incidents - confirmed) * assumed.clueMonths;
  const citedPerIncident = day.citedFrames / day.incidents;
  const kept = stored.packagePerIncident + citedPerIncident * stored.frame;
  const requests = incidents * usage.perIncidentCalls.review + confirmed * usage.perIncidentCalls.release;
  const rowGbMonths =
    (Math.max(0, stored.rowsPerFrame - stored.rowsPerFrameForever) * assumed.negativeMonths +
      (stored.rowsPerFrameForever + incidents * stored.rowsPerIncident) * assumed.rowMonths) /
    GB;
  const links = count('blobLinks');
  const looks = count('blobGets') + LOOKS_A_DELETE * count('blobDeletes');

  const line = (what: string, price: PriceName, perFrame: number, how: string): Line => ({
    ...{ what, price, how },
    quantity: perFrame * MILLION,
    cost: perFrame * MILLION * prices[price].each,
  });
  const lambda = (name: LambdaName) =>
    line(
      `Lambda \`${name}\``,
      'lambdaGbSecond',
      steps.filter((step) => step.lambda === name).reduce((sum, step) => sum + gbSeconds(step, assumed), 0),
      howOf(
        steps.filter((step) => step.lambda === name),
        assumed,
      ),
    );
  const lines: Line[] = [
    line(
      'API Gateway',
      'apiRequest',
      stored.apiUnits + requests,
      `${round(stored.apiUnits)} a frame of ${mb(stored.frame)}, ${round(requests, 3)} of officers and the case system`,
    ),
    ...(['authorize', 'receive', 'inspect', 'correlate', 'tend', 'seal', 'review', 'release'] as const).map(lambda),
    line('Lambda, starts', 'lambdaRequest', invocations, 'one message, one start; batches make it fewer'),
    line(
      'SQS',
      'queueRequest',
      messages * REQUESTS_A_MESSAGE + fixed(EMPTY_POLLS_A_MONTH),
      `${round(messages)} messages × ${REQUESTS_A_MESSAGE}, and looks at empty queues`,
    ),
    line('DynamoDB, writes', 'tableWrite', count('writeUnits'), unitsOf(steps, 'writeUnits')),
    line('DynamoDB, reads', 'tableRead', count('readUnits'), unitsOf(steps, 'readUnits')),
    line(
      'DynamoDB, rows',
      'tableGbMonth',
      rowGbMonths,
      `${round(stored.rowsPerFrameForever / 1000)} KB a frame for ${assumed.rowMonths} months, index included`,
    ),
    line('DynamoDB, recovery', 'tableBackupGbMonth', rowGbMonths, 'the same bytes at most'),
    line('S3, writes', 'blobPut', count('blobPuts'), `${round(count('blobPuts'))} a frame`),
    line('S3, reads', 'blobGet', looks + links, `${round(looks)} a frame, ${round(links, 3)} links followed`),
    line(
      'S3, frames',
      'blobGbMonth',
      ((stored.frame + stored.derivedPerFrame) / GB) * assumed.negativeMonths,
      `${mb(stored.frame + stored.derivedPerFrame)} × ${assumed.negativeMonths} month`,
    ),
    line(
      'S3, cases',
      'blobGbMonth',
      (kept / GB) * caseMonths,
      `${mb(kept)} an incident × ${assumed.evidenceMonths} months when confirmed, else ${assumed.clueMonths}`,
    ),
    line(
      'To the internet',
      'transferGb',
      (incidents * (stored.packagePerIncident + citedPerIncident * stored.frame)) / GB,
      'package and pictures of each incident once',
    ),
    line('KMS, signatures', 'signature', incidents, 'one a package'),
    line(
      'Logs',
      'logGb',
      (invocations * assumed.logBytesPerInvocation) / GB,
      `${round(invocations)} starts × ${assumed.logBytesPerInvocation} B`,
    ),
    line('KMS, keys', 'keyMonth', fixed(assumed.keys), `${assumed.keys} a stack`),
    line('Secrets', 'secretMonth', fixed(1), '1 a stack'),
    line('Alarms', 'alarmMonth', fixed(assumed.alarms), `${assumed.alarms} a stack`),
    line('Dashboard', 'dashboardMonth', fixed(1), '1 a stack'),
  ];
  const perMillion = lines.reduce((sum, { cost }) => sum + cost, 0);
  const framesPerRound = frames / ROUNDS_A_MONTH / stacksOf(city);
  const seconds = steps
    .filter((step) => step.lambda === 'tend')
    .reduce((sum, step) => sum + secondsOf(step, assumed) * step.perFrame * framesPerRound, 0);
  return {
    ...{ lines, perMillion, framesPerMonth: frames, perMonth: (perMillion * frames) / MILLION },
    round: { seconds, frames: framesPerRound },
  };
}

/** What a function waits for and what it computes, at the share of a processor that it has. */
function secondsOf({ lambda, tally, atOnce }: Step, { cpuFactor, tableMs, blobMs, queueMs }: Assumptions): number {
  const slower = Math.max(1, ONE_CPU_MB / LAMBDAS[lambda].memoryMb);
  const blobCalls = tally.blobPuts + tally.blobGets + (LOOKS_A_DELETE + 1) * tally.blobDeletes;
  const waits = (tally.tableCalls * tableMs + blobCalls * blobMs + tally.messages * queueMs) / atOnce;
  return (tally.cpuMs * cpuFactor * slower + waits) / 1000;
}
const gbSeconds = (step: Step, assumed: Assumptions) =>
  secondsOf(step, assumed) * step.perFrame * (LAMBDAS[step.lambda].memoryMb / 1024);

function howOf(steps: readonly Step[], assumed: Assumptions): string {
  const parts = steps.map(
    (step) => `${round(secondsOf(step, assumed), 3)} s${step.perFrame === 1 ? '' : ` × ${round(step.perFrame, 3)}`}`,
  );
  const [first] = steps;
  return first === undefined ? '' : `${LAMBDAS[first.lambda].memoryMb} MB × (${parts.join(' + ')})`;
}

const unitsOf = (steps: readonly Step[], name: 'readUnits' | 'writeUnits'): string =>
  [...new Set(steps.map(({ lambda }) => lambda))]
    .map((lambda) => ({
      lambda,
      units: steps
        .filter((step) => step.lambda === lambda)
        .reduce((sum, step) => sum + step.tally[name] * step.perFrame, 0),
    }))
    .filter(({ units }) => units >= 0.05)
    .map(({ lambda, units }) => `${lambda} ${round(units, 1)}`)
    .join(', ');

const round = (value: number, digits = 2): string => `${Number(value.toFixed(digits))}`;
const mb = (bytes: number): string => `${round(bytes / 1e6, 2)} MB`;
