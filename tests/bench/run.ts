/** `npm run bench [-- NAME] [--json]`: ratios measured in one run, because the machine is never quiet. */
import { parseArgs } from 'node:util';
import { benchInspect } from './inspect.ts';

const BENCHMARKS: Readonly<Record<string, () => Promise<Record<string, unknown>>>> = { inspect: benchInspect };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const names = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
const results: Record<string, unknown> = {};
for (const name of names) {
  const benchmark = BENCHMARKS[name];
  if (benchmark === undefined) {
    process.stderr.write(`Expected one of ${Object.keys(BENCHMARKS).join(', ')}, received ${name}\n`);
    process.exit(1);
  }
  results[name] = await benchmark();
}
if (values.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
else for (const [name, result] of Object.entries(results)) console.log(name, result);
