/** `npm run docs:sufficiency`: prints docs/sufficiency.md anew. */
import { writeFile } from 'node:fs/promises';
import { sufficiencyPage } from './sufficiency.ts';

await writeFile(new URL('../../docs/sufficiency.md', import.meta.url), sufficiencyPage());
