/**
 * One folder a Lambda: its code in one file (esbuild) and the parts that its line in lambdas.ts names. The same input gives the
 * same bytes, on any machine, for either architecture; nothing but npm is needed.
 *
 * @example
 * const folders = await bundle({ arch: 'arm64', outdir: 'cdk.out/bundles' });
 * folders.inspect; // holds index.mjs, which exports `handler`
 */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { z } from 'zod';
import { refuse } from '#core/refusal.ts';
import { type Arch, type Files, fontFiles, modelFiles, sharpFiles } from './bundle-parts.ts';
import { type BundlePart, LAMBDA_NAMES, type LambdaName, lambdaSpec } from './lambdas.ts';
import { ROOT } from './root.ts';

export type { Arch };

export interface BundleOptions<N extends LambdaName> {
  /** All by default. */
  readonly names?: readonly N[];
  readonly arch: Arch;
  /** A folder of its own for each is made in it; what was in that folder goes. */
  readonly outdir: string;
}

/** Unzipped. */
export const MOST_API_BYTES = 5_000_000;
export const MOST_BYTES = 80_000_000;

/**
 * @returns the folder of each
 * @throws {Refusal} `bundle-too-large`, `bundle-part-missing`, those of bundle-parts.ts and npm-package.ts
 */
export async function bundle(options: BundleOptions<LambdaName> & { names?: undefined }): Promise<Folders<LambdaName>>;
export async function bundle<N extends LambdaName>(options: BundleOptions<N>): Promise<Folders<N>>;
export async function bundle({
  names = LAMBDA_NAMES,
  arch,
  outdir,
}: BundleOptions<LambdaName>): Promise<Folders<string>> {
  const { codes, metafile } = await codesOf(names);
  const folders: Record<string, string> = {};
  for (const name of names) {
    const code = codes.get(name) ?? new Map();
    assertParts(name, metafile);
    const files: Files = new Map([...code, ...(await partFiles(name, arch))]);
    assertSize(name, files, metafile);
    const folder = join(outdir, name);
    await rm(folder, { recursive: true, force: true });
    for (const [path, bytes] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), bytes);
    }
    folders[name] = folder;
  }
  return folders;
}
export type Folders<N extends string> = Readonly<Record<N, string>>;

/** `index.mjs` of each, and beside it the licences that the code names. */
async function codesOf(names: readonly LambdaName[]): Promise<{ codes: Map<string, Files>; metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    entryPoints: names.map((name) => ({ in: `infra/aws/run/${name}.ts`, out: `${name}/index` })),
    absWorkingDir: ROOT,
    outdir: 'unwritten',
    outExtension: { '.js': '.mjs' },
    write: false,
    metafile: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // The ES form of a package sheds what is not used; the clients of AWS are half as large by it.
    mainFields: ['module', 'main'],
    // Where node_modules is a link, no path may tell where it leads.
    preserveSymlinks: true,
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'external',
    external: ['sharp', 'onnxruntime-node'],
    tsconfigRaw: {},
    plugins: [await versionPlugin()],
    logLevel: 'error',
  });
  const codes = new Map<string, Files>();
  for (const { path, contents } of outputFiles) {
    const [name = '', file = ''] = path.split(sep).slice(-2);
    if (contents.length === 0) continue;
    const files = codes.get(name) ?? new Map();
    files.set(file, file === 'index.mjs' ? withPreamble(name, contents) : contents);
    codes.set(name, files);
  }
  return { codes, metafile };
}

