/** The handler of a queue's Lambda: a batch in, what failed out. */
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { z } from 'zod';
import { workOff } from '#platform/aws/batch.ts';
import { lambdaSpec, type QueueLambdaName, type QueueName } from '../lambdas.ts';
import { type Home, openHome } from './home.ts';
import { once } from './once.ts';

export interface Work<T> {
  /** What a message is; others are poison. */
  readonly message: z.ZodType<T>;
  handle(message: T, left: { remainingMs(): number }): Promise<void>;
}

/** Kept for the answer itself. */
const LAST_MS = 2_000;

export function consumeQueue<T>(
  name: QueueLambdaName,
  make: (home: Home) => Work<T>,
): (event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<SQSBatchResponse> {
  const open = once(() => {
    const home = openHome(name);
    return { home, work: make(home) };
  });
  const spec = lambdaSpec(name);
  const queue = queueOf(name);
  return async (event, context) => {
    const { home, work } = open();
    const remainingMs = () => context.getRemainingTimeInMillis() - LAST_MS;
    const source = home.queue(queue);
    const { response, handled, failed, untried } = await workOff(event.Records, {
      parse: (body) => work.message.parse(body),
      handle: (message: T) => work.handle(message, { remainingMs }),
      collapser: home.collapser(queue),
      retry: (receipt, delayMs) => source.retry(receipt, { delayMs, error: '' }),
      remainingMs,
      // A batch of one has all the time there is; of many, each may take its share twice over.
      neededMs: spec.trigger.kind === 'queue' && spec.trigger.batch > 1 ? (spec.timeoutSeconds * 1000) / 4 : 0,
      onFailed(error, { messageId, attributes }) {
        home.log({
          level: 'error',
          event: `${queue}-failed`,
          message: messageId,
          deliveries: Number(attributes.ApproximateReceiveCount),
          error: error instanceof Error ? error.message : String(error),
        });
      },
    });
    if (untried > 0) home.log({ level: 'warn', event: `${queue}-untried`, untried });
    home.metrics({ messagesFailed: failed, messagesHandled: handled }, queue);
    return response;
  };
}

function queueOf(name: QueueLambdaName): QueueName {
  const { trigger } = lambdaSpec(name);
  if (trigger.kind === 'queue') return trigger.queue;
  throw new TypeError(`Expected the Lambda of a queue, received ${name}`);
}
