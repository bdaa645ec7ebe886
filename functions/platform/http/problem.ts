/** Every failure leaves as an RFC 9457 problem document: a stable `code` for programs, sentences for people. */
import { z } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import type { ZodError } from 'zod';
import { Refusal, refuse } from '#core/refusal.ts';
import { BlobConflictError } from '../blobs.ts';
import { ConflictError } from '../table.ts';
import type { Log } from './log.ts';

export const Problem = z
  .object({
    type: z.string().openapi({ example: 'urn:kerbwatch:problem:camera-unknown' }),
    title: z.string().openapi({ example: 'Camera unknown' }),
    status: z.number().int(),
    detail: z.string().openapi({ description: 'For people, whole sentences' }),
    instance: z.string().openapi({ description: 'The request, as X-Request-Id names it' }),
    code: z.string().openapi({ description: 'Stable, for programs', example: 'camera-unknown' }),
    expected: z.string(),
    received: z.string(),
    action: z.string().openapi({ description: 'What to do now' }),
  })
  .catchall(z.unknown())
  .openapi('Problem');
export type Problem = z.infer<typeof Problem>;

export function toProblem(refusal: Refusal, requestId: string): Problem {
  const { expected, received, action, data } = refusal.facts;
  const title = refusal.code.replaceAll('-', ' ');
  const standard = {
    type: `urn:kerbwatch:problem:${refusal.code}`,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    status: refusal.status,
    detail: refusal.message,
    instance: `urn:uuid:${requestId}`,
    code: refusal.code,
    expected,
    received,
    action,
  };
  // Whatever a refusal adds stands behind and never in the place of what every problem document has.
  return { ...standard, ...data, ...standard };
}

export function problemResponse(
  error: unknown,
  { requestId, log, route }: { requestId: string; log: Log; route?: string },
): Response {
  const refusal = asRefusal(error, requestId);
  if (refusal.status >= 500) log(failureLine(error, refusal, requestId, route));
  const headers = new Headers({ 'Content-Type': 'application/problem+json; charset=utf-8' });
  for (const [name, value] of Object.entries(headersOf(refusal))) headers.set(name, value);
  return new Response(JSON.stringify(toProblem(refusal, requestId)), { status: refusal.status, headers });
}

/** A request that does not have the shape its schema asks for. Values are not repeated: they may be secrets or plates. */
export function invalidRequest(error: ZodError, target: string): Refusal {
  const errors = error.issues.slice(0, 20).map((issue) => ({
    field: issue.path.length === 0 ? target : issue.path.map(String).join('.'),
    expected: issue.message,
  }));
  const [first = { field: target, expected: 'something else' }] = errors;
  const part = PART_NAMES[target] ?? target;
  return refuse('request-invalid', 400, {
    expected: `a ${part} that fits its schema`,
    received: first.field === target ? first.expected : `${first.field}: ${first.expected}`,
    action: 'Correct the named fields; GET /openapi.json has the schemas.',
    data: { errors },
  });
}

export function unknownRoute(method: string, path: string): Refusal {
  return refuse('route-unknown', 404, {
    expected: 'a path and method listed in GET /openapi.json',
    received: `${method} ${path.length > 120 ? `${path.slice(0, 120)}…` : path}`,
    action: 'Check the address and the method.',
  });
}

const PART_NAMES: Readonly<Record<string, string>> = { json: 'JSON body', param: 'path' };

function asRefusal(error: unknown, requestId: string): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof HTTPException && error.status < 500) return fromHttpException(error);
  if (error instanceof ConflictError || error instanceof BlobConflictError) {
    return refuse('busy', 503, {
      expected: 'nobody else to write the same thing in this moment',
      received: 'several writers that kept overtaking each other; nothing was changed',
      action: 'Send the same request again after Retry-After.',
      data: { retryAfterSeconds: 1 },
    });
  }
  return refuse('internal', 500, {
    expected: 'this request to be served',
    received: `an unexpected failure, recorded as ${requestId}`,
    action: 'Send the same request again; if it fails again, give the operator this reference.',
    data: { reference: requestId },
  });
}

function fromHttpException(error: HTTPException): Refusal {
  if (error.status === 415) {
    return refuse('media-type-unsupported', 415, {
      expected: 'the Content-Type that GET /openapi.json names for this request',
      received: 'another one, or none',
      action: 'Set the Content-Type header.',
    });
  }
  return refuse('request-invalid', error.status, {
    expected: 'a well-formed request',
    received: error.message === '' ? `HTTP ${error.status}` : error.message,
    action: 'Correct the request; GET /openapi.json has the schemas.',
  });
}

function headersOf({ code, status, facts }: Refusal): Record<string, string> {
  const { retryAfterSeconds, scope } = facts.data ?? {};
  if (typeof retryAfterSeconds === 'number') return { 'Retry-After': String(Math.ceil(retryAfterSeconds)) };
  if (status === 401) {
    const error = code === 'credentials-missing' ? '' : ', error="invalid_token"';
    return { 'WWW-Authenticate': `Bearer realm="kerbwatch"${error}` };
  }
  if (status === 403 && typeof scope === 'string') {
    return { 'WWW-Authenticate': `Bearer realm="kerbwatch", error="insufficient_scope", scope="${scope}"` };
  }
  return {};
}

function failureLine(error: unknown, refusal: Refusal, requestId: string, route: string | undefined) {
  // The message of a foreign error may quote what was sent; its name and the place it was thrown do not.
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return {
    level: 'error' as const,
    event: 'request-failed',
    requestId,
    route,
    code: refusal.code,
    error: error instanceof Error ? error.name : typeof error,
    stack: stack.slice(0, 8).map((line) => line.trim()),
  };
}
