/**
 * Every Lambda there is, in one list: what starts it, what it may touch, what lies in its bundle. The bundler, the stacks and the
 * tests of the bundles read it, so that none of them knows a function the others do not.
 */
import type { FunctionName } from '#platform/table-rights.ts';
import type { ModelName } from '../../functions/inspect/model-card.ts';

/** Queues between the functions. `arrivals` gets the storage's word that an upload has come. */
export const QUEUES = ['arrivals', 'inspect', 'correlate', 'seal', 'copy', 'withdraw'] as const;
export type QueueName = (typeof QUEUES)[number];

/** Folders of blobs, by the first segment of a key: which bucket they lie in follows from it ({@link bucketOf}). */
export const BLOB_FOLDERS = [
  ...(['uploads', 'frames', 'scenes', 'features', 'references', 'view-references'] as const),
  ...(['evidence', 'copies', 'notices', 'audit-roots'] as const),
] as const;
export type BlobFolder = (typeof BLOB_FOLDERS)[number];

/**
 * What lies in a bundle beside the code: `sharp` decodes pictures, `models` are weights and the runtime for them, `fonts` are for
 * the PDF, `contract` is the OpenAPI document of all Lambdas together, `site` the files of the pages.
 */
export type BundlePart = 'sharp' | 'models' | 'fonts' | 'contract' | 'site';

export type Trigger =
  /** Routes of the HTTP API, as the functions' own contracts name them. */
  | { readonly kind: 'http' }
  /** `concurrency`: most at work at once, so that a flood in one queue starves nobody. */
  | { readonly kind: 'queue'; readonly queue: QueueName; readonly batch: number; readonly concurrency: number }
  | { readonly kind: 'schedule'; readonly everyMinutes: number }
  | { readonly kind: 'authorizer' }
  /** Serves the pages where no CloudFront does. It has no business with anything that is stored. */
  | { readonly kind: 'site' }
  /** Called by an operator with `aws lambda invoke`, by nobody else. */
  | { readonly kind: 'operator' };

export interface LambdaSpec {
  readonly trigger: Trigger;
  /** Partitions of the table it may write: `RIGHTS` of platform/table-rights.ts; none: it only reads. */
  readonly writesAs: readonly FunctionName[];
  readonly blobs: {
    readonly reads?: readonly BlobFolder[];
    readonly writes?: readonly BlobFolder[];
    readonly deletes?: readonly BlobFolder[];
    /** Puts and lifts legal holds. */
    readonly holds?: readonly BlobFolder[];
  };
  readonly sends: readonly QueueName[];
  /** Signs with the last of the signing keys; `keys-only`: shows what all of them verify by. */
  readonly signs?: true | 'keys-only';
  /** Reads the secret with the message gateway and the time-stamp authority. */
  readonly readsSettings?: boolean;
  /** May ask Rekognition, where it is switched on. */
  readonly asksRekognition?: boolean;
  readonly parts: readonly BundlePart[];
  /** Of the part `models`: those it loads. */
  readonly models?: readonly ModelName[];
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
}

/** What looking at a frame takes, and what finding faces and plates in a stored one takes. */
const INSPECTING = ['nanodet-g', 'ppocr-det', 'ppocr-rec', 'platerec'] as const;
const HIDING = ['nanodet-g', 'ppocr-det', 'blazeface'] as const;

/** 1 vCPU: a function gets more of a processor with more memory, and its price is the same per work done. */
const ONE_CPU_MB = 1769;
/** Answers people and machines: API Gateway waits 30 s at most. */
const API = { trigger: { kind: 'http' }, sends: [], parts: [], memoryMb: 512, timeoutSeconds: 29 } as const;

