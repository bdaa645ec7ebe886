/** What API Gateway is given must be what the functions serve: no route too few, none in two hands. */
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../infra/aws/root.ts';
import { HTTP_LAMBDA_NAMES, routesOf, wholeContract } from '../../../infra/aws/routes.ts';

const all = HTTP_LAMBDA_NAMES.flatMap((name) => routesOf(name).map((route) => ({ name, ...route })));

describe('routes of the HTTP Lambdas', () => {
  it('are the whole contract, and what an operator asks', () => {
    const contract = Object.entries(wholeContract().paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const beside = ['GET /healthz', 'GET /openapi.json', 'GET /docs'];
    expect(all.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...contract, ...beside].sort());
  });

  it('belong to one Lambda each', () => {
    const keys = all.map(({ method, path }) => `${method} ${path.replaceAll(/\{[^}]+\}/g, '{}')}`);
    expect(keys.length).toBe(new Set(keys).size);
  });

  it('name the caller but for signing in and what is public', () => {
    const open = all.filter(({ needsCaller }) => !needsCaller).map(({ method, path }) => `${method} ${path}`);
    expect(open.sort()).toEqual([
      'GET /docs',
      'GET /healthz',
      'GET /openapi.json',
      'GET /v1/public/cameras',
      'GET /v1/public/keys',
      'POST /v1/party/session',
      'POST /v1/session',
    ]);
  });

  it('are told without loading a model or a client of AWS', async () => {
    const { metafile } = await build({
      ...{ entryPoints: ['infra/aws/routes.ts'], absWorkingDir: ROOT, outdir: 'unwritten', write: false },
      ...{ bundle: true, metafile: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' },
      alias: { '#core': './functions/core', '#platform': './functions/platform' },
    });
    const imports = Object.values(metafile.inputs).flatMap(({ imports: of }) => of.map(({ path }) => path));
    expect(imports).toContain('@hono/zod-openapi');
    expect(imports.filter((path) => /onnxruntime|@aws-sdk/.test(path))).toEqual([]);
  });
});
