/**
 * A batch of messages that Lambda took from a queue of SQS: each record is handled, or named among the failures, and then comes again
 * or goes to the dead letters.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { backOffMs } from '../back-off.ts';
import type { Collapser } from '../collapser.ts';
import { type Lot, lotsOf, takeLot } from './sqs-messages.ts';

export interface BatchWork<T> {
  /** @throws for a body of another form: it fails each time, and ends among the dead letters */
  parse(body: unknown): T;
  handle(message: T): Promise<void>;
  /** Where messages of this queue collapse. */
  readonly collapser?: Collapser | undefined;
  /** Has a message come again after a while. */
  retry(receipt: string, delayMs: number): Promise<void>;
  remainingMs(): number;
  /** What begins with less than this left is not begun. */
  readonly neededMs: number;
  onFailed?(error: unknown, record: SQSRecord): void;
}

export interface BatchReport {
  readonly response: SQSBatchResponse;
  readonly handled: number;
  readonly failed: number;
  /** Among the failed: not begun for want of time. */
  readonly untried: number;
}

/** One after the other: a model blocks its thread, and a Lambda has one. */
export async function workOff<T>(records: readonly SQSRecord[], work: BatchWork<T>): Promise<BatchReport> {
  const failures: SQSRecord[] = [];
  let untried = 0;
  for (const lot of lotsOf(records)) {
    if (work.remainingMs() < work.neededMs) {
      untried += lot.records.length;
      failures.push(...lot.records);
      // Somebody else may begin at once.
      for (const { receiptHandle } of lot.records) await rest(work, receiptHandle, 0);
      continue;
    }
    try {
      if (work.collapser !== undefined) await takeLot(work.collapser, lot);
      await work.handle(work.parse(jsonOf(lot.newest.body)));
    } catch (error) {
      failures.push(...lot.records);
      await failLot(lot, error, work);
    }
  }
  return {
    response: { batchItemFailures: failures.map(({ messageId }) => ({ itemIdentifier: messageId })) },
    handled: records.length - failures.length,
    failed: failures.length,
    untried,
  };
}

async function failLot<T>({ newest, records }: Lot<SQSRecord>, error: unknown, work: BatchWork<T>): Promise<void> {
  work.onFailed?.(error, newest);
  for (const { receiptHandle, attributes } of records) {
    await rest(work, receiptHandle, backOffMs(Number(attributes.ApproximateReceiveCount)));
  }
}

/** Without it the message comes again when its time of being hidden is over: later, and not lost. */
async function rest<T>(work: BatchWork<T>, receipt: string, delayMs: number): Promise<void> {
  try {
    await work.retry(receipt, delayMs);
  } catch {
    // What matters is told by the answer.
  }
}

/** Node's own error repeats what it could not read. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError(`Expected a message of JSON, received ${text.length} characters of something else`);
  }
}
