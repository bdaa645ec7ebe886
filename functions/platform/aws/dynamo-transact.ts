/**
 * Sends a transaction until it is known what became of it.
 *
 * Single writes go the same way. A plain conditional put whose answer is lost finds its own item when the SDK sends it again, and
 * reports a conflict with itself; a transaction carries a token, and the same token within ten minutes is the same transaction
 * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html, ClientRequestToken). It costs twice
 * the units of a plain write; most writes belong to a transaction anyway.
 */
import { randomUUID } from 'node:crypto';
import {
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionInProgressException,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../clock.ts';
import { ConflictError, type Key } from '../table.ts';
import { actionOf, type Prepared } from './dynamo-writes.ts';

/** Others are at the same items, or the partition is too hot: it may work a moment later. */
const PASSING = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  // What the other APIs call it.
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
]);
const TRIES = 6;
const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;

/** @throws {ConflictError} naming every key whose expectation did not hold, or that others kept writing to */
export async function sendTransaction(
  { client, table, clock }: { client: DynamoDBClient; table: string; clock: Clock },
  writes: readonly Prepared[],
): Promise<void> {
  /** Puts that expect nothing and met an item that had expired. */
  const expired = new Set<Prepared>();
  for (let tries = 1; ; tries += 1) {
    const now = clock.now();
    const cancelled = await sendOnce(client, {
      TransactItems: writes.map((write) => actionOf(table, write, { now, onExpired: expired.has(write) })),
      // A cancelled transaction wrote nothing: the next try is another one.
      ClientRequestToken: randomUUID(),
    });
    if (cancelled === undefined) return;
    const codes = (cancelled.CancellationReasons ?? []).map(({ Code }) => Code ?? 'None');
    const withCode = (code: string) => writes.filter((_, at) => codes[at] === code);

    const refused = withCode('ConditionalCheckFailed');
    const isMet = (write: Prepared) => write.expect !== 'any';
    if (refused.some(isMet)) throw conflict(refused.filter(isMet), cancelled);
    for (const write of refused) if (!expired.delete(write)) expired.add(write);

    const rest = codes.filter((code) => code !== 'None' && code !== 'ConditionalCheckFailed');
    if (rest.some((code) => !PASSING.has(code)) || (rest.length === 0 && refused.length === 0)) throw cancelled;
    if (tries === TRIES) {
      const contended = [...refused, ...withCode('TransactionConflict')];
      throw contended.length === 0 ? cancelled : conflict(contended, cancelled);
    }
    if (rest.length > 0) await pause(tries);
  }
}

/** @returns why it was cancelled; undefined when it is done */
async function sendOnce(
  client: DynamoDBClient,
  input: TransactWriteItemsCommandInput,
): Promise<TransactionCanceledException | undefined> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.send(new TransactWriteItemsCommand(input));
      return undefined;
    } catch (error) {
      if (error instanceof TransactionCanceledException) return error;
      // The same token is still at work: asked again it tells how that ended.
      if (!(error instanceof TransactionInProgressException) || tries === TRIES) throw error;
      await pause(tries);
    }
  }
}

const conflict = (keys: readonly Key[], cause: unknown) =>
  new ConflictError(
    keys.map(({ partition, sort }) => ({ partition, sort })),
    cause,
  );

/** At random up to a span that doubles: those who met once do not meet again in step. */
function pause(tries: number): Promise<void> {
  const span = Math.min(SHORTEST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * span));
}
