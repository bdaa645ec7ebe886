/** The SecondReader port by Amazon Rekognition: DetectText on crops of plates, DetectFaces on pictures of which copies are made. */
import { DetectFacesCommand, DetectTextCommand, RekognitionClient } from '@aws-sdk/client-rekognition';
import { z } from 'zod';
import type { FaceRegions, SecondReading, Unavailable, UnavailableWhy } from '#core/plates/second-reader.ts';
import { openBreaker } from '../breaker.ts';
import type { Log } from '../http/log.ts';
import type { SecondReader } from '../second-reader.ts';
import { whyOf } from './rekognition-errors.ts';

export interface SecondReaderOutcome {
  readonly operation: 'read-plate' | 'faces';
  readonly outcome: 'answered' | UnavailableWhy;
  readonly ms: number;
}

export interface RekognitionReaderOptions {
  readonly client: RekognitionClient;
  readonly log?: Log;
  /** Told of every question, for counters. */
  readonly onOutcome?: (outcome: SecondReaderOutcome) => void;
  /** Milliseconds that only grow. */
  readonly now?: () => number;
}

/**
 * Milliseconds. Most answers take well under a second; whoever waits for a plate has the reading of our own models already,
 * and a copy is made while nobody waits.
 */
const LIMITS = {
  'read-plate': { requestMs: 1500, deadlineMs: 3000 },
  faces: { requestMs: 3000, deadlineMs: 6000 },
} as const;
const CONNECTION_MS = 1000;

/** Bytes of a picture in a request (Rekognition developer guide, "Guidelines and quotas"). */
const LARGEST_PICTURE = 5 * 1024 * 1024;

const FAILURES_IN_A_ROW = 5;
const PAUSE_MS = 30_000;
/** Rights and services do not come back by themselves. */
const LONG_PAUSE_MS = 300_000;

const TEXT_READER = 'Amazon Rekognition DetectText';
const FACES_READER = { name: 'Amazon Rekognition DetectFaces', version: null } as const;

/** A client that gives up in time: one retry, and a request that hangs is ended. */
export const rekognitionClient = (): RekognitionClient =>
  new RekognitionClient({
    maxAttempts: 2,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: CONNECTION_MS,
      requestTimeout: LIMITS['read-plate'].requestMs,
      throwOnRequestTimeout: true,
    },
  });

export function openRekognitionReader({ client, log, onOutcome, now }: RekognitionReaderOptions): SecondReader {
  const breaker = openBreaker({
    failures: FAILURES_IN_A_ROW,
    ...(now === undefined ? {} : { now }),
    onPause: (pauseMs) => log?.({ level: 'warn', event: 'second-reader-paused', pauseMs }),
  });

  function told(operation: SecondReaderOutcome['operation'], why: UnavailableWhy, ms: number): void {
    // The breaker's own line tells of a pause; a line for each question meanwhile would tell nothing more.
    if (why !== 'paused') log?.({ level: 'warn', event: 'second-reader-unavailable', operation, why, ms });
    if (why === 'picture-refused') breaker.succeeded();
    else if (why === 'denied' || why === 'unreachable') breaker.failed(LONG_PAUSE_MS, why === 'denied');
    else if (why !== 'paused') breaker.failed(PAUSE_MS);
  }

  /** The answer, or why there is none: whatever happens, and within the deadline. */
  async function ask<T>(
    operation: SecondReaderOutcome['operation'],
    picture: Uint8Array,
    send: (options: { abortSignal: AbortSignal; requestTimeout: number }) => Promise<T>,
  ): Promise<{ answer: T } | { why: UnavailableWhy }> {
    const { requestMs, deadlineMs } = LIMITS[operation];
    const started = performance.now();
    const done = (outcome: SecondReaderOutcome['outcome']) => {
      const ms = Math.round(performance.now() - started);
      if (outcome === 'answered') breaker.succeeded();
      else told(operation, outcome, ms);
      onOutcome?.({ operation, outcome, ms });
    };
    const without = (why: UnavailableWhy) => {
      done(why);
      return { why };
    };
    if (!breaker.admits()) return without('paused');
    if (picture.length > LARGEST_PICTURE) return without('picture-refused');
    const deadline = deadlineIn(deadlineMs);
    try {
      // The signal ends a request; between two attempts nothing listens to it, so the clock is raced as well.
      const answer = await Promise.race([
        send({ abortSignal: deadline.signal, requestTimeout: requestMs }),
        deadline.passed,
      ]);
      if (answer === undefined) return without('timeout');
      done('answered');
      return { answer };
    } catch (error) {
      return without(whyOf(error));
    } finally {
      deadline.clear();
    }
  }

  return {
    async readPlate(crop) {
      const asked = await ask('read-plate', crop, async (options) =>
        TextAnswer.parse(await client.send(new DetectTextCommand({ Image: { Bytes: crop } }), options)),
      );
      if ('why' in asked) return unavailable({ name: TEXT_READER, version: null }, asked.why);
      const { TextDetections, TextModelVersion } = asked.answer;
      const reader = { name: TEXT_READER, version: TextModelVersion ?? null };
      return { kind: 'read', reader, pieces: TextDetections.flatMap(pieceOf) } satisfies SecondReading;
    },
    async faces(picture) {
      const asked = await ask('faces', picture, async (options) =>
        FacesAnswer.parse(await client.send(new DetectFacesCommand({ Image: { Bytes: picture } }), options)),
      );
      if ('why' in asked) return unavailable(FACES_READER, asked.why);
      return { kind: 'found', reader: FACES_READER, faces: asked.answer.FaceDetails.map(faceOf) } satisfies FaceRegions;
    },
  };
}

const unavailable = (reader: Unavailable['reader'], why: UnavailableWhy): Unavailable => ({
  kind: 'unavailable',
  reader,
  why,
});

function deadlineIn(ms: number) {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      controller.abort();
      resolve(undefined);
    }, ms);
  });
  return { signal: controller.signal, passed, clear: () => clearTimeout(timer) };
}

const Percent = z.number().min(0).max(100);
const TextAnswer = z.object({
  TextModelVersion: z.string().optional(),
  TextDetections: z.array(
    z.object({
      DetectedText: z.string(),
      Type: z.enum(['WORD', 'LINE']),
      Confidence: Percent,
      Geometry: z.object({ Polygon: z.array(z.object({ X: z.number(), Y: z.number() })) }),
    }),
  ),
});
type TextAnswer = z.infer<typeof TextAnswer>;

const FacesAnswer = z.object({
  FaceDetails: z.array(
    z.object({
      Confidence: Percent,
      BoundingBox: z.object({ Left: z.number(), Top: z.number(), Width: z.number(), Height: z.number() }),
    }),
  ),
});

/** The service tells percents, with more digits than it can mean. */
const share = (percent: number) => Number((percent / 100).toFixed(4));

const pieceOf = ({ DetectedText: text, Type, Confidence, Geometry }: TextAnswer['TextDetections'][number]) => ({
  kind: Type === 'LINE' ? ('line' as const) : ('word' as const),
  text,
  confidence: share(Confidence),
  outline: Geometry.Polygon.map(({ X, Y }): readonly [number, number] => [X, Y]),
});

const faceOf = ({
  Confidence,
  BoundingBox: { Left, Top, Width, Height },
}: z.infer<typeof FacesAnswer>['FaceDetails'][number]) => ({
  box: [Left, Top, Left + Width, Top + Height] as const,
  confidence: share(Confidence),
});
