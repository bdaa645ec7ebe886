/**
 * The answer of a time-stamp authority (RFC 3161 section 2.4.2) as CMS has it (RFC 5652): read in one spelling only, and
 * whether its signature is that of a certificate.
 */
import { type BaseBlock, fromBER, Integer, Null, ObjectIdentifier, OctetString, Sequence } from 'asn1js';
import {
  type Certificate,
  ContentInfo,
  getCrypto,
  IssuerAndSerialNumber,
  SignedData,
  type SignerInfo,
  TimeStampResp,
  TSTInfo,
} from 'pkijs';
import { sameBytes } from '#core/bytes.ts';
import { derOf } from './certificates.ts';
import { SHA256_OID } from './time-stamp-request.ts';

const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
/** RFC 2634 section 5.4 (SHA-1) and RFC 5816 (any hash, SHA-256 when it names none). */
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
/** Granted, and not a word more: the status stands outside what the authority signs. */
const GRANTED = Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x00);

const HASHES: ReadonlyMap<string, 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'> = new Map([
  ['1.3.14.3.2.26', 'SHA-1'],
  [SHA256_OID, 'SHA-256'],
  ['2.16.840.1.101.3.4.2.2', 'SHA-384'],
  ['2.16.840.1.101.3.4.2.3', 'SHA-512'],
]);

export interface Parts {
  signed: SignedData;
  signer: SignerInfo;
  info: TSTInfo;
}

/** Reads one spelling only: what stands outside the authority's signature must not vary. */
export async function readResponse(bytes: Uint8Array): Promise<Parts | undefined> {
  const { offset, result } = fromBER(Uint8Array.from(bytes).buffer);
  if (offset !== bytes.length || !sameBytes(new Uint8Array(result.toBER()), bytes)) return undefined;
  if (!(result instanceof Sequence) || result.valueBlock.value.length !== 2) return undefined;
  const [status] = result.valueBlock.value;
  if (status === undefined || !sameBytes(new Uint8Array(status.toBER()), GRANTED)) return undefined;
  const { timeStampToken } = new TimeStampResp({ schema: result });
  if (timeStampToken?.contentType !== ContentInfo.SIGNED_DATA) return undefined;
  const signed = new SignedData({ schema: timeStampToken.content });
  const [signer, ...more] = signed.signerInfos;
  const { eContent, eContentType } = signed.encapContentInfo;
  if (signer === undefined || more.length > 0 || eContent === undefined || eContentType !== TST_INFO) return undefined;
  if (signer.signedAttrs === undefined || signer.unsignedAttrs !== undefined || !isPlain(signed, signer))
    return undefined;
  return { signed, signer, info: TSTInfo.fromBER(eContent.getValue()) };
}

/**
 * The answer without the words some authorities add to `granted` ("Operation Okay"): they stand outside what it signs. What is
 * no granted answer comes back as it is.
 */
export function withoutStatusText(bytes: Uint8Array): Uint8Array {
  const { result } = fromBER(Uint8Array.from(bytes).buffer);
  const [status, token] = children(result);
  const [code] = children(status);
  if (token === undefined || !(code instanceof Integer) || code.valueBlock.valueDec !== 0) return bytes;
  return new Uint8Array(new Sequence({ value: [new Sequence({ value: [code] }), token] }).toBER());
}

/** The versions are those of RFC 5652, and one digest is named, twice. */
function isPlain({ version, digestAlgorithms, crls }: SignedData, signer: SignerInfo): boolean {
  const parameters: unknown = signer.signatureAlgorithm.algorithmParams;
  return (
    version === 3 &&
    signer.version === 1 &&
    crls === undefined &&
    (parameters === undefined || parameters instanceof Null || parameters instanceof Sequence) &&
    digestAlgorithms.length === 1 &&
    [...digestAlgorithms, signer.digestAlgorithm].every(
      ({ algorithmId, algorithmParams }) =>
        algorithmId === signer.digestAlgorithm.algorithmId &&
        (algorithmParams === undefined || algorithmParams instanceof Null),
    )
  );
}

/** Only the form that names issuer and serial number: SignerInfo version 1. */
export function isOf({ sid }: SignerInfo, { issuer, serialNumber }: Certificate): boolean {
  const named: unknown = sid;
  return (
    named instanceof IssuerAndSerialNumber &&
    sameBytes(derOf(named.issuer), derOf(issuer)) &&
    named.serialNumber.isEqual(serialNumber)
  );
}

/** RFC 5652 section 5.6: the attributes name type and hash of the statement, and the signature is over the attributes. */
export async function isSigned(
  { encapContentInfo }: SignedData,
  signer: SignerInfo,
  { subjectPublicKeyInfo }: Certificate,
) {
  const { signedAttrs, signature, signatureAlgorithm, digestAlgorithm } = signer;
  const attribute = (oid: string): unknown => signedAttrs?.attributes.find(({ type }) => type === oid)?.values[0];
  const [type, hash] = [attribute(CONTENT_TYPE), attribute(MESSAGE_DIGEST)];
  const name = HASHES.get(digestAlgorithm.algorithmId);
  if (!(type instanceof ObjectIdentifier) || type.valueBlock.toString() !== TST_INFO) return false;
  if (!(hash instanceof OctetString) || name === undefined || signedAttrs === undefined) return false;
  const statement = new Uint8Array(encapContentInfo.eContent?.getValue() ?? new ArrayBuffer());
  if (!sameBytes(hash.valueBlock.valueHexView, await digest(name, statement))) return false;
  // rsaEncryption does not say which hash: it is the digest's. Every other algorithm says.
  const named: [] | [string] = signatureAlgorithm.algorithmId === RSA_ENCRYPTION ? [name] : [];
  return getCrypto(true)
    .verifyWithPublicKey(signedAttrs.encodedValue, signature, subjectPublicKeyInfo, signatureAlgorithm, ...named)
    .catch(() => false);
}

/** The certificate's hash is among what was signed: another certificate of the same key cannot take its place. */
export async function names({ signedAttrs }: SignerInfo, certificate: Certificate): Promise<boolean> {
  const der = derOf(certificate);
  for (const { type, values } of signedAttrs?.attributes ?? []) {
    if (type !== SIGNING_CERTIFICATE && type !== SIGNING_CERTIFICATE_V2) continue;
    // SigningCertificate ::= SEQUENCE { certs SEQUENCE OF ESSCertID, ... }: the first is the signer's.
    const first: unknown = values[0];
    const certId = children(children(children(first)[0])[0]);
    const hash = certId.find((block) => block instanceof OctetString);
    const algorithm = children(certId.find((block) => block instanceof Sequence))[0];
    const named = algorithm instanceof ObjectIdentifier && certId[0] !== hash ? algorithm.valueBlock.toString() : null;
    const name = HASHES.get(named ?? (type === SIGNING_CERTIFICATE ? '1.3.14.3.2.26' : SHA256_OID));
    if (hash === undefined || name === undefined) return false;
    return sameBytes(hash.valueBlock.valueHexView, await digest(name, der));
  }
  return false;
}

const children = (block: unknown): readonly BaseBlock[] => (block instanceof Sequence ? block.valueBlock.value : []);

export const digest = async (name: 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512', bytes: Uint8Array) =>
  new Uint8Array(await crypto.subtle.digest(name, Uint8Array.from(bytes)));
