/**
 * Signatures beside what they sign: detached JWS in compact form (RFC 7515, appendix F), `header..signature`, EdDSA over
 * Ed25519 (RFC 8037). Any JWS library checks one: put the payload, base64url, between the two dots.
 */
import { calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose';
import { base64urlOf, bytesOfBase64url } from '#core/bytes.ts';

export type SignatureCheck =
  /** Made by this key (RFC 7638 thumbprint). Whose key that is, its owner must have published elsewhere. */
  { readonly ok: true; readonly keyId: string } | { readonly ok: false; readonly why: string };

/** Makes the 64 bytes of an Ed25519 signature (RFC 8032) over bytes, wherever its key lies. */
export type Sign = (bytes: Uint8Array) => Promise<Uint8Array>;

/** @param publicKey travels in the header, so that a package can be checked with nothing but itself */
export async function signDetached(
  payload: Uint8Array,
  { sign, publicKey, keyId }: { sign: Sign; publicKey: JWK; keyId: string },
): Promise<string> {
  const facts = { alg: 'EdDSA', kid: keyId, jwk: publicKey };
  const header = base64urlOf(new TextEncoder().encode(JSON.stringify(facts)));
  // RFC 7515 section 5.1: what is signed is ASCII text.
  const signature = await sign(new TextEncoder().encode(`${header}.${base64urlOf(payload)}`));
  return `${header}..${base64urlOf(signature)}`;
}

/** Needs no network and no key store. */
export async function verifyDetached(jws: string, payload: Uint8Array): Promise<SignatureCheck> {
  const [header, middle, signature, ...more] = jws.trim().split('.');
  if (header === undefined || middle !== '' || signature === undefined || more.length > 0) {
    return wrong('it is not a detached JWS: header..signature');
  }
  const named = readHeader(header);
  if (named === undefined) return wrong('its header does not name an Ed25519 public key, EdDSA and the key id');
  const { jwk, keyId } = named;
  try {
    if ((await calculateJwkThumbprint(jwk)) !== keyId) return wrong('the key id is not the thumbprint of the key');
    const attached = `${header}.${base64urlOf(payload)}.${signature}`;
    await compactVerify(attached, await importJWK(jwk, 'EdDSA'), { algorithms: ['EdDSA'] });
    return { ok: true, keyId };
  } catch {
    return wrong('the signature was made over other bytes or with another key');
  }
}

/** Base64url has spare bits at its end, and readers overlook white space: the same signature must have one spelling. */
export function isCanonical(jws: string): boolean {
  const [, signature] = /^[\w-]+\.\.([\w-]+)$/.exec(jws) ?? [];
  return signature !== undefined && bytesOfBase64url(signature) !== undefined;
}

/** A detached signature and what it signs in one line (RFC 7515 section 7.1): `header.payload.signature`. */
export const attach = (jws: string, payload: Uint8Array): string => jws.replace('..', `.${base64urlOf(payload)}.`);

/** Checks what {@link attach} made. */
export async function verifyAttached(
  jws: string,
): Promise<{ readonly ok: true; readonly keyId: string; readonly payload: Uint8Array } | { readonly ok: false }> {
  const [header = '', text = '', signature = '', ...more] = jws.split('.');
  const payload = bytesOfBase64url(text);
  if (payload === undefined || more.length > 0) return { ok: false };
  const check = await verifyDetached(`${header}..${signature}`, payload);
  return check.ok ? { ok: true, keyId: check.keyId, payload } : { ok: false };
}

const wrong = (why: string) => ({ ok: false as const, why });

function readHeader(header: string): { jwk: JWK; keyId: string } | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytesOfBase64url(header)));
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || !('jwk' in parsed) || !('kid' in parsed)) return undefined;
  const { jwk, kid } = parsed;
  if (!('alg' in parsed) || parsed.alg !== 'EdDSA' || typeof kid !== 'string') return undefined;
  if (typeof jwk !== 'object' || jwk === null || !('x' in jwk) || typeof jwk.x !== 'string') return undefined;
  if (!('kty' in jwk) || jwk.kty !== 'OKP' || !('crv' in jwk) || jwk.crv !== 'Ed25519' || 'd' in jwk) return undefined;
  return { jwk: { kty: 'OKP', crv: 'Ed25519', x: jwk.x }, keyId: kid };
}
