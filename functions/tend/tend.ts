/**
 * What time does to the house, called every half minute: leases end, graces run out, deadlines pass, frames grow old,
 * cameras fall silent, messages get lost. Every part may be repeated and may run in two processes at once.
 */
import type { IncidentId } from '#core/ids.ts';
import type { Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import type { Notifier } from '#platform/notifier.ts';
import type { CorrelateMessage } from '#platform/records/messages.ts';
import { queueRows } from '#platform/records/review-queue.ts';
import type { Signer } from '#platform/signer.ts';
import type { Table } from '#platform/table.ts';
import type { TimeStamper } from '#platform/time-stamper.ts';
import { type RootReport, tendRoots } from './audit-roots.ts';
import { type SilentCamera, silentCameras } from './cameras.ts';
import { type AlarmReport, tendClocks } from './clocks.ts';
import { type ConditionReport, tendConditions } from './conditions.ts';
import { returnExpired } from './leases.ts';
import { type NoticeReport, tendNotices } from './notices.ts';
import { forgetOldReferences } from './references.ts';
import { discardOld, type RetentionReport } from './retention.ts';
import { tendWithdrawalNotices, type WithdrawalNoticeReport } from './withdrawal-notices.ts';

export interface TendDependencies {
  table: Table;
  blobs: Blobs;
  /** Without one, notices that are due are counted and stay due. */
  notifier?: Notifier;
  /** How long a round goes on sending notices; 20 s by default. */
  sendNoticesForMs?: number;
  /** Puts frames on their way again that were accepted and heard of no more; resolves to how many. */
  resend?: (now: Instant) => Promise<number>;
  /** Who signs and stamps the daily roots of the audit trail; without a signer none is made. */
  signer?: Signer;
  timeStamper?: TimeStamper | undefined;
  /** Has a rule day judged anew, when a camera turns out not to have been fit. */
  correlate?: ((message: CorrelateMessage) => Promise<void>) | undefined;
  /** How long an enabled camera may say nothing; 10 minutes by default. */
  silentAfterMs?: number;
  /** How many frames, and how many cases, a round looks at to destroy; 500 by default. */
  discardAtOnce?: number;
}

export interface TendReport {
  leasesReturned: number;
  /** Items past their deadline (Procedure Provisions art. 19), oldest first; `first` names at most 20. */
  overdue: { count: number; first: readonly IncidentId[] };
  /** Deadlines that came near or passed, as recorded in this round. */
  alarms: AlarmReport;
  notices: NoticeReport;
  /** What was taken back and told to whoever was reminded of it. */
  withdrawalNotices: WithdrawalNoticeReport;
  discarded: RetentionReport;
  /** Pictures of clear storefronts that nothing lists any more. */
  references: number;
  silent: readonly SilentCamera[];
  conditions: ConditionReport;
  resent: number;
  roots: RootReport;
}

const NAMED = 20;

/**
 * @example
 * const report = await tend({ table, blobs, resend: async () => (await resumeFrames(...)).length }, clock.now());
 */
export async function tend(dependencies: TendDependencies, now: Instant): Promise<TendReport> {
  const {
    table,
    blobs,
    notifier,
    signer,
    timeStamper,
    correlate,
    resend,
    silentAfterMs = 600_000,
    discardAtOnce = 500,
  } = dependencies;
  const report = {
    resent: (await resend?.(now)) ?? 0,
    leasesReturned: await returnExpired(table, now),
    notices: await tendNotices({ table, blobs, notifier, sendForMs: dependencies.sendNoticesForMs }, now),
    withdrawalNotices: await tendWithdrawalNotices(
      { table, blobs, notifier, sendForMs: dependencies.sendNoticesForMs },
      now,
    ),
    alarms: await tendClocks(table, now),
    overdue: await overdue(table, now),
    silent: await silentCameras(table, now - silentAfterMs),
    conditions: await tendConditions({ table, blobs, correlate }, now),
    discarded: await discardOld({ table, blobs, atOnce: discardAtOnce }, now),
    references: await forgetOldReferences({ table, blobs }, now),
  };
  const roots = { table, blobs, signer, timeStamper, clockLeaptAt: report.discarded.clockLeaptAt };
  return { ...report, roots: await tendRoots(roots, now) };
}

async function overdue(table: Table, now: Instant): Promise<TendReport['overdue']> {
  let count = 0;
  const first: IncidentId[] = [];
  for await (const { row } of queueRows(table, {})) {
    if (row.deadline >= now) break;
    count += 1;
    if (first.length < NAMED) first.push(row.id);
  }
  return { count, first };
}
