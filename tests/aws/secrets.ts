/**
 * A stand-in for AWS Secrets Manager: one operation, over its protocol.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { failing, type JsonService, startJsonService } from './json-service.ts';

export interface SecretsForTests extends JsonService {
  readonly client: SecretsManagerClient;
  /** A text as it is, anything else as JSON. Its ARN. */
  put(name: string, value: unknown): string;
}

export async function startSecrets({ region = 'cn-north-1' }: { region?: string } = {}): Promise<SecretsForTests> {
  const secrets = new Map<string, string>();
  const service = await startJsonService('secretsmanager', ({ operation, input }) => {
    const { SecretId } = z.object({ SecretId: z.string() }).parse(input);
    const text = secrets.get(SecretId);
    if (operation !== 'GetSecretValue' || text === undefined) return failing(400, 'ResourceNotFoundException');
    return { status: 200, body: { ARN: SecretId, SecretString: text } };
  });
  const client = new SecretsManagerClient({
    ...{ region, endpoint: service.endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
  });
  return {
    ...service,
    client,
    put(name, value) {
      const arn = `arn:aws-cn:secretsmanager:${region}:000000000000:secret:${name}`;
      secrets.set(arn, typeof value === 'string' ? value : JSON.stringify(value));
      return arn;
    },
    async stop() {
      client.destroy();
      await service.stop();
    },
  };
}
