/** What a time-stamp authority is asked (RFC 3161 section 2.4.1): a hash, never the thing itself. */
import { Integer, OctetString } from 'asn1js';
import { AlgorithmIdentifier, MessageImprint, TimeStampReq } from 'pkijs';

/** id-sha256, RFC 5754. */
export const SHA256_OID = '2.16.840.1.101.3.4.2.1';

/**
 * @param sha256 of what is to be stamped, 32 bytes
 * @param nonce comes back in the answer, so that an old answer cannot stand for a new one; 8 random bytes
 * @returns DER
 */
export function timeStampRequest(sha256: Uint8Array, nonce: Uint8Array): Uint8Array<ArrayBuffer> {
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: SHA256_OID }),
      hashedMessage: new OctetString({ valueHex: Uint8Array.from(sha256).buffer }),
    }),
    nonce: new Integer({ valueHex: positive(nonce).buffer }),
    // The certificate must be in the answer: a package is checked with nothing but itself.
    certReq: true,
  });
  return new Uint8Array(request.toSchema().toBER());
}

/** As DER writes a positive number: no zeros in front but the one that keeps it positive. */
export function positive(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? [0] : [...bytes.subarray(first)];
  return Uint8Array.from((digits[0] ?? 0) & 0x80 ? [0, ...digits] : digits);
}
