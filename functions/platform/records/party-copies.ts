/**
 * Copies for parties. One for each sealed package, made once; the blob is write-once and beside it stands what it is.
 *
 * | where                                 | holds                      |
 * |---------------------------------------|----------------------------|
 * | blob `copies/<incident>/<package>.zip` | the copy                   |
 * | item `party-copy/<incident>` / `<package>` | {@link PartyCopyRecord} |
 */
import { asciiName } from '#core/evidence/bag.ts';
import type { IncidentId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import type { Key, Put, Table } from '../table.ts';

export interface PartyCopyRecord {
  incidentId: IncidentId;
  packageSha256: string;
  /** Blob key. */
  key: string;
  sha256: string;
  bytes: number;
  madeAt: Instant;
}

const recordKey = (id: IncidentId, packageSha256: string): Key => ({
  partition: `party-copy/${id}`,
  sort: packageSha256,
});

export const copyBlobKey = (id: IncidentId, packageSha256: string): string =>
  `copies/${asciiName(id)}/${packageSha256}.zip`;

export async function readPartyCopy(
  table: Table,
  id: IncidentId,
  packageSha256: string,
): Promise<PartyCopyRecord | undefined> {
  return (await table.get<PartyCopyRecord>(recordKey(id, packageSha256)))?.value;
}

export const partyCopyPut = (record: PartyCopyRecord): Put => ({
  kind: 'put',
  ...recordKey(record.incidentId, record.packageSha256),
  value: record,
  expect: 'absent',
});
