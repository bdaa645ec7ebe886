/** One page of a query on DynamoDB. */
import {
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { type Place, readCursor, writeCursor } from '../cursor.ts';
import type { Query } from '../table.ts';
import { type Attributes, indexAttributes, keyAttributes, keyOf, stands } from './dynamo-item.ts';
import { ATTRIBUTES, INDEX_NAME } from './dynamo-schema.ts';

/** Asked for at least, once a first answer was not enough: what expired may lie in heaps until DynamoDB deletes it. */
const REFILL = 100;

export async function selectPage(
  { client, table }: { client: DynamoDBClient; table: string },
  query: Query,
  now: number,
): Promise<{ rows: readonly Attributes[]; cursor: string | undefined }> {
  const { limit } = query;
  const range = rangeOf(query);
  const begin = startOf(query);
  if (range === undefined || begin === 'past') return { rows: [], cursor: undefined };
  const rows: Attributes[] = [];
  let start: Attributes | undefined = begin;
  // One more than asked for tells whether the walk goes on.
  let ask = limit + 1;
  do {
    const answer: QueryCommandOutput = await client.send(
      new QueryCommand({
        TableName: table,
        ...(query.index ? { IndexName: INDEX_NAME } : { ConsistentRead: true }),
        ...range,
        ScanIndexForward: !query.descending,
        Limit: ask,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    rows.push(...(answer.Items ?? []).filter((row) => stands(row, now) && sortOf(query, row) !== query.to));
    start = answer.LastEvaluatedKey;
    ask = Math.max(limit + 1 - rows.length, REFILL);
  } while (start !== undefined && rows.length <= limit);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { rows: rows.slice(0, limit), cursor: last && writeCursor(query, keyOf(last)) };
}

const sortOf = ({ index }: Query, row: Attributes): string | undefined =>
  row[index ? ATTRIBUTES.indexSort : ATTRIBUTES.sort]?.S;

type Range = Pick<
  QueryCommandInput,
  'KeyConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

/** A sort key has one condition only: BETWEEN, which includes its upper bound. Undefined when nothing can lie within. */
function rangeOf({ partition, index, from, to }: Query): Range | undefined {
  if (from !== undefined && to !== undefined && compareBytes(from, to) >= 0) return undefined;
  const bounded = from !== undefined || to !== undefined;
  const within =
    from === undefined ? '#sort < :to' : to === undefined ? '#sort >= :from' : '#sort BETWEEN :from AND :to';
  return {
    KeyConditionExpression: bounded ? `#partition = :partition AND ${within}` : '#partition = :partition',
    ExpressionAttributeNames: {
      '#partition': index ? ATTRIBUTES.indexPartition : ATTRIBUTES.partition,
      ...(bounded ? { '#sort': index ? ATTRIBUTES.indexSort : ATTRIBUTES.sort } : {}),
    },
    ExpressionAttributeValues: {
      ':partition': { S: partition },
      ...(from === undefined ? {} : { ':from': { S: from } }),
      ...(to === undefined ? {} : { ':to': { S: to } }),
    },
  };
}

/**
 * Where the page before ended. DynamoDB refuses a start outside the bounds, which may have moved since ("expired before now"): a
 * walk that has yet to reach them starts at their beginning, one that is past them is at its end.
 */
function startOf(query: Query): Attributes | undefined | 'past' {
  if (query.cursor === undefined) return undefined;
  const place = readCursor(query, query.cursor);
  const sort = place.indexSort ?? place.sort;
  const isBelow = query.from !== undefined && compareBytes(sort, query.from) < 0;
  const isAbove = query.to !== undefined && compareBytes(sort, query.to) >= 0;
  if (isBelow) return query.descending ? 'past' : undefined;
  if (isAbove) return query.descending ? undefined : 'past';
  return placeAttributes(query, place);
}

const placeAttributes = ({ partition }: Query, place: Place): Attributes => ({
  ...keyAttributes(place),
  ...(place.indexSort === undefined ? {} : indexAttributes({ partition, sort: place.indexSort })),
});

/** Keys order by their UTF-8 bytes. */
const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
