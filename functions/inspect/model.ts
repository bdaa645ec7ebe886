/** A model ready to run: its weights are what its card says, and so are the tensors that go in and come out. */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { refuse } from '#core/refusal.ts';
import type { ModelVersion } from '#core/sighting.ts';
import { type Card, type ModelName, readCard, readWeights, versionOf } from './model-card.ts';
import { timedAsync } from './work.ts';

export interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export interface Model {
  readonly card: Card;
  readonly version: ModelVersion;
  /** Runs on one thread and blocks it: call it from a worker. */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  /** Milliseconds spent in `session.run` since the model was loaded. */
  readonly spent: { ms: number; runs: number };
}

/**
 * @param tensors names the caller counts on, which the card must list: a model swapped for one that calls its outputs
 * otherwise must not look like one that sees nothing
 * @throws {Refusal} `model-card-missing`, `model-card-invalid`, `model-weights-missing`, `model-hash-mismatch`,
 * `model-signature-mismatch`
 */
export async function loadModel(name: ModelName, tensors: readonly string[] = []): Promise<Model> {
  const card = await readCard(name);
  const session = await InferenceSession.create(await readWeights(card), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  assertSignature(card, session, tensors);
  const spent = { ms: 0, runs: 0 };
  return {
    card,
    version: versionOf(card),
    spent,
    async run(inputs) {
      const feeds: Record<string, OrtTensor> = {};
      for (const [key, { data, dims }] of Object.entries(inputs))
        feeds[key] = new OrtTensor('float32', data, [...dims]);
      const started = performance.now();
      const results = await timedAsync(`run ${name}`, () => session.run(feeds));
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

type Described = InferenceSession.ValueMetadata;
type Side = 'input' | 'output';

function assertSignature(card: Card, session: InferenceSession, tensors: readonly string[]): void {
  const { name, version, input, outputs } = card;
  const onCard = {
    input: { [input.name]: input.shape },
    output: Object.fromEntries(Object.entries(outputs).map(([key, { shape }]) => [key, shape])),
  };
  const faults = [
    ...sideFaults('input', onCard.input, session.inputMetadata),
    ...sideFaults('output', onCard.output, session.outputMetadata),
    ...tensors
      .filter((tensor) => tensor !== input.name && outputs[tensor] === undefined)
      .map((tensor) => `no ${tensor}, which the program reads`),
  ];
  if (faults.length === 0) return;
  throw refuse('model-signature-mismatch', 500, {
    expected: `the tensors of ${name} ${version} to be those on its card`,
    received: faults.join('; '),
    action:
      '按模型改正卡片的 input、outputs，或恢复程序所用的模型。Correct input and outputs of the card, or restore the model the program is made for.',
    data: { model: name },
  });
}

/** Lengths that the model leaves free may be fixed by the card, not the other way round. */
function sideFaults(
  side: Side,
  onCard: Readonly<Record<string, readonly (number | string)[]>>,
  inModel: readonly Described[],
): string[] {
  const faults = Object.keys(onCard)
    .filter((name) => !inModel.some((one) => one.name === name))
    .map((name) => `no ${side} ${name}`);
  for (const one of inModel) {
    const card = onCard[one.name];
    const model = one.isTensor ? one.shape : [];
    if (card === undefined) faults.push(`${side} ${one.name}, which is not on the card`);
    else if (!one.isTensor || one.type !== 'float32') faults.push(`${side} ${one.name}, which is no float32 tensor`);
    else if (
      card.length !== model.length ||
      model.some((length, i) => typeof length === 'number' && length !== card[i])
    )
      faults.push(`${side} ${one.name} of [${model.map((length) => length || '?').join(', ')}]`);
  }
  return faults;
}
