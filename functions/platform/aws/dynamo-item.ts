/** A row as DynamoDB keeps it. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { inflateValue, type StoredValue } from '../stored-value.ts';
import type { Item, Key } from '../table.ts';
import { ATTRIBUTES } from './dynamo-schema.ts';

export type Attributes = Record<string, AttributeValue>;

export const keyAttributes = ({ partition, sort }: Key): Attributes => ({
  [ATTRIBUTES.partition]: { S: partition },
  [ATTRIBUTES.sort]: { S: sort },
});

export const indexAttributes = ({ partition, sort }: Key): Attributes => ({
  [ATTRIBUTES.indexPartition]: { S: partition },
  [ATTRIBUTES.indexSort]: { S: sort },
});

export const valueAttribute = (stored: StoredValue): AttributeValue =>
  stored.kind === 'text' ? { S: stored.text } : { B: stored.deflated };

export function keyOf(attributes: Attributes): Key & { indexSort: string | undefined } {
  return {
    partition: textOf(attributes, ATTRIBUTES.partition),
    sort: textOf(attributes, ATTRIBUTES.sort),
    indexSort: attributes[ATTRIBUTES.indexSort]?.S,
  };
}

export function itemOf<T>(attributes: Attributes): Item<T> {
  const { partition, sort } = keyOf(attributes);
  const { S: text, B: deflated } = attributes[ATTRIBUTES.value] ?? {};
  const json = deflated === undefined ? text : inflateValue(deflated);
  if (json === undefined) throw strange(ATTRIBUTES.value);
  return { partition, sort, value: JSON.parse(json), version: Number(attributes[ATTRIBUTES.version]?.N) };
}

/** Whether the item counts as there. */
export function stands(attributes: Attributes, now: number): boolean {
  const expiresAt = attributes[ATTRIBUTES.expiresAt]?.N;
  return expiresAt === undefined || Number(expiresAt) > now;
}

function textOf(attributes: Attributes, name: string): string {
  const text = attributes[name]?.S;
  if (text === undefined) throw strange(name);
  return text;
}

const strange = (name: string) => new Error(`Expected an item that this program wrote, found one without its ${name}`);
