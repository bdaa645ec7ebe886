/** Reads a request body of at most so many bytes, and stops as soon as there are more. */
import { type Refusal, refuse } from '#core/refusal.ts';

/**
 * @param refusal of a body that is too large; `received` says how it was noticed
 * @throws {Refusal} what `refusal` makes, or `body-incomplete` when the sender broke off
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  refusal: (received: string) => Refusal,
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
    if (total > maxBytes) {
      await reader?.cancel().catch(() => undefined);
      throw refusal(`more than ${maxBytes} bytes`);
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
