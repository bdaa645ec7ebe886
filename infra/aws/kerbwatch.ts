/** All stacks of one stage, from what waits to what is watched. */
import type { App } from 'aws-cdk-lib';
import type { Settings } from './settings.ts';
import { apiStack } from './stacks/api.ts';
import { frontStack } from './stacks/front.ts';
import type { CodeProvider } from './stacks/function.ts';
import { identityStack } from './stacks/identity.ts';
import { monitoringStack } from './stacks/monitoring.ts';
import { pipelineStack } from './stacks/pipeline.ts';
import { storageStack } from './stacks/storage.ts';

/**
 * @param code the bundle of each Lambda
 * @param site folder with the files of the pages
 */
export function kerbwatch(
  app: App,
  { settings, code, site }: { settings: Settings; code: CodeProvider; site: string },
): void {
  const storage = storageStack(app, settings);
  const front = frontStack(app, { settings, storage, site });
  const issuer = settings.identity === 'cognito' ? identityStack(app, settings, front.origin) : settings.provider;
  const house = { settings, storage, code, origin: front.origin, issuer };
  const pipeline = pipelineStack(app, house);
  const api = apiStack(app, house, front.api);
  monitoringStack(app, { settings, storage, pipeline, api, httpApi: front.api });
}
