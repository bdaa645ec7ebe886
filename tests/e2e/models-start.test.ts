/** The real commands on models that are not what their cards say: nothing runs, nothing is written. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerbwatch-tampered-'));
  await cp(join(root, 'models'), join(folder, 'models'), { recursive: true });
  await appendFile(join(folder, 'models', 'platerec', await weightsOf('platerec')), 'x');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const weightsOf = async (name: string): Promise<string> =>
  JSON.parse(await readFile(join(folder, 'models', name, 'card.json'), 'utf8')).weights;

async function run(script: string, args: readonly string[], data: string): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', join('infra', 'local', script), ...args], {
    cwd: root,
    env: { ...process.env, PORT: '0', KERBWATCH_DATA: data, KERBWATCH_MODELS: join(folder, 'models') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [code] = await once(child, 'close');
  return { code: Number(code), output };
}

describe.each([
  ['npm start', 'main.ts', []],
  ['npm run patrol', 'patrol-cli.ts', ['tests/samples/c_short_stop']],
  ['npm run eval', 'eval-cli.ts', ['scenes', 'tests/samples/c_short_stop']],
])('%s with weights that are not those of the card', (_, script, args) => {
  it('ends with an error, says which model, which hashes and what to do in both languages, and writes nothing', async () => {
    const data = join(folder, script);
    const { code, output } = await run(script, args, data);
    expect(code).toBe(1);
    expect(output).toContain('模型 platerec 未通过校验，拒绝运行 Model platerec failed its check: refusing to run');
    expect(output).toMatch(/应为 expected .*platerec \d+\.\d+\.\d+ with SHA-256 [0-9a-f]{64}/);
    expect(output).toMatch(/实为 received .*SHA-256 [0-9a-f]{64}/);
    expect(output).toMatch(/处理 to do .*恢复.*Restore/);
    expect(output).not.toMatch(/ready in|http:\/\//);
    expect(existsSync(join(data, 'kerbwatch.db')) || existsSync(join(data, 'store'))).toBe(false);
    expect(existsSync(data)).toBe(false);
  });
});