/** Packages in CommonJS ask for `require`, which ES modules do not have; models lie beside the code. */
function withPreamble(name: string, code: Uint8Array): Uint8Array {
  const hasModels = LAMBDA_NAMES.some((one) => one === name && lambdaSpec(one).parts.includes('models'));
  const lines = [
    "import{createRequire as __require}from'node:module';globalThis.require??=__require(import.meta.url);",
    ...(hasModels ? ["process.env.KERBWATCH_MODELS??=import.meta.dirname+'/models';"] : []),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('')}\n`), code]);
}

/** The version of the program is read from package.json, of which a bundle has none. */
async function versionPlugin(): Promise<Plugin> {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')));
  return {
    name: 'version',
    setup(esbuild) {
      esbuild.onLoad({ filter: /[\\/]infra[\\/]common[\\/]version\.ts$/ }, () => ({
        contents: `export const SYSTEM_VERSION = ${JSON.stringify(version)};`,
      }));
    },
  };
}

async function partFiles(name: LambdaName, arch: Arch): Promise<Files> {
  const { parts, models = [] } = lambdaSpec(name);
  const made: Readonly<Record<BundlePart, () => Promise<Files>>> = {
    sharp: () => sharpFiles(arch),
    models: () => modelFiles(models, arch),
    fonts: () => fontFiles(),
    contract: async () => {
      const { wholeContract } = await import('./routes.ts');
      return new Map([['contract.json', Buffer.from(JSON.stringify(wholeContract()))]]);
    },
    site: async () => {
      const { siteFiles } = await import('./site-files.ts');
      return new Map([['site.json', Buffer.from(JSON.stringify(await siteFiles()))]]);
    },
  };
  const files = await Promise.all(parts.map((part) => made[part]()));
  return new Map(files.flatMap((part) => [...part]));
}

/** Which part a package outside the code belongs to. */
const PART_OF: Readonly<Record<string, BundlePart>> = { sharp: 'sharp', 'onnxruntime-node': 'models' };

/** @throws {Refusal} `bundle-part-missing`: better no bundle than one that cannot start */
function assertParts(name: LambdaName, metafile: Metafile): void {
  const imports = outputOf(name, metafile)?.imports ?? [];
  for (const { path, external } of imports) {
    if (external !== true || isBuiltin(path)) continue;
    const part = PART_OF[path];
    if (part !== undefined && lambdaSpec(name).parts.includes(part)) continue;
    throw refuse('bundle-part-missing', 500, {
      expected: `${name} to import what its parts hold: ${lambdaSpec(name).parts.join(', ') || 'nothing'}`,
      received: `an import of ${path}`,
      action: 'Cut the import, or name the part in infra/aws/lambdas.ts.',
    });
  }
}

/** @throws {Refusal} `bundle-too-large` */
function assertSize(name: LambdaName, files: Files, metafile: Metafile): void {
  const most = lambdaSpec(name).parts.some((part) => part !== 'contract' && part !== 'site')
    ? MOST_BYTES
    : MOST_API_BYTES;
  const total = bytesOf(files);
  if (total <= most) return;
  const biggest = [...contentsOf(name, files, metafile)].sort(([, a], [, b]) => b - a).slice(0, 6);
  throw refuse('bundle-too-large', 500, {
    expected: `the bundle of ${name} to be of at most ${most} bytes unzipped`,
    received: `${total}; the biggest: ${biggest.map(([part, bytes]) => `${part} ${bytes}`).join(', ')}`,
    action: 'Leave out what is not needed: infra/aws/bundle-parts.ts, or the imports of the entry.',
  });
}

const bytesOf = (files: Files): number => [...files.values()].reduce((sum, { length }) => sum + length, 0);

/** Of a folder that was made, unzipped. */
export async function bundleBytes(folder: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) total += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return total;
}

/** Bytes by package, of the code as well as of the parts. */
function contentsOf(name: LambdaName, files: Files, metafile: Metafile): Map<string, number> {
  const sizes = new Map<string, number>();
  const add = (path: string, bytes: number) => {
    const owner = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.split('/').slice(0, 2).join('/');
    sizes.set(owner, (sizes.get(owner) ?? 0) + bytes);
  };
  for (const [path, { bytesInOutput }] of Object.entries(outputOf(name, metafile)?.inputs ?? {}))
    add(path, bytesInOutput);
  for (const [path, { length }] of files) if (path !== 'index.mjs') add(path, length);
  return sizes;
}

const outputOf = (name: LambdaName, { outputs }: Metafile) => outputs[`unwritten/${name}/index.mjs`];
