/**
 * The daily roots of the audit trail. A root is a held blob, so that it cannot be written twice, and a row that lists it.
 *
 * | where | value |
 * |---|---|
 * | blob `audit-roots/<day>.json` | RootDocument |
 * | `audit-roots`, sort `<day>` | RootRow |
 */
import { RootDocument, type RootStatement, statementSha256 } from '#core/audit-root.ts';
import type { Blobs } from '../blobs.ts';
import { type Put, queryAll, type Table } from '../table.ts';

export interface RootRow {
  readonly statement: RootStatement;
  /** SHA-256 of the statement. */
  readonly sha256: string;
  /** RFC 7638 thumbprint of the key that signed. */
  readonly keyId: string;
  readonly isStamped: boolean;
}

const PARTITION = 'audit-roots';
export const rootKey = (day: string): string => `audit-roots/${day}.json`;

export async function lastRoot(table: Table): Promise<RootRow | undefined> {
  const { items } = await table.query<RootRow>({ partition: PARTITION, descending: true, limit: 1 });
  return items[0]?.value;
}

/** Newest first. @param before a day: only roots of earlier ones */
export async function rootsBefore(table: Table, before: string | undefined, limit: number): Promise<RootRow[]> {
  const range = before === undefined ? {} : { to: before };
  const { items } = await table.query<RootRow>({ partition: PARTITION, descending: true, limit, ...range });
  return items.map(({ value }) => value);
}

/** Oldest first. */
export const allRoots = (table: Table) => queryAll<RootRow>(table, { partition: PARTITION });

export const readRoot = async (table: Table, day: string): Promise<RootRow | undefined> =>
  (await table.get<RootRow>({ partition: PARTITION, sort: day }))?.value;

export const putRoot = (row: RootRow): Put => ({
  kind: 'put',
  partition: PARTITION,
  sort: row.statement.day,
  value: row,
  expect: 'absent',
});

export const rootRow = ({ statement, timeStamp }: RootDocument, keyId: string): RootRow => ({
  ...{ statement, keyId },
  sha256: statementSha256(statement),
  isStamped: timeStamp !== null,
});

/** Undefined when there is none; null when what is there cannot be read. */
export async function rootDocument(blobs: Blobs, day: string): Promise<RootDocument | null | undefined> {
  try {
    const bytes = await blobs.get(rootKey(day));
    return bytes === undefined ? undefined : RootDocument.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}
