/**
 * Checks a time stamp (RFC 3161) offline: that an authority saw these bytes, and when. Nothing is asked of anybody: the
 * answer carries the certificate it was signed with, and whom to trust comes as an argument.
 *
 * Signatures that WebCrypto can check: RSA and ECDSA with SHA-2. An authority that signs with SM2 (GM/T 0033) cannot be
 * checked here.
 */
import { type BaseBlock, fromBER, Null, ObjectIdentifier, OctetString, Sequence } from 'asn1js';
import {
  Certificate,
  ContentInfo,
  ExtKeyUsage,
  getCrypto,
  IssuerAndSerialNumber,
  SignedData,
  type SignerInfo,
  TimeStampResp,
  TSTInfo,
} from 'pkijs';
import type { Bilingual } from '#core/bilingual.ts';
import { hexOf, sameBytes } from '#core/bytes.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import { changedAmong, derOf, isValidAt, leadsTo, nameOf, readCertificate } from './certificates.ts';
import { positive, SHA256_OID } from './time-stamp-request.ts';

/** What a stamp says. */
export interface TimeStampFacts {
  /** When the authority saw the bytes. */
  readonly at: Instant;
  /** The name in the certificate that signed. */
  readonly authority: string;
  /** Of the stamp, hex. */
  readonly serial: string;
  readonly policy: string;
  /** Traced to a certificate that the caller trusts; otherwise it agrees with itself and no more. */
  readonly trusted: boolean;
}

export interface TimeStampCheck {
  /** Null when the answer cannot be read. */
  readonly facts: TimeStampFacts | null;
  /** Empty when it holds. */
  readonly faults: readonly Bilingual[];
}

export interface TimeStampExpectations {
  /** Certificates (DER) of authorities somebody trusts. */
  readonly trust?: readonly Uint8Array[];
  /** What was sent along with the request. */
  readonly nonce?: Uint8Array;
  /** What is stamped was made then: a stamp of an earlier time is of something else. */
  readonly notBefore?: Instant;
}

/** Two clocks set by two services differ; what was made and stamped in one go may seem stamped before. */
export const STAMP_TOLERANCE_MS = 60_000;

const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const EXTENDED_KEY_USAGE = '2.5.29.37';
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

/**
 * @param response DER of a TimeStampResp
 * @param stamped the bytes it must be a stamp of
 */
export async function checkTimeStamp(
  response: Uint8Array,
  stamped: Uint8Array,
  expectations: TimeStampExpectations = {},
): Promise<TimeStampCheck> {
  const parts = await readResponse(response).catch(() => undefined);
  if (parts === undefined) return { facts: null, faults: [UNREADABLE] };
  const { signed, signer, info } = parts;
  const enclosed = (signed.certificates ?? []).filter((one) => one instanceof Certificate);
  const at = info.genTime.getTime();
  const certificate = enclosed.find((one) => isOf(signer, one));
  const faults: Bilingual[] = [];
  const hold = (holds: boolean, zh: string, en: string) => {
    if (!holds) faults.push({ zh, en });
  };
  const { messageImprint } = info;
  hold(
    messageImprint.hashAlgorithm.algorithmId === SHA256_OID &&
      sameBytes(messageImprint.hashedMessage.valueBlock.valueHexView, await digest('SHA-256', stamped)),
    '时间戳盖的不是这份签名，而是另一摘要',
    'is a time stamp for another digest than that of the signature',
  );
  hold(
    expectations.nonce === undefined || isNonce(info, expectations.nonce),
    '时间戳应答的随机数不符',
    'does not carry the nonce of the request',
  );
  hold(
    expectations.notBefore === undefined || at >= expectations.notBefore - STAMP_TOLERANCE_MS,
    `时间戳时间 ${formatInstant(at)} 早于封存时间`,
    `says ${formatInstant(at)}, which is before the package was sealed`,
  );
  hold(certificate !== undefined, '时间戳未附签发证书', 'does not enclose the certificate it was signed with');
  if (certificate === undefined) return { facts: factsOf(info, '', false), faults };
  hold(
    (await isSigned(signed, signer, certificate)) && (await names(signer, certificate)),
    '时间戳签名无效',
    'its signature is not valid',
  );
  hold(
    mayStamp(certificate),
    '签发证书不是时间戳证书',
    'its certificate is not one for time stamping only (RFC 3161 section 2.3)',
  );
  hold(
    isValidAt(certificate, at),
    `签发证书在 ${formatInstant(at)} 不在有效期内（${validity(certificate)}）`,
    `its certificate was expired or not yet valid at ${formatInstant(at)} (${validity(certificate)})`,
  );
  hold((await changedAmong(enclosed, certificate)).length === 0, '所附证书被改动', 'a certificate in it was changed');
  const trust = expectations.trust?.flatMap((der) => readCertificate(der) ?? []);
  const trusted = trust !== undefined && (await leadsTo(trust, certificate, { enclosed, at }));
  hold(
    trust === undefined || trusted,
    '签发证书不能追溯到指定的时间戳机构',
    'its certificate does not lead to the pinned authority',
  );
  return { facts: factsOf(info, nameOf(certificate), trusted), faults };
}

