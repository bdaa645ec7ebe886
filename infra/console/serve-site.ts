/** The site over HTTP, where no other server has its files. */
import type { EdgeApp } from '#platform/http/edge.ts';
import { pageFiles, type SiteFile, VERIFIER_PATHS, verifierFile } from './site.ts';

export function servePages(app: EdgeApp, files: readonly SiteFile[] = pageFiles()): void {
  for (const { path, body, headers } of files) app.get(path, (c) => c.body(body, 200, headers));
}

export function serveVerifier(app: EdgeApp): void {
  for (const path of VERIFIER_PATHS) {
    app.get(path, async (c) => {
      const { body, headers } = await verifierFile(path);
      return c.body(body, 200, headers);
    });
  }
}
