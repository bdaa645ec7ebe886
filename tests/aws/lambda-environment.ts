/**
 * One execution environment of Lambda: a process of its own in a folder of its own, and the Runtime API it asks for events.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { readBody } from './http-body.ts';

/** What came of one event. */
export type Outcome =
  | { readonly kind: 'answered'; readonly payload: unknown }
  /** The handler threw, or the process ended by itself. */
  | { readonly kind: 'failed'; readonly errorType: string; readonly errorMessage: string }
  | { readonly kind: 'timed-out' };

export interface EnvironmentSettings {
  readonly arn: string;
  /** The unpacked bundle. */
  readonly folder: string;
  /** All the process is given. */
  readonly variables: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  onOutput(text: string): void;
  /** How far the function's clock is ahead of ours, for what has to wait its time. */
  aheadMs?(): number;
}

export interface Environment {
  /** From the start of the process until it asks for its first event; undefined until then. */
  initMs(): number | undefined;
  /** Most memory it held at once, MB; undefined where the system does not tell. */
  peakMb(): number | undefined;
  /** False once its process ended. */
  isAlive(): boolean;
  /** @param killed without a warning, as at a timeout: the function goes on believing in its whole time */
  invoke(event: unknown, timeoutMs: number, killed?: Promise<void>): Promise<Outcome>;
  stop(): Promise<void>;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB each way. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** Time to start in, before that of the event begins. */
const INIT_MS = 10_000;
const BOOTSTRAP = fileURLToPath(new URL('lambda-bootstrap.mjs', import.meta.url));

interface Invocation {
  readonly id: string;
  readonly body: string;
  readonly timeoutMs: number;
  settle(outcome: Outcome): void;
}

export async function startEnvironment(settings: EnvironmentSettings): Promise<Environment> {
  const { arn, folder, variables, memoryMb, onOutput, aheadMs = () => 0 } = settings;
  let waiting: ServerResponse | undefined;
  let unsent: Invocation | undefined;
  let current: Invocation | undefined;
  let initMs: number | undefined;
  let alive = true;
  let timer: NodeJS.Timeout | undefined;

  const limit = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => current?.settle({ kind: 'timed-out' }), ms);
  };
  const send = () => {
    if (waiting === undefined || unsent === undefined) return;
    const { id, body, timeoutMs } = unsent;
    limit(timeoutMs);
    waiting.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': id,
      'Lambda-Runtime-Deadline-Ms': `${Date.now() + timeoutMs}`,
      'Lambda-Runtime-Invoked-Function-Arn': arn,
      'Test-Clock-Ahead-Ms': `${aheadMs()}`,
      'Lambda-Runtime-Trace-Id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0',
    });
    waiting.end(body);
    waiting = undefined;
    unsent = undefined;
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace('/2018-06-01/runtime/', '');
    if (path === 'invocation/next') {
      initMs ??= performance.now() - startedAt;
      waiting = response;
      send();
      return;
    }
    const body = (await readBody(request)).toString('utf8');
    const settled = path === 'init/error' ? failedOf(body) : path.endsWith('/error') ? failedOf(body) : answerOf(body);
    response.writeHead(202).end();
    if (path === 'init/error' || path.split('/')[1] === current?.id) current?.settle(settled);
  }

  const server = createServer((request, response) => void serve(request, response));
  // The process waits as long as it takes for its next event.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a port');

  const startedAt = performance.now();
  // AWS gives V8 what is left of the memory beside Node itself.
  const child = spawn(process.execPath, [`--max-old-space-size=${Math.floor(memoryMb * 0.9)}`, BOOTSTRAP], {
    cwd: folder,
    env: { ...variables, LAMBDA_TASK_ROOT: folder, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${address.port}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => onOutput(chunk.toString()));
  const ended = once(child, 'exit').then(([code, signal]) => {
    alive = false;
    server.close();
    server.closeAllConnections();
    const errorMessage = `Runtime exited with ${signal === null ? `exit status ${code}` : `signal ${signal}`}`;
    current?.settle({ kind: 'failed', errorType: 'Runtime.ExitError', errorMessage });
  });

  return {
    initMs: () => initMs,
    peakMb: () => peakMbOf(child),
    isAlive: () => alive,
    async invoke(event, timeoutMs, killed) {
      if (!alive || current !== undefined) throw new Error('Expected an environment that is alive and at rest');
      const body = JSON.stringify(event);
      if (Buffer.byteLength(body) > MAX_PAYLOAD_BYTES) return tooLarge('RequestEntityTooLargeException');
      const outcome = await new Promise<Outcome>((settle) => {
        current = { id: randomUUID(), body, timeoutMs, settle };
        killed?.then(() => settle({ kind: 'timed-out' }));
        unsent = current;
        limit(INIT_MS + timeoutMs);
        send();
      });
      clearTimeout(timer);
      current = undefined;
      if (outcome.kind === 'timed-out') {
        child.kill('SIGKILL');
        await ended;
      }
      return outcome;
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function answerOf(body: string): Outcome {
  if (Buffer.byteLength(body) > MAX_PAYLOAD_BYTES) return tooLarge('Function.ResponseSizeTooLarge');
  return { kind: 'answered', payload: JSON.parse(body) };
}

function failedOf(body: string): Outcome {
  const told: unknown = JSON.parse(body);
  const word = (name: string) =>
    typeof told === 'object' && told !== null && name in told ? String(Object(told)[name]) : 'unknown';
  return { kind: 'failed', errorType: word('errorType'), errorMessage: word('errorMessage') };
}

const tooLarge = (errorType: string): Outcome => ({
  kind: 'failed',
  errorType,
  errorMessage: `Payload over ${MAX_PAYLOAD_BYTES} bytes`,
});

function peakMbOf({ pid }: ChildProcess): number | undefined {
  try {
    const [, kB] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kB === undefined ? undefined : Math.round(Number(kB) / 1024);
  } catch {
    return undefined;
  }
}
