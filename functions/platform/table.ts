/**
 * The Table port: the part of DynamoDB that this program uses, and no more. One logical table, string keys, items
 * guarded by a version, one secondary index.
 *
 * Semantics every adapter keeps (tests/contract/table.ts):
 * - a write is durable when its promise resolves;
 * - `get` and `query` without `index` see every write that resolved before them (strong reads); `index` queries may lag;
 * - items past `expiresAt` are never returned, whether or not they are deleted yet;
 * - keys order by their UTF-8 bytes.
 */
export interface Key {
  readonly partition: string;
  readonly sort: string;
}

export interface Item<T = unknown> extends Key {
  /** JSON value. */
  readonly value: T;
  /** 1 after the first put, then one more with each. */
  readonly version: number;
}

/** What must hold for a write to happen; otherwise nothing of its transaction does. */
export type Expectation = 'absent' | 'present' | { readonly version: number } | 'any';

export interface Put extends Key {
  readonly kind: 'put';
  readonly value: unknown;
  readonly expect: Expectation;
  /** Secondary index entry; leaving it out removes an earlier one. */
  readonly index?: Key;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}
export interface Delete extends Key {
  readonly kind: 'delete';
  readonly expect: Expectation;
}
/** Writes nothing; the transaction fails unless it holds. */
export interface Check extends Key {
  readonly kind: 'check';
  readonly expect: Exclude<Expectation, 'any'>;
}
export type Write = Put | Delete | Check;

export interface Query {
  /** Partition of the table, or of the secondary index with `index: true`. */
  readonly partition: string;
  readonly index?: boolean;
  /** Inclusive lower and exclusive upper bound of the sort key. */
  readonly from?: string;
  readonly to?: string;
  readonly descending?: boolean;
  /** At most this many items, 1..1000. */
  readonly limit: number;
  /** From the page before. Opaque. */
  readonly cursor?: string;
}
export interface Page<T> {
  readonly items: readonly Item<T>[];
  /** Absent when the walk is at its end. */
  readonly cursor?: string;
}

export interface Table {
  get<T>(key: Key): Promise<Item<T> | undefined>;
  /** One write. @throws {ConflictError} */
  write(write: Write): Promise<void>;
  /** All or nothing, at most 100 writes of different keys. @throws {ConflictError} */
  transact(writes: readonly Write[]): Promise<void>;
  query<T>(query: Query): Promise<Page<T>>;
}

/** An expectation did not hold: somebody else wrote first. Read again and decide anew. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
  readonly keys: readonly Key[];
  constructor(keys: readonly Key[], cause?: unknown) {
    super(
      `Expected ${keys.map(({ partition, sort }) => `${partition} / ${sort}`).join(', ')} unchanged, found it changed`,
      cause === undefined ? {} : { cause },
    );
    this.keys = keys;
  }
}

/** Walks every page of a query. */
export async function* queryAll<T>(table: Table, query: Omit<Query, 'limit' | 'cursor'> & { limit?: number }) {
  let cursor: string | undefined;
  do {
    const page: Page<T> = await table.query<T>({ limit: 500, ...query, ...(cursor === undefined ? {} : { cursor }) });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
