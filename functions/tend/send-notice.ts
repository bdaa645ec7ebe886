/**
 * One notice on its way: claimed, composed, sent, proven, recorded, in that order. What dies in between is sent again under
 * the same id, and to the byte where it may have arrived; who delivers takes an id once.
 */
import { auditStream, systemActor } from '#core/audit.ts';
import type { Rule } from '#core/camera.ts';
import type { IncidentId } from '#core/ids.ts';
import type { Incident, Notice, NoticeProof } from '#core/incident.ts';
import { nextVersion } from '#core/incident-machine.ts';
import { type NoticeMessage, noticeMessage } from '#core/notice-message.ts';
import { graceMsOf, isNoticeOf, noticeStage, sentAtOf } from '#core/review-notice.ts';
import type { Instant } from '#core/time.ts';
import type { Blobs } from '#platform/blobs.ts';
import { commit } from '#platform/commit.ts';
import { type Delivery, type Notifier, type NotSentCode, NotSentError } from '#platform/notifier.ts';
import { putIncident, readIncident } from '#platform/records/incidents.ts';
import { keepProof, NEVER_SENT, readSending, sendingPut } from '#platform/records/notices.ts';
import type { Table } from '#platform/table.ts';

export interface SendDependencies {
  table: Table;
  blobs: Blobs;
  notifier: Notifier;
  rulesOf(incident: Incident): Promise<readonly Rule[]>;
}

export type SendOutcome =
  | { kind: 'sent' }
  /** Another process is at it, or it is no longer due. */
  | { kind: 'not-mine' }
  /** Failed before; not to be tried again yet. */
  | { kind: 'waits'; code: NotSentCode | null }
  /** `down`: others would fare no better now. */
  | { kind: 'failed'; code: NotSentCode; down: boolean };

/** One who sends and dies before it is on record is given this long; then it is sent again. */
export const SENDING_MS = 60_000;
/** Doubles with each failure in a row. */
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 10 * 60_000;
/** @param failures in a row, at least 1 */
export const pauseAfter = (failures: number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));

export async function sendNotice(dependencies: SendDependencies, id: IncidentId, now: Instant): Promise<SendOutcome> {
  const claimed = await claim(dependencies, id, now);
  if (claimed.kind !== 'claimed') return claimed;
  const { message, attempt } = claimed;
  try {
    const delivery = await dependencies.notifier.notify(message);
    const proof = await keepProof(dependencies.blobs, message, delivery, attempt);
    await recordSent(dependencies, id, { message, delivery, proof, attempt }, now);
    return { kind: 'sent' };
  } catch (cause) {
    const error = cause instanceof NotSentError ? cause : failedHere(cause);
    await failed(dependencies, id, { attempt, error }, now);
    return { kind: 'failed', code: error.code, down: error.facts.down };
  }
}

/** It may be out all the same, without a record: then it goes out again as the same message. */
export const failedHere = (cause: unknown) =>
  new NotSentError('notice-failed', 'an error of ours', { uncertain: true, down: true, retryAfterMs: null }, cause);

type Claimed = { kind: 'claimed'; message: NoticeMessage; attempt: number };

/** Two processes that tend at once must not send two reminders; what will be sent is on record before it is. */
function claim(
  { table, rulesOf }: SendDependencies,
  id: IncidentId,
  now: Instant,
): Promise<Claimed | Exclude<SendOutcome, { kind: 'sent' | 'failed' }>> {
  return commit<Claimed | Exclude<SendOutcome, { kind: 'sent' | 'failed' }>>(table, async () => {
    const stored = await readSending(table, id);
    const sending = stored?.value ?? NEVER_SENT;
    const incident = (await readIncident(table, id))?.incident;
    const nothing = (result: Exclude<SendOutcome, { kind: 'sent' | 'failed' }>) => ({ writes: [], result });
    if (incident?.state !== 'open' || sending.until > now) return nothing({ kind: 'not-mine' });
    const rules = await rulesOf(incident);
    const graceMs = graceMsOf(incident, rules);
    if (graceMs === null || noticeStage(incident, rules, now) !== 'due') return nothing({ kind: 'not-mine' });
    if (sending.nextAt > now) return nothing({ kind: 'waits', code: sending.failure });
    const message = sending.message ?? noticeMessage(incident, graceMs, sending.sent);
    const attempt = sending.attempts + 1;
    const next = { ...sending, attempts: attempt, until: now + SENDING_MS, message };
    return { writes: [sendingPut(id, stored, next)], result: { kind: 'claimed', message, attempt } };
  });
}

