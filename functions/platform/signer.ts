/** The Signer port: Ed25519 locally, a KMS key on AWS. */
import type { SigningKey } from '#core/evidence/signing-keys.ts';

export interface PublicKey {
  /** RFC 7638 thumbprint. */
  readonly keyId: string;
  /** RFC 7517. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

export interface Signer {
  publicKey(): Promise<PublicKey>;
  /** All it ever signed with, oldest first; the last is the one in use. */
  keys(): Promise<readonly SigningKey[]>;
  /**
   * A detached JWS (RFC 7515 appendix F) in compact form, `header..signature`, over the bytes, `alg` EdDSA, with the
   * public key in the header (`jwk`) and its thumbprint in `kid`.
   */
  signDetached(payload: Uint8Array): Promise<string>;
}
