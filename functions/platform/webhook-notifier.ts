/**
 * Notices by way of the bureau's message gateway (短信平台): one POST each, signed as Standard Webhooks 1.0 has it
 * (`webhook-id`, `webhook-timestamp`, `webhook-signature`; standardwebhooks.com). The id is the message's own, so a gateway
 * that takes an id once delivers once, however often we crash between sending and writing down.
 */
import { Webhook } from 'standardwebhooks';
import { refuse } from '#core/refusal.ts';
import { type Instant, parseInstant } from '#core/time.ts';
import type { Clock } from './clock.ts';
import { type Notifier, type NotSentCode, NotSentError } from './notifier.ts';

export interface WebhookOptions {
  /** https, or http to this very machine. */
  url: string;
  /** `whsec_` and base64 of at least 24 bytes, as Standard Webhooks asks. */
  secret: string;
  clock: Clock;
  /** For the whole exchange; 10 s by default. */
  timeoutMs?: number;
}

const LEAST_SECRET_BYTES = 24;
const MOST_ANSWER_BYTES = 64 * 1024;
/** Nobody who says "later" keeps a reminder longer than this. */
const LONGEST_RETRY_MS = 3_600_000;

/** @throws {Refusal} `notice-url-invalid` `notice-secret-invalid` */
export function webhookNotifier({ url, secret, clock, timeoutMs = 10_000 }: WebhookOptions): Notifier {
  const target = gatewayUrl(url);
  const webhook = signerOf(secret);
  return {
    async notify({ id, body }) {
      const sentAt = clock.now();
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(sentAt / 1000)),
        'webhook-signature': webhook.sign(id, new Date(sentAt), body),
      };
      const bytes = new TextEncoder().encode(body);
      const answer = await post(target, { headers, body: bytes, timeoutMs });
      const answeredAt = clock.now();
      assertTaken(answer, answeredAt);
      const said = readAnswer(answer.body);
      return {
        channel: 'webhook',
        reference: said.reference ?? id,
        answeredAt,
        acceptedAt: said.acceptedAt,
        // A query may hold what only the gateway and we should know.
        request: { url: `${target.origin}${target.pathname}`, headers, body: bytes },
        response: answer,
      };
    },
  };
}

interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

async function post(
  url: URL,
  { headers, body, timeoutMs }: { headers: Record<string, string>; body: Uint8Array; timeoutMs: number },
): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    // A redirect would carry a plate to wherever somebody points: it is an answer like any other, and not a good one.
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    const kept = [...response.headers].filter(([name]) => name !== 'set-cookie');
    return { status: response.status, headers: Object.fromEntries(kept), body: await bodyOf(response) };
  } catch (cause) {
    const uncertain = { uncertain: true, down: true, retryAfterMs: null };
    if (signal.aborted) throw new NotSentError('notice-timeout', `no answer within ${timeoutMs} ms`, uncertain, cause);
    throw new NotSentError('notice-unreachable', 'no connection', uncertain, cause);
  }
}

/** At most {@link MOST_ANSWER_BYTES}: the rest of a longer answer is nobody's proof. */
async function bodyOf(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    const part = new Uint8Array(chunk).subarray(0, MOST_ANSWER_BYTES - length);
    chunks.push(part);
    length += part.length;
    if (length >= MOST_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks);
}

/** @throws {NotSentError} */
function assertTaken({ status, headers }: Answer, now: Instant): void {
  if (status >= 200 && status < 300) return;
  const retryAfterMs = retryAfter(headers['retry-after'], now);
  const not = (code: NotSentCode, facts: { uncertain: boolean; down: boolean }) =>
    new NotSentError(code, `status ${status}`, { ...facts, retryAfterMs });
  if (status >= 500 || status === 408) throw not('notice-gateway-failed', { uncertain: true, down: true });
  if (status === 429) throw not('notice-throttled', { uncertain: false, down: true });
  if (status === 401 || status === 403) throw not('notice-unauthorized', { uncertain: false, down: true });
  if (status >= 300 && status < 400) throw not('notice-redirected', { uncertain: false, down: true });
  throw not('notice-refused', { uncertain: false, down: false });
}

/** Seconds or a date (RFC 9110, 10.2.3), as milliseconds from now. */
function retryAfter(text: string | undefined, now: Instant): number | null {
  if (text === undefined) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? null : Math.min(LONGEST_RETRY_MS, Math.max(0, ms));
}

/** `{reference, acceptedAt?}`; whatever else comes with a 2xx says only that the message was taken. */
function readAnswer(body: Uint8Array): { reference: string | null; acceptedAt: Instant | null } {
  const said = parsed(body);
  if (typeof said !== 'object' || said === null) return { reference: null, acceptedAt: null };
  const reference = 'reference' in said ? said.reference : null;
  const acceptedAt = 'acceptedAt' in said ? said.acceptedAt : null;
  const isName = typeof reference === 'string' && /^[^\p{Cc}]{1,200}$/u.test(reference);
  return { reference: isName ? reference : null, acceptedAt: instantOf(acceptedAt) };
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return null;
  }
}

function instantOf(value: unknown): Instant | null {
  if (typeof value !== 'string') return null;
  try {
    return parseInstant(value);
  } catch {
    return null;
  }
}

function gatewayUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLoopback = url !== null && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  const isSafe = url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback));
  if (isSafe && url.username === '' && url.password === '') return url;
  throw refuse('notice-url-invalid', 500, {
    expected: 'an https address of the message gateway without credentials (http only to this machine)',
    received: url === null ? 'no URL' : `${url.protocol}//${url.host}`,
    action: 'Correct KERBWATCH_NOTICE_URL.',
  });
}

function signerOf(secret: string): Webhook {
  const base64 = secret.replace(/^whsec_/, '');
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(base64);
  if (isBase64 && Buffer.from(base64, 'base64').length >= LEAST_SECRET_BYTES) return new Webhook(secret);
  throw refuse('notice-secret-invalid', 500, {
    expected: `whsec_ and the base64 of at least ${LEAST_SECRET_BYTES} bytes`,
    received: 'something else',
    action: 'Set KERBWATCH_NOTICE_SECRET to the secret agreed with the gateway.',
  });
}
