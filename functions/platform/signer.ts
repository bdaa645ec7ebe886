/** The Signer port: Ed25519 locally, a KMS key on AWS. */
import type { SigningKey } from '#core/evidence/signing-keys.ts';
import type { Instant } from '#core/time.ts';

export interface PublicKey {
  /** RFC 7638 thumbprint. */
  readonly keyId: string;
  /** RFC 7517. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

/**
 * `at`: when what is signed says that it was made; now by default. Where a key may follow another while things are being made, the
 * key that was in force then signs: a package whose making began before the change is not signed by a key that came after it.
 */
export interface Signer {
  publicKey(at?: Instant): Promise<PublicKey>;
  /** All it ever signed with, oldest first; the last is the one in use, or about to be. */
  keys(): Promise<readonly SigningKey[]>;
  /**
   * A detached JWS (RFC 7515 appendix F) in compact form, `header..signature`, over the bytes, `alg` EdDSA, with the
   * public key in the header (`jwk`) and its thumbprint in `kid`.
   */
  signDetached(payload: Uint8Array, at?: Instant): Promise<string>;
}
