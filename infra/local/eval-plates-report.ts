/** What `eval plates` says: counts, shares with their intervals, and what the confidence is worth. */
import type { Box } from '#core/camera.ts';
import { groupBy } from '#core/group-by.ts';
import { type PlateRead, plateText, weakestCharacter } from '#core/plates/plate.ts';
import { shareCells, wilson } from './eval-figures.ts';
import { table } from './terminal.ts';

/** Reads at least this sure count as kept. */
export const READ_GATE = 0.9;
export interface Tally {
  total: number;
  exact: number;
}
export interface PlatesReport extends Tally {
  exactWithoutProvince: number;
  /** Whole pictures only: labelled plates with a place that some read has its middle in. */
  located?: Tally;
  /** Reads that are at least {@link READ_GATE} sure. */
  gated: { gate: number; kept: number; correct: number };
  /** 95 % interval of the share of exact reads (Wilson 1927). */
  interval: readonly [number, number];
  byType: Record<string, Tally>;
  bySource: Record<string, Tally>;
  /** What the confidence is worth: reads by confidence, and how many of them are right. */
  reliability: { from: number; reads: number; correct: number }[];
  /** Pictures that show no plate, and how many of them gave a read above the gate. */
  negatives: { total: number; read: number };
  /** Every label that was not read exactly, the surest mistakes first. */
  errors: {
    file: string;
    expected: string;
    read: string | null;
    confidence: number;
    weakest: number;
    box: Box | null;
  }[];
  msPerPlate: number;
}

/** One labelled plate and what was read for it. */
export interface Outcome {
  file: string;
  source: string;
  type: string;
  expected: string;
  read: PlateRead | null;
  located: boolean | null;
  /** Where in the picture it is, or the vehicle that bears it; null: the picture is the plate. */
  box: Box | null;
}

/** `?` stands for a character nobody can read. */
export const matches = (expected: string, read: string) => {
  const [wanted, got] = [[...expected], [...read]];
  return wanted.length === got.length && wanted.every((char, index) => char === '?' || char === got[index]);
};

export function summarize(
  outcomes: readonly Outcome[],
  negatives: PlatesReport['negatives'],
  msPerPlate: number,
): PlatesReport {
  const right = (outcome: Outcome) => outcome.read !== null && matches(outcome.expected, plateText(outcome.read));
  const tally = (group: readonly Outcome[]): Tally => ({ total: group.length, exact: group.filter(right).length });
  const by = (key: (outcome: Outcome) => string) =>
    Object.fromEntries([...groupBy(outcomes, key)].map(([name, group]) => [name, tally(group)]));
  const sure = (from: number, to: number) =>
    outcomes.filter(({ read }) => read !== null && read.confidence >= from && read.confidence < to);
  const kept = sure(READ_GATE, 2);
  const placed = outcomes.filter(({ located }) => located !== null);
  const all = tally(outcomes);
  const edges = [0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99];
  return {
    ...all,
    exactWithoutProvince: outcomes.filter(
      ({ read, expected }) => read !== null && matches(`?${expected.slice(1)}`, plateText(read)),
    ).length,
    ...(placed.length === 0
      ? {}
      : { located: { total: placed.length, exact: placed.filter(({ located }) => located).length } }),
    gated: { gate: READ_GATE, kept: kept.length, correct: kept.filter(right).length },
    interval: wilson(all.exact, all.total),
    byType: by(({ type }) => type),
    bySource: by(({ source }) => source),
    reliability: edges.map((from, index) => {
      const reads = sure(from, edges[index + 1] ?? 2);
      return { from, reads: reads.length, correct: reads.filter(right).length };
    }),
    negatives,
    errors: outcomes
      .filter((outcome) => !right(outcome))
      .map(({ file, expected, read, box }) => ({
        file,
        expected,
        read: read && plateText(read),
        confidence: read?.confidence ?? 0,
        weakest: read ? weakestCharacter(read) : 0,
        box,
      }))
      .sort((a, b) => b.confidence - a.confidence),
    msPerPlate,
  };
}

export function platesTable(report: PlatesReport): string {
  const row = (name: string, { exact, total }: Tally) => [name, ...shareCells(exact, total)];
  const { gated, located, negatives, reliability, errors } = report;
  return [
    ...table([
      row('exact', report),
      row('exact but for the province', { total: report.total, exact: report.exactWithoutProvince }),
      ...(located ? [row('located', located)] : []),
      row(`kept, confidence >= ${gated.gate}`, { total: report.total, exact: gated.kept }),
      row('right of those kept', { total: gated.kept, exact: gated.correct }),
      ...(negatives.total > 0
        ? [row('no plate, read all the same', { total: negatives.total, exact: negatives.read })]
        : []),
    ]),
    '',
    ...table([
      ...Object.entries(report.bySource).map(([name, tally]) => row(name, tally)),
      [],
      ...Object.entries(report.byType).map(([name, tally]) => row(name, tally)),
    ]),
    '',
    ...table([
      ['confidence from', 'right of reads'],
      ...reliability.map(({ from, reads, correct }) => [from.toFixed(2), ...shareCells(correct, reads)]),
    ]),
    '',
    ...errors
      .slice(0, 20)
      .map(({ expected, read, confidence }) => `${expected} read as ${read ?? 'nothing'}, ${confidence.toFixed(3)}`),
    `${report.msPerPlate.toFixed(0)} ms a plate`,
    '',
  ].join('\n');
}
