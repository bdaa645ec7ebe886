/** The templates as `npm run synth` makes them, without the bundles: an empty folder is as good for what CloudFormation is told. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { z } from 'zod';
import { kerbwatch } from '../../infra/aws/kerbwatch.ts';
import { ROOT } from '../../infra/aws/root.ts';
import { type Context, type Settings, settingsOf } from '../../infra/aws/settings.ts';

const { context: FLAGS } = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')));

export interface Synthesised {
  readonly settings: Settings;
  readonly app: App;
  readonly directory: string;
  /** By the name of the stack without product and stage: `storage`. */
  readonly templates: ReadonlyMap<string, Template>;
}
export interface Template {
  readonly file: string;
  readonly text: string;
  readonly resources: readonly Resource[];
}
export interface Resource {
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly deletionPolicy: string | undefined;
}

const Body = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      DeletionPolicy: z.string().optional(),
    }),
  ),
});

/** @param given as after `-c` */
export function makeApp(given: Context): { app: App; settings: Settings } {
  const outdir = mkdtempSync(join(tmpdir(), 'kerbwatch-synth-'));
  const empty = mkdtempSync(join(tmpdir(), 'kerbwatch-empty-'));
  writeFileSync(join(empty, 'index.html'), '');
  const app = new App({ outdir, context: { ...FLAGS, ...given }, analyticsReporting: false });
  const settings = settingsOf(app.node.getAllContext(), {});
  kerbwatch(app, { settings, code: () => Code.fromAsset(empty), site: empty });
  return { app, settings };
}

export function synthesise(given: Context = {}): Synthesised {
  const { app, settings } = makeApp(given);
  const assembly = app.synth();
  const templates = new Map(
    assembly.stacks.map(({ stackName, templateFullPath }): [string, Template] => {
      const stack = stackName.replace(`kerbwatch-${settings.stage}-`, '');
      const text = readFileSync(templateFullPath, 'utf8');
      const resources = Object.entries(Body.parse(JSON.parse(text)).Resources).map(
        ([id, { Type, Properties, DeletionPolicy }]): Resource => ({
          ...{ stack, id, type: Type, properties: Properties, deletionPolicy: DeletionPolicy },
        }),
      );
      return [stack, { file: templateFullPath, text, resources }];
    }),
  );
  return { settings, app, directory: assembly.directory, templates };
}
