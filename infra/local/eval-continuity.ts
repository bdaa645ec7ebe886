/**
 * `eval continuity`: how often two sightings are called one vehicle that did not move and are not, and how often they
 * are and are not called so. On cameras by which weights were chosen, and on those kept aside.
 */
import { BROKEN_BELOW, unbrokenProbability } from '#core/continuity/model.ts';
import { groupBy } from '#core/group-by.ts';
import { DEFAULT_POLICY } from '#core/policy.ts';
import { ASSUMED_GAP, type LabelledPair, labelledPairs, type PairOptions } from './eval-continuity-pairs.ts';
import { percent, shareCells, wilson } from './eval-figures.ts';
import { FOUND_COLOUR, type SheetTile } from './eval-sheet.ts';
import { table } from './terminal.ts';

/** What was counted, of how many; with a 95 % bound, and by vehicles, because pairs of one are not independent. */
export interface Rate {
  count: number;
  of: number;
  upper95: number;
  vehicles: { count: number; of: number; upper95: number };
}

export interface Tally {
  /** Pairs of one vehicle that did not move: not proven, and cut in two. */
  unbroken: { pairs: number; falseBroken: Rate; cut: Rate };
  /** Other pairs: called proven. How many of them are cut says how much is settled without a person. */
  broken: { pairs: number; falseSame: Rate; cut: Rate };
}

export interface ContinuityReport {
  pairs: number;
  /** From which probability a stay is proven, below which it is cut. */
  thresholds: { proven: number; broken: number };
  assumedGapSeconds: number;
  sets: Readonly<Record<LabelledPair['set'], Tally>>;
  bySource: Readonly<Record<string, Tally>>;
  byKind: Readonly<Record<string, Rate>>;
  errors: readonly { kind: string; sequence: string; score: number; from: string; to: string }[];
}

/** @throws {Refusal} `eval-unreadable`, `sequence-unreadable`, `sequence-invalid` */
export async function evalContinuity(
  directories: readonly string[],
  options: PairOptions = {},
): Promise<{ report: ContinuityReport; tiles: readonly SheetTile[] }> {
  const judged = (await labelledPairs(directories, options)).map((pair) => ({
    ...pair,
    score: unbrokenProbability(pair.facts),
  }));
  const of = (set: LabelledPair['set']) => tallyOf(judged.filter((pair) => pair.set === set));
  const wrong = judged.filter(isWrong).sort((a, b) => errorOf(b) - errorOf(a));
  const report: ContinuityReport = {
    pairs: judged.length,
    thresholds: { proven: DEFAULT_POLICY.continuityFrom, broken: BROKEN_BELOW },
    assumedGapSeconds: ASSUMED_GAP / 1000,
    sets: { choice: of('choice'), aside: of('aside') },
    bySource: Object.fromEntries(
      [...groupBy(judged, ({ source }) => source)].map(([name, all]) => [name, tallyOf(all)]),
    ),
    byKind: Object.fromEntries(
      [...groupBy(judged, ({ set, kind }) => `${set} ${kind}`)].map(([name, all]) => [name, rateOf(all, isWrong)]),
    ),
    errors: wrong.map(({ kind, sequence, score, shown, against }) => ({
      kind,
      sequence,
      score,
      from: against.file,
      to: shown.file,
    })),
  };
  return { report, tiles: wrong.map(tileOf) };
}

type Judged = LabelledPair & { score: number };

const isProven = ({ score }: Judged) => score >= DEFAULT_POLICY.continuityFrom;
const isCut = ({ score }: Judged) => score < BROKEN_BELOW;
const isWrong = (pair: Judged) => isProven(pair) !== pair.unbroken;
const errorOf = ({ unbroken, score }: Judged) => (unbroken ? 1 - score : score);

function tallyOf(pairs: readonly Judged[]): Tally {
  const [unbroken, broken] = [pairs.filter((pair) => pair.unbroken), pairs.filter((pair) => !pair.unbroken)];
  return {
    unbroken: {
      pairs: unbroken.length,
      falseBroken: rateOf(unbroken, (pair) => !isProven(pair)),
      cut: rateOf(unbroken, isCut),
    },
    broken: { pairs: broken.length, falseSame: rateOf(broken, isProven), cut: rateOf(broken, isCut) },
  };
}

function rateOf(pairs: readonly Judged[], counts: (pair: Judged) => boolean): Rate {
  const vehicles = [...groupBy(pairs, ({ vehicle }) => vehicle).values()];
  const [count, hit] = [pairs.filter(counts).length, vehicles.filter((own) => own.some(counts)).length];
  return {
    count,
    of: pairs.length,
    upper95: wilson(count, pairs.length)[1],
    vehicles: { count: hit, of: vehicles.length, upper95: wilson(hit, vehicles.length)[1] },
  };
}

const tileOf = ({ kind, sequence, score, shown, against }: Judged): SheetTile => ({
  path: shown.path,
  around: shown.box,
  marks: [
    { box: shown.box, colour: FOUND_COLOUR },
    { box: against.box, colour: '#ffd54f' },
  ],
  caption: `${kind} ${score.toFixed(3)} · ${sequence} · ${shown.file.split('/').at(-1) ?? ''}`,
});

export function continuityTable({
  pairs,
  thresholds,
  assumedGapSeconds,
  sets,
  bySource,
  byKind,
}: ContinuityReport): string {
  const row = (name: string, { count, of, vehicles }: Rate) => [
    name,
    ...shareCells(count, of),
    `${vehicles.count}/${vehicles.of}`,
  ];
  const tally = (name: string, { unbroken, broken }: Tally) => [
    row(`${name}: false "same" 误判为同一且未动`, broken.falseSame),
    row(`${name}: false "broken" 误判为存疑`, unbroken.falseBroken),
    row(`${name}: cut though unbroken 误断开`, unbroken.cut),
    row(`${name}: cut of the broken 正确断开`, broken.cut),
  ];
  return [
    `${pairs} pairs, ${assumedGapSeconds} s assumed between; proven from ${percent(thresholds.proven)}, cut below ${percent(thresholds.broken)}; 95 % intervals`,
    ...table([
      ['', 'pairs', 'share', '', 'vehicles'],
      ...Object.entries(sets).flatMap(([name, one]) => tally(name, one)),
      ...Object.entries(bySource).flatMap(([name, one]) => tally(name, one)),
      ['wrong by kind'],
      ...Object.entries(byKind).map(([name, rate]) => row(name, rate)),
    ]),
    '',
  ].join('\n');
}
