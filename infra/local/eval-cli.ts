/**
 * `npm run eval -- plates|detection|faces|scenes|continuity DIR [--json] [--sheet FILE]`: accuracy on labelled data.
 * `continuity` takes several folders at once: rendered and real sequences make one figure.
 *
 * Standard output is the report and nothing else: a table, or one JSON document. The worst errors go as pictures to
 * `eval-errors-<kind>.png`. Exits with 1 when something could not be read, and says what.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { refuse } from '#core/refusal.ts';
import { checkModels } from '../../functions/inspect/model-registry.ts';
import { runCommand } from './cli.ts';
import { continuityTable, evalContinuity } from './eval-continuity.ts';
import { detectionTiles, evalDetection } from './eval-detection.ts';
import { detectionTable } from './eval-detection-table.ts';
import { evalFaces, facesTable, facesTiles } from './eval-faces.ts';
import { evalPlates, plateTiles } from './eval-plates.ts';
import { platesTable } from './eval-plates-report.ts';
import { evalScenes, scenesTable, scenesTiles } from './eval-scenes-run.ts';
import { MOST_TILES, type SheetTile, writeSheet } from './eval-sheet.ts';
import { openTerminal } from './terminal.ts';

const terminal = openTerminal(process.stderr);
const onProgress = (done: number, total: number) => terminal.progress(done, total, '识别快照 Inspecting frames');

interface Evaluation {
  report: unknown;
  table: string;
  /** The worst first. */
  tiles: readonly SheetTile[];
  /** What was left out because it could not be used. */
  unread: readonly string[];
}

const KINDS: Readonly<Record<string, (directory: string, more: readonly string[]) => Promise<Evaluation>>> = {
  async plates(directory) {
    const report = await evalPlates(directory);
    return { report, table: platesTable(report), tiles: plateTiles(directory, report), unread: [] };
  },
  async detection(directory) {
    const report = await evalDetection(directory, { onProgress });
    return { report, table: detectionTable(report), tiles: detectionTiles(report.errors), unread: [] };
  },
  async faces(directory) {
    const report = await evalFaces(directory, { onProgress });
    return { report, table: facesTable(report), tiles: facesTiles(directory, report), unread: [] };
  },
  async scenes(directory) {
    const { report, sequences } = await evalScenes(directory, { onProgress });
    const unread = report.refused.map(({ file, code, message }) => `${file}: ${code}: ${message}`);
    return { report, table: scenesTable(report), tiles: scenesTiles(report, sequences), unread };
  },
  async continuity(directory, more) {
    const { report, tiles } = await evalContinuity([directory, ...more], { onProgress });
    return { report, table: continuityTable(report), tiles, unread: [] };
  },
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, sheet: { type: 'string' } },
  });
  const [kind = '', directory, ...more] = positionals;
  const evaluate = KINDS[kind];
  if (evaluate === undefined || directory === undefined) {
    throw refuse('eval-unknown', 400, {
      expected: `${Object.keys(KINDS).join(', ')}, then a folder`,
      received: positionals.join(' ') || 'nothing',
      action: 'Try: npm run eval -- scenes tests/samples',
    });
  }
  await checkModels();
  const { report, table, tiles, unread } = await evaluate(directory, more);
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : table);
  if (tiles.length > 0) {
    const sheet = values.sheet ?? `eval-errors-${kind}.png`;
    const shown = tiles.filter(({ path }) => existsSync(path));
    await writeSheet(
      sheet,
      `eval ${kind} · ${join(directory)} · ${Math.min(MOST_TILES, shown.length)} / ${tiles.length}`,
      shown,
    );
    terminal.line(`错误图 the worst errors as pictures: ${sheet}`);
  }
  if (unread.length > 0) {
    throw refuse('eval-unreadable', 400, {
      expected: 'every frame of the folder accepted',
      received: `${unread.length} refused, so the report does not cover them: ${unread[0]}`,
      action: 'Correct the frames or take them out of sequence.json.',
    });
  }
}

await runCommand(main, terminal.line);
