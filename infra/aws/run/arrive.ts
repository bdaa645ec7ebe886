/** Takes in what was uploaded, by the storage's word that it came. */
import { z } from 'zod';
import { Refusal } from '#core/refusal.ts';
import { keysOfStorageEvent } from '#platform/aws/s3-events.ts';
import { DEFAULT_LIMITS } from '../../../functions/accept/limits.ts';
import { completeUpload } from '../../../functions/accept/uploads.ts';
import { openBlobs } from './blobs.ts';
import { consumeQueue } from './consume.ts';

export const handler = consumeQueue('arrive', (home) => {
  const accepting = {
    ...{ table: home.table(), blobs: openBlobs(home), queue: home.queue('inspect') },
    ...{ clock: home.clock, log: home.log, limits: DEFAULT_LIMITS },
  };
  return {
    message: z.unknown(),
    async handle(message) {
      for (const { key } of keysOfStorageEvent(message)) {
        if (!key.startsWith('uploads/')) continue;
        try {
          const outcome = await completeUpload(accepting, key);
          if (outcome.kind === 'refused')
            home.log({ level: 'warn', event: 'upload-refused', code: outcome.refusal.code });
        } catch (error) {
          // Told again after its record was gone: nothing is there to do.
          if (!(error instanceof Refusal) || error.code !== 'upload-unknown') throw error;
          home.log({ level: 'warn', event: 'upload-unknown' });
        }
      }
    },
  };
});
