/** Answers the links of file blobs over HTTP, as the cloud's storage answers its own. */
import { refuse } from '#core/refusal.ts';
import { attachment } from '../attachment.ts';
import type { BlobInfo } from '../blobs.ts';
import { sha256 } from '../digest.ts';
import type { FileBlobs } from './file-blobs.ts';
import type { BlobGrant } from './signed-url.ts';

/**
 * A handler for `GET`, `HEAD` and `PUT` of `/blobs/*`. Refusals are thrown; the server makes problem documents of them.
 *
 * @param stored told of every upload that arrived, repeated ones too, before the uploader gets the answer: it can
 * start what an arrival starts, and when it fails, the uploader sends again
 *
 * @example
 * const answer = serveBlobs(blobs, async ({ key }) => accept.arrived(key));
 * app.on(['GET', 'PUT'], '/blobs/*', (context) => answer(context.req.raw));
 */
export function serveBlobs(
  blobs: FileBlobs,
  stored: (info: BlobInfo) => Promise<void> = async () => {},
): (request: Request) => Promise<Response> {
  return async (request) => {
    const grant = blobs.verify(request);
    return grant.method === 'GET' ? download(blobs, grant, request) : upload(blobs, grant, request, stored);
  };
}

type DownloadGrant = Extract<BlobGrant, { method: 'GET' }>;
type UploadGrant = Extract<BlobGrant, { method: 'PUT' }>;

async function download(blobs: FileBlobs, { key, fileName }: DownloadGrant, request: Request): Promise<Response> {
  const blob = await blobs.read(key);
  if (blob === undefined) {
    throw refuse('blob-unknown', 404, {
      expected: 'a blob that is still stored',
      received: 'one that is not',
      action: 'Ask for the record that named it.',
    });
  }
  const etag = `"${blob.sha256}"`;
  const headers = new Headers({
    etag,
    'cache-control': 'private, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  });
  if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers });
  headers.set('content-type', blob.contentType);
  headers.set('content-length', `${blob.bytes}`);
  if (fileName !== null) headers.set('content-disposition', attachment(fileName));
  return new Response(request.method === 'HEAD' ? null : blob.content, { headers });
}

async function upload(
  blobs: FileBlobs,
  grant: UploadGrant,
  request: Request,
  stored: (info: BlobInfo) => Promise<void>,
): Promise<Response> {
  const contentType = request.headers.get('content-type');
  if (contentType !== grant.contentType) throw mismatch(grant.contentType, contentType ?? 'no content type');
  const bytes = await readAtMost(request, grant.bytes);
  if (bytes.length !== grant.bytes) throw mismatch(`${grant.bytes} bytes`, `${bytes.length}`);
  const hash = sha256(bytes);
  if (hash !== grant.sha256) throw mismatch(`SHA-256 ${grant.sha256}`, hash);
  const { stored: isNew, ...info } = await blobs.putIfAbsent(grant.key, bytes, grant.contentType);
  await stored(info);
  return new Response(null, { status: isNew ? 201 : 200, headers: { etag: `"${hash}"` } });
}

/** Stops reading when more comes than was announced for the link. */
async function readAtMost(request: Request, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of request.body ?? []) {
    total += chunk.length;
    if (total > most) throw mismatch(`${most} bytes`, 'more');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, total);
}

const mismatch = (expected: string, received: string) =>
  refuse('upload-mismatch', 400, {
    expected: `an upload of ${expected}, as the link was issued for`,
    received,
    action: 'Send the announced bytes, or ask for a link for these.',
  });
