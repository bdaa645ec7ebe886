/**
 * The reviewers' page: a few static files that use only the HTTP API. They carry their own content security policy,
 * stricter than the house's: nothing inline, nothing from elsewhere but the pictures.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EdgeApp, edgeApp } from '#platform/http/edge.ts';

const SCRIPT = 'text/javascript; charset=utf-8';
/** Where each file of `web/` is served, and as what. */
export const PAGE_FILES = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/style.css', file: 'style.css', type: 'text/css; charset=utf-8' },
  { path: '/app.js', file: 'app.js', type: SCRIPT },
  { path: '/api.js', file: 'api.js', type: SCRIPT },
  { path: '/picture.js', file: 'picture.js', type: SCRIPT },
  { path: '/words.js', file: 'words.js', type: SCRIPT },
  { path: '/icon.svg', file: 'icon.svg', type: 'image/svg+xml' },
] as const;

/** @param pictureOrigin where signed picture URLs lead when that is not this server: a bucket's origin */
export const pagePolicy = (pictureOrigin?: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self'${pictureOrigin === undefined ? '' : ` ${pictureOrigin}`}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/**
 * @param folder of the files: `web/`
 * @example
 * root.route('/', await pageApp({ folder: fileURLToPath(new URL('../../web', import.meta.url)) }));
 */
export async function pageApp({ folder, pictureOrigin }: { folder: string; pictureOrigin?: string }): Promise<EdgeApp> {
  const app = edgeApp();
  const policy = pagePolicy(pictureOrigin);
  for (const { path, file, type } of PAGE_FILES) {
    const bytes = await readFile(join(folder, file));
    const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
    app.get(path, (c) => {
      c.header('Content-Security-Policy', policy);
      c.header('Cache-Control', 'no-cache');
      c.header('ETag', etag);
      if (c.req.header('If-None-Match') === etag) return c.body(null, 304);
      return c.body(new Uint8Array(bytes), 200, { 'Content-Type': type });
    });
  }
  return app;
}
