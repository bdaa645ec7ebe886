/** Runs a script of this folder as a process of its own, so that a test can kill it or race several. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Child {
  /** Every whole line it has printed so far. */
  readonly lines: readonly string[];
  /** Resolves when `count` lines are there; rejects when it ends before. */
  printed(count: number): Promise<void>;
  /** SIGKILL: no handler of the process runs. Resolves when it is gone and its output is read. */
  kill(): Promise<void>;
  /** Resolves when it ends by itself; rejects with what it wrote to stderr when it fails. */
  ended(): Promise<void>;
}

export function startChild(script: string, args: readonly string[]): Child {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const waiting: { count: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const waiter of waiting) if (lines.length >= waiter.count) waiter.resolve();
  });
  const closed = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      for (const { reject } of waiting) reject(new Error(`${script} ended early: ${errors}`));
      resolve(code);
    });
  });
  return {
    lines,
    printed: (count) =>
      new Promise((resolve, reject) => {
        if (lines.length >= count) resolve();
        else waiting.push({ count, resolve, reject });
      }),
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
    async ended() {
      const code = await closed;
      if (code !== 0) throw new Error(`${script} ended with ${code}: ${errors}`);
    },
  };
}
