import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { stateMachinePage } from '../../infra/docs/state-machine.ts';

it('docs/state-machine.md is what the code says: `npm run docs:machine` prints it anew', async () => {
  const printed = await readFile(new URL('../../docs/state-machine.md', import.meta.url), 'utf8');
  expect(printed).toBe(stateMachinePage());
});
