import { incidentsOfFrame } from '#platform/records/frame-incidents.ts';
import { acceptApp } from '../../../functions/accept/app.ts';
import { DEFAULT_LIMITS } from '../../../functions/accept/limits.ts';
import { openBlobs } from './blobs.ts';
import { serve } from './http.ts';

export const handler = serve('accept', (home, identity) => {
  const table = home.table();
  return acceptApp({
    ...{ table, blobs: openBlobs(home), clock: home.clock, limits: DEFAULT_LIMITS, identity },
    incidentsOfFrame: (frame) => incidentsOfFrame(table, frame),
  });
});
