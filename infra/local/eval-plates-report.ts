/** What `eval plates` says: counts, shares with their intervals, and what the confidence is worth. */
import { groupBy } from '#core/group-by.ts';
import { type PlateRead, plateText, weakestCharacter } from '#core/plates/plate.ts';

/** Reads at least this sure count as kept. */
export const READ_GATE = 0.85;
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
  errors: { file: string; expected: string; read: string | null; confidence: number; weakest: number }[];
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
    interval: wilson(all),
    byType: by(({ type }) => type),
    bySource: by(({ source }) => source),
    reliability: edges.map((from, index) => {
      const reads = sure(from, edges[index + 1] ?? 2);
      return { from, reads: reads.length, correct: reads.filter(right).length };
    }),
    negatives,
    errors: outcomes
      .filter((outcome) => !right(outcome))
      .map(({ file, expected, read }) => ({
        file,
        expected,
        read: read && plateText(read),
        confidence: read?.confidence ?? 0,
        weakest: read ? weakestCharacter(read) : 0,
      }))
      .sort((a, b) => b.confidence - a.confidence),
    msPerPlate,
  };
}

/** 95 % interval of a share, sound for small counts and shares near 1. */
function wilson({ total, exact }: Tally): readonly [number, number] {
  const z = 1.96;
  const share = exact / total;
  const middle = (share + (z * z) / (2 * total)) / (1 + (z * z) / total);
  const half = (z / (1 + (z * z) / total)) * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

export function table(report: PlatesReport): string {
  const row = (name: string, tally: Tally) => {
    const [low, high] = wilson(tally);
    const share = percent(tally.exact / tally.total).padStart(8);
    return `${name.padEnd(34)}${`${tally.exact}/${tally.total}`.padStart(9)}${share}  (${percent(low)} - ${percent(high)})`;
  };
  const { gated, located, negatives, reliability, errors } = report;
  return [
    row('exact', report),
    row('exact but for the province', { total: report.total, exact: report.exactWithoutProvince }),
    ...(located ? [row('located', located)] : []),
    `at confidence >= ${gated.gate}: kept ${gated.kept}, right ${gated.correct}`,
    ...(negatives.total > 0
      ? [`pictures without a plate: ${negatives.total}, read above the gate ${negatives.read}`]
      : []),
    '',
    ...Object.entries(report.bySource).map(([name, tally]) => row(name, tally)),
    '',
    ...Object.entries(report.byType).map(([name, tally]) => row(name, tally)),
    '',
    'confidence from   reads   right',
    ...reliability.map(
      ({ from, reads, correct }) =>
        `${String(from).padStart(15)}${String(reads).padStart(8)}${String(correct).padStart(8)}`,
    ),
    '',
    ...errors
      .slice(0, 20)
      .map(({ expected, read, confidence }) => `${expected} read as ${read ?? 'nothing'}, ${confidence.toFixed(3)}`),
    `${report.msPerPlate.toFixed(0)} ms a plate`,
    '',
  ].join('\n');
}
