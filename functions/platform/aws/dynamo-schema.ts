/**
 * Names of the one table on DynamoDB: the adapter writes them, the stacks and the tests create the table by them.
 * They are short, because every item carries them and pays for their bytes.
 */
export const ATTRIBUTES = {
  partition: 'pk',
  sort: 'sk',
  /** JSON: as text when short, deflated when long. */
  value: 'value',
  version: 'version',
  indexPartition: 'ipk',
  indexSort: 'isk',
  /** Milliseconds since the epoch: what reads filter by. */
  expiresAt: 'expiresAt',
  /**
   * Seconds since the epoch, never before `expiresAt`: DynamoDB deletes by it, within days
   * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html).
   */
  ttl: 'ttl',
} as const;

/** Keyed by {@link ATTRIBUTES}.indexPartition and indexSort, all text; projects every attribute. */
export const INDEX_NAME = 'by-index';

export const TTL_ATTRIBUTE = ATTRIBUTES.ttl;
