/**
 * One withdrawal on its way to whoever was reminded: claimed, sent, proven, recorded, in that order, as a notice is. What dies
 * in between is sent again under the same id and to the byte; who delivers takes an id once.
 */
import { type AuditAct, auditStream, systemActor } from '#core/audit.ts';
import type { IncidentId } from '#core/ids.ts';
import type { NoticeProof } from '#core/incident.ts';
import type { Instant } from '#core/time.ts';
import { type WithdrawnMessage, withdrawnMessage } from '#core/withdrawal-message.ts';
import type { Blobs } from '#platform/blobs.ts';
import { commit } from '#platform/commit.ts';
import { type Delivery, type Notifier, type NotSentCode, NotSentError } from '#platform/notifier.ts';
import { readIncident } from '#platform/records/incidents.ts';
import { keepProof, NEVER_SENT, readWithdrawalSending, withdrawalSendingPut } from '#platform/records/notices.ts';
import { type OutboxRow, outboxDelete, readOutboxRow } from '#platform/records/withdrawals.ts';
import type { Item, Table } from '#platform/table.ts';
import { failedHere, pauseAfter, SENDING_MS } from './send-notice.ts';

interface Dependencies {
  table: Table;
  blobs: Blobs;
  notifier: Notifier;
}

export type WithdrawalOutcome =
  | { kind: 'sent' }
  /** Somebody else told them, or there is nobody to tell any more: the row is gone. */
  | { kind: 'nothing' }
  /** Another process is at it, or it failed before and is not to be tried again yet. */
  | { kind: 'waits'; code: NotSentCode | null }
  /** `down`: others would fare no better now. */
  | { kind: 'failed'; code: NotSentCode; down: boolean };

export async function sendWithdrawal(
  dependencies: Dependencies,
  { sort }: Item<OutboxRow>,
  now: Instant,
): Promise<WithdrawalOutcome> {
  const { table, blobs, notifier } = dependencies;
  const claimed = await claim(table, sort, now);
  if (claimed.kind !== 'claimed') return claimed;
  const { message, attempt } = claimed;
  try {
    const delivery = await notifier.notify(message);
    const proof = await keepProof(blobs, message, delivery, attempt);
    await recordSent(table, sort, { message, delivery, proof, attempt }, now);
    return { kind: 'sent' };
  } catch (cause) {
    const error = cause instanceof NotSentError ? cause : failedHere(cause);
    await failed(table, message.incidentId, { attempt, error }, now);
    return { kind: 'failed', code: error.code, down: error.facts.down };
  }
}

type Claimed =
  | { kind: 'claimed'; message: WithdrawnMessage; attempt: number }
  | Extract<WithdrawalOutcome, { kind: 'nothing' | 'waits' }>;

function claim(table: Table, sort: string, now: Instant): Promise<Claimed> {
  return commit<Claimed>(table, async () => {
    const row = await readOutboxRow(table, sort);
    if (row === undefined) return { writes: [], result: { kind: 'nothing' } };
    const id = row.value.incidentId;
    const incident = (await readIncident(table, id))?.incident;
    const stored = await readWithdrawalSending(table, id);
    const sending = stored?.value ?? NEVER_SENT;
    const composed = incident === undefined ? undefined : withdrawnMessage(incident);
    // The case is destroyed, and with it whom to tell.
    if (composed === undefined) {
      const dropped = actOf('withdrawal-notice.dropped', id, now, { reason: row.value.reason });
      return { writes: [outboxDelete(row)], acts: [dropped], result: { kind: 'nothing' } };
    }
    if (sending.until > now || sending.nextAt > now)
      return { writes: [], result: { kind: 'waits', code: sending.failure } };
    const message = sending.message ?? composed;
    const attempt = sending.attempts + 1;
    const next = { ...sending, attempts: attempt, until: now + SENDING_MS, message };
    return { writes: [withdrawalSendingPut(id, stored, next)], result: { kind: 'claimed', message, attempt } };
  });
}

function failed(
  table: Table,
  id: IncidentId,
  { attempt, error: { code, facts } }: { attempt: number; error: NotSentError },
  now: Instant,
): Promise<void> {
  return commit(table, async () => {
    const stored = await readWithdrawalSending(table, id);
    // Somebody else set out since: what became of that is theirs to say.
    if (stored === undefined || stored.value.attempts !== attempt) return { writes: [], result: undefined };
    const failures = stored.value.failures + 1;
    const nextAt = now + (facts.retryAfterMs ?? pauseAfter(failures));
    const next = { ...stored.value, ...{ until: 0, nextAt, failures, failure: code } };
    return { writes: [withdrawalSendingPut(id, stored, next)], result: undefined };
  });
}

/** The row goes in the transaction that says it was sent: it is told once, or still to be told. */
async function recordSent(
  table: Table,
  sort: string,
  sent: { message: WithdrawnMessage; delivery: Delivery; proof: NoticeProof; attempt: number },
  now: Instant,
): Promise<void> {
  const { message, delivery, proof, attempt } = sent;
  const id = message.incidentId;
  await commit(table, async () => {
    const row = await readOutboxRow(table, sort);
    const stored = await readWithdrawalSending(table, id);
    // A second process whose claim lapsed sent the same message: the first record stands.
    if (row === undefined || stored === undefined) return { writes: [], result: undefined };
    const done = { ...stored.value, ...{ until: 0, failures: 0, failure: null, message: null } };
    const { channel, reference, answeredAt, acceptedAt } = delivery;
    const facts = {
      ...{ channel, reference, messageId: message.id, attempt, reason: row.value.reason },
      sentAt: acceptedAt ?? answeredAt,
      // Never whom: the trail outlives the case.
      recipient: proof.recipient.kind,
      requestSha256: proof.requestSha256,
      response: proof.response,
      record: proof.record,
    };
    return {
      writes: [withdrawalSendingPut(id, stored, { ...done, sent: done.sent + 1 }), outboxDelete(row)],
      acts: [actOf('withdrawal-notice.sent', id, now, facts)],
      result: undefined,
    };
  });
}

const actOf = (act: string, id: IncidentId, at: Instant, facts: Record<string, unknown>): AuditAct => ({
  ...{ stream: auditStream.incident(id), at, actor: systemActor('tend'), act, subject: id, facts },
});
