import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Partners, partnersBySecret } from '#platform/aws/settings-secret.ts';
import { CLIENT, type Home } from './home.ts';

/** Apart from home.ts, so that who asks nobody outside has no client for the secret in its bundle. */
export function partnersOf(home: Home): () => Promise<Partners> {
  const { log, clock } = home;
  return partnersBySecret({ client: new SecretsManagerClient(CLIENT), secret: home.required('settings'), log, clock });
}
