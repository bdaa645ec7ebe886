/** Sums and shares of what was counted. */
import { emptyTally, type Tally } from './meters.ts';

const NAMES = [
  ...([
    'tableCalls',
    'readUnits',
    'writeUnits',
    'blobPuts',
    'blobGets',
    'blobDeletes',
    'blobLinks',
    'messages',
    'cpuMs',
  ] as const),
];
export function add(sum: Tally, tally: Tally): void {
  for (const name of NAMES) sum[name] += tally[name];
}
/** To four digits. */
export function per(tally: Tally, count: number): Tally {
  const shared = emptyTally();
  for (const name of NAMES) shared[name] = Math.round((tally[name] / count) * 1e4) / 1e4;
  return shared;
}
export function times(tally: Tally, factor: number): Tally {
  const product = emptyTally();
  for (const name of NAMES) product[name] = tally[name] * factor;
  return product;
}
/** Never below nothing. */
export function minus(more: Tally, less: Tally): Tally {
  const difference = emptyTally();
  for (const name of NAMES) difference[name] = Math.max(0, more[name] - less[name]);
  return difference;
}
