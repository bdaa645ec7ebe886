import { registerApp } from '../../../functions/register/app.ts';
import { openBlobs } from './blobs.ts';
import { serve } from './http.ts';

export const handler = serve('register', (home, identity) =>
  registerApp({ table: home.table(), blobs: openBlobs(home), clock: home.clock, identity, secureCookies: true }),
);
