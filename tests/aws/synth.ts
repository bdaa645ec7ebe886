/** `npm run synth` into a folder of its own, once for a test file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @throws {Error} with all it printed, when it fails */
export async function synthesise(outdir: string, context: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'infra/aws/app.ts'], {
    cwd: root,
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: await contextOf(context), NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`Synthesis ended with ${code}:\n${output}`);
}

/** As the CDK's command line hands it on: what cdk.json says, then `-c`. */
async function contextOf(given: Readonly<Record<string, string>>): Promise<string> {
  const { context } = JSON.parse(await readFile(`${root}/cdk.json`, 'utf8'));
  return JSON.stringify({ ...context, ...given });
}
