/**
 * Copies for parties: one for each sealed package and what was decided on it, made once. The blob is write-once and beside it
 * stands what it is.
 *
 * | where                                                   | holds                    |
 * |---------------------------------------------------------|--------------------------|
 * | blob `copies/<incident>/<package>-<decisions>.zip`      | the copy                 |
 * | item `party-copy/<incident>` / `<package>-<decisions>`  | {@link PartyCopyRecord}  |
 * | item `party-copy/asked/<incident>` / the same           | that it is on its way    |
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '#core/canonical-json.ts';
import { asciiName } from '#core/evidence/bag.ts';
import type { IncidentId } from '#core/ids.ts';
import type { Incident, SealedPackage } from '#core/incident.ts';
import type { Instant } from '#core/time.ts';
import { type Delete, type Key, type Put, queryAll, type Table } from '../table.ts';

export interface PartyCopyRecord {
  incidentId: IncidentId;
  /** Of the package and of the decisions: see {@link copyName}. */
  name: string;
  packageSha256: string;
  /** Blob key. */
  key: string;
  sha256: string;
  bytes: number;
  madeAt: Instant;
}

/** `<SHA-256 of the package>-<of its decisions, 12 digits>`: a decision taken back or answered makes another copy. */
export function copyName(
  { decisions }: Pick<Incident, 'decisions'>,
  { sha256 }: Pick<SealedPackage, 'sha256'>,
): string {
  const digest = createHash('sha256').update(canonicalJson(decisions)).digest('hex');
  return `${sha256}-${digest.slice(0, 12)}`;
}

const recordKey = (id: IncidentId, name: string): Key => ({ partition: `party-copy/${id}`, sort: name });

export const copyBlobKey = (id: IncidentId, name: string): string => `copies/${asciiName(id)}/${name}.zip`;

export async function readPartyCopy(table: Table, id: IncidentId, name: string): Promise<PartyCopyRecord | undefined> {
  return (await table.get<PartyCopyRecord>(recordKey(id, name)))?.value;
}

/** Every copy that was made of a case. */
export async function partyCopiesOf(table: Table, id: IncidentId): Promise<readonly PartyCopyRecord[]> {
  const copies: PartyCopyRecord[] = [];
  for await (const { value } of queryAll<PartyCopyRecord>(table, { partition: `party-copy/${id}` })) copies.push(value);
  return copies;
}

const askedKey = (id: IncidentId, name: string): Key => ({ partition: `party-copy/asked/${id}`, sort: name });

/** Whether somebody asked for it a moment ago: making it takes tens of seconds, and whoever waits asks again and again. */
export const isCopyAsked = async (table: Table, id: IncidentId, name: string): Promise<boolean> =>
  (await table.get(askedKey(id, name))) !== undefined;

/** @param until the request counts as lost from then on */
export const copyAskedPut = (id: IncidentId, name: string, until: Instant): Put => ({
  ...{ kind: 'put', ...askedKey(id, name), value: null, expect: 'any' },
  expiresAt: until,
});

/** Forgets a copy whose bytes go. */
export const partyCopyDelete = ({ incidentId, name }: PartyCopyRecord): Delete => ({
  kind: 'delete',
  ...recordKey(incidentId, name),
  expect: 'any',
});

export const partyCopyPut = (record: PartyCopyRecord): Put => ({
  kind: 'put',
  ...recordKey(record.incidentId, record.name),
  value: record,
  expect: 'absent',
});
