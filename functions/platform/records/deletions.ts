/**
 * Certificates of what was destroyed, found by the SHA-256 of what it was.
 *
 * | partition            | sort                    | holds                             |
 * |----------------------|-------------------------|-----------------------------------|
 * | `deletions/<sha256>` | `<destroyed>#<subject>` | the certificate and its batch     |
 * | `audit/deletions/<day>` | (records/audit.ts)   | the digest of each batch          |
 */
import { type AuditAct, type AuditEntry, auditStream, systemActor } from '#core/audit.ts';
import { batchOf, type Deletion, type DeletionBatch } from '#core/deletion.ts';
import type { Sha256 } from '#core/ids.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import { type Put, queryAll, type Table } from '../table.ts';
import { streamEntries } from './audit.ts';
import { timeKey } from './incidents.ts';

export interface Certificate {
  deletion: Deletion;
  batch: DeletionBatch;
}

const partition = (sha256: Sha256) => `deletions/${sha256}`;

/** At most so many certificates in one transaction, each with the row that asked for it. */
export const CERTIFICATES_AT_ONCE = 40;

/** The writes and the act that certify deletions of one moment; one write each. */
export function certifyWrites(deletions: readonly Deletion[], now: Instant): { writes: readonly Put[]; act: AuditAct } {
  const batch = batchOf(deletions);
  const writes = deletions.map(
    (deletion): Put => ({
      kind: 'put',
      partition: partition(deletion.sha256),
      sort: `${timeKey(deletion.destroyedAt)}#${deletion.what}#${deletion.subject}`,
      value: { deletion, batch } satisfies Certificate,
      expect: 'any',
    }),
  );
  return { writes, act: certifyAct(deletions, batch, now) };
}

function certifyAct(deletions: readonly Deletion[], { digest }: DeletionBatch, now: Instant): AuditAct {
  const count = (what: Deletion['what']) => deletions.filter((deletion) => deletion.what === what).length;
  return {
    stream: auditStream.deletions(now),
    at: now,
    actor: systemActor('tend'),
    act: 'deletions.certified',
    subject: digest,
    facts: {
      digest,
      count: deletions.length,
      bytes: deletions.reduce((sum, { bytes }) => sum + bytes, 0),
      frames: count('frame'),
      packages: count('package'),
      classes: [...new Set(deletions.map(({ rule }) => rule.class))].sort(),
      at: formatInstant(now),
    },
  };
}

/** What is certified of these bytes, oldest first, each with the entry of the trail that holds its batch's digest. */
export async function certificatesOf(
  table: Table,
  sha256: Sha256,
): Promise<readonly (Certificate & { entry: AuditEntry | undefined })[]> {
  const found: Certificate[] = [];
  for await (const { value } of queryAll<Certificate>(table, { partition: partition(sha256) })) found.push(value);
  return Promise.all(
    found.map(async (certificate) => {
      const entries = await streamEntries(table, auditStream.deletions(certificate.deletion.destroyedAt));
      return { ...certificate, entry: entries.find(({ facts }) => facts.digest === certificate.batch.digest) };
    }),
  );
}
