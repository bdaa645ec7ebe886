/**
 * The Queue port on a standard queue of SQS: at least once, in any order.
 * - A delay of more than 15 minutes is cut to 15: whoever is handed a message asks itself whether it is due, and sends it on.
 * - SQS buries a message by the redrive policy of the queue when it would be delivered once too often, not when it last failed.
 * - SQS keeps neither why a delivery failed nor when a message died: the first stands in the log.
 */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
  SQSServiceException,
} from '@aws-sdk/client-sqs';
import type { Collapser, Mark } from '../collapser.ts';
import type { DeadLetters, Message, Queue } from '../queue.ts';
import { openSqsDeadLetters } from './sqs-dead-letters.ts';
import { bodyText, KEY_ATTRIBUTE, markAttributes, markOfMessage, TOKEN_ATTRIBUTE } from './sqs-messages.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const LONGEST_DELAY_S = 900;
/**
 * 12 hours from the moment a message was received, of which a Lambda may have used a quarter of one.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
 */
const LONGEST_RETRY_S = 12 * 3600 - 900;
const MOST_AT_ONCE = 10;

export interface SqsQueueOptions {
  readonly client: SQSClient;
  /** Its address. */
  readonly url: string;
  /** Address of the queue of its dead letters; without it there are none to list. */
  readonly deadLettersUrl?: string | undefined;
  /** Without it nothing collapses: each message is delivered. */
  readonly collapse?: Collapser | undefined;
}

/**
 * @example
 * const seal = openSqsQueue<SealMessage>({ client, url, collapse: openCollapser({ table, queue: 'seal' }) });
 * await seal.send({ incidentId }, { dedupeKey: incidentId });
 */
export function openSqsQueue<T>({
  client,
  url,
  deadLettersUrl,
  collapse,
}: SqsQueueOptions): Queue<T> & { readonly deadLetters: DeadLetters<T> } {
  async function put(text: string, delayMs: number, mark?: Mark): Promise<void> {
    await client.send(
      new SendMessageCommand({
        ...{ QueueUrl: url, MessageBody: text, DelaySeconds: seconds(delayMs, LONGEST_DELAY_S) },
        ...(mark === undefined ? {} : { MessageAttributes: markAttributes(mark) }),
      }),
    );
  }

  async function counts(queueUrl: string): Promise<{ waiting: number; working: number }> {
    const names = [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesDelayed',
      'ApproximateNumberOfMessagesNotVisible',
    ] as const;
    const { Attributes: found } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }),
    );
    const [visible = 0, delayed = 0, hidden = 0] = names.map((name) => Number(found?.[name] ?? 0));
    return { waiting: visible + delayed, working: hidden };
  }

  return {
    async send(body, { delayMs = 0, dedupeKey } = {}) {
      const text = bodyText(body);
      if (collapse === undefined || dedupeKey === undefined) return put(text, delayMs);
      await collapse.send({ key: dedupeKey, delayMs }, (mark) => put(text, delayMs, mark));
    },

    async receive({ max, visibilityMs }) {
      if (max < 1) return [];
      const { Messages: received = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: Math.min(max, MOST_AT_ONCE),
          VisibilityTimeout: seconds(visibilityMs, LONGEST_RETRY_S),
          WaitTimeSeconds: 0,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
          MessageAttributeNames: [KEY_ATTRIBUTE, TOKEN_ATTRIBUTE],
        }),
      );
      const messages: Message<T>[] = [];
      for (const { Body, ReceiptHandle, Attributes, MessageAttributes } of received) {
        const mark = markOfMessage(MessageAttributes);
        if (mark !== undefined) await collapse?.take(mark);
        messages.push({
          body: JSON.parse(Body ?? 'null'),
          receipt: ReceiptHandle ?? '',
          deliveries: Number(Attributes?.ApproximateReceiveCount ?? 1),
        });
      }
      return messages;
    },

    async done(receipt) {
      await unlessStale(client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt })));
    },

    async retry(receipt, { delayMs }) {
      const VisibilityTimeout = seconds(delayMs, LONGEST_RETRY_S);
      await unlessStale(
        client.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: receipt, VisibilityTimeout })),
      );
    },

    async depth() {
      const [own, dead] = await Promise.all([
        counts(url),
        deadLettersUrl === undefined ? undefined : counts(deadLettersUrl),
      ]);
      return { ...own, dead: dead === undefined ? 0 : dead.waiting + dead.working };
    },

    deadLetters: openSqsDeadLetters({ client, url, deadLettersUrl }),
  };
}

/** Rounded up: not sooner than asked for. */
const seconds = (ms: number, most: number) => Math.min(most, Math.max(0, Math.ceil(ms / 1000)));

/** Of a delivery that ended: the message is done, or somebody else's by now. */
const STALE = ['ReceiptHandleIsInvalid', 'MessageNotInflight'];
/** What SQS says in fact, under a name that stands for much else: https://github.com/vmihailenco/taskq/issues/29 */
const STALE_WORDS = /does not exist or is not available|receipt handle has expired/i;
/** Some names come as the older protocol of SQS had them, with its own in front. */
const nameOf = ({ name }: SQSServiceException) => name.replace(/^AWS\.SimpleQueueService\./, '');

function isStale(error: SQSServiceException): boolean {
  const name = nameOf(error);
  return STALE.includes(name) || (name === 'InvalidParameterValue' && STALE_WORDS.test(error.message));
}

async function unlessStale(answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (!(error instanceof SQSServiceException && isStale(error))) throw error;
  }
}
