/** 封存: the package of an incident made, stored once and held. */

import type { PackageInput } from '#core/evidence/package-input.ts';
import type { SealedPackage } from '#core/incident.ts';
import type { Blobs } from '#platform/blobs.ts';
import { packageKey } from '#platform/records/packages.ts';
import type { Signer } from '#platform/signer.ts';
import type { TimeStamper } from '#platform/time-stamper.ts';
import { buildPackage } from './package.ts';

/**
 * Stores the package under a key that names its content, sets the legal hold and returns what the incident records.
 * Sealing the same input again without a time stamp stores nothing new and returns the same; stamps differ.
 * @throws {Refusal} `evidence-incomplete`, `original-changed`, `time-stamp-unavailable`: then nothing is stored
 */
export async function sealIncident(
  input: PackageInput,
  { blobs, signer, timeStamper }: { blobs: Blobs; signer: Signer; timeStamper?: TimeStamper | undefined },
): Promise<SealedPackage> {
  const { bytes, sha256 } = await buildPackage(input, signer, timeStamper);
  const key = packageKey(input.incident.id, input.revision, sha256);
  await blobs.putIfAbsent(key, bytes, 'application/zip');
  await blobs.setLegalHold(key, true);
  return { sha256, key, bytes: bytes.length, revision: input.revision, sealedAt: input.sealedAt };
}
