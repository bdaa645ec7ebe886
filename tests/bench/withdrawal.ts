/**
 * How long it takes to withdraw everything that a faulty zone produced: `npm run bench -- withdrawal [COUNT]`, through the guarded
 * table on a file, as on one machine. Afterwards feed, trail and lists must agree.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cameraId, zoneId } from '#core/ids.ts';
import { guardTable } from '#platform/guarded-table.ts';
import type { Officer } from '#platform/identity.ts';
import { openSqliteTable } from '#platform/local/sqlite-table.ts';
import { tableOf } from '#platform/table-rights.ts';
import { preview, request } from '../../functions/withdraw/request.ts';
import { runWithdrawal } from '../../functions/withdraw/run.ts';
import { SUPERVISOR, T0 } from '../unit/review-incident.ts';
import { type Bench, tenth } from './bench.ts';
import { addViolations, violation } from './violations.ts';
import { disagreements } from './withdrawn-agree.ts';

const DAY = 86_400_000;

export async function benchWithdrawal(): Promise<Bench> {
  const count = Number(process.env.KERBWATCH_BENCH_VIOLATIONS ?? 100_000);
  const others = Math.ceil(count / 20);
  const directory = mkdtempSync(join(tmpdir(), 'bench-withdrawal-'));
  const clock = { now: () => T0 + 3 * DAY };
  const sqlite = openSqliteTable(join(directory, 'kerbwatch.db'), clock);
  try {
    const all = Array.from({ length: count + others }, (_, index) => violation(index, index < count ? 'Z1' : 'Z2'));
    const building = performance.now();
    await addViolations(sqlite, all, clock.now());
    const buildMs = performance.now() - building;

    const table = tableOf(guardTable(sqlite), 'withdraw');
    const su: Officer = { kind: 'officer', ...SUPERVISOR, unit: '五常中队', roles: ['supervisor'] };
    const selector = { zone: { cameraId: cameraId('CAM-1'), zoneId: zoneId('Z1'), version: 1 } };
    const started = performance.now();
    const { ids, digest } = await preview({ table, clock }, su, selector);
    const previewMs = performance.now() - started;
    const asked = { selector, reason: 'wrong-zone' as const, note: '区域画错', count: ids.length, digest };
    const acting = performance.now();
    const cpu = process.cpuUsage();
    const act = await request({ table, clock }, su, asked);
    await runWithdrawal({ table, clock }, act.id);
    const actMs = performance.now() - acting;
    const { user, system } = process.cpuUsage(cpu);
    const cpuSeconds = tenth((user + system) / 1e6);
    const checking = performance.now();
    const wrong = await disagreements(sqlite, ids, all.length);
    const checkMs = performance.now() - checking;
    if (wrong.length > 0) throw new Error(`Expected feed, trail and lists to agree: ${wrong.join('; ')}`);
    const seconds = (ms: number) => tenth(ms / 1000);
    return {
      json: {
        violations: count,
        buildSeconds: seconds(buildMs),
        previewSeconds: seconds(previewMs),
        withdrawSeconds: seconds(actMs),
        withdrawCpuSeconds: cpuSeconds,
        verifySeconds: seconds(checkMs),
        agree: true,
      },
      lines: [
        `  ${count} violations of one zone, ${others} of another (built in ${seconds(buildMs)} s)`,
        `  preview ${seconds(previewMs)} s, request and withdrawal ${seconds(actMs)} s (${cpuSeconds} s of CPU): ${Math.round((1000 * count) / actMs)} a second`,
        `  feed, trail and lists agree (looked through in ${seconds(checkMs)} s)`,
      ],
    };
  } finally {
    sqlite.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