export const LAMBDAS = {
  /** The principal of a token, for all routes that ask for one. */
  authorize: {
    ...{ trigger: { kind: 'authorizer' }, writesAs: [], blobs: {}, sends: [], parts: [], memoryMb: 512 },
    timeoutSeconds: 10,
  },
  /** Opens uploads, takes heartbeats, tells what became of frames. */
  accept: { ...API, writesAs: ['accept'], blobs: { writes: ['uploads'] } },
  /** Takes frames pushed as a body, which have to be decoded. */
  receive: {
    ...API,
    ...{ writesAs: ['accept'], blobs: { reads: ['frames'], writes: ['frames'] }, sends: ['inspect'], parts: ['sharp'] },
    memoryMb: ONE_CPU_MB,
  },
  /** Takes in what was uploaded. */
  arrive: {
    trigger: { kind: 'queue', queue: 'arrivals', batch: 10, concurrency: 50 },
    ...{ writesAs: ['accept'], sends: ['inspect'], parts: ['sharp'], memoryMb: ONE_CPU_MB, timeoutSeconds: 60 },
    blobs: { reads: ['uploads', 'frames'], writes: ['frames'], deletes: ['uploads'] },
  },
  /** Sends on frames whose message was lost, completes uploads whose arrival was never told. */
  resume: {
    trigger: { kind: 'schedule', everyMinutes: 5 },
    ...{ writesAs: ['accept'], sends: ['inspect'], parts: ['sharp'], memoryMb: ONE_CPU_MB, timeoutSeconds: 300 },
    blobs: { reads: ['uploads', 'frames'], writes: ['frames'], deletes: ['uploads'] },
  },
  inspect: {
    trigger: { kind: 'queue', queue: 'inspect', batch: 5, concurrency: 200 },
    ...{ writesAs: ['inspect'], sends: ['correlate'], asksRekognition: true, parts: ['sharp', 'models'] },
    models: INSPECTING,
    blobs: {
      reads: ['frames'],
      writes: ['scenes', 'features', 'view-references'],
      deletes: ['scenes', 'features', 'view-references'],
    },
    ...{ memoryMb: ONE_CPU_MB, timeoutSeconds: 120 },
  },
  correlate: {
    trigger: { kind: 'queue', queue: 'correlate', batch: 10, concurrency: 50 },
    ...{ writesAs: ['correlate'], sends: ['correlate', 'seal'], parts: [], memoryMb: ONE_CPU_MB, timeoutSeconds: 120 },
    blobs: { reads: ['scenes', 'features', 'references', 'view-references'], writes: ['references'] },
  },
  seal: {
    trigger: { kind: 'queue', queue: 'seal', batch: 1, concurrency: 50 },
    ...{ writesAs: ['seal'], sends: ['seal'], signs: true, readsSettings: true, parts: ['sharp', 'fonts'] },
    blobs: {
      reads: ['frames', 'scenes', 'features', 'notices', 'evidence', 'view-references'],
      writes: ['evidence'],
      holds: ['evidence'],
    },
    ...{ memoryMb: ONE_CPU_MB, timeoutSeconds: 120 },
  },
  /** The party's copy of a package, in which nobody else can be recognised. */
  copy: {
    trigger: { kind: 'queue', queue: 'copy', batch: 1, concurrency: 5 },
    ...{ writesAs: ['seal'], sends: [], signs: true, asksRekognition: true, parts: ['sharp', 'models', 'fonts'] },
    models: HIDING,
    blobs: { reads: ['frames', 'evidence', 'copies'], writes: ['copies'], holds: ['copies'] },
    ...{ memoryMb: 2 * ONE_CPU_MB, timeoutSeconds: 600 },
  },
  register: {
    ...API,
    ...{ writesAs: ['register'], memoryMb: ONE_CPU_MB },
    blobs: { reads: ['scenes', 'features'], writes: ['view-references', 'references'] },
  },
  review: {
    ...API,
    ...{ writesAs: ['review'], memoryMb: ONE_CPU_MB },
    blobs: {
      reads: ['frames', 'scenes', 'features', 'evidence', 'copies', 'notices', 'audit-roots', 'view-references'],
    },
  },
  release: { ...API, writesAs: ['release'], blobs: { reads: ['evidence'] } },
  party: { ...API, writesAs: ['party'], blobs: { reads: ['copies'] }, sends: ['copy'] },
  replay: {
    ...API,
    ...{ writesAs: ['replay'], parts: ['sharp', 'models'], memoryMb: 2 * ONE_CPU_MB },
    models: INSPECTING,
    blobs: { reads: ['frames', 'scenes', 'features', 'references', 'view-references'] },
  },
  withdraw: { ...API, writesAs: ['withdraw'], blobs: {}, sends: ['withdraw'] },
  /** Carries bulk withdrawals out; what does not end in its time goes on with the next delivery. */
  'withdraw-run': {
    trigger: { kind: 'queue', queue: 'withdraw', batch: 1, concurrency: 2 },
    ...{ writesAs: ['withdraw'], blobs: {}, sends: ['withdraw'], parts: [], memoryMb: ONE_CPU_MB, timeoutSeconds: 900 },
  },
  /** What anybody may read: the keys, the contract, whether it lives. */
  public: { ...API, writesAs: [], blobs: {}, signs: 'keys-only', parts: ['contract'] },
  /** The clock. */
  tend: {
    trigger: { kind: 'schedule', everyMinutes: 1 },
    ...{ writesAs: ['tend'], sends: ['correlate', 'withdraw'], signs: true, readsSettings: true, parts: [] },
    blobs: {
      reads: [
        ...(['frames', 'scenes', 'features', 'references', 'view-references'] as const),
        ...(['evidence', 'copies', 'notices', 'audit-roots'] as const),
      ],
      writes: ['frames', 'notices', 'audit-roots'],
      deletes: ['frames', 'scenes', 'features', 'references', 'evidence', 'copies', 'notices'],
      holds: ['notices', 'audit-roots', 'evidence', 'copies'],
    },
    ...{ memoryMb: ONE_CPU_MB, timeoutSeconds: 600 },
  },
  console: {
    ...{ trigger: { kind: 'site' }, writesAs: [], blobs: {}, sends: [], parts: ['site'], memoryMb: 512 },
    timeoutSeconds: 10,
  },
  /** What an operator does by hand: the first administrator, keys on record, dead letters. */
  operate: {
    ...{
      trigger: { kind: 'operator' },
      writesAs: ['register', 'operate'],
      blobs: {},
      sends: [...QUEUES],
      signs: true,
      parts: [],
    },
    ...{ memoryMb: 512, timeoutSeconds: 300 },
  },
} as const satisfies Readonly<Record<string, LambdaSpec>>;
export type LambdaName = keyof typeof LAMBDAS;

