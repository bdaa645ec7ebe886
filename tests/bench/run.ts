/** `npm run bench [-- NAME...] [--json]`: ratios measured in one run, because the machine is never quiet. */
import { parseArgs } from 'node:util';
import type { Bench } from './bench.ts';
import { benchColdStart } from './cold-start.ts';
import { benchInspect } from './inspect.ts';
import { benchStays } from './stays.ts';
import { benchWithdrawal } from './withdrawal.ts';

const BENCHMARKS: Readonly<Record<string, () => Bench | Promise<Bench>>> = {
  'cold-start': benchColdStart,
  inspect: benchInspect,
  stays: benchStays,
  withdrawal: benchWithdrawal,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const names = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
const unknown = names.find((name) => BENCHMARKS[name] === undefined);
if (unknown !== undefined) {
  process.stderr.write(`Expected one of ${Object.keys(BENCHMARKS).join(', ')}, received ${unknown}\n`);
  process.exit(1);
}
const results: Record<string, unknown> = {};
for (const name of names) {
  const measured = await BENCHMARKS[name]?.();
  if (measured === undefined) continue;
  results[name] = measured.json;
  if (!values.json) process.stdout.write(`${[name, ...measured.lines, ''].join('\n')}\n`);
}
if (values.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
