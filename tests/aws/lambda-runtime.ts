/**
 * Lambda, as far as a function notices it: the bundle alone in a folder, no variable but those it was given, processes that are
 * kept between events, one event at a time in each, killed at the timeout and started anew for the next event.
 */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Environment, type Outcome, startEnvironment } from './lambda-environment.ts';

export interface LambdaSettings {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  /** The bundle: `cdk.out/asset.*`. It is copied out of the repository, so that nothing of it can be found from there. */
  readonly folder: string;
  /** `index.handler` */
  readonly handler: string;
  /** Of the template. */
  readonly variables: Readonly<Record<string, string>>;
  /** Credentials and where the services are: what AWS gives a function beside its template. */
  readonly surroundings: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Most environments at once; an event waits for a free one. */
  readonly concurrency?: number;
  /** How far its clock is ahead of ours. */
  aheadMs?(): number;
}

export interface Start {
  readonly initMs: number;
  /** Until the first event was answered, the start of the process included. */
  readonly firstAnswerMs: number;
}

/** For this one event. */
export interface InvokeOptions {
  /** As if the function had been given no more. */
  readonly timeoutMs?: number | undefined;
  /** Killed then without a warning, as at the timeout of work that no look at the clock interrupts. */
  readonly killed?: Promise<void> | undefined;
}

export interface Lambda {
  readonly name: string;
  readonly arn: string;
  invoke(event: unknown, options?: InvokeOptions): Promise<Outcome>;
  /** Every cold start so far. */
  starts(): readonly Start[];
  /** What each event took when the process was there already, in order, ms. */
  warmMs(): readonly number[];
  peakMb(): number;
  /** Everything it printed: what would be in its log group. */
  output(): string;
  /** Ends its processes, as Lambda does now and then; the next event starts another. */
  recycle(): Promise<void>;
  stop(): Promise<void>;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html: 4 KB for all variables of a function. */
const MAX_VARIABLES_BYTES = 4096;

export async function openLambda(settings: LambdaSettings): Promise<Lambda> {
  const { name, arn, memoryMb, timeoutMs, concurrency = 1 } = settings;
  const home = await mkdtemp(join(tmpdir(), 'kerbwatch-lambda-'));
  const folder = join(home, 'task');
  const scratch = join(home, 'tmp');
  await mkdir(scratch);
  let unpacked: Promise<void> | undefined;
  const variables = { ...ownVariables(settings, scratch), ...settings.surroundings, ...settings.variables };
  const idle: Environment[] = [];
  const all = new Set<Environment>();
  const queued: (() => void)[] = [];
  const starts: Start[] = [];
  const warm: number[] = [];
  let busy = 0;
  let peakMb = 0;
  let output = '';

  const onOutput = (text: string) => {
    output += text;
  };
  const start = async () => {
    unpacked ??= cp(settings.folder, folder, { recursive: true });
    await unpacked;
    const { aheadMs = () => 0 } = settings;
    return startEnvironment({ arn, folder, variables, memoryMb, onOutput, aheadMs });
  };

  async function freeEnvironment(): Promise<Environment> {
    for (;;) {
      const known = idle.pop();
      if (known === undefined) break;
      if (known.isAlive()) return known;
      all.delete(known);
    }
    const started = await start();
    all.add(started);
    return started;
  }

  async function invoke(event: unknown, options: InvokeOptions = {}): Promise<Outcome> {
    // Whoever ends hands its turn over to the first that waits.
    if (busy >= concurrency) await new Promise<void>((turn) => queued.push(turn));
    else busy += 1;
    const from = performance.now();
    try {
      const environment = await freeEnvironment();
      const isCold = environment.initMs() === undefined;
      const outcome = await environment.invoke(event, options.timeoutMs ?? timeoutMs, options.killed);
      const ms = performance.now() - from;
      if (!isCold) warm.push(ms);
      else if (outcome.kind === 'answered') starts.push({ initMs: environment.initMs() ?? ms, firstAnswerMs: ms });
      peakMb = Math.max(peakMb, environment.peakMb() ?? 0);
      if (environment.isAlive()) idle.push(environment);
      else all.delete(environment);
      return outcome;
    } finally {
      const next = queued.shift();
      if (next === undefined) busy -= 1;
      else next();
    }
  }

  const recycle = async () => {
    await Promise.all([...all].map((environment) => environment.stop()));
    all.clear();
    idle.length = 0;
  };

  return {
    ...{ name, arn, invoke, recycle },
    starts: () => starts,
    warmMs: () => warm,
    peakMb: () => peakMb,
    output: () => output,
    async stop() {
      await recycle();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function ownVariables({ name, region, handler, memoryMb, variables }: LambdaSettings, scratch: string) {
  const bytes = Object.entries(variables).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
  if (bytes > MAX_VARIABLES_BYTES) throw new Error(`${name}: ${bytes} bytes of variables, Lambda takes 4096`);
  return {
    _HANDLER: handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: `${memoryMb}`,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]test',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TMPDIR: scratch,
  };
}
