/** A write as an action of a DynamoDB transaction, its expectation as a condition. What expired counts as gone. */
import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { CheckedPut, CheckedWrite } from '../limits.ts';
import { type StoredValue, storeValue } from '../stored-value.ts';
import type { Expectation } from '../table.ts';
import { type Attributes, indexAttributes, keyAttributes, valueAttribute } from './dynamo-item.ts';
import { ATTRIBUTES } from './dynamo-schema.ts';

/** A write with its value made ready once, however often it is tried. */
export type Prepared = Exclude<CheckedWrite, CheckedPut> | PreparedPut;
type PreparedPut = CheckedPut & { readonly stored: StoredValue };

export const prepare = (write: CheckedWrite): Prepared =>
  write.kind === 'put' ? { ...write, stored: storeValue(write.text) } : write;

export interface Moment {
  readonly now: number;
  /** Whether a put that expects nothing is to find an item that expired; its version then begins anew. */
  readonly onExpired: boolean;
}

export function actionOf(tableName: string, write: Prepared, moment: Moment): TransactWriteItem {
  const target = { TableName: tableName, Key: keyAttributes(write) };
  if (write.kind === 'check') return { ConditionCheck: { ...target, ...condition(write.expect, moment.now) } };
  if (write.kind === 'delete') {
    return { Delete: write.expect === 'any' ? target : { ...target, ...condition(write.expect, moment.now) } };
  }
  const version = knownVersion(write.expect, moment);
  if (version === undefined) return { Update: { ...target, ...countUp(write, moment.now) } };
  const Item = { ...target.Key, ...attributesOf(write), [ATTRIBUTES.version]: { N: `${version}` } };
  const met = write.expect === 'any' ? HAS_EXPIRED : EXPECTED[nameOf(write.expect)];
  return { Put: { TableName: tableName, Item, ...expression(met, write.expect, moment.now) } };
}

/** The version a put leads to, where that can be said beforehand: then the item is replaced as a whole. */
function knownVersion(expect: Expectation, { onExpired }: Moment): number | undefined {
  if (expect === 'any') return onExpired ? 1 : undefined;
  if (expect === 'present') return undefined;
  return expect === 'absent' ? 1 : expect.version + 1;
}

/** Changes the item in place, whatever its version is, and makes it where there is none. */
function countUp(write: PreparedPut, now: number) {
  const set = Object.entries(attributesOf(write));
  const gone = [ATTRIBUTES.indexPartition, ATTRIBUTES.indexSort, ATTRIBUTES.expiresAt, ATTRIBUTES.ttl].filter((name) =>
    set.every(([held]) => held !== name),
  );
  const sets = set.map(([name]) => `#${name} = :${name}`);
  const removes = gone.length === 0 ? '' : ` REMOVE ${gone.map((name) => `#${name}`).join(', ')}`;
  const { version } = ATTRIBUTES;
  const met = write.expect === 'present' ? EXPECTED.present : NOT_EXPIRED;
  const { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = expression(
    met,
    write.expect,
    now,
  );
  return {
    UpdateExpression: `SET ${sets.join(', ')}, #${version} = if_not_exists(#${version}, :none) + :one${removes}`,
    ConditionExpression,
    ExpressionAttributeNames: {
      ...ExpressionAttributeNames,
      ...Object.fromEntries([version, ...gone, ...set.map(([name]) => name)].map((name) => [`#${name}`, name])),
    },
    ExpressionAttributeValues: {
      ...ExpressionAttributeValues,
      ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
      ':none': { N: '0' },
      ':one': { N: '1' },
    },
  };
}

function attributesOf({ stored, index, expiresAt }: PreparedPut): Attributes {
  return {
    [ATTRIBUTES.value]: valueAttribute(stored),
    ...(index === undefined ? {} : indexAttributes(index)),
    ...(expiresAt === undefined
      ? {}
      : {
          [ATTRIBUTES.expiresAt]: { N: `${expiresAt}` },
          [ATTRIBUTES.ttl]: { N: `${Math.ceil(expiresAt / 1000)}` },
        }),
  };
}

// Conditions --------------------------------------------------------------------------------------------------------

const NAME = {
  pk: `#${ATTRIBUTES.partition}`,
  expiresAt: `#${ATTRIBUTES.expiresAt}`,
  version: `#${ATTRIBUTES.version}`,
};
/** Nor is anything that is not there. */
const NOT_EXPIRED = `(attribute_not_exists(${NAME.expiresAt}) OR ${NAME.expiresAt} > :now)`;
const HAS_EXPIRED = `${NAME.expiresAt} <= :now`;
const EXPECTED = {
  absent: `(attribute_not_exists(${NAME.pk}) OR ${HAS_EXPIRED})`,
  present: `attribute_exists(${NAME.pk}) AND ${NOT_EXPIRED}`,
  version: `${NAME.version} = :expected AND ${NOT_EXPIRED}`,
} as const;

/** Nothing has version 0: whoever expects it expects nothing. */
function nameOf(expect: Exclude<Expectation, 'any'>): keyof typeof EXPECTED {
  if (typeof expect === 'string') return expect;
  return expect.version === 0 ? 'absent' : 'version';
}

const condition = (expect: Exclude<Expectation, 'any'>, now: number) =>
  expression(EXPECTED[nameOf(expect)], expect, now);

/** DynamoDB refuses names and values that its expression does not use. */
function expression(text: string, expect: Expectation, now: number) {
  const names = Object.entries({
    [NAME.pk]: ATTRIBUTES.partition,
    [NAME.expiresAt]: ATTRIBUTES.expiresAt,
    [NAME.version]: ATTRIBUTES.version,
  }).filter(([name]) => text.includes(name));
  const values: Record<string, AttributeValue> = {};
  if (text.includes(':now')) values[':now'] = { N: `${now}` };
  if (typeof expect === 'object' && text.includes(':expected')) values[':expected'] = { N: `${expect.version}` };
  return {
    ConditionExpression: text,
    ExpressionAttributeNames: Object.fromEntries(names),
    ExpressionAttributeValues: values,
  };
}
