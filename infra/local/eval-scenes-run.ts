/** `eval scenes`: sequence folders through the real pipeline, and what it found beside what they expect. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boundsOf } from '#core/geometry.ts';
import { parseInstant } from '#core/time.ts';
import { namesIn, unreadable } from './eval-input.ts';
import { compareScenes, isExact, type ScenesReport } from './eval-scenes.ts';
import { FOUND_COLOUR, type SheetTile, TRUE_COLOUR } from './eval-sheet.ts';
import { patrol } from './patrol.ts';
import { readSequence, type Sequence } from './sequence.ts';
import { table } from './terminal.ts';

export interface ScenesOptions {
  onProgress?(done: number, total: number): void;
}

/** @throws {Refusal} `eval-unreadable`, `sequence-unreadable`, `sequence-invalid`, `time-invalid` */
export async function evalScenes(
  directory: string,
  { onProgress }: ScenesOptions = {},
): Promise<{ report: ScenesReport; sequences: readonly Sequence[] }> {
  const sequences = await Promise.all((await sequenceFolders(directory)).map(readSequence));
  const out = await mkdtemp(join(tmpdir(), 'kerbwatch-eval-'));
  try {
    const found = await patrol(sequences, { out, ...(onProgress === undefined ? {} : { onProgress }) });
    return { report: compareScenes(sequences, found), sequences };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** The folder itself, or those in it that hold a sequence. */
async function sequenceFolders(directory: string): Promise<string[]> {
  const names = await namesIn(directory);
  if (names.includes('sequence.json')) return [directory];
  const folders = names.map((name) => join(directory, name)).filter((path) => existsSync(join(path, 'sequence.json')));
  if (folders.length > 0) return folders;
  throw unreadable(`${directory} to be a sequence folder or to hold some`, 'no sequence.json in it or one level below');
}

export function scenesTable(report: ScenesReport): string {
  const { sequences, expected, matched, missed, extra, plateErrors, timeErrors, refused } = report;
  const span = (from: string, to: string) => `${from} – ${to}`;
  const rows = [
    ...missed.map((want) => ['漏 missed', want.type, want.place, want.zone ?? '', span(want.firstSeen, want.lastSeen)]),
    ...extra.map((one) => ['多 extra', one.type, one.place, one.zone, span(one.firstSeen, one.lastSeen)]),
    ...plateErrors.map(({ place, expected: plate, read }) => [
      '号牌 plate',
      '',
      place,
      '',
      `${plate} → ${read ?? '—'}`,
    ]),
    ...timeErrors.map(({ place, expected: times, found }) => [
      ...['时间 time', '', place, ''],
      `${span(...times)} → ${span(...found)}`,
    ]),
    ...refused.map(({ file, code }) => ['拒收 refused', code, file]),
  ];
  return [
    `序列 sequences ${sequences}   应有 expected ${expected}   相符 matched ${matched}   ${isExact(report) ? '全部正确 exact' : ''}`.trimEnd(),
    ...table(rows),
    '',
  ].join('\n');
}

/** For each missed or extra incident the frames at its ends, its zone marked. */
export function scenesTiles({ missed, extra }: ScenesReport, sequences: readonly Sequence[]): SheetTile[] {
  return [
    ...missed.flatMap((want) => tilesOf({ ...want, kind: 'missed' }, sequences)),
    ...extra.flatMap((found) => tilesOf({ ...found, kind: 'extra' }, sequences)),
  ];
}

interface Shown {
  kind: 'missed' | 'extra';
  type: string;
  place: string;
  zone: string | null;
  firstSeen: string;
  lastSeen: string;
}

function tilesOf({ kind, type, place, zone, firstSeen, lastSeen }: Shown, sequences: readonly Sequence[]): SheetTile[] {
  const [from, to] = [parseInstant(firstSeen), parseInstant(lastSeen)];
  const colour = kind === 'missed' ? TRUE_COLOUR : FOUND_COLOUR;
  return sequences
    .filter((sequence) => sequence.place.name === place)
    .flatMap(({ frames, zones }) => {
      const during = frames.filter(({ capturedAt }) => capturedAt >= from && capturedAt <= to);
      const ends = [...new Set([during.at(0), during.at(-1)])];
      const marks = zones.filter(({ id }) => id === zone).map(({ polygon }) => ({ box: boundsOf(polygon), colour }));
      const caption = `${kind} ${type} · ${place}`;
      return ends.flatMap((frame) =>
        frame === undefined ? [] : [{ path: frame.path, around: null, marks, caption: `${caption} · ${frame.file}` }],
      );
    });
}
