/**
 * Cursors of table queries: the keys of the last item that was handed out, and of what. Every adapter writes them alike, so a
 * page starts after a key, not at an offset, and writes elsewhere never shift it.
 */
import { cursorRefusal, isKey, isSortKey } from './limits.ts';
import type { Key, Query } from './table.ts';

/** Where a page ended. In the index its sort key comes first; what shares one is told apart by the item's own key. */
export interface Place extends Key {
  /** Sort key in the index; undefined in the table. */
  readonly indexSort: string | undefined;
}

export function writeCursor({ index, partition }: Query, { indexSort, partition: own, sort }: Place): string {
  const parts = index ? ['index', partition, indexSort, own, sort] : ['table', partition, sort];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** @throws {Refusal} `cursor-invalid` for what {@link writeCursor} did not write for a query of this partition */
export function readCursor({ index, partition }: Query, cursor: string): Place {
  const [kind, ofPartition, ...keys] = textsOf(cursor);
  if (kind !== (index ? 'index' : 'table') || ofPartition !== partition) throw cursorRefusal();
  const [indexSort, own, sort] = index ? keys : [undefined, partition, keys[0]];
  const isWhole = keys.length === (index ? 3 : 1) && (!index || isSortKey(indexSort));
  if (!isWhole || own === undefined || sort === undefined || !isKey({ partition: own, sort })) throw cursorRefusal();
  return { indexSort, partition: own, sort };
}

function textsOf(cursor: string): readonly string[] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw cursorRefusal();
  }
  if (!Array.isArray(parts)) throw cursorRefusal();
  const texts = parts.filter((part): part is string => typeof part === 'string');
  if (texts.length !== parts.length) throw cursorRefusal();
  return texts;
}
