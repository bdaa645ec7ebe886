/** `npm run synth`: bundles and templates into cdk.out, without docker or an account. */
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Refusal } from '#core/refusal.ts';
import { bundle } from './bundle.ts';
import { kerbwatch } from './kerbwatch.ts';
import { settingsOf } from './settings.ts';
import { writeSite } from './site-files.ts';

try {
  await synthesise();
} catch (error) {
  // A person reads it: one sentence says what was wrong and what to do.
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 1;
}

async function synthesise(): Promise<void> {
  const app = new App();
  const settings = settingsOf(app.node.getAllContext(), process.env);
  const made = join(app.outdir, 'made');
  const site = join(made, 'site');
  await writeSite(site);
  const folders = await bundle({ arch: settings.arch, outdir: join(made, 'lambdas') });
  kerbwatch(app, { settings, code: (name) => Code.fromAsset(folders[name]), site });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}
