/** What all stacks have in common. */
import type { StackProps } from 'aws-cdk-lib';
import { SYSTEM_VERSION } from '../../common/version.ts';
import { isDisposable, type Settings } from '../settings.ts';

export const stackProps = (
  settings: Pick<Settings, 'stage' | 'region' | 'account'>,
  name: string,
  what: string,
): StackProps => ({
  stackName: `kerbwatch-${settings.stage}-${name}`,
  description: `Kerbwatch ${SYSTEM_VERSION}, stage ${settings.stage}: ${what}`,
  env: { region: settings.region, ...(settings.account === undefined ? {} : { account: settings.account }) },
  terminationProtection: !isDisposable(settings),
});
