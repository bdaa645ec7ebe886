/** The keys that packages are signed with, for everybody: without them nobody can say whose signature it is. */
import { createRoute, z } from '@hono/zod-openapi';
import { PublishedKeys, publish } from '#core/evidence/signing-keys.ts';
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';
import { json } from '#platform/http/openapi.ts';
import type { Signer } from '#platform/signer.ts';

const Keys = z.object(PublishedKeys.shape).openapi('PublishedKeys');

/**
 * @example
 * root.route('/', keysApp({ signer }));
 */
export function keysApp({ signer }: { signer: Signer }): EdgeApp {
  const app = edgeApp();
  app.openapi(
    createRoute({
      tags: ['公开 Public'],
      method: 'get',
      path: '/v1/public/keys',
      summary: '证据包签名密钥及其使用期（JWKS） The keys packages are signed with and when each was in force (JWKS)',
      description: '`npm run verify -- PACKAGE.zip --keys keys.json` takes this document. No token is needed.',
      responses: { 200: json(Keys, 'Oldest first; each key but the first is named by the one before') },
    }),
    async (c) => {
      c.header('Cache-Control', 'public, max-age=300');
      return c.json(publish(await signer.keys()), 200);
    },
  );
  return app;
}
