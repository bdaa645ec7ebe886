/** One message of the copy queue: the party of a case gets its copy of the package that stands now, once. */
import { auditStream, systemActor } from '#core/audit.ts';
import { sha256Hex } from '#core/evidence/bag.ts';
import type { IncidentId } from '#core/ids.ts';
import { isOpenToParty } from '#core/party.ts';
import type { PrivacyRegions, PrivacySubject } from '#core/privacy.ts';
import { refuse } from '#core/refusal.ts';
import { BlobConflictError, type Blobs } from '#platform/blobs.ts';
import type { Clock } from '#platform/clock.ts';
import { commit } from '#platform/commit.ts';
import { streamEntries } from '#platform/records/audit.ts';
import { readIncident } from '#platform/records/incidents.ts';
import { copyBlobKey, type PartyCopyRecord, partyCopyPut, readPartyCopy } from '#platform/records/party-copies.ts';
import type { Signer } from '#platform/signer.ts';
import type { Table } from '#platform/table.ts';
import { buildPartyCopy } from './party-copy.ts';

export interface CopyDependencies {
  table: Table;
  blobs: Blobs;
  clock: Clock;
  signer: Signer;
  systemVersion: string;
  privacy(jpeg: Uint8Array, subject: PrivacySubject): Promise<PrivacyRegions>;
}

/**
 * @returns undefined where nobody may have a copy: nothing is sealed, or the case is not open to its party
 * @throws {Refusal} `package-missing`, `package-unreadable`
 */
export async function makePartyCopy(
  dependencies: CopyDependencies,
  id: IncidentId,
): Promise<PartyCopyRecord | undefined> {
  const { table, blobs, clock } = dependencies;
  const stored = await readIncident(table, id);
  const sealed = stored?.incident.package ?? null;
  if (stored === undefined || sealed === null || !isOpenToParty(stored.incident)) return undefined;
  const known = await readPartyCopy(table, id, sealed.sha256);
  if (known !== undefined) return known;
  const key = copyBlobKey(id, sealed.sha256);
  // Made before, and the machine went down before it was recorded: what is stored is the copy.
  const bytes = (await blobs.get(key)) ?? (await make(dependencies, id, key));
  const record: PartyCopyRecord = {
    ...{ incidentId: id, packageSha256: sealed.sha256, key },
    ...{ sha256: sha256Hex(bytes), bytes: bytes.length, madeAt: clock.now() },
  };
  return commit(table, async () => {
    const first = await readPartyCopy(table, id, sealed.sha256);
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
  { table, blobs, clock, signer, systemVersion, privacy }: CopyDependencies,
  id: IncidentId,
  key: string,
): Promise<Uint8Array> {
  const stored = await readIncident(table, id);
  const sealed = stored?.incident.package ?? null;
  const zip = sealed === null ? undefined : await blobs.get(sealed.key);
  if (stored === undefined || zip === undefined) {
    throw refuse('package-missing', 500, {
      expected: `the sealed package of ${id} in storage`,
      received: 'nothing',
      action: 'Restore it from a backup.',
    });
  }
  const { bytes } = await buildPartyCopy(
    {
      ...{ zip, decisions: stored.incident.decisions, madeAt: clock.now(), systemVersion, privacy },
      auditEntries: await streamEntries(table, auditStream.incident(id)),
    },
    signer,
  );
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
