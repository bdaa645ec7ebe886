import { KMSClient } from '@aws-sdk/client-kms';
import { openKmsSigner } from '#platform/aws/kms-signer.ts';
import type { Signer } from '#platform/signer.ts';
import { CLIENT, type Home } from './home.ts';
import { once, onceDone } from './once.ts';

export const kmsClient = once(() => new KMSClient(CLIENT));
/** ARNs, the oldest first. */
export const signingKeys = (home: Home): readonly string[] => home.required('signingKeys').split(',');

/** Apart from home.ts, so that who signs nothing has no client for it in its bundle. */
export function openSigner(home: Home): Signer {
  const { table, clock } = home;
  const signer = onceDone(() => openKmsSigner({ client: kmsClient(), keys: signingKeys(home), table: table(), clock }));
  return {
    publicKey: async (...asked) => (await signer()).publicKey(...asked),
    keys: async () => (await signer()).keys(),
    signDetached: async (...asked) => (await signer()).signDetached(...asked),
  };
}
