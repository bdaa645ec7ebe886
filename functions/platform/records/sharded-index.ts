/**
 * A list of the index that takes a write for every frame, kept in sixteen partitions. A partition takes 1,000 writes a second, and
 * one whose sort key is the time cannot be split by heat: all writes go to its end
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html). An index that cannot follow
 * throttles the table itself.
 */
import { createHash } from 'node:crypto';
import type { Key, Page, Query, Table } from '../table.ts';

export const SHARDS = [...'0123456789abcdef'];

/** A hexadecimal digit, the same for the same text. */
export const shardOf = (text: string): string => createHash('sha256').update(text).digest('hex').charAt(0);

/** Where an item stands in a list: `id` spreads it. */
export const shardedKey = (list: string, id: string, sort: string): Key => ({
  partition: `${list}/${shardOf(id)}`,
  sort,
});

/** The list itself holds what was written before it was spread. */
const partitionsOf = (list: string): readonly string[] => [list, ...SHARDS.map((shard) => `${list}/${shard}`)];

/** One partition after the other, in each by the sort key. */
export async function shardedPage<T>(
  table: Table,
  list: string,
  { cursor, limit, ...range }: Pick<Query, 'from' | 'to' | 'limit' | 'cursor'>,
): Promise<Page<T>> {
  const partitions = partitionsOf(list);
  let { at, within } = placeOf(cursor);
  const items: Page<T>['items'][number][] = [];
  while (at < partitions.length && items.length < limit) {
    const page: Page<T> = await table.query<T>({
      ...{ ...range, partition: partitions[at] ?? list, index: true, limit: limit - items.length },
      ...(within === '' ? {} : { cursor: within }),
    });
    items.push(...page.items);
    within = page.cursor ?? '';
    if (page.cursor === undefined) at += 1;
  }
  return { items, ...(at < partitions.length ? { cursor: `${at}:${within}` } : {}) };
}

/** A cursor of a list before it was spread has no colon: it is walked from the start. */
function placeOf(cursor: string | undefined): { at: number; within: string } {
  const [, at = '0', within = ''] = /^(\d+):(.*)$/.exec(cursor ?? '') ?? [];
  return { at: Number(at), within };
}

export async function* shardedAll<T>(table: Table, list: string, range: Pick<Query, 'from' | 'to'>) {
  let cursor: string | undefined;
  do {
    const page: Page<T> = await shardedPage(table, list, { ...range, limit: 500, ...(cursor && { cursor }) });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
