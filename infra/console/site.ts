/**
 * 网站: every file of the reviewers' page and of the verifier, with the headers it is to be served with. One machine serves them
 * itself; on AWS they lie in a bucket behind CloudFront, or in a Lambda where there is none.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pagePolicy, VERIFIER_POLICY } from './page-policy.ts';
import { offlinePage, verifierPage } from './verifier-page.ts';

export interface SiteFile {
  /** `/review.js`; `/` is the page itself. */
  readonly path: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>> & { readonly 'Content-Type': string };
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Whatever lies in `web/`. */
export function pageFiles(policy = pagePolicy()): SiteFile[] {
  const folder = fileURLToPath(new URL('../../web', import.meta.url));
  return readdirSync(folder).flatMap((name) => {
    const type = MEDIA_TYPES[extname(name)];
    if (type === undefined) return [];
    const body = new Uint8Array(readFileSync(join(folder, name)));
    const headers = { 'Content-Type': type, 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache' };
    return (name === 'index.html' ? ['/', '/index.html'] : [`/${name}`]).map((path) => ({ path, body, headers }));
  });
}

export const VERIFIER_PATHS = ['/verify.html', '/verify.js', '/verify.css', '/verify-offline.html'] as const;

/** Bundled on the first call. */
export async function verifierFile(path: (typeof VERIFIER_PATHS)[number]): Promise<SiteFile> {
  const file = (text: string, type: string, more: Record<string, string>): SiteFile => ({
    path,
    body: new TextEncoder().encode(text),
    headers: { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-cache', ...more },
  });
  const policy = { 'Content-Security-Policy': VERIFIER_POLICY };
  if (path === '/verify-offline.html') {
    // Its policy is in the file.
    return file(await offlinePage(), 'text/html', {
      'Content-Disposition': 'attachment; filename="kerbwatch-verify.html"',
    });
  }
  const { html, script, style } = await verifierPage();
  if (path === '/verify.html') return file(html, 'text/html', policy);
  return path === '/verify.js' ? file(script, 'text/javascript', policy) : file(style, 'text/css', policy);
}
