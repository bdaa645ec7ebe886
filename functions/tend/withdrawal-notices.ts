/** Who was reminded of what was taken back is told so (撤回通知): drains `notice-outbox`, as far as a round's time goes. */
import type { Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import type { Notifier, NotSentCode } from '#platform/notifier.ts';
import { outboxRows } from '#platform/records/withdrawals.ts';
import type { Table } from '#platform/table.ts';
import { sendWithdrawal } from './send-withdrawal.ts';

export interface WithdrawalNoticeReport {
  /** Sent in this round. */
  sent: number;
  /** Still to be told; counted up to {@link COUNTED_AT_MOST}. */
  unsent: number;
  /** Why, by code, how many of those that were looked at. */
  failures: Readonly<Partial<Record<NotSentCode | 'no-notifier', number>>>;
}

export interface WithdrawalNoticeDependencies {
  table: Table;
  blobs: Blobs;
  notifier: Notifier | undefined;
  /** How long a round goes on sending, milliseconds; 20 s by default. */
  sendForMs?: number | undefined;
}

/** One act may take back a hundred thousand: a round does not read them all only to say how many. */
const COUNTED_AT_MOST = 10_000;

export async function tendWithdrawalNotices(
  { table, blobs, notifier, sendForMs = 20_000 }: WithdrawalNoticeDependencies,
  now: Instant,
): Promise<WithdrawalNoticeReport> {
  const started = performance.now();
  const failures: Partial<Record<NotSentCode | 'no-notifier', number>> = {};
  let sent = 0;
  let unsent = 0;
  let isDown = false;
  for await (const row of outboxRows(table)) {
    const mayTry = notifier !== undefined && !isDown && performance.now() - started < sendForMs;
    if (!mayTry && unsent >= COUNTED_AT_MOST) break;
    const outcome = mayTry
      ? await sendWithdrawal({ table, blobs, notifier }, row, now)
      : ({ kind: 'waits', code: notifier === undefined ? 'no-notifier' : null } as const);
    if (outcome.kind === 'sent') sent += 1;
    if (outcome.kind === 'sent' || outcome.kind === 'nothing') continue;
    if (outcome.kind === 'failed' && outcome.down) isDown = true;
    unsent += 1;
    if (outcome.code !== null) failures[outcome.code] = (failures[outcome.code] ?? 0) + 1;
  }
  return { sent, unsent: Math.min(unsent, COUNTED_AT_MOST), failures };
}