type LambdaOf<K extends Trigger['kind']> = {
  [N in LambdaName]: (typeof LAMBDAS)[N]['trigger'] extends { readonly kind: K } ? N : never;
}[LambdaName];
export type HttpLambdaName = LambdaOf<'http'>;
export type QueueLambdaName = LambdaOf<'queue'>;

export const LAMBDA_NAMES = Object.keys(LAMBDAS).filter((name): name is LambdaName => name in LAMBDAS);
export const lambdaSpec = (name: LambdaName): LambdaSpec => LAMBDAS[name];

/** What the environment of a Lambda names. A value is there when the list above says that the Lambda has a use for it. */
export const ENVIRONMENT = {
  /** Name of the table. */
  table: 'KERBWATCH_TABLE',
  /** Bucket of frames and what was derived of them. */
  frames: 'KERBWATCH_FRAMES_BUCKET',
  /** Bucket of packages, copies, proofs of notices and roots of the trail: locked. */
  evidence: 'KERBWATCH_EVIDENCE_BUCKET',
  /** ARNs of the signing keys, the oldest first, separated by commas; the last one signs. */
  signingKeys: 'KERBWATCH_SIGNING_KEYS',
  /** ARN of the secret `{noticeUrl?, noticeSecret?, tsaUrl?, tsaCa?}`. */
  settings: 'KERBWATCH_SETTINGS_SECRET',
  /** Issuer and client of people's tokens where the city has an identity provider; without them the built-in accounts serve. */
  issuer: 'KERBWATCH_ISSUER',
  client: 'KERBWATCH_CLIENT',
  /** Where browsers find the console, `https://kerb.example`, for who comes with a cookie: the functions see the API's own host. */
  origin: 'KERBWATCH_ORIGIN',
  /** `on` where Rekognition may be asked. */
  rekognition: 'KERBWATCH_REKOGNITION',
  /** Where signed links lead, for the policy of the pages: origins separated by blanks. */
  storageOrigins: 'KERBWATCH_STORAGE_ORIGINS',
  stage: 'KERBWATCH_STAGE',
} as const;

/** `KERBWATCH_INSPECT_QUEUE`: the address of a queue; `..._DEAD_LETTERS`: of its dead letters. */
export const queueVariable = (name: QueueName): string => `KERBWATCH_${name.toUpperCase()}_QUEUE`;
export const deadLettersVariable = (name: QueueName): string => `KERBWATCH_${name.toUpperCase()}_DEAD_LETTERS`;
