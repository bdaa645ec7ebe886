/** SQS for tests: the emulator fauxqs in this process, on a free port. Time passes there as it does on a wall. */
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startFauxqs } from 'fauxqs';

export interface QueueForTests {
  readonly url: string;
  readonly arn: string;
  readonly deadLettersUrl: string;
  readonly deadLettersArn: string;
}

export interface SqsForTests {
  /** `AWS_ENDPOINT_URL_SQS`. */
  readonly endpoint: string;
  readonly region: string;
  readonly client: SQSClient;
  /** With a queue of dead letters of its own, to which a message goes instead of being delivered once more than this. */
  createQueue(name: string, options: { maxDeliveries: number }): Promise<QueueForTests>;
  stop(): Promise<void>;
}

export async function startSqs({ region = 'eu-central-1' }: { region?: string } = {}): Promise<SqsForTests> {
  const server = await startFauxqs({ port: 0, logger: false, defaultRegion: region });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = new SQSClient({ region, endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const create = async (name: string, attributes: Record<string, string>) => {
    const { QueueUrl: url = '' } = await client.send(
      new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
    );
    const { Attributes: found } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    return { url, arn: found?.QueueArn ?? '' };
  };
  return {
    endpoint,
    region,
    client,
    async createQueue(name, { maxDeliveries }) {
      const dead = await create(`${name}-dead-letters`, {});
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: maxDeliveries });
      const queue = await create(name, { RedrivePolicy });
      return { ...queue, deadLettersUrl: dead.url, deadLettersArn: dead.arn };
    },
    async stop() {
      client.destroy();
      await server.stop();
    },
  };
}
