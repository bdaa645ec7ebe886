/** The time-stamp authority that the environment names: KERBWATCH_TSA_URL, and KERBWATCH_TSA_CA to trust no other. */
import { readFileSync } from 'node:fs';
import { refuse } from '#core/refusal.ts';
import { timeStamperOf as stamperOf } from '#platform/partners.ts';
import type { TimeStamper } from '#platform/time-stamper.ts';

/**
 * @returns undefined when no authority is set: packages then carry no stamp
 * @throws {Refusal} `tsa-setting-invalid`, `certificate-invalid`
 */
export function timeStamperOf(environment: Readonly<Record<string, string | undefined>>): TimeStamper | undefined {
  const { KERBWATCH_TSA_URL: url = '', KERBWATCH_TSA_CA: path = '' } = environment;
  if (url === '') return undefined;
  return stamperOf({ tsaUrl: url, tsaCa: path === '' ? undefined : readPem(path) });
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw refuse(
      'tsa-setting-invalid',
      500,
      {
        expected: 'a PEM file with the certificates of the time-stamp authority at KERBWATCH_TSA_CA',
        received: `${path}, which cannot be read`,
        action: 'Put the file there, or unset it to keep stamps of any authority.',
      },
      error,
    );
  }
}
