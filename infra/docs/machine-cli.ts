/** `npm run docs:machine`: prints docs/state-machine.md anew. */
import { writeFile } from 'node:fs/promises';
import { stateMachinePage } from './state-machine.ts';

await writeFile(new URL('../../docs/state-machine.md', import.meta.url), stateMachinePage());