const UNREADABLE: Bilingual = {
  zh: '不是可用的时间戳应答（RFC 3161），或已被改动',
  en: 'is not a granted time stamp response (RFC 3161), or was changed',
};

interface Parts {
  signed: SignedData;
  signer: SignerInfo;
  info: TSTInfo;
}

/** Reads one spelling only: what stands outside the authority's signature must not vary. */
async function readResponse(bytes: Uint8Array): Promise<Parts | undefined> {
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

/** The versions are those of RFC 5652, and one digest is named, twice alike. */
function isPlain({ version, digestAlgorithms, crls }: SignedData, signer: SignerInfo): boolean {
  const parameters: unknown = signer.signatureAlgorithm.algorithmParams;
  const [first, ...more] = digestAlgorithms.map((algorithm) => derOf(algorithm));
  const named = derOf(signer.digestAlgorithm);
  return (
    version === 3 &&
    signer.version === 1 &&
    crls === undefined &&
    (parameters === undefined || parameters instanceof Null || parameters instanceof Sequence) &&
    first !== undefined &&
    more.length === 0 &&
    sameBytes(first, named)
  );
}

const factsOf = (info: TSTInfo, authority: string, trusted: boolean): TimeStampFacts => ({
  at: info.genTime.getTime(),
  authority,
  serial: hexOf(info.serialNumber.valueBlock.valueHexView),
  policy: info.policy,
  trusted,
});

const isNonce = ({ nonce }: TSTInfo, sent: Uint8Array): boolean =>
  nonce !== undefined && sameBytes(positive(nonce.valueBlock.valueHexView), positive(sent));

/** Only the form that names issuer and serial number: SignerInfo version 1. */
function isOf({ sid }: SignerInfo, { issuer, serialNumber }: Certificate): boolean {
  const named: unknown = sid;
  return (
    named instanceof IssuerAndSerialNumber &&
    sameBytes(derOf(named.issuer), derOf(issuer)) &&
    named.serialNumber.isEqual(serialNumber)
  );
}

/** RFC 5652 section 5.6: the attributes name type and hash of the statement, and the signature is over the attributes. */
async function isSigned({ encapContentInfo }: SignedData, signer: SignerInfo, { subjectPublicKeyInfo }: Certificate) {
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
async function names({ signedAttrs }: SignerInfo, certificate: Certificate): Promise<boolean> {
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

function mayStamp({ extensions = [] }: Certificate): boolean {
  const usage = extensions.find(({ extnID }) => extnID === EXTENDED_KEY_USAGE);
  const parsed: unknown = usage?.parsedValue;
  return (
    usage?.critical === true &&
    parsed instanceof ExtKeyUsage &&
    parsed.keyPurposes.length === 1 &&
    parsed.keyPurposes[0] === TIME_STAMPING
  );
}

const validity = ({ notBefore, notAfter }: Certificate) =>
  `${formatInstant(notBefore.value.getTime())} – ${formatInstant(notAfter.value.getTime())}`;

const digest = async (name: 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512', bytes: Uint8Array) =>
  new Uint8Array(await crypto.subtle.digest(name, Uint8Array.from(bytes)));
