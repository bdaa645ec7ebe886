/** The TimeStamper port over HTTP (RFC 3161 section 3.4): any authority by its URL. */
import type { Bilingual } from '#core/bilingual.ts';
import { checkTimeStamp } from '#core/evidence/time-stamp.ts';
import { timeStampRequest } from '#core/evidence/time-stamp-request.ts';
import { withoutStatusText } from '#core/evidence/time-stamp-token.ts';
import { type Refusal, refuse } from '#core/refusal.ts';
import { TIME_STAMP_UNAVAILABLE, type TimeStamper } from './time-stamper.ts';

export interface HttpTimeStamperOptions {
  /** http or https; a user name and password in it are sent as Basic credentials and shown to nobody. */
  readonly url: string;
  /** Certificates (DER) of the authority: an answer that does not lead to one of them is not kept. */
  readonly trust?: readonly Uint8Array[];
  /** 10 seconds by default. */
  readonly timeoutMs?: number;
}

/** An answer has a few kilobytes. */
const LONGEST_ANSWER = 256 * 1024;
/** After a failure others need not try for so long. */
const OUT_OF_REACH_MS = 20_000;

/** @throws {Refusal} `tsa-setting-invalid` */
export function httpTimeStamper({ url, trust, timeoutMs = 10_000 }: HttpTimeStamperOptions): TimeStamper {
  const { target, authority, credentials } = readUrl(url);
  let failedAt = Number.NEGATIVE_INFINITY;
  return {
    authority,
    isReachable: () => performance.now() - failedAt > OUT_OF_REACH_MS,
    async stamp(data) {
      const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(data)));
      const nonce = crypto.getRandomValues(new Uint8Array(8));
      const received = await ask(target, timeStampRequest(sha256, nonce), { timeoutMs, credentials }).catch(
        (error: unknown) => {
          failedAt = performance.now();
          throw unavailable(authority, reasonOf(error), error);
        },
      );
      const answer = withoutStatusText(received);
      const { faults } = await checkTimeStamp(answer, data, { nonce, ...(trust === undefined ? {} : { trust }) });
      if (faults.length > 0) throw unavailable(authority, sentence(faults));
      return answer;
    },
  };
}

async function ask(
  target: URL,
  request: Uint8Array<ArrayBuffer>,
  { timeoutMs, credentials }: { timeoutMs: number; credentials: string | undefined },
): Promise<Uint8Array> {
  const response = await fetch(target, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/timestamp-query',
      Accept: 'application/timestamp-reply',
      ...(credentials === undefined ? {} : { Authorization: `Basic ${credentials}` }),
    },
    body: request,
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length > LONGEST_ANSWER) throw new Error(`an answer of ${bytes.length} bytes`);
  return bytes;
}

function readUrl(text: string): { target: URL; authority: string; credentials: string | undefined } {
  const target = URL.canParse(text) ? new URL(text) : undefined;
  if (target === undefined || !['http:', 'https:'].includes(target.protocol)) {
    throw refuse('tsa-setting-invalid', 500, {
      expected: 'an http or https URL of a time-stamp authority in KERBWATCH_TSA_URL',
      received: 'something else',
      action: 'Set the URL, or unset it to seal without time stamps.',
    });
  }
  const { username, password } = target;
  const secret = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const credentials = username === '' ? undefined : Buffer.from(secret).toString('base64');
  target.username = '';
  target.password = '';
  // A query may carry a key: people are shown the address only.
  return { target, authority: `${target.origin}${target.pathname}`, credentials };
}

/** fetch says `fetch failed`; its cause says why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  const { cause } = error;
  if (cause instanceof Error) return `no answer (${'code' in cause ? String(cause.code) : cause.message})`;
  return error.name === 'TimeoutError' ? 'no answer in time' : error.message;
}

const sentence = (faults: readonly Bilingual[]) => `an answer that ${faults.map(({ en }) => en).join('; ')}`;

const unavailable = (authority: string, received: string, cause?: unknown): Refusal =>
  refuse(
    TIME_STAMP_UNAVAILABLE,
    503,
    {
      expected: `a time stamp from ${authority}`,
      received,
      action: 'It is asked again later; nothing is sealed without it.',
    },
    cause,
  );
