/** `GET /metrics` in the Prometheus text format: what an operator of one machine watches. */
import type { Clock } from '#platform/clock.ts';
import type { SqliteQueue } from '#platform/local/sqlite-queue.ts';
import type { NoticeReport } from '../../functions/tend/notices.ts';
import type { WithdrawalNoticeReport } from '../../functions/tend/withdrawal-notices.ts';

export interface Counters {
  framesInspected: number;
  inspectionMsTotal: number;
  /** Recorded since start, and what the queue holds past its deadline; left out before the first round of the clock. */
  deadlines?: { warnings: number; overdue: number; waiting: number };
  /** As the last round of the clock found them; left out before the first. */
  notices?: Pick<NoticeReport, 'unsent' | 'unsentSince' | 'running'>;
  withdrawalNotices?: Pick<WithdrawalNoticeReport, 'unsent'>;
}

/** Of a store. */
interface Measured {
  queues: Readonly<Record<string, Pick<SqliteQueue<unknown>, 'depth'>>>;
  clock: Clock;
}

export async function metricsText({ queues, clock }: Measured, counters: Counters): Promise<string> {
  const lines: string[] = [];
  const metric = (name: string, kind: 'gauge' | 'counter', help: string, samples: readonly [string, number][]) => {
    lines.push(
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${kind}`,
      ...samples.map(([labels, value]) => `${name}${labels} ${value}`),
    );
  };
  const depths = await Promise.all(
    Object.entries(queues).map(async ([name, queue]) => ({ name, ...(await queue.depth()) })),
  );
  metric(
    'kerbwatch_queue_messages',
    'gauge',
    'Messages by queue and state.',
    depths.flatMap(({ name, waiting, working, dead }): [string, number][] => [
      [`{queue="${name}",state="waiting"}`, waiting],
      [`{queue="${name}",state="working"}`, working],
      [`{queue="${name}",state="dead"}`, dead],
    ]),
  );
  metric('kerbwatch_frames_inspected_total', 'counter', 'Frames inspected since start.', [
    ['', counters.framesInspected],
  ]);
  metric('kerbwatch_inspection_seconds_total', 'counter', 'Time spent inspecting since start.', [
    ['', counters.inspectionMsTotal / 1000],
  ]);
  if (counters.deadlines !== undefined) {
    const { warnings, overdue, waiting } = counters.deadlines;
    metric('kerbwatch_deadline_alarms_total', 'counter', 'Deadlines that came near or passed, since start.', [
      ['{level="warning"}', warnings],
      ['{level="overdue"}', overdue],
    ]);
    metric('kerbwatch_review_overdue', 'gauge', 'Items in the queue past their deadline.', [['', waiting]]);
  }
  if (counters.notices !== undefined) {
    const { unsent, unsentSince, running } = counters.notices;
    metric('kerbwatch_notices_unsent', 'gauge', 'Notices that are due and could not be sent.', [['', unsent]]);
    const waitingMs = unsentSince === null ? 0 : Math.max(0, clock.now() - unsentSince);
    metric('kerbwatch_notices_unsent_seconds', 'gauge', 'How long the oldest unsent notice has waited.', [
      ['', waitingMs / 1000],
    ]);
    metric('kerbwatch_notices_running', 'gauge', 'Incidents in the grace of their notice.', [['', running]]);
  }
  if (counters.withdrawalNotices !== undefined) {
    metric(
      'kerbwatch_withdrawal_notices_unsent',
      'gauge',
      'Withdrawals that those who were reminded have not been told of.',
      [['', counters.withdrawalNotices.unsent]],
    );
  }
  const { rss, heapUsed } = process.memoryUsage();
  metric('process_resident_memory_bytes', 'gauge', 'Resident memory.', [['', rss]]);
  metric('nodejs_heap_size_used_bytes', 'gauge', 'Heap in use.', [['', heapUsed]]);
  return `${lines.join('\n')}\n`;
}
