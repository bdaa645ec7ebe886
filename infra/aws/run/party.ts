import { partyApp } from '../../../functions/party/app.ts';
import { openBlobs } from './blobs.ts';
import { serve } from './http.ts';

export const handler = serve('party', (home, identity) =>
  partyApp({
    ...{ table: home.table(), blobs: openBlobs(home), clock: home.clock, identity },
    copies: home.queue('copy'),
  }),
);
