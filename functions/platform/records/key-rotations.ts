/** The keys a bureau signed with where their private halves lie elsewhere (KMS): which followed which, when, and who said so. */
import { z } from 'zod';
import { readRotation, type SigningKey } from '#core/evidence/signing-keys.ts';
import { refuse } from '#core/refusal.ts';
import { type Instant, parseInstant } from '#core/time.ts';
import { type Put, queryAll, type Table } from '../table.ts';

/** The first one has neither `at` nor `statement`. */
const KeyRecord = z.object({
  /** Where its private half lies, for whoever signs. */
  arn: z.string(),
  keyId: z.string(),
  x: z.string(),
  /** In force from then on, when the one before retires. */
  at: z.number().int().nullable(),
  /** By which the one before names it. */
  statement: z.string().nullable(),
});
export type KeyRecord = z.infer<typeof KeyRecord>;

const PARTITION = 'signing-keys';
/** Not the name of a key (records/signing-keys.ts): those hold no slash. */
const sortOf = (number: number) => `chain/${`${number}`.padStart(4, '0')}`;

/**
 * Oldest first; empty before the first rotation.
 * @throws {Refusal} `signing-record-invalid` where a key is not named by the one before it: whoever can write the table still cannot
 * bring in a key of their own
 */
export async function readKeyChain(table: Table): Promise<readonly KeyRecord[]> {
  const chain: KeyRecord[] = [];
  for await (const { value } of queryAll<unknown>(table, { partition: PARTITION, from: 'chain/', to: 'chain0' })) {
    const { success, data } = KeyRecord.safeParse(value);
    if (!success || !(await follows(chain.at(-1), data))) throw recordInvalid();
    chain.push(data);
  }
  return chain;
}

async function follows(before: KeyRecord | undefined, { keyId, x, at, statement }: KeyRecord): Promise<boolean> {
  if (before === undefined) return at === null && statement === null;
  if (at === null || statement === null) return false;
  const said = await readRotation(statement);
  return said?.retires === before.keyId && said.names === keyId && said.key.x === x && parseInstant(said.at) === at;
}

/** @param number its place in the chain, from 0; somebody else's key there is a conflict */
export const putKeyRecord = (number: number, record: KeyRecord): Put => ({
  ...{ kind: 'put', partition: PARTITION, sort: sortOf(number), value: record, expect: 'absent' },
});

export const signingKeysOf = (chain: readonly Omit<KeyRecord, 'arn'>[]): readonly SigningKey[] =>
  chain.map(({ keyId, x, at, statement }, number) => ({
    ...{ keyId, x, from: at, statement },
    until: chain[number + 1]?.at ?? null,
  }));

/** Undefined only for an empty chain. */
export function keyInForce<K extends { readonly at: Instant | null }>(chain: readonly K[], at: Instant): K | undefined {
  return chain.findLast((key) => key.at === null || key.at <= at);
}

export const recordInvalid = () =>
  refuse('signing-record-invalid', 500, {
    expected: 'each signing key on record named by the one before it',
    received: 'one that is not',
    action:
      'Restore the rows signing-keys / chain/ from a backup and find out who changed them. Nothing is signed until then.',
  });
