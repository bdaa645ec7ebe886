/** `npm run eval -- plates|scenes DIR [--json]`: accuracy on labelled data; exits 1 when the data cannot be read. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { refuse } from '#core/refusal.ts';
import { runCommand } from './cli.ts';
import { evalPlates } from './eval-plates.ts';
import { compareScenes, isExact, type ScenesReport } from './eval-scenes.ts';
import { patrol } from './patrol.ts';
import { readSequence } from './sequence.ts';
import { openTerminal } from './terminal.ts';

const terminal = openTerminal(process.stderr);

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  });
  const [kind, directory] = positionals;
  if (directory === undefined || (kind !== 'plates' && kind !== 'scenes')) {
    throw refuse('eval-unknown', 400, {
      expected: 'plates or scenes, then a folder',
      received: positionals.join(' ') || 'nothing',
      action: 'Try: npm run eval -- scenes tests/samples',
    });
  }
  if (kind === 'plates') {
    const report = await evalPlates(directory, { json: values.json });
    if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  const report = await evalScenes(directory);
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : readable(report));
}

async function evalScenes(directory: string): Promise<ScenesReport> {
  const sequences = await Promise.all(sequenceFolders(directory).map(readSequence));
  const out = await mkdtemp(join(tmpdir(), 'kerbwatch-eval-'));
  try {
    const { incidents } = await patrol(sequences, {
      out,
      onProgress: (done, total) => terminal.progress(done, total, '识别快照 Inspecting frames'),
    });
    return compareScenes(sequences, incidents);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** The folder itself, or those in it that hold a sequence. */
function sequenceFolders(directory: string): string[] {
  if (existsSync(join(directory, 'sequence.json'))) return [directory];
  const names = existsSync(directory) ? readdirSync(directory).sort() : [];
  const folders = names.map((name) => join(directory, name)).filter((path) => existsSync(join(path, 'sequence.json')));
  if (folders.length > 0) return folders;
  throw refuse('eval-unreadable', 400, {
    expected: `${directory} to be a sequence folder or to hold some`,
    received: existsSync(directory) ? 'no sequence.json in it or one level below' : 'no such folder',
    action: 'Name a folder in the documented form; see docs/api.md.',
  });
}

function readable(report: ScenesReport): string {
  const { sequences, expected, matched, missed, extra, plateErrors, timeErrors } = report;
  const lines = [
    `序列 sequences ${sequences}   应有 expected ${expected}   相符 matched ${matched}   ${isExact(report) ? '全部正确 exact' : ''}`,
    ...missed.map(
      (want) => `  漏 missed  ${want.type} ${want.place} ${want.zone ?? ''} ${want.firstSeen} – ${want.lastSeen}`,
    ),
    ...extra.map(
      (found) => `  多 extra   ${found.type} ${found.place} ${found.zone} ${found.firstSeen} – ${found.lastSeen}`,
    ),
    ...plateErrors.map((error) => `  号牌 plate ${error.place}: ${error.expected} → ${error.read ?? '—'}`),
    ...timeErrors.map(
      (error) => `  时间 time  ${error.place}: ${error.expected.join(' – ')} → ${error.found.join(' – ')}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

await runCommand(main, terminal.line);
