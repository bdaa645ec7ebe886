/** cfn-lint knows which types and properties CloudFormation takes in which region: https://github.com/aws-cloudformation/cfn-lint */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Synthesised } from './synth.ts';

export const hasLinter = spawnSync('cfn-lint', ['--version']).status === 0;

const Matches = z.array(
  z.object({ Rule: z.object({ Id: z.string() }), Level: z.string(), Message: z.string(), Filename: z.string() }),
);

export async function lintErrorsOf({ templates }: Synthesised, region: string): Promise<string[]> {
  const files = [...templates.values()].map(({ file }) => file);
  // It ends with another status than 0 for warnings too: what counts is what it says.
  const { stdout } = await promisify(execFile)('cfn-lint', [
    ...['--format', 'json', '--regions', region, '--non-zero-exit-code', 'none'],
    ...['--template', ...files],
  ]);
  return Matches.parse(JSON.parse(stdout === '' ? '[]' : stdout))
    .filter(({ Level }) => Level === 'Error')
    .map(({ Rule, Message, Filename }) => `${Filename.split('/').at(-1)} ${Rule.Id} ${Message}`);
}
