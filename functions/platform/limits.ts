/**
 * What every adapter refuses before it starts, so that what works on one machine works in the cloud: the tightest of
 * the limits of SQLite, DynamoDB, files and S3.
 */
import { refuse } from '#core/refusal.ts';
import { storeValue } from './stored-value.ts';
import type { Check, Delete, Key, Put, Query, Write } from './table.ts';

/** DynamoDB: a partition key is at most 2048 bytes, a sort key 1024. */
const PARTITION_BYTES = 2048;
const SORT_BYTES = 1024;
/** DynamoDB: a transaction holds at most 100 writes. */
const TRANSACTION_WRITES = 100;
/**
 * DynamoDB: 400 KB an item, names and keys included, 4 MB a transaction
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html).
 */
const ITEM_BYTES = 400 * 1024;
const TRANSACTION_BYTES = 4 * 1024 * 1024;
/** Names of the attributes, version and expiry. */
const ITEM_OVERHEAD_BYTES = 100;
const PAGE_ITEMS = 1000;
/** S3: a key is at most 1024 bytes. */
const BLOB_KEY_BYTES = 1024;

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const CONTROL = /[\u0000-\u001f\u007f]/;

/** One to `bytes` bytes of well-formed text without NUL, at which SQLite would cut it. */
function isKeyText(text: string, bytes: number): boolean {
  return text !== '' && !text.includes('\0') && !LONE_SURROGATE.test(text) && Buffer.byteLength(text) <= bytes;
}

export const isSortKey = (text: string | undefined): boolean => text !== undefined && isKeyText(text, SORT_BYTES);
export const isKey = ({ partition, sort }: Key): boolean => isKeyText(partition, PARTITION_BYTES) && isSortKey(sort);

/** A write that an adapter may carry out; a put with the JSON of its value. */
export type CheckedPut = Put & { readonly text: string };
export type CheckedWrite = Delete | Check | CheckedPut;

/**
 * @throws {Refusal} `table-write-invalid`: too many writes, two of one key, a key or a value that cannot be stored;
 * `table-value-too-large`: an item, or the transaction as a whole, is more than DynamoDB holds, deflated too
 */
export function checkWrites(writes: readonly Write[]): readonly CheckedWrite[] {
  const wrong = wrongKeys(writes);
  if (wrong !== undefined) throw invalid(wrong);
  const checked = writes.map((write) => (write.kind === 'put' ? { ...write, text: jsonOf(write.value) } : write));
  checkSizes(checked.filter((write) => write.kind === 'put'));
  return checked;
}

const invalid = (wrong: { expected: string; received: string }) =>
  refuse('table-write-invalid', 500, { ...wrong, action: 'Split or correct the transaction.' });

function jsonOf(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw invalid({ expected: 'a JSON value', received: typeof value });
  return text;
}

function wrongKeys(writes: readonly Write[]): { expected: string; received: string } | undefined {
  if (writes.length === 0 || writes.length > TRANSACTION_WRITES) {
    return { expected: `1 to ${TRANSACTION_WRITES} writes`, received: `${writes.length}` };
  }
  const seen = new Set<string>();
  for (const write of writes) {
    if (!isKey(write) || (write.kind === 'put' && write.index !== undefined && !isKey(write.index))) {
      return {
        expected: `a partition of 1 to ${PARTITION_BYTES} bytes and a sort key of 1 to ${SORT_BYTES} bytes, well-formed text`,
        received: `${Buffer.byteLength(write.partition)} and ${Buffer.byteLength(write.sort)} bytes, or an index key outside these limits`,
      };
    }
    // No key holds NUL.
    const name = `${write.partition}\0${write.sort}`;
    if (seen.has(name)) return { expected: 'writes of different keys', received: 'two of the same key' };
    seen.add(name);
  }
  return undefined;
}

function checkSizes(puts: readonly CheckedPut[]): void {
  // Hardly ever is anything near the limits as it is; only then is it worth deflating to know.
  if (excess(puts, ({ text }) => Buffer.byteLength(text)) === undefined) return;
  const wrong = excess(puts, ({ text }) => storeValue(text).bytes);
  if (wrong === undefined) return;
  throw refuse('table-value-too-large', 500, { ...wrong, action: 'Keep less in it, or split it.' });
}

function excess(
  puts: readonly CheckedPut[],
  bytesOf: (put: CheckedPut) => number,
): { expected: string; received: string } | undefined {
  let sum = 0;
  for (const put of puts) {
    const keys = [put, ...(put.index === undefined ? [] : [put.index])];
    const bytes = keys.reduce((all, { partition, sort }) => all + Buffer.byteLength(partition + sort), bytesOf(put));
    if (bytes + ITEM_OVERHEAD_BYTES > ITEM_BYTES) {
      const [kind] = put.partition.split('/');
      return { expected: `an item of ${ITEM_BYTES} bytes at most`, received: `${bytes} bytes in ${kind}` };
    }
    sum += bytes + ITEM_OVERHEAD_BYTES;
  }
  if (sum <= TRANSACTION_BYTES) return undefined;
  return { expected: `a transaction of ${TRANSACTION_BYTES} bytes at most`, received: `${sum} bytes` };
}

/** @throws {Refusal} `table-query-invalid` */
export function checkQuery(query: Query): void {
  const bounds = [query.from, query.to].filter((bound) => bound !== undefined);
  if (!isKeyText(query.partition, PARTITION_BYTES) || bounds.some((bound) => !isSortKey(bound))) {
    throw refuse('table-query-invalid', 500, {
      expected: 'a partition and bounds within the limits of keys',
      received: 'an empty, overlong or ill-formed one',
      action: 'Correct the query.',
    });
  }
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > PAGE_ITEMS) {
    throw refuse('table-query-invalid', 500, {
      expected: `a limit of 1 to ${PAGE_ITEMS}`,
      received: `${query.limit}`,
      action: 'Correct the query.',
    });
  }
}

/** What an adapter throws for a cursor that it did not issue for this query. */
export const cursorRefusal = () =>
  refuse('cursor-invalid', 400, {
    expected: 'a cursor from a page before of the same query',
    received: 'another text',
    action: 'Send the cursor unchanged, or none to start again.',
  });

/**
 * A blob key is a relative path with `/`: no empty, `.` or `..` segment, no backslash, no control character.
 * @throws {Refusal} `blob-key-invalid`
 */
export function checkBlobKey(key: string): void {
  const fine =
    isKeyText(key, BLOB_KEY_BYTES) &&
    !CONTROL.test(key) &&
    !key.includes('\\') &&
    key.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
  if (fine) return;
  throw refuse('blob-key-invalid', 400, {
    expected: `a relative path of 1 to ${BLOB_KEY_BYTES} bytes without empty, "." or ".." segments`,
    received: `${Buffer.byteLength(key)} bytes of another form`,
    action: 'Correct the key.',
  });
}
