/** `eval detection` for people: a line a class, every share with its counts and interval. */
import { groupBy } from '#core/group-by.ts';
import type { DetectionReport } from './eval-detection-report.ts';
import { shareCells } from './eval-figures.ts';
import { table } from './terminal.ts';

export function detectionTable({
  pictures,
  threshold,
  classes,
  surfaces,
  errors,
  msPerFrame,
}: DetectionReport): string {
  const share = (value: number | null) => (value === null ? '-' : value.toFixed(2));
  const rows = Object.entries(classes).map(([name, { n, ap50, found, reported }]) => [
    ...[name, String(n), share(ap50)],
    ...[...shareCells(found, n), ...shareCells(found, reported)],
  ]);
  const placed = Object.entries(surfaces ?? {}).map(([name, { n, found, placed }]) => [
    ...[name, ...shareCells(found, n), ...shareCells(placed, n)],
  ]);
  const kinds = [...groupBy(errors, ({ kind }) => kind)].map(([kind, group]) => `${kind} ${group.length}`);
  return [
    `${pictures} pictures; recall and precision at score >= ${threshold}, 95 % intervals`,
    ...table([['class', 'n', 'AP50', 'found', 'recall', '', 'right', 'precision', ''], ...rows]),
    ...(placed.length > 0
      ? [
          '',
          'Rendered vehicles of 40 px and more, at most 60 % hidden: found, and put on the right surface',
          ...table([['', 'found', '', '', 'placed', '', ''], ...placed]),
        ]
      : []),
    '',
    `vehicles and people: ${kinds.join(', ') || 'no error'}; ${msPerFrame.toFixed(0)} ms a frame`,
    '',
  ].join('\n');
}
