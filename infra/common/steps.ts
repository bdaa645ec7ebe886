/** What follows a step of the pipeline, the same in both homes: whom it tells, and when it is asked again. */
import type { Log } from '#platform/http/log.ts';
import type { Queue } from '#platform/queue.ts';
import { type CorrelateMessage, correlateKey, type SealMessage } from '#platform/records/messages.ts';
import { type CorrelateDependencies, correlatePlaceDay } from '../../functions/correlate/correlate.ts';
import { type SealDependencies, type Settling, sealWhenSettled } from '../../functions/seal/handler.ts';

/** Procedure Provisions art. 19. */
const REVIEW_WITHIN_MS = 5 * 86_400_000;

export const SETTLING: Settling = { quietMs: 3_000, patienceMs: 10 * 60_000 };

export interface Correlating extends Omit<CorrelateDependencies, 'reviewWithinMs' | 'patienceMs'> {
  settling: Settling;
  queues: { correlate: Pick<Queue<CorrelateMessage>, 'send'>; seal: Pick<Queue<SealMessage>, 'send'> };
}

export async function correlateStep(
  { settling, queues, ...dependencies }: Correlating,
  message: CorrelateMessage,
): Promise<void> {
  const { patienceMs } = settling;
  const { unsealed, postponed, dayBefore, dayAfter } = await correlatePlaceDay(
    { ...dependencies, patienceMs, reviewWithinMs: REVIEW_WITHIN_MS },
    message,
  );
  for (const incidentId of unsealed) await queues.seal.send({ incidentId }, { dedupeKey: incidentId });
  for (const day of [dayBefore, dayAfter]) {
    if (day !== null) await queues.correlate.send(day, { dedupeKey: correlateKey(day) });
  }
  if (postponed) {
    const dedupeKey = `${correlateKey(message)} again`;
    await queues.correlate.send(message, { delayMs: patienceMs, dedupeKey });
  }
}

export interface Sealing extends SealDependencies {
  queues: { seal: Pick<Queue<SealMessage>, 'send'> };
  log: Log;
  /** What becomes of an incident while the time-stamp authority is out of reach; it waits by default. */
  unstamped?: 'waits' | 'fails' | undefined;
}

export async function sealStep(
  { queues, log, unstamped = 'waits', ...dependencies }: Sealing,
  { incidentId }: SealMessage,
): Promise<void> {
  const outcome = await sealWhenSettled(dependencies, incidentId);
  if (outcome.kind !== 'later') return;
  if (outcome.why !== undefined) {
    if (unstamped === 'fails') throw new Error(outcome.why);
    log({ level: 'warn', event: 'seal-waits', incidentId, why: outcome.why });
  }
  await queues.seal.send({ incidentId }, { delayMs: outcome.delayMs, dedupeKey: incidentId });
}
