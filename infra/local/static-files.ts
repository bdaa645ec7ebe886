/** The reviewers' page: whatever lies in `web/`, read once, with a strict content policy. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EdgeApp } from '#platform/http/edge.ts';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function serveWeb(app: EdgeApp): void {
  const folder = fileURLToPath(new URL('../../web', import.meta.url));
  for (const name of readdirSync(folder)) {
    const type = MEDIA_TYPES[extname(name)];
    if (type === undefined) continue;
    const body = readFileSync(join(folder, name));
    const headers = { 'Content-Type': type, 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-cache' };
    for (const path of name === 'index.html' ? ['/', '/index.html'] : [`/${name}`]) {
      app.get(path, (c) => c.body(body, 200, headers));
    }
  }
}
