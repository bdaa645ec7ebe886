/**
 * `npm run docs:cost`: prints the section on cost in docs/operations.md anew. `-- --prices FILE` prints it with prices of your own
 * on the terminal; `-- --count` counts anew first what frames use (some minutes).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runCommand } from '../local/cli.ts';
import { costSection } from './cost-page.ts';
import { ownPrices } from './prices.ts';
import { withSection } from './sections.ts';
import { Usage } from './usage.ts';

const USAGE = new URL('./usage.json', import.meta.url);
const PAGE = new URL('../../docs/operations.md', import.meta.url);
const say = (line: string) => void process.stderr.write(`${line}\n`);

await runCommand(async () => {
  const { values } = parseArgs({ options: { prices: { type: 'string' }, count: { type: 'boolean', default: false } } });
  if (values.count) {
    const { countUsage } = await import('./usage-run.ts');
    await writeFile(USAGE, `${JSON.stringify(await countUsage(say), null, 2)}\n`);
  }
  const usage = Usage.parse(JSON.parse(await readFile(USAGE, 'utf8')));
  if (values.prices !== undefined) {
    process.stdout.write(`${costSection(usage, ownPrices(JSON.parse(await readFile(values.prices, 'utf8'))))}\n`);
    return;
  }
  await writeFile(PAGE, withSection(await readFile(PAGE, 'utf8'), 'cost', costSection(usage)));
}, say);
