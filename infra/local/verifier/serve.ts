/** Serves the verifier's page. Its content policy lets it talk to nobody: what is checked cannot be sent anywhere. */
import type { EdgeApp } from '#platform/http/edge.ts';
import { offlinePage, verifierPage } from './page.ts';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob:; connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const headers = (type: string) => ({
  'Content-Type': `${type}; charset=utf-8`,
  'Content-Security-Policy': POLICY,
  'Cache-Control': 'no-cache',
});

export function serveVerifier(app: EdgeApp): void {
  app.get('/verify.html', async (c) => c.body((await verifierPage()).html, 200, headers('text/html')));
  app.get('/verify.js', async (c) => c.body((await verifierPage()).script, 200, headers('text/javascript')));
  app.get('/verify.css', async (c) => c.body((await verifierPage()).style, 200, headers('text/css')));
  app.get('/verify-offline.html', async (c) =>
    c.body(await offlinePage(), 200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Disposition': 'attachment; filename="kerbwatch-verify.html"',
      'Cache-Control': 'no-cache',
    }),
  );
}
