/**
 * The sending of notices, and of their withdrawal. Beside an incident stands who is sending it and how that went; the exact
 * request and answer of one that went out are kept write-once.
 *
 * | where                            | holds                                                        |
 * |----------------------------------|--------------------------------------------------------------|
 * | item `incident/<id>` / `notice-sending` | {@link Sending}                                       |
 * | item `incident/<id>` / `withdrawal-sending` | the same of what takes it back                     |
 * | blob `notices/<id>/<n>.json`     | request and answer of the n-th attempt, if it went out; held |
 * | blob `notices/<id>/withdrawn-<n>.json` | the same of what takes it back                         |
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '#core/canonical-json.ts';
import type { IncidentId } from '#core/ids.ts';
import type { NoticeProof } from '#core/incident.ts';
import type { NoticeMessage, PartyMessage } from '#core/notice-message.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import type { WithdrawnMessage } from '#core/withdrawal-message.ts';
import type { Blobs } from '../blobs.ts';
import type { Delivery, NotSentCode } from '../notifier.ts';
import type { Item, Key, Put, Table, Write } from '../table.ts';

export interface Sending<M extends PartyMessage = NoticeMessage> {
  /** How often somebody set out to send; numbers the record of each. */
  attempts: number;
  /** Whoever set out last may be at it until then. */
  until: Instant;
  /** Not again before. */
  nextAt: Instant;
  /** In a row. */
  failures: number;
  failure: NotSentCode | null;
  /** What may have arrived though nobody knows: it goes out again to the byte. */
  message: M | null;
  /** Notices of this incident that went out: one, unless it turned out to be another stay. */
  sent: number;
}

export const NEVER_SENT = {
  ...{ attempts: 0, until: 0, nextAt: 0, failures: 0, failure: null, message: null, sent: 0 },
} satisfies Sending;

const sendingKey = (id: IncidentId): Key => ({ partition: `incident/${id}`, sort: 'notice-sending' });

export const readSending = (table: Table, id: IncidentId): Promise<Item<Sending> | undefined> =>
  table.get<Sending>(sendingKey(id));

export const sendingPut = (id: IncidentId, previous: Item<Sending> | undefined, value: Sending): Put => ({
  kind: 'put',
  ...sendingKey(id),
  value,
  expect: previous === undefined ? 'absent' : { version: previous.version },
});

const withdrawalKey = (id: IncidentId): Key => ({ partition: `incident/${id}`, sort: 'withdrawal-sending' });

export const readWithdrawalSending = (
  table: Table,
  id: IncidentId,
): Promise<Item<Sending<WithdrawnMessage>> | undefined> => table.get<Sending<WithdrawnMessage>>(withdrawalKey(id));

export const withdrawalSendingPut = (
  id: IncidentId,
  previous: Item<Sending<WithdrawnMessage>> | undefined,
  value: Sending<WithdrawnMessage>,
): Put => ({
  kind: 'put',
  ...withdrawalKey(id),
  value,
  expect: previous === undefined ? 'absent' : { version: previous.version },
});

/** Where the record of every attempt is, if it went out. */
export async function proofKeys(table: Table, id: IncidentId): Promise<readonly string[]> {
  const [notice, withdrawal] = await Promise.all([readSending(table, id), readWithdrawalSending(table, id)]);
  const keys = (kind: ProofKind, attempts = 0) =>
    Array.from({ length: attempts }, (_, index) => proofKey(id, index + 1, kind));
  return [...keys('notice', notice?.value.attempts), ...keys('withdrawn', withdrawal?.value.attempts)];
}

/** The writes that forget how sending went: it may hold a message. */
export async function forgetSending(table: Table, id: IncidentId): Promise<readonly Write[]> {
  const items = await Promise.all([readSending(table, id), readWithdrawalSending(table, id)]);
  return items.flatMap((item) =>
    item === undefined
      ? []
      : [{ kind: 'delete', partition: item.partition, sort: item.sort, expect: { version: item.version } }],
  );
}

type ProofKind = 'notice' | 'withdrawn';
const proofKey = (id: IncidentId, attempt: number, kind: ProofKind): string =>
  `notices/${id}/${kind === 'notice' ? '' : 'withdrawn-'}${attempt}.json`;

/** Keeps what was sent and answered, held, and returns the proof that an incident carries. */
export async function keepProof(
  blobs: Blobs,
  message: NoticeMessage | WithdrawnMessage,
  { channel, reference, answeredAt, acceptedAt, request, response }: Delivery,
  attempt: number,
): Promise<NoticeProof> {
  const record = canonicalJson({
    schema: 'kerbwatch-notice/1',
    ...{ incidentId: message.incidentId, messageId: message.id, attempt, channel, reference },
    answeredAt: formatInstant(answeredAt),
    acceptedAt: acceptedAt === null ? null : formatInstant(acceptedAt),
    request: { method: 'POST', url: request.url, headers: request.headers, bodyBase64: base64(request.body) },
    response:
      response === null
        ? null
        : { status: response.status, headers: response.headers, bodyBase64: base64(response.body) },
  });
  const key = proofKey(message.incidentId, attempt, 'kind' in message ? 'withdrawn' : 'notice');
  const kept = await blobs.putIfAbsent(key, new TextEncoder().encode(record), 'application/json');
  await blobs.setLegalHold(key, true);
  return {
    messageId: message.id,
    recipient: message.recipient,
    text: message.text,
    language: message.language,
    requestSha256: sha256(request.body),
    response: response === null ? null : { status: response.status, sha256: sha256(response.body) },
    record: { key, sha256: kept.sha256 },
  };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