/** Due again: soon at first, then ever less often, or when the gateway says. */
function failed(
  { table }: SendDependencies,
  id: IncidentId,
  { attempt, error: { code, facts } }: { attempt: number; error: NotSentError },
  now: Instant,
): Promise<void> {
  return commit(table, async () => {
    const stored = await readSending(table, id);
    // Somebody else set out since: what became of that is theirs to say.
    if (stored === undefined || stored.value.attempts !== attempt) return { writes: [], result: undefined };
    const failures = stored.value.failures + 1;
    const pauseMs = facts.retryAfterMs ?? pauseAfter(failures);
    const { message } = stored.value;
    const next = {
      ...stored.value,
      ...{ until: 0, nextAt: now + pauseMs, failures, failure: code },
      message: facts.uncertain ? message : null,
    };
    return { writes: [sendingPut(id, stored, next)], result: undefined };
  });
}

/** The proof first, then the notice that cites it: grace starts with both, or not at all. */
async function recordSent(
  { table, rulesOf }: SendDependencies,
  id: IncidentId,
  {
    message,
    delivery,
    proof,
    attempt,
  }: { message: NoticeMessage; delivery: Delivery; proof: NoticeProof; attempt: number },
  now: Instant,
): Promise<void> {
  await commit(table, async () => {
    const stored = await readSending(table, id);
    const incident = (await readIncident(table, id))?.incident;
    if (incident === undefined || stored === undefined) return { writes: [], result: undefined };
    const sentAt = sentAtOf(incident, delivery);
    // What the recipient was told counts, and more where the rules have come to ask for more.
    const graceMs = Math.max(message.graceMs, graceMsOf(incident, await rulesOf(incident)) ?? 0);
    const { channel, reference } = delivery;
    const about = incident.stay.sightings.at(-1)?.sightingId;
    const notice: Notice = {
      ...{ channel, reference, sentAt, graceUntil: sentAt + graceMs, proof },
      ...(about === undefined ? {} : { about }),
    };
    const isUndecided = UNDECIDED.has(incident.state);
    // A second process whose claim lapsed was taken as the same message: the first record stands.
    if (isUndecided && incident.notice != null && isNoticeOf(incident.notice, incident.stay))
      return { writes: [], result: undefined };
    const done = { ...stored.value, ...{ until: 0, failures: 0, failure: null, message: null } };
    return {
      writes: [
        sendingPut(id, stored, { ...done, sent: done.sent + 1 }),
        ...(isUndecided ? putIncident(nextVersion(incident, { notice }, now), incident) : []),
      ],
      acts: [
        {
          stream: auditStream.incident(id),
          at: now,
          actor: systemActor('tend'),
          act: 'notice.sent',
          subject: id,
          facts: {
            ...{ channel, reference, sentAt, graceUntil: notice.graceUntil, messageId: message.id, attempt },
            // Whose plate it is was not decided by anybody: the trail says only what kind of recipient.
            recipient: proof.recipient.kind,
            requestSha256: proof.requestSha256,
            response: proof.response,
            record: proof.record,
          },
        },
      ],
      result: undefined,
    };
  });
}
/** One that was dissolved meanwhile may be opened again, and was reminded. */
const UNDECIDED: ReadonlySet<Incident['state']> = new Set(['open', 'pending', 'dissolved']);
