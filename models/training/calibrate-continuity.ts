/**
 * Chooses what `functions/core/continuity/model.ts` weighs its facts by, and shows what that is worth:
 *
 *     npx tsx models/training/calibrate-continuity.ts DIR...
 *
 * DIR as for `npm run eval -- continuity`. Of a grid around the weights of the code, the combination is chosen that calls
 * no broken pair of the set `choice` proven, and leaves fewest of its unbroken pairs doubtful; each vehicle and kind of pair
 * counts by the root of its number, because its pairs are not independent. The set `aside` is looked at afterwards.
 * Ranges and the other neutral values are where the distributions end and cross; plates and times are not chosen here
 * (there are too few, and none).
 */
import { IDENTITY, POSITION, type Terms, unbrokenProbability } from '#core/continuity/model.ts';
import { groupBy } from '#core/group-by.ts';
import { DEFAULT_POLICY } from '#core/policy.ts';
import { labelledPairs } from '../../infra/local/eval-continuity-pairs.ts';

const GRID = {
  neutral: [0.8, 0.81, 0.82, 0.83, 0.84],
  identity: [16, 20, 25, 30],
  position: [16, 20, 25, 30],
  shift: [-8, -10, -12],
  overlap: [4, 6],
} as const;

const pairs = await labelledPairs(process.argv.slice(2));
const counts = new Map(
  [...groupBy(pairs, ({ vehicle, kind }) => `${vehicle} ${kind}`).values()].flatMap((group) =>
    group.map((pair) => [pair, 1 / Math.sqrt(group.length)] as const),
  ),
);
const isProven = (probability: number) => probability >= DEFAULT_POLICY.continuityFrom;

const changed = (terms: Terms, change: Readonly<Record<string, { weight?: number; neutral?: number }>>): Terms =>
  terms.map(([name, term]) => [name, { ...term, ...change[name] }] as const);

interface Choice {
  said: string;
  beforehand: 0;
  identity: Terms;
  position: Terms;
}

function* choices(): Generator<Choice> {
  for (const neutral of GRID.neutral) {
    for (const inIdentity of GRID.identity) {
      for (const inPosition of GRID.position) {
        for (const shift of GRID.shift) {
          for (const overlap of GRID.overlap) {
            yield {
              said: `spot neutral ${neutral}, identity ${inIdentity}, position ${inPosition}; shift ${shift}; overlap ${overlap}`,
              beforehand: 0,
              identity: changed(IDENTITY, { spot: { weight: inIdentity, neutral } }),
              position: changed(POSITION, {
                spot: { weight: inPosition, neutral },
                shift: { weight: shift },
                overlap: { weight: overlap },
              }),
            };
          }
        }
      }
    }
  }
}

const chosen = pairs.filter(({ set }) => set === 'choice');
let best: (Choice & { falseSame: number; doubtful: number }) | undefined;
for (const choice of choices()) {
  let [falseSame, doubtful] = [0, 0];
  for (const pair of chosen) {
    const proven = isProven(unbrokenProbability(pair.facts, choice));
    if (proven && !pair.unbroken) falseSame++;
    if (!proven && pair.unbroken) doubtful += counts.get(pair) ?? 0;
  }
  const isBetter =
    best === undefined || falseSame < best.falseSame || (falseSame === best.falseSame && doubtful < best.doubtful);
  if (isBetter) best = { ...choice, falseSame, doubtful };
}
process.stdout.write(`chosen: ${best?.said}; false same ${best?.falseSame}, doubtful ${best?.doubtful.toFixed(1)}\n\n`);

/** How often pairs of a stated probability are unbroken: for the weights in the code. */
const EDGES = [0, 0.05, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98, 1];
for (const set of ['choice', 'aside'] as const) {
  process.stdout.write(`${set}: probability, pairs, of them unbroken\n`);
  for (const [index, from] of EDGES.slice(0, -1).entries()) {
    const to = EDGES[index + 1] ?? 1;
    const inside = pairs.filter((pair) => pair.set === set && isBetween(unbrokenProbability(pair.facts), from, to));
    process.stdout.write(`  ${from} - ${to}  ${inside.length}  ${inside.filter(({ unbroken }) => unbroken).length}\n`);
  }
}

function isBetween(probability: number, from: number, to: number): boolean {
  return probability >= from && (probability < to || to === 1);
}
