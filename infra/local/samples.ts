/** The first run: the shipped sequences become cameras, and their frames go in by HTTP as any camera network's do. */
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatInstant } from '#core/time.ts';
import { readSequence, type Sequence } from './sequence.ts';
import type { Store } from './store.ts';

export async function readSamples(): Promise<Sequence[]> {
  const folder = fileURLToPath(new URL('../../tests/samples', import.meta.url));
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'sequence.json')));
  return Promise.all(names.sort().map((name) => readSequence(join(folder, name))));
}

const MARK = { partition: 'local', sort: 'samples' };
type Mark = { played: boolean };

/** `unplayed` before the first run, `playing` when one was cut short, `played` afterwards. */
export async function samplesState({ table }: Store): Promise<'unplayed' | 'playing' | 'played'> {
  const mark = await table.get<Mark>(MARK);
  if (mark === undefined) return 'unplayed';
  return mark.value.played ? 'played' : 'playing';
}

export async function markSamples({ table }: Store, mark: Mark): Promise<void> {
  await table.write({ kind: 'put', ...MARK, value: mark, expect: 'any' });
}

/** Whether nothing was ever registered: only then are samples welcome. */
export async function isEmpty({ table }: Store): Promise<boolean> {
  const page = await table.query({ partition: 'cameras', index: true, limit: 1 });
  return page.items.length === 0;
}

/** Pushes every frame in the order they were taken. Repeating it is harmless: the same frame again is answered 200. */
export async function pushFrames(
  sequences: readonly Sequence[],
  { baseUrl, token, onPushed }: { baseUrl: string; token: string; onPushed(): void },
): Promise<void> {
  const frames = sequences.flatMap(({ camera, frames: listed }) => listed.map((frame) => ({ camera, ...frame })));
  for (const { camera, path, capturedAt } of frames.toSorted((a, b) => a.capturedAt - b.capturedAt)) {
    const url = new URL(`/v1/cameras/${encodeURIComponent(camera.id)}/frames`, baseUrl);
    url.searchParams.set('capturedAt', formatInstant(capturedAt));
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'image/jpeg', Authorization: `Bearer ${token}` },
      body: await readFile(path),
    });
    if (!response.ok)
      throw new Error(`Expected the sample ${path} accepted, received ${response.status}: ${await response.text()}`);
    onPushed();
  }
}
