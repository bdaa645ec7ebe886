/** Everything that stores, started for one test file: engines where there are any, stand-ins where there are none. */
import type { Access, Makers } from './cloud-resources.ts';
import { hasJava, startDynamoDb } from './dynamodb.ts';
import { startKms } from './kms.ts';
import { hasS3Gateway, startS3Gateway } from './s3-gateway.ts';
import { startSecrets } from './secrets.ts';
import type { Services } from './service-proxy.ts';
import { startSqs } from './sqs.ts';

export const hasEngines = hasJava && hasS3Gateway;

export interface Engines {
  readonly services: Services;
  readonly access: Access;
  readonly makers: Makers;
  stop(): Promise<void>;
}

export async function startEngines(): Promise<Engines> {
  const [dynamodb, s3] = await Promise.all([startDynamoDb(), startS3Gateway()]);
  const { region, accessKeyId, secretAccessKey } = s3;
  const [sqs, kms, secrets] = await Promise.all([startSqs({ region }), startKms({ region }), startSecrets({ region })]);
  return {
    services: {
      ...{ dynamodb: dynamodb.endpoint, s3: s3.endpoint, sqs: sqs.endpoint },
      ...{ kms: kms.endpoint, secretsmanager: secrets.endpoint },
    },
    access: { region, credentials: { accessKeyId, secretAccessKey } },
    makers: {
      signingKey(keySpec) {
        if (keySpec !== 'ECC_NIST_EDWARDS25519') throw new Error(`Expected a key of Ed25519, found ${keySpec}`);
        return kms.createKey();
      },
      secret: (name, text) => secrets.put(name, text),
    },
    async stop() {
      await Promise.all([dynamodb, s3, sqs, kms, secrets].map((engine) => engine.stop()));
    },
  };
}
