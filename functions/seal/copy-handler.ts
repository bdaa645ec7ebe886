/** One message of the copy queue: the party of a case gets its copy of the package that stands now, once. */
import { type AuditEntry, auditStream, systemActor } from '#core/audit.ts';
import { sha256Hex } from '#core/evidence/bag.ts';
import type { IncidentId } from '#core/ids.ts';
import type { Incident, SealedPackage } from '#core/incident.ts';
import { mayBeCopied } from '#core/party.ts';
import type { PrivacyRegions, PrivacySubject } from '#core/privacy.ts';
import { refuse } from '#core/refusal.ts';
import { BlobConflictError, type Blobs } from '#platform/blobs.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { readIncident } from '#platform/records/incidents.ts';
import {
  copyBlobKey,
  copyName,
  type PartyCopyRecord,
  partyCopyPut,
  readPartyCopy,
} from '#platform/records/party-copies.ts';
import type { SecondReader } from '#platform/second-reader.ts';
import type { Signer } from '#platform/signer.ts';
import type { Table } from '#platform/table.ts';
import { buildPartyCopy } from './party-copy.ts';
import { withSecondFaces } from './second-faces.ts';

export interface CopyDependencies {
  table: Table;
  blobs: Blobs;
  clock: Clock;
  signer: Signer;
  systemVersion: string;
  privacy(jpeg: Uint8Array, subject: PrivacySubject): Promise<PrivacyRegions>;
  /** Looks for faces beside our own models, where there is one. */
  secondReader?: SecondReader;
}

/**
 * @returns undefined where nobody may have a copy: nothing is sealed, the case is not open to its party, or officers judge it
 * @throws {Refusal} `package-missing`, `package-unreadable`
 */
export async function makePartyCopy(
  dependencies: CopyDependencies,
  id: IncidentId,
): Promise<PartyCopyRecord | undefined> {
  const { table, blobs, clock } = dependencies;
  // The chain first: whatever an officer does meanwhile is not in it, or is seen in the incident read after it.
  const auditEntries = await streamEntries(table, auditStream.incident(id));
  const incident = (await readIncident(table, id))?.incident;
  const sealed = incident?.package ?? null;
  if (incident === undefined || sealed === null || !mayBeCopied(incident)) return undefined;
  const name = copyName(incident, sealed);
  const known = await readPartyCopy(table, id, name);
  if (known !== undefined) return known;
  const key = copyBlobKey(id, name);
  // Made before, and the machine went down before it was recorded: what is stored is the copy.
  const bytes = (await blobs.get(key)) ?? (await make(dependencies, { incident, sealed, auditEntries, key }));
  const record: PartyCopyRecord = {
    ...{ incidentId: id, name, packageSha256: sealed.sha256, key },
    ...{ sha256: sha256Hex(bytes), bytes: bytes.length, madeAt: clock.now() },
  };
  return commit(table, async () => {
    const first = await readPartyCopy(table, id, name);
    if (first !== undefined) return { writes: [], result: first };
    const { packageSha256, sha256, bytes: size } = record;
    return {
      writes: [partyCopyPut(record)],
      acts: [
        {
          ...{ stream: auditStream.incident(id), at: record.madeAt, actor: systemActor('seal') },
          ...{ act: 'party-copy.made', subject: id, facts: { packageSha256, copySha256: sha256, bytes: size } },
        },
      ],
      result: record,
    };
  });
}

async function make(
  { blobs, clock, signer, systemVersion, privacy, secondReader }: CopyDependencies,
  {
    incident,
    sealed,
    auditEntries,
    key,
  }: { incident: Incident; sealed: SealedPackage; auditEntries: readonly AuditEntry[]; key: string },
): Promise<Uint8Array> {
  const zip = await blobs.get(sealed.key);
  if (zip === undefined) {
    throw refuse('package-missing', 500, {
      expected: `the sealed package of ${incident.id} in storage`,
      received: 'nothing',
      action: 'Restore it from a backup.',
    });
  }
  const { decisions } = incident;
  const input = {
    ...{ zip, decisions, auditEntries, madeAt: clock.now(), systemVersion },
    privacy: withSecondFaces(privacy, secondReader),
  };
  const { bytes } = await buildPartyCopy(input, signer);
  try {
    await blobs.putIfAbsent(key, bytes, 'application/zip');
    await blobs.setLegalHold(key, true);
    return bytes;
  } catch (error) {
    // Somebody else made it in the same moment: theirs stands.
    const theirs = error instanceof BlobConflictError ? await blobs.get(key) : undefined;
    if (theirs === undefined) throw error;
    return theirs;
  }
}
