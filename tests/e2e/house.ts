/** The real program as a child process, started as `npm start` starts it, with a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Credentials } from '../../infra/local/credentials.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface RunningHouse {
  readonly baseUrl: string;
  /** Everything it printed so far. */
  readonly output: () => string;
  readonly process: ChildProcess;
  credentials(): Promise<Credentials>;
  /** Resolves when what it printed matches. */
  printed(pattern: RegExp, timeoutMs?: number): Promise<string>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export async function startHouse(
  data: string,
  { args = [], port }: { args?: readonly string[]; port?: number } = {},
): Promise<RunningHouse> {
  const at = port ?? (await freePort());
  const child = spawn(process.execPath, ['--import', 'tsx', 'infra/local/main.ts', ...args], {
    cwd: root,
    env: { ...process.env, PORT: `${at}`, KERBWATCH_DATA: data, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = once(child, 'exit');
  return {
    baseUrl: `http://127.0.0.1:${at}`,
    process: child,
    output: () => output,
    credentials: async () => JSON.parse(await readFile(join(data, 'keys', 'credentials.json'), 'utf8')),
    async printed(pattern, timeoutMs = 180_000) {
      const deadline = Date.now() + timeoutMs;
      while (!pattern.test(output)) {
        if (child.exitCode !== null)
          throw new Error(`The program ended (${child.exitCode}) before printing ${pattern}:\n${output}`);
        if (Date.now() > deadline) throw new Error(`The program did not print ${pattern} in time:\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return output;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('Expected a port');
  return address.port;
}

/** JSON over HTTP with a bearer token; `status` beside the body, nothing thrown. */
export async function call(
  baseUrl: string,
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown } = {},
): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> {
  const response = await fetch(new URL(path, baseUrl), {
    method,
    headers: {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      Accept: 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: JSON.parse((await response.text()) || '{}') };
}

export async function signIn(house: RunningHouse, account: string): Promise<string> {
  const { accounts } = await house.credentials();
  const password = accounts.find((known) => known.account === account)?.password;
  const { body } = await call(house.baseUrl, 'POST', '/v1/session', { body: { account, password } });
  return String(body.token);
}
