import { releaseApp } from '../../../functions/release/app.ts';
import { openBlobs } from './blobs.ts';
import { serve } from './http.ts';

export const handler = serve('release', (home, identity) =>
  releaseApp({ table: home.table(), blobs: openBlobs(home), clock: home.clock, identity }),
);
