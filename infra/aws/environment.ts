/** What the environment of a Lambda holds: names of what it may use, by its line in lambdas.ts, and nothing else. No secret. */
import { bucketOf } from '#platform/aws/s3-buckets.ts';
import {
  type BlobFolder,
  deadLettersVariable,
  ENVIRONMENT,
  type LambdaName,
  type LambdaSpec,
  lambdaSpec,
  QUEUES,
  type QueueName,
  queueVariable,
} from './lambdas.ts';

/** What stands elsewhere, by its name there. */
export interface Places {
  readonly stage: string;
  readonly table: string;
  readonly frames: string;
  readonly evidence: string;
  /** ARNs, oldest first. */
  readonly signingKeys: readonly string[];
  readonly settings: string;
  readonly queue: (name: QueueName) => { readonly url: string; readonly deadLettersUrl: string };
  /** Where browsers find the console. */
  readonly origin: string;
  /** People's, where an identity provider signs them in. */
  readonly issuer?: { readonly issuer: string; readonly client: string } | undefined;
  readonly rekognition: boolean;
  readonly storageOrigins: readonly string[];
}

export function environmentOf(name: LambdaName, places: Places): Record<string, string> {
  const spec = lambdaSpec(name);
  const { kind } = spec.trigger;
  const keepsData = kind !== 'site';
  const folders = foldersOf(spec);
  const variables: [variable: string, value: string, hasUse: boolean][] = [
    [ENVIRONMENT.stage, places.stage, true],
    [ENVIRONMENT.table, places.table, keepsData],
    [ENVIRONMENT.frames, places.frames, folders.some((folder) => roleOf(folder) === 'frames')],
    [ENVIRONMENT.evidence, places.evidence, folders.some((folder) => roleOf(folder) === 'evidence')],
    [ENVIRONMENT.signingKeys, places.signingKeys.join(','), spec.signs !== undefined],
    [ENVIRONMENT.settings, places.settings, spec.readsSettings === true],
    [ENVIRONMENT.origin, places.origin, kind === 'http'],
    [ENVIRONMENT.issuer, places.issuer?.issuer ?? '', kind === 'authorizer' && places.issuer !== undefined],
    [ENVIRONMENT.client, places.issuer?.client ?? '', kind === 'authorizer' && places.issuer !== undefined],
    [ENVIRONMENT.rekognition, 'on', spec.asksRekognition === true && places.rekognition],
    [ENVIRONMENT.storageOrigins, places.storageOrigins.join(' '), kind === 'site'],
    ...QUEUES.flatMap((queue): typeof variables => {
      const { url, deadLettersUrl } = places.queue(queue);
      return [
        // Whoever takes messages has what failed come again later.
        [queueVariable(queue), url, spec.sends.includes(queue) || isSource(spec, queue)],
        [deadLettersVariable(queue), deadLettersUrl, kind === 'operator'],
      ];
    }),
  ];
  return Object.fromEntries(variables.filter(([, , hasUse]) => hasUse).map(([variable, value]) => [variable, value]));
}

const isSource = ({ trigger }: LambdaSpec, queue: QueueName) => trigger.kind === 'queue' && trigger.queue === queue;

export const foldersOf = ({
  blobs: { reads = [], writes = [], deletes = [], holds = [] },
}: LambdaSpec): BlobFolder[] => [...new Set([...reads, ...writes, ...deletes, ...holds])];

/** The bucket of a folder. */
export const roleOf = (folder: BlobFolder) => bucketOf(`${folder}/x`);
