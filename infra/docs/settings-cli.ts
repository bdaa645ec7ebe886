/** `npm run docs:settings`: prints the table of settings in docs/operations.md anew. */
import { readFile, writeFile } from 'node:fs/promises';
import { withSection } from './sections.ts';
import { settingsSection } from './settings-page.ts';

const PAGE = new URL('../../docs/operations.md', import.meta.url);
await writeFile(PAGE, withSection(await readFile(PAGE, 'utf8'), 'settings', settingsSection()));
