/** The templates of three cities: what they must hold, whatever is changed. One process makes them all, for that takes seconds. */
import { describe, expect, it } from 'vitest';
import { acknowledgementsOf, findingsOf } from './findings.ts';
import { describeFunctions } from './functions.ts';
import { hasLinter, lintErrorsOf } from './lint.ts';
import { describePartition } from './partition.ts';
import { describeRights } from './rights.ts';
import { differenceOf, snapshotOf } from './snapshot.ts';
import { describeStorage } from './storage.ts';
import { type Synthesised, synthesise } from './synth.ts';

const byDefault = synthesise();
const inChina = synthesise({ region: 'cn-north-1' });
const withProvider = synthesise({
  ...{ region: 'cn-north-1', identity: 'provider', issuer: 'https://id.kerb.example', client: 'kerb' },
});
const withEverything = synthesise({
  ...{ stage: 'prod', evidenceLock: 'compliance', evidenceLockDays: '20', signingKeys: '3' },
  ...{ rekognition: 'on', tracing: 'on', alarmEmail: 'duty@kerb.example', origin: 'https://kerb.example' },
  certificate: 'arn:aws:acm:us-east-1:123456789012:certificate/0-0',
});

const CITIES: readonly [name: string, made: Synthesised][] = [
  ['by default', byDefault],
  ['in cn-north-1', inChina],
  ['with everything switched on', withEverything],
];

describe.each(CITIES)('%s', (_, made) => {
  describeStorage(made);
  describeRights(made);
  describeFunctions(made);
  describePartition(made);

  describe('cdk-nag', () => {
    it('finds nothing that nobody explained', () => {
      expect(findingsOf(made.app, { all: false })).toEqual([]);
    });

    it('would find whatever is explained: no reason outlives what it was for', () => {
      const found = findingsOf(made.app, { all: true });
      const idle = acknowledgementsOf(made.app).filter(
        ({ rule, path }) => !found.some((finding) => finding.rule === rule && isWithin(finding.path, path)),
      );
      expect(idle).toEqual([]);
    });

    it('is given a reason for each finding', () => {
      const explained = acknowledgementsOf(made.app);
      expect(explained.length).toBeGreaterThan(20);
      for (const { reason } of explained) expect(reason).toMatch(/^.{40,}\.$/);
    });
  });
});

const isWithin = (path: string, ancestor: string) => path === ancestor || path.startsWith(`${ancestor}/`);

describe.skipIf(!hasLinter)('cfn-lint', { timeout: 300_000 }, () => {
  it('finds no error in the templates of a commercial region', async () => {
    expect(await lintErrorsOf(withEverything, 'us-east-1')).toEqual([]);
  });

  it('finds no error in those of cn-north-1, of which it knows what is there', async () => {
    expect(await lintErrorsOf(inChina, 'cn-north-1')).toEqual([]);
  });

  it('would find what is not there', async () => {
    const identity = [...byDefault.templates].filter(([stack]) => stack === 'identity');
    const found = await lintErrorsOf({ ...byDefault, templates: new Map(identity) }, 'cn-north-1');
    expect(found.filter((error) => error.includes('AWS::Cognito::UserPool'))).not.toEqual([]);
  });
});

/** Reviewed when it changes: `npx vitest run tests/infra -u` writes what is, and git shows what was. */
describe('the templates', () => {
  it("name the city's own provider to the authorizer, and to nobody else", () => {
    const difference = differenceOf(inChina, withProvider).match(/^[+~-] .*$/gm);
    expect(difference).toEqual([expect.stringMatching(/^~ api: AWS::Lambda::Function Authorize/)]);
    expect(withProvider.templates.get('api')?.text).toContain('"KERBWATCH_ISSUER": "https://id.kerb.example"');
  });

  it('are those that somebody read, by default', async () => {
    await expect(snapshotOf(byDefault)).toMatchFileSnapshot('snapshots/default.txt');
  });

  it('are those in cn-north-1 but for what somebody read', async () => {
    await expect(differenceOf(byDefault, inChina)).toMatchFileSnapshot('snapshots/cn-north-1.diff');
  });

  it('are the same when they are made again', () => {
    const again = synthesise();
    for (const [stack, { text }] of byDefault.templates) expect(again.templates.get(stack)?.text).toBe(text);
  });
});
