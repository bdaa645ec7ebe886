/**
 * A stand-in for AWS KMS: the three operations on Ed25519 keys that we use, over its protocol, with real keys and real signatures.
 * There is no KMS to run here: of the service itself it proves nothing but what its documentation says.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
 */
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { KMSClient } from '@aws-sdk/client-kms';
import { z } from 'zod';
import { failing, type JsonService, startJsonService } from './json-service.ts';

const GetPublicKey = z.object({ KeyId: z.string() });
const Sign = GetPublicKey.extend({
  Message: z.base64(),
  MessageType: z.literal('RAW'),
  SigningAlgorithm: z.literal('ED25519_SHA_512'),
});

export interface KmsForTests extends JsonService {
  readonly client: KMSClient;
  /** A new key; its ARN. */
  createKey(kind?: 'ed25519' | 'p256'): string;
  disable(arn: string): void;
}

export async function startKms({ region = 'cn-north-1' }: { region?: string } = {}): Promise<KmsForTests> {
  const keys = new Map<string, { privateKey: KeyObject; publicKey: KeyObject }>();
  const disabled = new Set<string>();
  const service = await startJsonService('TrentService', ({ operation, input }) => {
    const { KeyId } = GetPublicKey.parse(input);
    const key = keys.get(KeyId);
    if (key === undefined) return failing(400, 'NotFoundException');
    if (disabled.has(KeyId)) return failing(400, 'DisabledException');
    if (operation === 'GetPublicKey') {
      const der = key.publicKey.export({ type: 'spki', format: 'der' });
      return { status: 200, body: { KeyId, KeyUsage: 'SIGN_VERIFY', PublicKey: der.toString('base64') } };
    }
    const { success, data } = Sign.safeParse(input);
    const message = Buffer.from(success ? data.Message : '', 'base64');
    if (operation !== 'Sign' || !success || message.length > 4096) return failing(400, 'ValidationException');
    const Signature = sign(null, message, key.privateKey).toString('base64');
    return { status: 200, body: { KeyId, Signature, SigningAlgorithm: data.SigningAlgorithm } };
  });
  const client = new KMSClient({
    ...{ region, endpoint: service.endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
  });
  return {
    ...service,
    client,
    createKey(kind = 'ed25519') {
      const arn = `arn:aws-cn:kms:${region}:000000000000:key/${randomUUID()}`;
      keys.set(
        arn,
        kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      );
      return arn;
    },
    disable: (arn) => void disabled.add(arn),
    async stop() {
      client.destroy();
      await service.stop();
    },
  };
}
