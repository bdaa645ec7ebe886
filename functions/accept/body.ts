/** Request bodies of at most so many bytes, and all of them together of at most so many. */
import { type Refusal, refuse } from '#core/refusal.ts';

/**
 * Stops reading as soon as there is more.
 * @param keep is told of every piece before it is kept, and may refuse it
 * @param refusal of a body that is too large; `received` says how it was noticed
 * @throws {Refusal} what `refusal` makes, or `body-incomplete` when the sender broke off
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  refusal: (received: string) => Refusal,
  keep: (bytes: number) => void = () => undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(request.headers.get('Content-Length') ?? Number.NaN);
  if (announced > maxBytes) throw refusal(`${announced} bytes announced`);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let total = 0;
  const reader = request.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read().catch(brokenOff)) ?? { done: true };
    if (done || value === undefined) break;
    total += value.byteLength;
    try {
      if (total > maxBytes) throw refusal(`more than ${maxBytes} bytes`);
      keep(value.byteLength);
    } catch (error) {
      await reader?.cancel().catch(() => undefined);
      throw error;
    }
    chunks.push(value);
  }
  if (!Number.isNaN(announced) && total < announced) throw brokenOff();
  const body = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
}

function brokenOff(): never {
  throw refuse('body-incomplete', 400, {
    expected: 'the whole body',
    received: 'a connection that broke off',
    action: 'Send the same request again.',
  });
}

/** Reads a body and works on it, unless too many are being worked on already. */
export type BodyReader = <T>(
  request: Request,
  limit: { most: number; refusal: (received: string) => Refusal },
  work: (body: Uint8Array<ArrayBuffer>) => Promise<T>,
) => Promise<T>;

/**
 * @param maxBytes in memory at one time; a body alone is always taken
 * @throws {Refusal} `overloaded`, and those of {@link readBody}
 */
export function bodyReader(maxBytes: number): BodyReader {
  let inside = 0;
  return async (request, { most, refusal }, work) => {
    let own = 0;
    const keep = (bytes: number) => {
      if (inside > own && inside + bytes > maxBytes) throw overloaded();
      own += bytes;
      inside += bytes;
    };
    try {
      return await work(await readBody(request, most, refusal, keep));
    } finally {
      inside -= own;
    }
  };
}

function overloaded(): Refusal {
  return refuse('overloaded', 503, {
    expected: 'fewer pictures at one time',
    received: 'more than this machine can hold',
    action: 'Send the same request again after Retry-After; back-fill with fewer connections.',
    data: { retryAfterSeconds: 2 },
  });
}
