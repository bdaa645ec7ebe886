import { openRekognitionReader, rekognitionClient } from '#platform/aws/rekognition-reader.ts';
import type { SecondReader } from '#platform/second-reader.ts';
import type { Home } from './home.ts';

/**
 * Apart from home.ts, so that who asks nobody has no client for it in its bundle. Nothing where it is not switched on; its limits of
 * time are its own: an answer that comes late is no use.
 */
export function secondReaderOf({ setting, log, metrics }: Pick<Home, 'setting' | 'log' | 'metrics'>): {
  secondReader?: SecondReader;
} {
  if (setting('rekognition') !== 'on') return {};
  return {
    secondReader: openRekognitionReader({
      client: rekognitionClient(),
      log,
      onOutcome: ({ outcome }) =>
        metrics(outcome === 'answered' ? { secondReaderAnswered: 1 } : { secondReaderSilent: 1 }),
    }),
  };
}
