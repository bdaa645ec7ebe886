/** What the verifier uses of node:crypto, for browsers. */
import { sha256 } from '@noble/hashes/sha2.js';
import { hexOf } from '#core/bytes.ts';

export function createHash(algorithm: string) {
  if (algorithm !== 'sha256') throw new Error(`Expected sha256, received ${algorithm}.`);
  const hash = sha256.create();
  const self = {
    update(data: Uint8Array | string) {
      hash.update(typeof data === 'string' ? new TextEncoder().encode(data) : data);
      return self;
    },
    digest: (_: 'hex') => hexOf(hash.digest()),
  };
  return self;
}
