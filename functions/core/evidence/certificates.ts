/** X.509 certificates (RFC 5280) as a time stamp brings them: read, and traced to an authority somebody trusts. */
import { Certificate, CertificateChainValidationEngine } from 'pkijs';
import { bytesOfBase64, sameBytes } from '#core/bytes.ts';
import { refuse } from '#core/refusal.ts';
import type { Instant } from '#core/time.ts';

/**
 * The certificates of a PEM file, as DER.
 * @throws {Refusal} `certificate-invalid` when there is none, or one that cannot be read
 */
export function certificatesOfPem(pem: string): Uint8Array<ArrayBuffer>[] {
  const blocks = [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g)];
  const certificates = blocks.map(([, text = '']) => bytesOfBase64(text));
  const whole = certificates.flatMap((der) => (der !== undefined && readCertificate(der) !== undefined ? [der] : []));
  if (whole.length === 0 || whole.length < blocks.length) {
    throw refuse('certificate-invalid', 422, {
      expected: 'a PEM file of X.509 certificates (-----BEGIN CERTIFICATE-----)',
      received: `${whole.length} of ${blocks.length} that can be read`,
      action: 'Use the file the authority publishes.',
    });
  }
  return whole;
}

export function readCertificate(der: Uint8Array): Certificate | undefined {
  try {
    return Certificate.fromBER(Uint8Array.from(der));
  } catch {
    return undefined;
  }
}

/** `Test TSA`, else the whole name. */
export function nameOf(certificate: Certificate): string {
  const named = certificate.subject.typesAndValues.map(({ type, value }) => ({
    type,
    text: String(value.valueBlock.value),
  }));
  return named.find(({ type }) => type === COMMON_NAME)?.text ?? named.map(({ text }) => text).join(', ');
}
const COMMON_NAME = '2.5.4.3';

export const isValidAt = ({ notBefore, notAfter }: Certificate, at: Instant): boolean =>
  notBefore.value.getTime() <= at && at <= notAfter.value.getTime();

/** Whether the certificate leads to one of the trusted, over the enclosed ones, all in force at the instant. */
export async function leadsTo(
  trusted: readonly Certificate[],
  certificate: Certificate,
  { enclosed, at }: { enclosed: readonly Certificate[]; at: Instant },
): Promise<boolean> {
  const others = enclosed.filter((one) => one !== certificate);
  const engine = new CertificateChainValidationEngine({
    trustedCerts: [...trusted],
    // The last one is the one to be traced.
    certs: [...others, certificate],
    checkDate: new Date(at),
  });
  const { result } = await engine.verify().catch(() => ({ result: false }));
  return result;
}

/**
 * Enclosed certificates somebody must have changed: not signed by the enclosed one they name as their issuer, of no use to
 * trace the one that signed, or spelt otherwise than RFC 5280 sections 4.1.1.2 and 4.1.1.3 ask.
 */
export async function changedAmong(enclosed: readonly Certificate[], signing: Certificate): Promise<Certificate[]> {
  const wrong: Certificate[] = [];
  for (const certificate of enclosed) {
    const { subject, signature, signatureAlgorithm, signatureValue } = certificate;
    const issuers = enclosed.filter((one) => one.subject.isEqual(certificate.issuer));
    const signed = await Promise.all(issuers.map((issuer) => certificate.verify(issuer).catch(() => false)));
    const isIssuer = enclosed.some((one) => one !== certificate && one.issuer.isEqual(subject));
    const isWhole =
      (issuers.length === 0 || signed.includes(true)) &&
      (certificate === signing || isIssuer) &&
      sameBytes(derOf(signature), derOf(signatureAlgorithm)) &&
      signatureValue.valueBlock.unusedBits === 0;
    if (!isWhole) wrong.push(certificate);
  }
  return wrong;
}

/** One of pkijs' objects as it is written. */
export const derOf = (object: { toSchema(): { toBER(): ArrayBuffer } }): Uint8Array =>
  new Uint8Array(object.toSchema().toBER());
