/** Every file that was made of a case: each package that was sealed, what proves its notices and their withdrawal, the party's copies. */
import { auditStream } from '#core/audit.ts';
import type { Incident } from '#core/incident.ts';
import type { BlobInfo, Blobs } from '../blobs.ts';
import type { Table } from '../table.ts';
import { streamEntries } from './audit.ts';
import { proofKeys } from './notices.ts';
import { packageKey } from './packages.ts';
import { partyCopiesOf } from './party-copies.ts';

export interface CaseFile extends BlobInfo {
  what: 'package' | 'notice-proof' | 'party-copy';
}

/** Those that are there. */
export async function filesOfCase(
  { table, blobs }: { table: Table; blobs: Blobs },
  { id, package: last }: Pick<Incident, 'id' | 'package'>,
): Promise<readonly CaseFile[]> {
  const entries = await streamEntries(table, auditStream.incident(id));
  const packages = entries.flatMap(({ act, facts: { revision, packageSha256 } }) =>
    act === 'incident.sealed' ? [packageKey(id, Number(revision), String(packageSha256))] : [],
  );
  const named = [
    ...[...packages, ...(last === null ? [] : [last.key])].map((key) => ({ key, what: 'package' as const })),
    ...(await proofKeys(table, id)).map((key) => ({ key, what: 'notice-proof' as const })),
    ...(await partyCopiesOf(table, id)).map(({ key }) => ({ key, what: 'party-copy' as const })),
  ];
  const distinct = [...new Map(named.map((one) => [one.key, one])).values()];
  const found = await Promise.all(
    distinct.map(async ({ key, what }): Promise<CaseFile[]> => {
      const info = await blobs.head(key);
      return info === undefined ? [] : [{ ...info, what }];
    }),
  );
  return found.flat();
}
