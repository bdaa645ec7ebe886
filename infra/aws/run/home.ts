/**
 * What a Lambda needs, opened from its environment: each thing when it is first asked for, once a process. It holds no more than its
 * line in lambdas.ts gives it.
 *
 * @example
 * const home = openHome('correlate');
 * await correlateStep({ table: home.table(), blobs: home.blobs(), clock: home.clock, ... }, message);
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { openDynamoTable } from '#platform/aws/dynamo-table.ts';
import { emfMetrics, type Metrics } from '#platform/aws/emf.ts';
import { openSqsQueue } from '#platform/aws/sqs-queue.ts';
import { type Clock, systemClock } from '#platform/clock.ts';
import { type Collapser, openCollapser } from '#platform/collapser.ts';
import { guardTable } from '#platform/guarded-table.ts';
import { jsonLog, type Log } from '#platform/http/log.ts';
import type { DeadLetters, Queue } from '#platform/queue.ts';
import type {
  CopyMessage,
  CorrelateMessage,
  InspectMessage,
  SealMessage,
  WithdrawMessage,
} from '#platform/records/messages.ts';
import { ConflictError, type Table } from '#platform/table.ts';
import { type FunctionName, tableOf } from '#platform/table-rights.ts';
import {
  deadLettersVariable,
  ENVIRONMENT,
  type LambdaName,
  lambdaSpec,
  type QueueName,
  queueVariable,
} from '../lambdas.ts';
import { type Environment, optional, variable } from './environment.ts';
import { once } from './once.ts';

/** What travels in each queue. */
export interface Bodies {
  /** The storage's word, as it writes it. */
  arrivals: unknown;
  inspect: InspectMessage;
  correlate: CorrelateMessage;
  seal: SealMessage;
  copy: CopyMessage;
  withdraw: WithdrawMessage;
}

/** Where messages of one key that wait are one: the table says which wait, and who may write there (table-rights.ts). */
const COLLAPSING: readonly QueueName[] = ['correlate', 'seal'];

export interface Home {
  readonly name: LambdaName;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /**
   * With the guard around it, and no right to write but this Lambda's.
   * @param as where it has several; the first by default
   */
  table(as?: FunctionName): Table;
  queue<Q extends QueueName>(name: Q): Queue<Bodies[Q]> & { readonly deadLetters: DeadLetters<Bodies[Q]> };
  collapser(name: QueueName): Collapser | undefined;
  /** Of a variable that may be left out. */
  setting(name: keyof typeof ENVIRONMENT): string | undefined;
  /** Of one that must be there. @throws {Refusal} `environment-incomplete` */
  required(name: keyof typeof ENVIRONMENT): string;
}

/** Seconds at most for anything of AWS: whoever waits longer is better off with another try. */
const CONNECT_MS = 2_000;
const REQUEST_MS = 10_000;

/** For every client of AWS. https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
export const CLIENT = {
  maxAttempts: 4,
  retryMode: 'standard',
  requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true },
} as const;

export function openHome(name: LambdaName, environment: Environment = process.env): Home {
  const clock = systemClock;
  const write = (line: string) => void process.stdout.write(line);
  const stage = optional(environment, ENVIRONMENT.stage) ?? 'none';
  const metrics = emfMetrics({ stage, write });
  // The address of a queue names it; where SQS is found is said in one place for all of AWS.
  const sqs = once(() => new SQSClient({ ...CLIENT, useQueueUrlAsEndpoint: false }));
  const { writesAs } = lambdaSpec(name);
  const guarded = once(() => {
    const client = new DynamoDBClient(CLIENT);
    const stored = openDynamoTable({ client, table: variable(environment, ENVIRONMENT.table), clock });
    return guardTable(counting(stored, () => metrics({ conflicts: 1 }, name)));
  });
  const table = (as = writesAs[0]) =>
    as === undefined || !writesAs.includes(as) ? readOnly(guarded()) : tableOf(guarded(), as);
  const collapser = (queue: QueueName) =>
    COLLAPSING.includes(queue) ? openCollapser({ table: table(), queue, clock }) : undefined;
  return {
    ...{ name, clock, metrics, table, collapser },
    log: jsonLog(write),
    queue: (queue) =>
      openSqsQueue({
        client: sqs(),
        url: variable(environment, queueVariable(queue)),
        deadLettersUrl: optional(environment, deadLettersVariable(queue)),
        // What an operator sends again is a new message, beside whatever waits.
        collapse: lambdaSpec(name).trigger.kind === 'operator' ? undefined : collapser(queue),
      }),
    setting: (key) => optional(environment, ENVIRONMENT[key]),
    required: (key) => variable(environment, ENVIRONMENT[key]),
  };
}

/** Tells of every write that lost a race. */
function counting(table: Table, onConflict: () => void): Table {
  const told = async (writing: Promise<void>) => {
    try {
      await writing;
    } catch (error) {
      if (error instanceof ConflictError) onConflict();
      throw error;
    }
  };
  return {
    ...table,
    write: (write) => told(table.write(write)),
    transact: (writes) => told(table.transact(writes)),
  };
}

/** Its role may not write either. */
function readOnly(table: Table): Table {
  const refused = () => Promise.reject(new TypeError('Expected a Lambda that only reads, received a write'));
  return { ...table, write: refused, transact: refused };
}
