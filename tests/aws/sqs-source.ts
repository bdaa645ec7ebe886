/**
 * A stand-in for Lambda's event source mapping of a queue: polls, calls the function with a batch, deletes what it worked off. The
 * rest is left to the queue: it becomes visible again, and after so many deliveries the queue sends it to its dead letters.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html, https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { isObject, listOf } from './json.ts';
import type { Outcome } from './lambda-environment.ts';
import type { InvokeOptions, Lambda } from './lambda-runtime.ts';

export interface SqsSource {
  readonly sqs: SQSClient;
  readonly queue: { readonly url: string; readonly arn: string };
  readonly region: string;
  readonly lambda: Lambda;
  readonly batchSize: number;
  /** Batches at work at once. */
  readonly concurrency: number;
  /** `FunctionResponseTypes: [ReportBatchItemFailures]`; without it a batch succeeds or fails as one. */
  readonly reportsItemFailures: boolean;
  /** A batch whose function was killed or threw comes again this soon, where AWS waits for the visibility timeout of the queue. */
  readonly retryAfterSeconds: number;
  /** Nothing is taken off the queue while it says so. */
  isHeld?(): boolean;
  /** Asked before each batch: what goes wrong with it. */
  mishap?(batch: Batch): Mishap;
  onOutcome?(outcome: Outcome, batch: Batch): void;
}

export interface Batch {
  readonly messages: readonly Message[];
}
export interface Mishap extends InvokeOptions {
  /** Every message comes twice. */
  readonly twice?: 'at-once' | 'one-after-the-other';
}

export interface Polling {
  /** Finishes what is in hand and takes no more. */
  stop(): Promise<void>;
}

export function startSqsSource(source: SqsSource): Polling {
  const { sqs, queue, batchSize, concurrency } = source;
  const stopping = new AbortController();
  const poll = async () => {
    while (!stopping.signal.aborted) {
      if (source.isHeld?.() === true) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      const messages = await receive();
      if (messages.length > 0) await work(source, messages);
    }
  };
  const receive = async (): Promise<readonly Message[]> => {
    try {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queue.url,
          MaxNumberOfMessages: Math.min(batchSize, 10),
          WaitTimeSeconds: 1,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        }),
      );
      return Messages;
    } catch (error) {
      if (stopping.signal.aborted) return [];
      throw error;
    }
  };
  const pollers = Array.from({ length: concurrency }, poll);
  return {
    async stop() {
      stopping.abort();
      await Promise.all(pollers);
    },
  };
}

async function work(source: SqsSource, messages: readonly Message[]): Promise<void> {
  const { sqs, queue, lambda, retryAfterSeconds } = source;
  const { twice, ...options } = source.mishap?.({ messages }) ?? {};
  const event = { Records: messages.map((message) => recordOf(message, source)) };
  const first = lambda.invoke(event, options);
  if (twice === 'one-after-the-other') await first;
  const outcomes = await Promise.all(twice === undefined ? [first] : [first, lambda.invoke(event, options)]);
  for (const outcome of outcomes) source.onOutcome?.(outcome, { messages });
  const failed = new Set(outcomes.flatMap((outcome) => failedOf(outcome, messages, source.reportsItemFailures)));
  const done = messages.filter(({ MessageId }) => !failed.has(MessageId));
  const rest = messages.filter(({ MessageId }) => failed.has(MessageId));
  const entry = ({ ReceiptHandle }: Message, at: number) => ({ Id: `${at}`, ReceiptHandle });
  if (done.length > 0) {
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries: done.map(entry) }));
  }
  // What the function itself names as failed, it may have put off as it likes.
  if (rest.length > 0 && outcomes.some(({ kind }) => kind !== 'answered')) {
    const Entries = rest.map((message, at) => ({ ...entry(message, at), VisibilityTimeout: retryAfterSeconds }));
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queue.url, Entries }));
  }
}

/** The ids of messages that count as failed. */
function failedOf(outcome: Outcome, messages: readonly Message[], reported: boolean): (string | undefined)[] {
  const all = messages.map(({ MessageId }) => MessageId);
  if (outcome.kind !== 'answered') return all;
  if (!reported) return [];
  const { payload } = outcome;
  if (payload === null) return [];
  if (!isObject(payload)) return all;
  const items = listOf(payload.batchItemFailures ?? []).map((item) =>
    isObject(item) && typeof item.itemIdentifier === 'string' ? item.itemIdentifier : undefined,
  );
  // An empty or unknown name: AWS takes the whole batch as failed.
  return items.every((id) => all.includes(id)) ? items : all;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
function recordOf(message: Message, { queue, region }: SqsSource) {
  const { MessageId, ReceiptHandle, Body, Attributes = {}, MessageAttributes = {}, MD5OfBody } = message;
  const messageAttributes = Object.entries(MessageAttributes).map(([name, { DataType, StringValue }]) => [
    name,
    { dataType: DataType, stringValue: StringValue, stringListValues: [], binaryListValues: [] },
  ]);
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes,
    messageAttributes: Object.fromEntries(messageAttributes),
    md5OfBody: MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queue.arn,
    awsRegion: region,
  };
}
