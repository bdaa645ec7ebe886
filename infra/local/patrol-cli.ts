/** `npm run patrol -- DIR... [--out DIR] [--json]` */
import { randomBytes } from 'node:crypto';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { refuse } from '#core/refusal.ts';
import { stderrLog } from '#platform/http/log.ts';
import { runCommand } from './cli.ts';
import { patrol } from './patrol.ts';
import type { PatrolReport } from './patrol-report.ts';
import { readSequence } from './sequence.ts';
import { openTerminal, table } from './terminal.ts';
import { timeStamperOf } from './tsa.ts';

const terminal = openTerminal(process.stderr);

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { out: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  if (positionals.length === 0) {
    throw refuse('folder-missing', 400, {
      expected: 'one or more sequence folders',
      received: 'none',
      action: 'Try: npm run patrol -- tests/samples/a_sidewalk_parking',
    });
  }
  const sequences = await Promise.all(positionals.map(readSequence));
  const out = values.out ?? freshFolder();
  const report = await patrol(sequences, {
    out,
    timeStamper: timeStamperOf(process.env),
    log: (line) => (line.level === 'error' ? stderrLog(line) : undefined),
    onProgress: (done, total) => terminal.progress(done, total, '识别快照 Inspecting frames'),
  });
  if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else for (const line of readable(report, out)) process.stdout.write(`${line}\n`);
}

/** Its name only: nothing is made for a patrol that cannot begin. */
function freshFolder(): string {
  return join(process.env.KERBWATCH_DATA ?? 'var', 'patrol', `run-${randomBytes(4).toString('hex')}`);
}

const TYPE_WORDS: Readonly<Record<string, string>> = { 'sidewalk-parking': '人行道违停', 'street-trading': '出店经营' };

function readable({ incidents, frames, refused, timings }: PatrolReport, out: string): string[] {
  const rows = incidents.map((incident) => [
    incident.id,
    TYPE_WORDS[incident.type] ?? incident.type,
    incident.plate ?? incident.shop ?? '号牌待审核',
    incident.place,
    `${incident.firstSeen.slice(0, 19).replace('T', ' ')} – ${incident.lastSeen.slice(11, 19)}`,
    `${incident.frames} 帧`,
  ]);
  return [
    `${frames} 帧快照，${incidents.length} 起事件，${(timings.totalMs / 1000).toFixed(1)} 秒  ${frames} frames, ${incidents.length} incidents`,
    ...table(rows),
    ...refused.map(({ file, code, message }) => `  拒收 refused ${file}: ${code}: ${message}`),
    `证据包 evidence packages: ${relative('.', out) || '.'}`,
  ];
}

await runCommand(main, terminal.line);
