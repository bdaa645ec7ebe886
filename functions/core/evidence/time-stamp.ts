/**
 * Checks a time stamp (RFC 3161) offline: that an authority saw these bytes, and when. Nothing is asked of anybody: the
 * answer carries the certificate it was signed with, and whom to trust comes as an argument.
 *
 * Signatures that WebCrypto can check: RSA and ECDSA with SHA-2. An authority that signs with SM2 (GM/T 0033) cannot be
 * checked here.
 */
import { Certificate, ExtKeyUsage, type TSTInfo } from 'pkijs';
import type { Bilingual } from '#core/bilingual.ts';
import { hexOf, sameBytes } from '#core/bytes.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import { changedAmong, isValidAt, leadsTo, nameOf, readCertificate } from './certificates.ts';
import { positive, SHA256_OID } from './time-stamp-request.ts';
import { digest, isOf, isSigned, names, readResponse } from './time-stamp-token.ts';

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

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const EXTENDED_KEY_USAGE = '2.5.29.37';

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

const factsOf = (info: TSTInfo, authority: string, trusted: boolean): TimeStampFacts => ({
  at: info.genTime.getTime(),
  authority,
  serial: hexOf(info.serialNumber.valueBlock.valueHexView),
  policy: info.policy,
  trusted,
});

const isNonce = ({ nonce }: TSTInfo, sent: Uint8Array): boolean =>
  nonce !== undefined && sameBytes(positive(nonce.valueBlock.valueHexView), positive(sent));

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
