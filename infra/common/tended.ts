/** What a round of the clock says in the log, in both homes. */
import type { Log } from '#platform/http/log.ts';
import type { TendReport } from '../../functions/tend/tend.ts';

/** @param beside facts of the same round that `tend` does not know of */
export function logTended(log: Log, whole: TendReport, beside: Readonly<Record<string, unknown>> = {}): void {
  const { overdue, silent, ...report } = whole;
  const { unsent, unsentSince, failures } = report.notices;
  // Nothing of what waits for its notice is sealed meanwhile: somebody has to look at the gateway.
  if (unsent > 0) log({ level: 'error', event: 'notices-unsent', unsent, unsentSince, failures });
  const { withdrawalNotices: told } = report;
  if (told.unsent > 0) log({ level: 'error', event: 'withdrawal-notices-unsent', ...told });
  // Nothing is destroyed for a day: somebody has to look at the clock.
  const { clockLeaptAt } = report.discarded;
  if (clockLeaptAt !== null) log({ level: 'error', event: 'retention-clock-leapt', at: clockLeaptAt });
  log({ level: 'info', event: 'tended', ...report, ...beside, overdue: overdue.count, silent: silent.length });
}
