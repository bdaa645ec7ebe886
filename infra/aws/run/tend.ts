/** The clock: once a minute, one at a time. */
import { correlateKey } from '#platform/records/messages.ts';
import { withdrawalsIn } from '#platform/records/withdrawals.ts';
import { type TendReport, tend } from '../../../functions/tend/tend.ts';
import { logTended } from '../../common/tended.ts';
import { openBlobs } from './blobs.ts';
import { openHome } from './home.ts';
import { once } from './once.ts';
import { partnersOf } from './settings.ts';
import { openSigner } from './signer.ts';

const open = once(() => {
  const home = openHome('tend');
  return { home, blobs: openBlobs(home), signer: openSigner(home), partners: partnersOf(home) };
});

/** As long as a withdrawal runs at one go. */
const LOST_MS = 15 * 60_000;

export async function handler(): Promise<void> {
  const { home, blobs, signer, partners } = open();
  const { notifier, timeStamper } = await partners();
  const now = home.clock.now();
  const table = home.table();
  for (const { id, requestedAt } of await withdrawalsIn(table, 'running')) {
    // What was asked for just now is on its way; what is not done by then may have lost its message. Twice does no harm.
    if (now - requestedAt > LOST_MS) await home.queue('withdraw').send({ withdrawalId: id });
  }
  const report = await tend(
    {
      ...{ table, blobs, signer, notifier, timeStamper },
      // A day has 1,440 rounds, and a district more frames than half a thousand of each.
      discardAtOnce: 1000,
      correlate: (day) => home.queue('correlate').send(day, { dedupeKey: correlateKey(day) }),
    },
    now,
  );
  logTended(home.log, report);
  home.metrics(figuresOf(report, now));
}

const figuresOf = (
  { overdue, alarms, silent, conditions, notices, withdrawalNotices, discarded }: TendReport,
  now: number,
) => ({
  ...{ tended: 1, reviewsOverdue: overdue.count, deadlineWarnings: alarms.warnings, deadlinesPassed: alarms.overdue },
  ...{ camerasSilent: silent.length, camerasImpaired: conditions.impaired },
  ...{ noticesUnsent: notices.unsent, withdrawalNoticesUnsent: withdrawalNotices.unsent },
  noticesUnsentSeconds: notices.unsentSince === null ? 0 : Math.max(0, now - notices.unsentSince) / 1000,
  clockLeapt: discarded.clockLeaptAt === null ? 0 : 1,
});
