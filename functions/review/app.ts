/**
 * The reviewers' door: the queue, one item at a time in one officer's hands, a decision, and the trail of it all.
 *
 * @example
 * root.route('/', reviewApp({ table, blobs, clock, identity }));
 */
import type { Blobs } from '#platform/blobs.ts';
import type { Clock } from '#platform/clock.ts';
import { accessControl } from '#platform/http/auth.ts';
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';
import type { Identity } from '#platform/identity.ts';
import type { Table } from '#platform/table.ts';
import { itemRoutes } from './item-app.ts';
import { privacyRoutes } from './privacy-app.ts';
import { queueRoutes } from './queue-app.ts';
import { retentionRoutes } from './retention-app.ts';
import { rootRoutes } from './roots-app.ts';
import { trailRoutes } from './trail-app.ts';

export interface ReviewDependencies {
  table: Table;
  blobs: Blobs;
  clock: Clock;
  identity: Identity;
  /** How long an item stays with an officer who gives no sign; 10 minutes by default. */
  leaseMs?: number;
  /** How many items one officer may hold; 5 by default. */
  leasesAtOnce?: number;
  /** How long a picture's URL works; 10 minutes by default. */
  linkMs?: number;
}

const TEN_MINUTES = 10 * 60_000;

export function reviewApp({ identity, ...dependencies }: ReviewDependencies): EdgeApp {
  const place = { leaseMs: TEN_MINUTES, leasesAtOnce: 5, linkMs: TEN_MINUTES, ...dependencies };
  const access = accessControl(identity);
  const app = edgeApp();
  // The queue's fixed paths before `/{id}`: the router takes the first that fits.
  app.route('/', queueRoutes(place, access));
  app.route('/', itemRoutes(place, access));
  app.route('/', retentionRoutes(place, access));
  app.route('/', privacyRoutes(place, access));
  app.route('/', trailRoutes(place, access));
  app.route('/', rootRoutes(place, access));
  return app;
}
