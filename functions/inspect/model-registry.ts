/** Every model there is, checked before the program takes anything in: milliseconds, and without loading any of them. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelVersion } from '#core/sighting.ts';
import { MODEL_NAMES, modelsDirectory, readCard, readWeights, versionOf } from './model-card.ts';

/**
 * The versions in use. Also a card that nothing loads must be true: it is shipped, and people read it.
 * @throws {Refusal} `model-card-missing`, `model-card-invalid`, `model-weights-missing`, `model-hash-mismatch`
 */
export async function checkModels(): Promise<ModelVersion[]> {
  const versions: ModelVersion[] = [];
  for (const name of new Set([...MODEL_NAMES, ...(await cardFolders())])) {
    const card = await readCard(name);
    await readWeights(card);
    versions.push(versionOf(card));
  }
  return versions;
}

/** Names of the folders that hold a card, sorted. */
export async function cardFolders(): Promise<string[]> {
  const directory = modelsDirectory();
  const names = await readdir(directory).catch((): string[] => []);
  return names.filter((name) => existsSync(join(directory, name, 'card.json'))).sort();
}
