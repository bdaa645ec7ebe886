import { receiveApp } from '../../../functions/accept/receive-app.ts';
import { openBlobs } from './blobs.ts';
import { serve } from './http.ts';
import { RECEIVE_LIMITS } from './receive-limits.ts';

export const handler = serve('receive', (home, identity) =>
  receiveApp({
    ...{ table: home.table(), blobs: openBlobs(home), queue: home.queue('inspect'), identity },
    ...{ clock: home.clock, log: home.log, limits: RECEIVE_LIMITS },
  }),
);
