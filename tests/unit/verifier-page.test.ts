import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { edgeApp } from '#platform/http/edge.ts';
import { serveVerifier } from '../../infra/console/serve-site.ts';

const directory = mkdtempSync(join(tmpdir(), 'verifier-page-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('is one file with the same bytes whoever makes it, and runs no script but its own', async () => {
  const app = edgeApp();
  serveVerifier(app);
  const path = join(directory, 'verify.html');
  execFileSync('node_modules/.bin/tsx', ['infra/console/verifier-page-cli.ts', path]);
  const html = readFileSync(path, 'utf8');
  expect(await (await app.request('/verify-offline.html')).text()).toBe(html);
  const [, script = ''] = /<script type="module">(.*?)<\/script>/s.exec(html) ?? [];
  expect(html).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  expect(html).not.toMatch(/<(script|link)[^>]+(src|href)=/);
});

it('is served under a policy that lets it talk to nobody', async () => {
  const app = edgeApp();
  serveVerifier(app);
  for (const path of ['/verify.html', '/verify.js', '/verify.css']) {
    const response = await app.request(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Security-Policy')).toMatch(/script-src 'self'.*connect-src 'none'/);
  }
});
