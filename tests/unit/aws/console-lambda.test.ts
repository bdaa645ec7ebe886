/** The Lambda that serves the pages where there is no CloudFront: as its bundle, file for file what is served at home. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bundle } from '../../../infra/aws/bundle.ts';
import { ENVIRONMENT } from '../../../infra/aws/lambdas.ts';
import { siteFiles, sitePaths } from '../../../infra/aws/site-files.ts';
import { pagePolicy, VERIFIER_POLICY } from '../../../infra/console/page-policy.ts';

const STORAGE = 'https://frames.example https://evidence.example';
const Answer = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  isBase64Encoded: z.boolean().optional(),
});
const Entry = z.object({
  handler: z.function({ input: [z.object({ rawPath: z.string() })], output: z.promise(z.unknown()) }),
});

let ask: (rawPath: string) => Promise<z.infer<typeof Answer>>;

beforeAll(async () => {
  process.env[ENVIRONMENT.storageOrigins] = STORAGE;
  const outdir = mkdtempSync(join(tmpdir(), 'kerbwatch-console-'));
  const folders = await bundle({ names: ['console'], arch: 'x86_64', outdir });
  const { handler } = Entry.parse(await import(pathToFileURL(join(folders.console, 'index.mjs')).href));
  ask = async (rawPath) => Answer.parse(await handler({ rawPath }));
});

describe('the Lambda of the pages', () => {
  it('answers each path of the site with its bytes', async () => {
    const files = await siteFiles();
    expect(files.map(({ path }) => path)).toEqual(sitePaths());
    for (const { path, base64, headers } of files) {
      expect(await ask(path)).toMatchObject({
        ...{ statusCode: 200, body: base64, isBase64Encoded: true },
        headers: { 'Content-Type': headers['Content-Type'], 'X-Content-Type-Options': 'nosniff' },
      });
    }
  });

  it('lets pages talk to the storage that signed links lead to, and the verifier to nobody', async () => {
    expect((await ask('/')).headers['Content-Security-Policy']).toBe(pagePolicy(STORAGE.split(' ')));
    expect((await ask('/verify.html')).headers['Content-Security-Policy']).toBe(VERIFIER_POLICY);
  });

  it.each(['/nothing.html', '/../index.mjs', '/site.json', '/index.mjs'])('has nothing at %s', async (path) => {
    expect((await ask(path)).statusCode).toBe(404);
  });
});
