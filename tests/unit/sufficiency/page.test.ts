import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { REQUIREMENTS } from '#core/sufficiency/check.ts';
import { sufficiencyPage } from '../../../infra/docs/sufficiency.ts';

it('docs/sufficiency.md is what the code says: `npm run docs:sufficiency` prints it anew', async () => {
  const printed = await readFile(new URL('../../../docs/sufficiency.md', import.meta.url), 'utf8');
  expect(printed).toBe(sufficiencyPage());
});

it('each requirement has its own id, and a file of that name', () => {
  const ids = REQUIREMENTS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) {
    expect(existsSync(new URL(`../../../functions/core/sufficiency/${id}.ts`, import.meta.url)), id).toBe(true);
  }
});
