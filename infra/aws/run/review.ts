import { reviewApp } from '../../../functions/review/app.ts';
import { openBlobs } from './blobs.ts';
import { serve } from './http.ts';

export const handler = serve('review', (home, identity) =>
  reviewApp({ table: home.table(), blobs: openBlobs(home), clock: home.clock, identity }),
);
