/**
 * The sending of notices. Beside an incident stands who is sending its notice and how that went; the exact request and
 * answer of one that went out are kept write-once.
 *
 * | where                            | holds                                                        |
 * |----------------------------------|--------------------------------------------------------------|
 * | item `incident/<id>` / `notice-sending` | {@link Sending}                                       |
 * | blob `notices/<id>/<n>.json`     | request and answer of the n-th attempt, if it went out; held |
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '#core/canonical-json.ts';
import type { IncidentId } from '#core/ids.ts';
import type { NoticeProof } from '#core/incident.ts';
import type { NoticeMessage } from '#core/notice-message.ts';
import { formatInstant, type Instant } from '#core/time.ts';
import type { Blobs } from '../blobs.ts';
import type { Delivery, NotSentCode } from '../notifier.ts';
import type { Item, Key, Put, Table } from '../table.ts';

export interface Sending {
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
  message: NoticeMessage | null;
  /** Notices of this incident that went out: one, unless it turned out to be another stay. */
  sent: number;
}

export const NEVER_SENT: Sending = {
  ...{ attempts: 0, until: 0, nextAt: 0, failures: 0, failure: null, message: null, sent: 0 },
};

const sendingKey = (id: IncidentId): Key => ({ partition: `incident/${id}`, sort: 'notice-sending' });

export const readSending = (table: Table, id: IncidentId): Promise<Item<Sending> | undefined> =>
  table.get<Sending>(sendingKey(id));

export const sendingPut = (id: IncidentId, previous: Item<Sending> | undefined, value: Sending): Put => ({
  kind: 'put',
  ...sendingKey(id),
  value,
  expect: previous === undefined ? 'absent' : { version: previous.version },
});

/** Keeps what was sent and answered, held, and returns the proof that an incident carries. */
export async function keepProof(
  blobs: Blobs,
  message: NoticeMessage,
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
  const key = `notices/${message.incidentId}/${attempt}.json`;
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
