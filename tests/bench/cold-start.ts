/**
 * How long a Lambda takes to be ready: its bundle in a process of its own, from the start of the process to its handler, and the first
 * call. As ratios to a process that does nothing, since the machine is neither quiet nor AWS's.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '../../infra/aws/bundle.ts';
import {
  ENVIRONMENT,
  LAMBDA_NAMES,
  type LambdaName,
  lambdaSpec,
  QUEUES,
  queueVariable,
} from '../../infra/aws/lambdas.ts';
import { HTTP_LAMBDA_NAMES, routesOf } from '../../infra/aws/routes.ts';
import { type Bench, hundredth, median, tenth } from './bench.ts';

const run = promisify(execFile);
const ROUNDS = 5;

/** Milliseconds since the process began. */
interface Readiness {
  readonly handlerMs: number;
  readonly calledMs: number;
  /** Of the weights in the bundle, where there are any: what the first frame waits for. */
  readonly modelsMs: number;
}

export async function benchColdStart(): Promise<Bench> {
  const outdir = await mkdtemp(join(tmpdir(), 'kerbwatch-cold-'));
  try {
    const folders = await bundle({ arch: process.arch === 'arm64' ? 'arm64' : 'x86_64', outdir });
    const empties: number[] = [];
    const measured = new Map<LambdaName, Readiness[]>(LAMBDA_NAMES.map((name) => [name, []]));
    // One after the other in each round, so that what disturbs the machine disturbs all alike.
    for (let round = 0; round < ROUNDS; round++) {
      empties.push(await emptyMs(outdir));
      for (const name of LAMBDA_NAMES) measured.get(name)?.push(await readinessOf(name, folders[name]));
    }
    return report(median(empties), measured);
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

function report(empty: number, measured: ReadonlyMap<LambdaName, readonly Readiness[]>): Bench {
  const rows = [...measured].map(([name, all]) => {
    const of = (pick: (one: Readiness) => number) => median(all.map(pick));
    const [handlerMs, calledMs, modelsMs] = [
      of((one) => one.handlerMs),
      of((one) => one.calledMs),
      of((one) => one.modelsMs),
    ];
    return {
      name,
      handler: hundredth(handlerMs / empty),
      called: hundredth(calledMs / empty),
      models: hundredth(modelsMs / empty),
    };
  });
  return {
    json: {
      emptyProcessMs: tenth(empty),
      ratios: Object.fromEntries(rows.map(({ name, ...ratios }) => [name, ratios])),
    },
    lines: [
      `  an empty process ${tenth(empty)} ms = 1; handler there, first call answered, weights loaded:`,
      ...rows.map(
        ({ name, handler, called, models }) =>
          `  ${name.padEnd(14)} ${handler.toFixed(2).padStart(7)} ${called.toFixed(2).padStart(7)} ${models === 0 ? '' : models.toFixed(2).padStart(7)}`,
      ),
    ],
  };
}

const inFolder = async (cwd: string, script: string): Promise<unknown> => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd, env: variables() });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null');
};

const emptyMs = async (cwd: string): Promise<number> => Number(await inFolder(cwd, 'console.log(performance.now())'));

async function readinessOf(name: LambdaName, folder: string): Promise<Readiness> {
  const { event, context } = firstCall(name);
  const called = await inFolder(
    folder,
    `const { handler } = await import('./index.mjs');
     const ready = performance.now();
     await handler(${JSON.stringify(event)}, ${context}).catch(() => undefined);
     console.log(JSON.stringify([ready, performance.now()]));`,
  );
  const [handlerMs = 0, calledMs = 0] = Array.isArray(called) ? called.map(Number) : [];
  return { handlerMs, calledMs, modelsMs: await modelsMs(name, folder) };
}

async function modelsMs(name: LambdaName, folder: string): Promise<number> {
  if (!lambdaSpec(name).parts.includes('models')) return 0;
  const took = await inFolder(
    folder,
    `import { createRequire } from 'node:module';
     import { existsSync, readdirSync, readFileSync } from 'node:fs';
     import { dirname, join } from 'node:path';
     import { InferenceSession } from 'onnxruntime-node';
     const started = performance.now();
     for (const model of readdirSync('models')) {
       const { weights } = JSON.parse(readFileSync(join('models', model, 'card.json'), 'utf8'));
       const [module, file] = weights.split(':');
       const path = file === undefined ? join('models', model, weights) : join(dirname(createRequire(join(process.cwd(), 'x.js')).resolve(module)), file);
       await InferenceSession.create(readFileSync(path), { intraOpNumThreads: 1, interOpNumThreads: 1 });
     }
     console.log(performance.now() - started);`,
  );
  return Number(took);
}

/** One that needs nothing of AWS: a request of nobody, an empty batch; what a schedule starts fails at its first question. */
function firstCall(name: LambdaName): { event: unknown; context: string } {
  const context = '{ getRemainingTimeInMillis: () => 60_000 }';
  const http = HTTP_LAMBDA_NAMES.find((one) => one === name);
  if (http === undefined) return { event: { Records: [], headers: {} }, context };
  const [route = { method: 'GET', path: '/' }] = routesOf(http);
  const [method, path] = name === 'public' ? ['GET', '/healthz'] : [route.method, route.path.replaceAll(/[{}]/g, '')];
  const event = {
    ...{ version: '2.0', rawPath: path, rawQueryString: '', headers: { host: 'api.example' }, isBase64Encoded: false },
    requestContext: { domainName: 'api.example', http: { method, path, sourceIp: '203.0.113.7' } },
  };
  return { event, context };
}

/** Names that lead nowhere. */
function variables(): Record<string, string> {
  const nowhere = 'http://127.0.0.1:9';
  const services = ['DYNAMODB', 'S3', 'SQS', 'KMS', 'SECRETS_MANAGER', 'REKOGNITION'];
  return {
    ...{ PATH: process.env.PATH ?? '', AWS_REGION: 'cn-north-1', AWS_MAX_ATTEMPTS: '1' },
    ...{ AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' },
    ...Object.fromEntries(services.map((service) => [`AWS_ENDPOINT_URL_${service}`, nowhere])),
    ...{ [ENVIRONMENT.table]: 't', [ENVIRONMENT.frames]: 'f', [ENVIRONMENT.evidence]: 'e' },
    ...{ [ENVIRONMENT.signingKeys]: 'k', [ENVIRONMENT.settings]: 's', [ENVIRONMENT.stage]: 'bench' },
    ...Object.fromEntries(QUEUES.map((queue) => [queueVariable(queue), `${nowhere}/0/${queue}`])),
  };
}
