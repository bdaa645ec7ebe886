/** 登记: cameras, places, zones, rules, permits, policies, tokens, officers, and the sessions of those who look after them. */
import { accessControl } from '#platform/http/auth.ts';
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';
import type { Identity } from '#platform/identity.ts';
import { cameraHealthRoutes } from './camera-health.ts';
import { cameraRoutes } from './cameras.ts';
import { officerRoutes } from './officers.ts';
import { permitRoutes } from './permits.ts';
import { placeRoutes } from './places.ts';
import { policyRoutes } from './policies.ts';
import { type ReferenceRouteDependencies, referenceRoutes } from './references.ts';
import { ruleRoutes } from './rules.ts';
import { sessionRoutes } from './session.ts';
import { tokenRoutes } from './tokens.ts';
import { zoneRoutes } from './zones.ts';

export interface RegisterAppDependencies extends ReferenceRouteDependencies {
  identity: Identity;
  /** Whether the site is served by TLS only; the session cookie then never travels without. */
  secureCookies: boolean;
}

export function registerApp(deps: RegisterAppDependencies): EdgeApp {
  const app = edgeApp();
  const access = accessControl(deps.identity);
  sessionRoutes(app, access, deps);
  cameraRoutes(app, access, deps);
  cameraHealthRoutes(app, access, deps);
  placeRoutes(app, access, deps);
  zoneRoutes(app, access, deps);
  referenceRoutes(app, access, deps);
  ruleRoutes(app, access, deps);
  permitRoutes(app, access, deps);
  policyRoutes(app, access, deps);
  tokenRoutes(app, access, deps);
  officerRoutes(app, access, deps);
  return app;
}
