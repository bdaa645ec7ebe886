/** docs/operations.md names what is there: an operator who types it in at night must not find that it was renamed. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LAMBDA_NAMES } from '../../infra/aws/lambdas.ts';
import { ROOT } from '../../infra/aws/root.ts';
import { commandOf } from '../../infra/aws/run/operate-commands.ts';
import { SETTING_KEYS, settingsOf } from '../../infra/aws/settings.ts';
import { PRICES as DASHBOARD_PRICES } from '../../infra/aws/stacks/cost.ts';
import { costSection } from '../../infra/docs/cost-page.ts';
import { PRICES } from '../../infra/docs/prices.ts';
import { withSection } from '../../infra/docs/sections.ts';
import { settingsSection } from '../../infra/docs/settings-page.ts';
import { Usage } from '../../infra/docs/usage.ts';
import { synthesise } from './synth.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const PAGES = ['docs/operations.md', 'docs/operations.zh-CN.md'];
const page = read('docs/operations.md');
const both = PAGES.map(read).join('\n');
const all = (pattern: RegExp, text = both) => [...text.matchAll(pattern)].map(([, found = '']) => found);

const stages = ['eu-central-1', 'cn-north-1'].map((region) => synthesise({ stage: 'prod', region }));
const resources = stages.flatMap(({ templates }) => [...templates.values()].flatMap((template) => template.resources));
const alarms = resources
  .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
  .map(({ properties }) => String(properties.AlarmName).replace('kerbwatch-prod-', ''));

describe('what is printed from code', () => {
  it('says of cost what the code says: npm run docs:cost', () => {
    const usage = Usage.parse(JSON.parse(read('infra/docs/usage.json')));
    expect(page).toBe(withSection(page, 'cost', costSection(usage)));
  });

  it('prices as the dashboard does', () => {
    const { lambdaGbSecond, ...others } = DASHBOARD_PRICES;
    expect(lambdaGbSecond.arm64).toBe(PRICES.lambdaGbSecond.each);
    for (const [name, each] of Object.entries(others))
      expect(Object.entries(PRICES).find(([own]) => own === name)?.[1].each).toBe(each);
  });

  it('says of settings what the code says: npm run docs:settings', () => {
    expect(page).toBe(withSection(page, 'settings', settingsSection()));
  });
});

describe('alarms', () => {
  const rows = page.slice(page.indexOf('| alarm | means | do |')).split('\n\n')[0] ?? '';
  const named = rows
    .split('\n')
    .slice(2)
    .flatMap((row) => all(/`([^`]+)`/g, row.split('|')[1]));
  const fits = (alarm: string, name: string) =>
    name.endsWith('*') ? alarm.startsWith(name.slice(0, -1)) : alarm === name;

  it('all have a line that says what to do', () => {
    expect(alarms.length).toBeGreaterThan(50);
    expect(alarms.filter((alarm) => !named.some((name) => fits(alarm, name)))).toEqual([]);
  });

  it('that have a line are there', () => {
    expect(named.filter((name) => !alarms.some((alarm) => fits(alarm, name)))).toEqual([]);
  });
});

describe('commands', () => {
  it('of the operator are understood by the function', () => {
    const payloads = all(/'(\{"do":[^']+\})'/g);
    expect(payloads.length).toBeGreaterThan(5);
    const done = payloads.map((payload) => commandOf(JSON.parse(payload)).do);
    expect(new Set(done)).toEqual(
      new Set([
        'record-keys',
        'register-officer',
        'issue-token',
        'rotate-key',
        'list-dead-letters',
        'replay-dead-letters',
      ]),
    );
  });

  it('of npm are in package.json', () => {
    const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')));
    const asked = new Set(all(/npm run (?:-s )?([\w:]+)/g));
    expect([...asked].filter((name) => !(name in scripts))).toEqual([]);
  });

  it('name settings that are there, with values that may be', () => {
    const given = [...both.matchAll(/-c (\w+)=([^\s`),]+)/g)].map(([, key = '', value = '']) => ({ key, value }));
    expect(given.length).toBeGreaterThan(5);
    for (const { key, value } of given) {
      if (key === 'key') continue;
      expect(SETTING_KEYS).toContain(key);
      expect(() => settingsOf({ [key]: value }, {})).not.toThrow();
    }
  });

  it('name functions, logs, queues and secrets that are there', () => {
    const functions = all(/(?:kerbwatch-prod-|\/kerbwatch\/prod\/)([a-z-]+)/g).filter((name) => name !== 'data');
    const others = [
      'api',
      ...resources
        .filter(({ type }) => type === 'AWS::SQS::Queue')
        .map(({ properties }) => `${properties.QueueName}`.replace('kerbwatch-prod-', '')),
    ];
    expect(functions.filter((name) => ![...LAMBDA_NAMES, ...others].includes(name) && name !== '')).toEqual([]);
    const secrets = resources
      .filter(({ type }) => type === 'AWS::SecretsManager::Secret')
      .map(({ properties }) => properties.Name);
    expect(secrets).toContain('kerbwatch/prod/settings');
    const keys = resources
      .filter(({ type }) => type === 'AWS::KMS::Alias')
      .map(({ properties }) => properties.AliasName);
    expect(keys).toContain('alias/kerbwatch-prod-data');
  });

  it('rely on outputs that are there', () => {
    const outputs = stages.flatMap(({ templates }) =>
      [...templates.values()].flatMap(({ text }) =>
        Object.keys(
          z.object({ Outputs: z.record(z.string(), z.unknown()).default({}) }).parse(JSON.parse(text)).Outputs,
        ),
      ),
    );
    const named = ['ConsoleAddress', 'ApiAddress', 'SignInAddress', 'Issuer'];
    for (const name of named) expect(both).toContain(`\`${name}\``);
    expect(named.filter((name) => !outputs.includes(name))).toEqual([]);
  });

  it('undo a statement that is there', () => {
    expect(JSON.stringify(resources)).toContain('"DenyBypassOfLocks"');
  });
});

describe('links', () => {
  it.each(PAGES)('of %s lead somewhere', (path) => {
    const text = read(path);
    const headings = all(/^#+ (.+)$/gm, text).map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    );
    for (const link of all(/\]\(([^)]+)\)/g, text)) {
      const [file = '', anchor] = link.split('#');
      if (/^https?:/.test(link)) continue;
      if (file !== '') expect(existsSync(join(ROOT, dirname(path), file)), link).toBe(true);
      else expect(headings, link).toContain(anchor);
    }
  });
});
