/**
 * What a message of ours looks like on SQS: JSON as its body; the mark by which waiting messages of one key collapse
 * (platform/collapser.ts) in two attributes. Where Lambda receives instead of us, {@link lotsOf} and {@link takeLot} stand before the
 * handler.
 */
import { refuse } from '#core/refusal.ts';
import type { Collapser, Mark } from '../collapser.ts';

export const KEY_ATTRIBUTE = 'kerbwatch-key';
export const TOKEN_ATTRIBUTE = 'kerbwatch-token';

/**
 * Body and attributes together. SQS takes 1 MiB since August 2025, 256 KiB before; ours hold ids and have some hundred bytes.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
const MOST_BYTES = 256 * 1024;
/** For names, types and values of the attributes. */
const ATTRIBUTE_BYTES = 4 * 1024;

/** @throws {Refusal} `message-invalid` for what JSON cannot carry, `message-too-large` */
export function bodyText(body: unknown): string {
  const json = JSON.stringify(body);
  if (json === undefined) {
    throw refuse('message-invalid', 500, {
      expected: 'a JSON value',
      received: typeof body,
      action: 'Send what JSON can carry.',
    });
  }
  // SQS takes the characters of XML 1.0, which knows neither of these; JSON has escaped all others that it does not know.
  const text = json.replaceAll('\ufffe', '\\ufffe').replaceAll('\uffff', '\\uffff');
  assertFits(Buffer.byteLength(text), MOST_BYTES - ATTRIBUTE_BYTES);
  return text;
}

/** @throws {Refusal} `message-too-large` */
export function markAttributes({ key, token }: Mark) {
  assertFits(Buffer.byteLength(key), ATTRIBUTE_BYTES / 2);
  return {
    [KEY_ATTRIBUTE]: { DataType: 'String', StringValue: key },
    [TOKEN_ATTRIBUTE]: { DataType: 'String', StringValue: token },
  };
}

function assertFits(bytes: number, most: number): void {
  if (bytes <= most) return;
  throw refuse('message-too-large', 500, {
    expected: `a message of at most ${most} bytes`,
    received: `${bytes} bytes`,
    action: 'Send the name of what is large, and keep it in the table or among the blobs.',
  });
}

/** Of a message as the SDK gives it. */
interface SdkAttributes {
  readonly [name: string]: { readonly StringValue?: string | undefined } | undefined;
}

/** Undefined where nothing collapses: a queue that has no use for it, a message somebody sent by hand or anew. */
export function markOfMessage(attributes: SdkAttributes | undefined): Mark | undefined {
  return markOf(attributes?.[KEY_ATTRIBUTE]?.StringValue, attributes?.[TOKEN_ATTRIBUTE]?.StringValue);
}

/** What is asked of a record of an event of Lambda (`SQSRecord`). */
export interface ReceivedRecord {
  readonly messageAttributes?: {
    readonly [name: string]: { readonly stringValue?: string | undefined } | undefined;
  };
  /** `SentTimestamp`: milliseconds since the epoch. */
  readonly attributes: { readonly SentTimestamp: string };
}

/** The same of a record as Lambda gives it, where names begin with a small letter. */
export function markOfRecord({ messageAttributes: given }: Pick<ReceivedRecord, 'messageAttributes'>) {
  return markOf(given?.[KEY_ATTRIBUTE]?.stringValue, given?.[TOKEN_ATTRIBUTE]?.stringValue);
}

const markOf = (key: string | undefined, token: string | undefined): Mark | undefined =>
  key === undefined || token === undefined ? undefined : { key, token };

/** Records of one key in one batch are one piece of work: it is done once, and what becomes of it becomes of each record. */
export interface Lot<R> {
  readonly newest: R;
  /** `newest` among them. */
  readonly records: readonly R[];
}

/** In the order in which the first of each came; a record without a mark is a lot of its own. */
export function lotsOf<R extends ReceivedRecord>(records: readonly R[]): readonly Lot<R>[] {
  const byKey = new Map<string, R[]>();
  const groups: R[][] = [];
  for (const record of records) {
    const key = markOfRecord(record)?.key;
    const group = key === undefined ? undefined : byKey.get(key);
    if (group !== undefined) {
      group.push(record);
      continue;
    }
    const own = [record];
    groups.push(own);
    if (key !== undefined) byKey.set(key, own);
  }
  return groups.flatMap((group) => {
    const [first, ...others] = group;
    if (first === undefined) return [];
    const newest = others.reduce((latest, other) => (sentAt(other) >= sentAt(latest) ? other : latest), first);
    return [{ newest, records: group }];
  });
}

const sentAt = ({ attributes }: ReceivedRecord) => Number(attributes.SentTimestamp);

/**
 * Before the handler reads anything; every record of the lot, since each may be the one a marker names. Where this fails, all its
 * records have failed.
 */
export async function takeLot(collapser: Collapser, { records }: Lot<ReceivedRecord>): Promise<void> {
  for (const record of records) {
    const mark = markOfRecord(record);
    if (mark !== undefined) await collapser.take(mark);
  }
}
