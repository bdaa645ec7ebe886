/** cfn-lint knows which types and properties CloudFormation takes in which region: https://github.com/aws-cloudformation/cfn-lint */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Synthesised, synthesise } from './synth.ts';

const isThere = spawnSync('cfn-lint', ['--version']).status === 0;

const Matches = z.array(
  z.object({ Rule: z.object({ Id: z.string() }), Level: z.string(), Message: z.string(), Filename: z.string() }),
);

async function errorsOf({ settings, templates }: Synthesised): Promise<string[]> {
  const files = [...templates.values()].map(({ file }) => file);
  // It ends with another status than 0 for warnings too: what counts is what it says.
  const { stdout } = await promisify(execFile)('cfn-lint', [
    ...['--format', 'json', '--regions', settings.region, '--non-zero-exit-code', 'none'],
    ...['--template', ...files],
  ]);
  return Matches.parse(JSON.parse(stdout === '' ? '[]' : stdout))
    .filter(({ Level }) => Level === 'Error')
    .map(({ Rule, Message, Filename }) => `${Filename.split('/').at(-1)} ${Rule.Id} ${Message}`);
}

describe.skipIf(!isThere)('cfn-lint', () => {
  let china: Synthesised;
  beforeAll(() => {
    china = synthesise({ region: 'cn-north-1' });
  });

  it('finds no error in the templates of a commercial region', async () => {
    const everything = { rekognition: 'on', tracing: 'on', alarmEmail: 'duty@kerb.example', stage: 'prod' };
    expect(await errorsOf(synthesise(everything))).toEqual([]);
  });

  it('finds no error in those of cn-north-1, of which it knows what is there', async () => {
    expect(await errorsOf(china)).toEqual([]);
  });

  it('would find what is not there', async () => {
    const elsewhere = { ...china.settings, region: 'cn-north-1' };
    const commercial = synthesise({ identity: 'cognito', console: 'lambda' });
    const found = await errorsOf({ ...commercial, settings: elsewhere });
    expect(found.filter((error) => error.includes('AWS::Cognito::UserPool'))).not.toEqual([]);
  });
});
