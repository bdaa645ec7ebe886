/** What anybody may read: the keys, the contract, whether it lives. */
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';
import { serveDocument } from '#platform/http/openapi.ts';
import type { Signer } from '#platform/signer.ts';
import { keysApp } from '../../../functions/seal/keys-app.ts';
import { SYSTEM_VERSION } from '../../common/version.ts';

export function publicApp({
  signer,
  contract,
}: {
  signer: Signer;
  contract: Parameters<typeof serveDocument>[1];
}): EdgeApp {
  const app = edgeApp();
  app.route('/', keysApp({ signer }));
  app.get('/healthz', (c) => c.json({ status: 'ok', version: SYSTEM_VERSION }));
  serveDocument(app, contract);
  return app;
}
