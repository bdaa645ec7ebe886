import { MOST_BODY_BYTES } from '#platform/aws/http-event.ts';
import { DEFAULT_LIMITS } from '../../../functions/accept/limits.ts';
import { receiveApp } from '../../../functions/accept/receive-app.ts';
import { openBlobs } from './blobs.ts';
import { serve } from './http.ts';

/** What is larger does not get here: API Gateway refuses it. An upload goes past both. */
const LIMITS = {
  ...DEFAULT_LIMITS,
  ...{ maxBytes: MOST_BODY_BYTES, maxFormBytes: MOST_BODY_BYTES },
  largerGoes: 'by-upload',
} as const;

export const handler = serve('receive', (home, identity) =>
  receiveApp({
    ...{ table: home.table(), blobs: openBlobs(home), queue: home.queue('inspect'), identity },
    ...{ clock: home.clock, log: home.log, limits: LIMITS },
  }),
);
