/** Links to blobs that carry their own permission: everything they allow is bound by an HMAC-SHA256. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '#core/canonical-json.ts';
import { type Sha256, sha256Of } from '#core/ids.ts';
import { refuse } from '#core/refusal.ts';
import type { Instant } from '#core/time.ts';

/** What the holder of a link may do. */
export type BlobGrant =
  | { readonly method: 'GET'; readonly key: string; readonly expiresAt: Instant; readonly fileName: string | null }
  | {
      readonly method: 'PUT';
      readonly key: string;
      readonly expiresAt: Instant;
      readonly bytes: number;
      readonly sha256: Sha256;
      readonly contentType: string;
    };

const PATH = '/blobs/';

/** @param baseUrl of the server that answers, without a slash at its end */
export function signGrant(
  grant: BlobGrant,
  { secret, baseUrl }: { secret: Uint8Array | string; baseUrl: string },
): string {
  const path = grant.key.split('/').map(encodeURIComponent).join('/');
  const query = new URLSearchParams({ expires: `${grant.expiresAt}` });
  if (grant.method === 'GET') {
    if (grant.fileName !== null) query.set('name', grant.fileName);
  } else {
    query.set('bytes', `${grant.bytes}`);
    query.set('sha256', grant.sha256);
    query.set('type', grant.contentType);
  }
  query.set('signature', macOf(grant, secret).toString('base64url'));
  return `${baseUrl}${PATH}${path}?${query}`;
}

/**
 * What the link allows, if this secret signed it, for this method, and it has not expired. HEAD is allowed where GET is.
 * @throws {Refusal} `link-invalid` or `link-expired`, both 403
 */
export function verifyGrant(
  request: { method: string; url: string },
  { secret, now }: { secret: Uint8Array | string; now: Instant },
): BlobGrant {
  const url = new URL(request.url, 'http://localhost');
  const grant = readGrant(request.method === 'HEAD' ? 'GET' : request.method, url);
  const given = Buffer.from(url.searchParams.get('signature') ?? '', 'base64url');
  const right = grant === undefined ? undefined : macOf(grant, secret);
  if (grant === undefined || right === undefined || given.length !== right.length || !timingSafeEqual(given, right)) {
    throw refuse('link-invalid', 403, {
      expected: 'a link as this system issued it, used with its method',
      received: 'one that was changed or is used otherwise',
      action: 'Ask for a new link.',
    });
  }
  if (now >= grant.expiresAt) {
    throw refuse('link-expired', 403, {
      expected: 'a link that has not expired',
      received: `one that expired at ${new Date(grant.expiresAt).toISOString()}`,
      action: 'Ask for a new link.',
    });
  }
  return grant;
}

function macOf(grant: BlobGrant, secret: Uint8Array | string): Buffer {
  return createHmac('sha256', secret)
    .update(`kerbwatch-blob-link-1\n${canonicalJson(grant)}`)
    .digest();
}

function readGrant(method: string, url: URL): BlobGrant | undefined {
  const key = readKey(url.pathname);
  const { searchParams: query } = url;
  const expiresAt = Number(query.get('expires') ?? Number.NaN);
  if (key === undefined || !Number.isSafeInteger(expiresAt)) return undefined;
  if (method === 'GET') return { method, key, expiresAt, fileName: query.get('name') };
  const bytes = Number(query.get('bytes') ?? Number.NaN);
  const sha256 = query.get('sha256');
  const contentType = query.get('type');
  if (method !== 'PUT' || !Number.isSafeInteger(bytes) || sha256 === null || contentType === null) return undefined;
  return { method, key, expiresAt, bytes, sha256: sha256Of(sha256), contentType };
}

/** A proxy may serve the system below a path of its own. */
function readKey(pathname: string): string | undefined {
  const at = pathname.indexOf(PATH);
  if (at < 0) return undefined;
  try {
    return pathname
      .slice(at + PATH.length)
      .split('/')
      .map(decodeURIComponent)
      .join('/');
  } catch {
    return undefined;
  }
}
