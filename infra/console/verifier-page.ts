/** The verifier's page: `core/evidence/verify.ts` itself, bundled for browsers. The same sources give the same bytes. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface VerifierPage {
  html: string;
  script: string;
  style: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let built: Promise<VerifierPage> | undefined;

/** Built on the first call. */
export function verifierPage(): Promise<VerifierPage> {
  built ??= buildPage();
  return built;
}

async function buildPage(): Promise<VerifierPage> {
  const source = (name: string) => readFile(join(ROOT, 'web', 'verify', name), 'utf8');
  const [html, style, bundle] = await Promise.all([
    source('page.html'),
    source('page.css'),
    build({
      entryPoints: ['web/verify/page.js'],
      absWorkingDir: ROOT,
      bundle: true,
      write: false,
      minify: true,
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      charset: 'utf8',
      legalComments: 'none',
      alias: { '#core': './functions/core', 'node:crypto': './infra/console/node-crypto.ts' },
      logLevel: 'silent',
    }),
  ]);
  return { html, style, script: bundle.outputFiles[0]?.text ?? '' };
}

/** One file that needs no server and may talk to none. */
export async function offlinePage(): Promise<string> {
  const { html, script, style } = await verifierPage();
  const policy = [
    "default-src 'none'",
    `script-src '${sourceHash(script)}'`,
    `style-src '${sourceHash(style)}'`,
    'img-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  // Functions as replacements: `$&` in the script is no pattern.
  return html
    .replace(
      '<meta charset="utf-8">',
      (meta) => `${meta}\n  <meta http-equiv="Content-Security-Policy" content="${policy}">`,
    )
    .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${style}</style>`)
    .replace(/<script type="module"[^>]*><\/script>/, () => `<script type="module">${script}</script>`);
}

const sourceHash = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
