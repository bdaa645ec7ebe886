/**
 * The dead letters of a queue on SQS: a queue themselves, so that to look at them is to receive them. Whoever looks hides them for
 * half a minute from others who look, and gives them back.
 */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
  type Message as SqsMessage,
} from '@aws-sdk/client-sqs';
import type { DeadLetter, DeadLetters } from '../queue.ts';

const HIDDEN_S = 30;
/** One second asks every server of the queue: without waiting, an empty answer says nothing. */
const WAIT_S = 1;
const AT_ONCE = 10;

export function openSqsDeadLetters<T>({
  client,
  url,
  deadLettersUrl,
}: {
  client: SQSClient;
  url: string;
  deadLettersUrl: string | undefined;
}): DeadLetters<T> {
  if (deadLettersUrl === undefined) return { list: async () => [], replay: async () => 0 };

  /** Each letter once, until there are no more or `visit` has seen enough; those it leaves are shown to others again. */
  async function walk(visit: (letter: SqsMessage) => Promise<'gone' | 'stays'>, most: number): Promise<void> {
    const seen = new Set<string>();
    /** Receipts by the letter's id: the last one counts. */
    const held = new Map<string, string>();
    try {
      while (seen.size < most) {
        const { Messages: letters = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: deadLettersUrl,
            MaxNumberOfMessages: Math.min(AT_ONCE, most - seen.size),
            VisibilityTimeout: HIDDEN_S,
            WaitTimeSeconds: WAIT_S,
            MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
          }),
        );
        const isNew = letters.some(({ MessageId = '' }) => !seen.has(MessageId));
        for (const letter of letters) held.set(letter.MessageId ?? '', letter.ReceiptHandle ?? '');
        for (const letter of letters) {
          const id = letter.MessageId ?? '';
          if (seen.has(id)) continue;
          seen.add(id);
          if ((await visit(letter)) === 'gone') held.delete(id);
        }
        // Nothing, or the first ones again, which this walk has held for too long.
        if (!isNew) return;
      }
    } finally {
      await showAgain([...held.values()]);
    }
  }

  async function showAgain(receipts: readonly string[]): Promise<void> {
    for (let at = 0; at < receipts.length; at += AT_ONCE) {
      const Entries = receipts
        .slice(at, at + AT_ONCE)
        .map((ReceiptHandle, index) => ({ Id: `${index}`, ReceiptHandle, VisibilityTimeout: 0 }));
      await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: deadLettersUrl, Entries }));
    }
  }

  return {
    /** SQS does not sort: of more than `limit` it gives some. `deliveries` counts looks; `diedAt` is when it was sent. */
    async list({ limit }) {
      const letters: DeadLetter<T>[] = [];
      await walk(async (letter) => {
        letters.push(deadLetter(letter));
        return 'stays';
      }, limit);
      return letters.sort((a, b) => a.diedAt - b.diedAt);
    },

    /** Sent before it is deleted: killed in between, the work is done twice. Without its mark: no marker waits for it. */
    async replay(ids) {
      let replayed = 0;
      const wanted = ids === 'all' ? undefined : new Set(ids);
      await walk(async ({ MessageId: id = '', Body: text, ReceiptHandle: receipt }) => {
        if (text === undefined || wanted?.has(id) === false) return 'stays';
        await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: text }));
        await client.send(new DeleteMessageCommand({ QueueUrl: deadLettersUrl, ReceiptHandle: receipt }));
        replayed += 1;
        return 'gone';
      }, Number.POSITIVE_INFINITY);
      return replayed;
    },
  };
}

function deadLetter<T>({ MessageId = '', Body = '', Attributes }: SqsMessage): DeadLetter<T> {
  return {
    id: MessageId,
    body: parsed(Body),
    deliveries: Number(Attributes?.ApproximateReceiveCount ?? 1),
    error: 'see the log: SQS keeps no reason',
    diedAt: Number(Attributes?.SentTimestamp ?? 0),
  };
}

/** What is no JSON died of that, and stands as the text it is. */
function parsed(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(JSON.stringify(text));
  }
}
